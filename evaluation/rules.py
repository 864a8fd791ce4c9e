"""The data files of this room: which words count in a comparison, and by which words errors are told apart."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from evaluation.errors import RuleError


@cache
def load_rules(name: str, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Read ``evaluation/data/<name>.toml``. Raises RuleError where it has not exactly these keys."""
    text = files("evaluation").joinpath("data", f"{name}.toml").read_text(encoding="utf-8")
    rules = tomllib.loads(text)
    check_keys(f"{name}.toml", rules, keys)
    return rules


def check_keys(where: str, given: Collection[str], known: Collection[str]) -> None:
    """Raise RuleError where a key is missing or is one that nobody reads."""
    if odd := sorted(set(given) ^ set(known)):
        raise RuleError(f"{where}: missing or unknown: {', '.join(odd)}")
