"""Documentation cannot drift: every command is in the README and has help with an example that is true."""

from __future__ import annotations

import json
import re
import shlex
import sqlite3
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest

from onlabel.cli import main
from tests.support_onlabel import run

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = list(main.commands.items())


def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.M | re.S)


def shown_commands(text: str) -> list[list[str]]:
    """Every ``onlabel …`` line of a text, split as a shell would, up to the first pipe or redirection."""
    lines = (re.sub(r"^\s*(\$ )?(.*\| *)?(?=onlabel )", "", line) for line in text.splitlines())
    found = [re.split(r"\s[|>&<]|;", line)[0] for line in lines if line.startswith("onlabel ")]
    return [shlex.split(line.removeprefix("onlabel "), comments=True) for line in found]


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_every_command_has_help_with_an_example(name: str, command: click.Command) -> None:
    told = command.get_help(click.Context(command, info_name=f"onlabel {name}"))
    assert re.search(r"Examples?:\n(  +.*\n)*? +(echo .*\| )?onlabel " + name, told)
    assert all(option.help for option in command.params if isinstance(option, click.Option))


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_examples_in_help_parse(name: str, command: click.Command) -> None:
    for arguments in shown_commands(command.help or ""):
        assert arguments[0] == name
        check_options(arguments)


@pytest.mark.parametrize("name", main.commands)
def test_every_command_is_in_the_readme(name: str) -> None:
    assert re.search(rf"^\| `{name}` \|", README, re.M), "in the table of commands"
    assert name in {
        arguments[0] for arguments in shown_commands("".join(fenced("sh") + fenced("console"))) if arguments
    }, "as an example"


def test_commands_in_the_readme_parse() -> None:
    shown = shown_commands("".join(fenced("sh") + fenced("console")))
    assert len(shown) >= len(COMMANDS)
    for arguments in shown:
        check_options(arguments)


def check_options(arguments: list[str]) -> None:
    """Every option of a shown command line is one that its command has."""
    if arguments[0].startswith("-"):
        return
    command = main.commands[arguments[0]]
    if isinstance(command, click.Group) and arguments[1:2] and arguments[1] in command.commands:
        command = command.commands[arguments[1]]
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {a.partition("=")[0] for a in arguments[1:] if a.startswith("-")} <= options | {"--help"}


def test_links_in_the_docs_lead_to_files() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_make_targets_in_the_readme_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("run", "test", "lint", "types", "eval", "bench", "clean"):
        assert re.search(rf"^{target}:", makefile, re.M)
        assert f"make {target}" in README


def test_every_dependency_is_explained() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    named = told["project"]["dependencies"] + told["dependency-groups"]["dev"]
    named += [one for extra in told["project"]["optional-dependencies"].values() for one in extra]
    rows = " ".join(line.split("|")[1] for line in page.splitlines() if line.startswith("|"))
    known = set(re.findall(r"[\w-]+", rows))
    assert {re.split(r"[<>=\[]", one)[0] for one in named} <= known
    assert all(re.search(r">=.*<", one) for one in named), "pinned ranges"


@pytest.mark.parametrize("query", fenced("sql"))
def test_sql_in_the_readme_runs(query: str, stored_samples: Path) -> None:
    connection = sqlite3.connect(stored_samples)
    try:
        rows = connection.execute(query).fetchall()
    finally:
        connection.close()
    assert rows
    if "stand_on_the_label" in query:
        assert rows[0][0] == rows[0][1] > 10


@pytest.mark.parametrize("code", fenced("python"))
def test_python_in_the_readme_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own text
    names["database"].close()
    assert len(names["frame"]) > 1


def sessions() -> list[tuple[list[str], list[str]]]:
    """The commands that the README shows with output: (arguments, lines shown)."""
    found: list[tuple[list[str], list[str]]] = []
    for line in "".join(fenced("console")).splitlines():
        if line.startswith("$ onlabel "):
            found.append((shlex.split(line.removeprefix("$ onlabel ")), []))
        else:
            found[-1][1].append(line.rstrip())
    return found


def test_output_in_the_readme_is_real(tmp_path: Path) -> None:
    env = {"ONLABEL_DB": str(tmp_path / "onlabel.db"), "COLUMNS": "110"}
    assert len(sessions()) >= 4
    for arguments, shown in sessions():
        result = run(*arguments, env=env)
        told = [line.rstrip() for line in (result.stdout + result.stderr).splitlines()]
        for line in filter(None, shown):
            whole = "…" not in line
            assert line in told if whole else any(t.startswith(line.partition("…")[0]) for t in told), line


def test_json_in_the_readme_is_real() -> None:
    (given,) = re.findall(r"echo '(\{.*\})'", "".join(fenced("sh")))
    told = json.loads(run("extract", "--jsonl", stdin=given).stdout)
    shown = json.loads(fenced("json")[0])
    indication = shown["indications"].pop()
    del indication["…"]
    assert indication.items() <= told.pop("indications")[0].items()
    del shown["indications"]
    assert shown.items() <= told.items()
