"""What to do when a finding is abnormal (withhold, interrupt, reduce, stop, treat, consult), and past which threshold.

The classes with their words are data (``data/actions.toml``). A mention is an order only where the text orders, allows
or considers it; what was done in a trial ("was discontinued in 2%") is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from extract.patterns import pattern, words
from extract.rules import check_keys, load_rules

_KEYS = {
    "frames": {"lead", "modal", "adverbs", "governors", "recommended", "no_order"},
    "thresholds": {"comparator", "value", "unit", "grade", "subject"},
}


@dataclass(frozen=True, slots=True)
class Action:
    """An order at ``text[start:end]``, by its class: "withhold", "permanently discontinue" …"""

    name: str
    start: int
    end: int


@lru_cache(maxsize=4096)
def actions(text: str) -> tuple[Action, ...]:
    """Orders of a sentence in reading order; where two overlap, the longer is kept."""
    found = [
        Action(name, *m.span(group))
        for name, hint, one in _rules().classes
        if hint.search(text)
        for m in one.finditer(text)
        for group in ("verb", "participle", "governed", "noun")
        if m[group]
    ]
    kept: list[Action] = []
    for one in sorted(found, key=lambda a: (a.start - a.end, a.start)):
        free = all(one.end <= k.start or one.start >= k.end for k in kept)
        if free and not _rules().no_order.search(text[: one.start]):
            kept.append(one)
    return tuple(sorted(kept, key=lambda a: a.start))


def thresholds(text: str) -> list[tuple[int, int]]:
    """Spans of the values and grades past which something is done: "ALT > 5 times ULN", "Grade 3 or 4"."""
    return [(m.start(), m.start() + len(m.group().rstrip())) for m in _rules().threshold.finditer(text)]


@dataclass(frozen=True, slots=True)
class _Rules:
    classes: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]
    """Name, a fast hint that the class may be there, and the pattern."""
    no_order: re.Pattern[str]
    threshold: re.Pattern[str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    data = dict(load_rules("actions"))
    check_keys("actions", data, {"action", *_KEYS})
    for table, known in _KEYS.items():
        check_keys(f"actions {table}", data[table], known)
    frames, limits = data["frames"], data["thresholds"]
    nouns = words(noun for row in data["action"] for noun in row["nouns"])
    found = tuple((row["name"], _hint(row), _class_pattern(row, frames, nouns)) for row in data["action"])
    parts = {name: f"(?:{source})" for name, source in limits.items()}
    measured = "{subject}?(?:{comparator} ?{value}(?:{unit})+|{value} ?{unit} or (?:more|greater|higher))"
    threshold = pattern("thresholds", f"{measured}|{{grade}}", parts)
    return _Rules(found, pattern("no_order", frames["no_order"]), threshold)


def _hint(row: dict[str, Any]) -> re.Pattern[str]:
    return pattern(f"action {row['name']}", rf"\b{words([*row['verbs'], *row['participles'], *row['nouns']])}")


def _class_pattern(row: dict[str, Any], frames: dict[str, str], nouns: str) -> re.Pattern[str]:
    where = f"action {row['name']}"
    check_keys(where, row, {"name", "verbs", "about", "participles", "nouns"})
    about = rf"(?=[^.;]{{0,60}}?\b{row['about']})" if "about" in row else ""
    several = rf"(?:(?:dose )?{nouns}(?:,| and/or| and| or|, and|, or) (?:dose )?)*"
    own = rf"(?:dose |dosage |treatment )?{words(row['nouns'])}" if row["nouns"] else "(?!)"
    listed = r"(?:[\w-]+ed,?(?: and| or)? (?:or |and )?){0,3}?"
    return pattern(
        where,
        rf"{frames['lead']}(?P<verb>{words(row['verbs'])})\b{about}"
        rf"|{frames['modal']}(?:be )?{listed}{frames['adverbs']}(?P<participle>{words(row['participles'])})\b"
        rf"|\b{frames['governors']}{several}(?P<governed>{own})\b"
        rf"|\b{several}(?P<noun>{own})\b(?={frames['recommended']})",
    )
