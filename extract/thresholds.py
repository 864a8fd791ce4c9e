"""Past which value or grade something is done: "ALT > 5 times ULN", "Grade 3 or 4", "LVEF falls below 40%".

The words are data (``data/thresholds.toml``). A grade is one of the Common Terminology Criteria for Adverse Events
(CTCAE) where the label names no other scale, as "NYHA class III" does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from extract.facts import Evidence, Threshold
from extract.parameters import mentions
from extract.patterns import pattern
from extract.rules import check_keys, load_rules
from extract.spans import Span

Comparator = Literal["<", "≤", ">", "≥", "="]

_PARTS = {"comparator", "value", "unit", "grade", "subject"}
_NUMBER = r"\d+(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?"
_RANGE = re.compile(rf"({_NUMBER}|[a-z]+)(?:\s?(?:-|–|to|and)\s?({_NUMBER}))?", re.IGNORECASE)
_GRADES = re.compile(r"\b(?:IV|I{1,3}|[1-5])\b")


def thresholds(text: str) -> list[Span]:
    """Spans of the values and grades past which something is done, in reading order."""
    return [(m.start(), m.start() + len(m.group().rstrip())) for m in _rules().any.finditer(text)]


def threshold(phrase: Evidence) -> Threshold:
    """Read one such phrase; what it leaves open is None."""
    text = " ".join(phrase.text.split())
    graded = _rules().grade.fullmatch(text)
    if graded:
        return Threshold(phrase, grade=_grades(text), scale="NYHA" if "nyha" in text.lower() else "CTCAE")
    measured = next(iter(mentions(text, tests_only=True)), None)
    rest = text[measured.end :] if measured else text
    unit = next((m for m in _rules().unit.finditer(rest) if m.group().strip()), None)
    counted = _RANGE.search(rest[: unit.start()] if unit else rest, _value_at(rest))
    low, high = (_value(counted[1]), counted[2] and _value(counted[2])) if counted else (None, None)
    return Threshold(
        phrase,
        of=measured.parameter.name if measured else None,
        comparator=_comparator(rest),
        value=low,
        to=high or None,
        unit=_unit(" ".join(unit.group().split())) if unit else None,
    )


def _value_at(text: str) -> int:
    """Where the value begins: behind the words that compare."""
    found = _rules().number.search(text)
    return found.start() if found else len(text)


def _value(word: str) -> float | None:
    number = _rules().numbers.get(word.lower())
    return float(number if number is not None else word.replace(",", ""))


def _unit(written: str) -> str:
    """One way to write it; as it is where the table has none."""
    return next((name for name, one in _rules().units if one.fullmatch(written)), written)


def _comparator(text: str) -> Comparator | None:
    found = [(m.start(), -m.end(), sign) for sign, one in _rules().comparators if (m := one.search(text))]
    return min(found)[2] if found else None


def _grades(text: str) -> tuple[int, int] | None:
    roman = {"I": 1, "II": 2, "III": 3, "IV": 4}
    told = [roman.get(word) or int(word) for word in _GRADES.findall(text)]
    if not told:
        return None
    top = 4 if "nyha" in text.lower() else 5  # death is grade 5 of CTCAE; NYHA has four classes
    if _rules().or_more.search(text):
        return min(told), top
    return (1, max(told)) if _rules().or_less.search(text) else (min(told), max(told))


@dataclass(frozen=True, slots=True)
class _Rules:
    any: re.Pattern[str]
    grade: re.Pattern[str]
    unit: re.Pattern[str]
    units: tuple[tuple[str, re.Pattern[str]], ...]
    comparators: tuple[tuple[Comparator, re.Pattern[str]], ...]
    or_more: re.Pattern[str]
    or_less: re.Pattern[str]
    number: re.Pattern[str]
    numbers: dict[str, int]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    data = load_rules("thresholds")
    check_keys("thresholds", data, {"fragments", "units", "comparators", "grades", "numbers"})
    check_keys("thresholds fragments", data["fragments"], _PARTS)
    check_keys("thresholds comparators", data["comparators"], {"<", "≤", ">", "≥", "="})
    check_keys("thresholds grades", data["grades"], {"or_more", "or_less"})
    parts = {name: f"(?:{source})" for name, source in data["fragments"].items()}
    measured = "{subject}?(?:{comparator} ?{value}(?:{unit})+|{value} ?{unit} or (?:more|greater|higher))"
    return _Rules(
        any=pattern("thresholds", f"{measured}|{{grade}}", parts),
        grade=pattern("thresholds grade", "{grade}", parts),
        unit=pattern("thresholds unit", "(?:{unit})+", parts),
        units=tuple((name, pattern(f"unit {name}", one)) for name, one in data["units"].items()),
        comparators=tuple((sign, pattern(f"comparator {sign}", one)) for sign, one in data["comparators"].items()),
        or_more=pattern("or_more", data["grades"]["or_more"]),
        or_less=pattern("or_less", data["grades"]["or_less"]),
        number=re.compile(rf"(?<![\w.])(?:{_NUMBER})|\b(?:{'|'.join(data['numbers'])})\b", re.IGNORECASE),
        numbers=dict(data["numbers"]),
    )
