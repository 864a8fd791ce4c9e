"""What a timing phrase says of when to monitor: baseline, interval, duration, points in time, occasion, end.

The phrase itself is found by :mod:`extract.timing`; here it is read part by part (``data/schedule.toml``). What a
phrase leaves open stays open: "regularly" is no interval, and "biweekly", which is read two ways, is none either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from extract.facts import Bound, Evidence, Quantity, Schedule
from extract.patterns import pattern, words
from extract.rules import check_keys, load_rules

_PATTERNS = {
    "every", "every_other", "every_one", "each_of", "adverb", "basis", "times", "lasting", "at_named", "at_listed",
    "at_counted", "baseline", "not_baseline", "during", "after", "until", "event", "as_needed",
}  # fmt: skip
_NUMBER = re.compile(r"\d+")
_RANGE = re.compile(r"(\d+) ?(?:[-–]|to) ?(\d+)")


def schedule(phrase: Evidence) -> Schedule:
    """Read one timing phrase."""
    rules, text = _rules(), " ".join(phrase.text.split())
    needed = rules.found("as_needed", text)
    event = None if needed else rules.found("event", text)
    until = rules.found("until", text)
    plain = text[: min(m.start() for m in (event, until) if m)] if event or until else text
    lasting = rules.found("lasting", plain)
    rest = plain[: lasting.start()] + plain[lasting.end() :] if lasting else plain
    return Schedule(
        phrase,
        baseline=bool(rules.found("baseline", rest) and not rules.found("not_baseline", plain)),
        during=bool(rules.found("during", plain)),
        after=bool(rules.found("after", rest)),
        every=_every(rest, plain),
        times=_times(rest),
        lasting=_quantity(lasting) if lasting else None,
        at=tuple(_points(rest)),
        event=event.group().partition(" until ")[0] if event else None,
        until=until.group() if until else None,
        as_needed=bool(needed),
    )


def _every(text: str, whole: str) -> Quantity | None:
    """Give the first interval of a phrase; ``text`` is the phrase without its duration."""
    rules = _rules()
    counted = rules.found("every", text)
    if counted and (counted["interval"] or counted.group().lower().startswith("every")):
        return _quantity(counted)
    if other := rules.found("every_other", text):
        return Quantity(2, other["unit"].lower())
    if one := rules.found("every_one", text) or rules.found("each_of", whole):
        return Quantity(1, one["unit"].lower())
    adverb = rules.found("basis", text) or rules.found("adverb", text)
    return Quantity(*rules.adverbs[adverb["adverb"].lower()]) if adverb else None


def _times(text: str) -> int:
    found = _rules().found("times", text)
    if not found:
        return 1
    word = found["times"].lower().removesuffix(" times")
    return _rules().times.get(word) or int(_value(word))


def _points(text: str) -> Iterator[Quantity]:
    """Points in time: "days 1 and 15", "2 to 4 weeks after"; those within an interval are none."""
    listed = [m for name in ("at_named", "at_listed") for m in _rules().patterns[name].finditer(text)]
    for match in listed:
        unit = match["unit"].lower()
        ranges = list(_RANGE.finditer(match["list"]))
        yield from (Quantity(int(m[1]), unit, int(m[2])) for m in ranges)
        yield from (Quantity(int(n), unit) for n in _NUMBER.findall(_RANGE.sub(" ", match["list"])))
    if not listed and not _rules().found("every", text):
        yield from (_quantity(m) for m in _rules().patterns["at_counted"].finditer(text))


def _quantity(match: re.Match[str]) -> Quantity:
    told = match.groupdict()
    at_most = told.get("most") or match.group().lower().startswith("within ")
    bound: Bound | None = "at least" if told.get("least") else "up to" if at_most else None
    high = told.get("high")
    if told.get("one"):  # "the first month"
        return Quantity(1, told["one"].lower(), bound=bound)
    return Quantity(_value(match["low"]), match["unit"].lower(), _value(high) if high else None, bound)


def _value(word: str) -> float:
    return float(_rules().numbers.get(word.lower(), 0) or word)


@dataclass(frozen=True, slots=True)
class _Rules:
    numbers: dict[str, int]
    times: dict[str, int]
    adverbs: dict[str, tuple[int, str]]
    patterns: dict[str, re.Pattern[str]]

    def found(self, name: str, text: str) -> re.Match[str] | None:
        return self.patterns[name].search(text)


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    data = load_rules("schedule")
    check_keys("schedule", data, {"numbers", "times", "adverbs", "fragments", "patterns"})
    check_keys("schedule patterns", data["patterns"], _PATTERNS)
    parts = {**data["fragments"], "adverbs": words(data["adverbs"])}
    patterns = {name: pattern(f"schedule {name}", source, parts) for name, source in data["patterns"].items()}
    adverbs = {word: (count, unit) for word, (count, unit) in data["adverbs"].items()}
    return _Rules(dict(data["numbers"]), dict(data["times"]), adverbs, patterns)
