"""What to do when a finding is abnormal: withhold, interrupt, reduce, stop, treat, consult.

The classes with their words are data (``data/actions.toml``). A mention is an order only where the text orders, allows
or considers it; what was done in a trial ("was discontinued in 2%") is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from extract.patterns import pattern, words
from extract.rules import check_keys, load_rules
from extract.spans import Span

_FRAMES = {"lead", "modal", "adverbs", "governors", "recommended", "no_order"}
# "LVEF decrease has been seen": a noun, and no order
_NO_NOUN = r"(?! (?:has|have|had|was|were|is|are)\b)"
_CLAUSE_END = re.compile(r"[.;:](?=\s|$)|\s{4,}")
_JOINT_AT_END = re.compile(r"(?:[\s,]|\b(?:and|or|then|and/or)\s*$)+$")
# "withhold or permanently discontinue": nothing but a conjunction between two orders that share what follows
_SHARING = re.compile(r"[\s,]*(?:(?:and/or|and|or|then)\b[\s,]*)?(?:\w+\s+){0,2}")


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


def with_thresholds(
    text: str, orders: Sequence[Action], limits: Sequence[Span]
) -> Iterator[tuple[Action, tuple[Span, ...]]]:
    """Orders of a sentence to the ends of their clauses, each with the thresholds (spans) that it goes by.

    Those of its own clause, else those that it shares with the next order ("withhold or discontinue for Grade 4"), else
    those told before the first order ("if LVEF is below 40%, withhold").
    """
    starts = [*(one.start for one in orders[1:]), len(text)]
    own = [tuple(at for at in limits if one.start <= at[0] < stop) for one, stop in zip(orders, starts, strict=True)]
    for n in range(len(orders) - 2, -1, -1):
        if not own[n] and _SHARING.fullmatch(text[orders[n].end : orders[n + 1].start]):
            own[n] = own[n + 1]
    before = tuple(at for at in limits if orders and at[0] < orders[0].start)
    for one, stop, told in zip(orders, starts, own, strict=True):
        yield replace(one, end=_clause_end(text, one.end, stop)), told or before


def _clause_end(text: str, start: int, stop: int) -> int:
    """Where the words of an order end: with its clause, before the conjunction that leads to the next."""
    end = _CLAUSE_END.search(text, start, stop)
    return start + len(_JOINT_AT_END.sub("", text[start : end.start() if end else stop]))


@dataclass(frozen=True, slots=True)
class _Rules:
    classes: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]
    """Name, a fast hint that the class may be there, and the pattern."""
    no_order: re.Pattern[str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    data = load_rules("actions")
    check_keys("actions", data, {"action", "frames"})
    check_keys("actions frames", data["frames"], _FRAMES)
    frames = data["frames"]
    nouns = words(noun for row in data["action"] for noun in row["nouns"])
    found = tuple((row["name"], _hint(row), _class_pattern(row, frames, nouns)) for row in data["action"])
    return _Rules(found, pattern("no_order", frames["no_order"]))


def _hint(row: dict[str, Any]) -> re.Pattern[str]:
    return pattern(f"action {row['name']}", rf"\b{words([*row['verbs'], *row['participles'], *row['nouns']])}")


def _class_pattern(row: dict[str, Any], frames: dict[str, str], nouns: str) -> re.Pattern[str]:
    where = f"action {row['name']}"
    check_keys(where, row, {"name", "verbs", "about", "participles", "nouns", "not_before"})
    about = rf"(?=[^.;]{{0,60}}?\b{row['about']})" if "about" in row else ""
    several = rf"(?:(?:dose )?{nouns}(?:,| and/or| and| or|, and|, or) (?:(?:subsequent|further) )?(?:dose )?)*"
    own = rf"(?:dose |dosage |treatment )?{words(row['nouns'])}" if row["nouns"] else "(?!)"
    apart = rf"(?!{row['not_before']})" if "not_before" in row else ""
    listed = r"(?:[\w-]+ed,?(?: and| or)? (?:or |and )?){0,3}?"
    return pattern(
        where,
        rf"{frames['lead']}(?P<verb>{words(row['verbs'])})\b{_NO_NOUN}{about}"
        rf"|{frames['modal']}(?:be )?{listed}{frames['adverbs']}(?P<participle>{words(row['participles'])})\b"
        rf"|\b{frames['governors']}{several}(?P<governed>{own})\b{apart}"
        rf"|\b{several}(?P<noun>{own})\b{apart}(?={frames['recommended']})",
    )
