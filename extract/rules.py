"""Rules are data: the TOML files of ``extract/data``, checked on loading.

A file holds only the keys that its reader knows; anything else is refused, so that a misspelt rule cannot be
silently without effect.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any


class RuleError(Exception):
    """A rule file says something that its reader does not know."""


@cache
def load_rules(name: str) -> Mapping[str, Any]:
    """Read ``extract/data/<name>.toml``. Raises RuleError where it is not there or not TOML."""
    try:
        text = files("extract").joinpath("data", f"{name}.toml").read_text(encoding="utf-8")
        return tomllib.loads(text)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise RuleError(f"extract/data/{name}.toml: {error}") from error


def check_keys(where: str, given: Mapping[str, Any], known: Collection[str]) -> None:
    """Raise RuleError where a table has a key that nobody reads."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise RuleError(f"{where}: unknown key {', '.join(unknown)}; known are {', '.join(sorted(known))}")


def any_of(patterns: Iterable[str]) -> str:
    """The source of one pattern for several, the earlier first.

    Those in a row that begin with a word boundary are one group: ``re`` then tests for the boundary once, not for each.
    """
    runs = itertools.groupby((f"(?:{p})" for p in patterns), key=lambda group: group.startswith(r"(?:\b"))
    return "|".join(f"(?:{'|'.join(run)})" for _, run in runs)


def compiled(where: str, pattern: str) -> re.Pattern[str]:
    """Compile a pattern of a rule file, ignoring case: a blank stands for white space, " ?" for white space or none."""
    try:
        return re.compile(pattern.replace(" ?", r"\s*").replace(" ", r"\s+"), re.IGNORECASE)
    except re.error as error:
        raise RuleError(f"{where}: {pattern!r}: {error}") from error
