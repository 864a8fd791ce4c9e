# Commands for people. Each sets itself up in .venv (once); the package registry is the only network it needs.
PYTHON ?= python3
SHARED ?= ../shared
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help run test lint types eval bench clean

help:  ## say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

run: $(READY)  ## sample labels -> database -> article, on the terminal
	@$(BIN)/onlabel demo
	@echo "(. $(BIN)/activate puts the command onlabel on your path)" >&2

test: $(READY)  ## the test suite
	@$(BIN)/python -m pytest

lint: $(READY)  ## ruff: style, imports, traps
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(READY)  ## mypy, strict
	@$(BIN)/mypy

eval: $(READY)  ## extraction against annotated label text, where SHARED has it
	@if [ -d "$(SHARED)/gold" ] || [ -n "$$ONLABEL_REQUIRE_SHARED" ]; \
		then $(BIN)/onlabel evaluate "$(SHARED)/gold" --floors tests/eval_floors.json; \
		else echo "no annotated text at $(SHARED)/gold: nothing evaluated" >&2; fi

bench: $(READY)  ## where the time goes, as ratios within one run
	@$(BIN)/python benchmarks/stages.py

clean:  ## remove .venv and everything built
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# pip learned dependency groups in 25.1; the one that comes with Python may be older.
$(READY): pyproject.toml
	@echo "Setting up $(VENV) (once, a minute or two) ..." >&2
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "onlabel needs Python 3.11 to 3.13; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[notebook]" --group dev
	@touch $@
