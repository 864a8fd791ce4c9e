"""A boxed warning (21 CFR 201.57(c)(1)) split into the risks that its title names.

A risk begins at its heading, or else at the first sentence that speaks of it: "WARNING: HEPATOTOXICITY and FETAL
HARM" over two plain paragraphs is two risks, and over four bullets about the liver alone would be one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from extract.hazards import (
    RiskBlock,
    hazard_name,
    is_section_name,
    is_statement,
    own_title,
    risk_heads,
    speaks_of,
    without_warning,
)
from extract.sentences import CROSS_REFERENCE, sentences

_SUMMARY_HEAD = re.compile(r"\W*WARNINGS?\s*:.{0,400}?complete\s+boxed\s+warning\s*\.?\s*", re.DOTALL | re.IGNORECASE)
_TITLE_LINE = re.compile(r"\W*(?P<title>WARNINGS?\b(?:[^\na-z]|\b[a-z]{1,4}\b){0,500})\n\s*")
_BETWEEN = re.compile(
    r"\s*(?:[,;:]\s*(?:and\s+)?|\band\b(?!/)|\bincluding\b|(?:(?<=\s)|^)(?:\([A-Z0-9]\)|[A-Z0-9][.)](?=\s)))\s*", re.I
)
_SAID_AGAIN = re.compile(r"^((\w[^,;]{3,}?)[,;].*\w)\s+\2$")
"""A title that has run into the heading behind it: "INFECTIONS, DEATH, and RASH INFECTIONS"."""
_ITEM_MARK = r"\W*(?:\(?[A-Z0-9]\)?[.)]\s+)?"


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a risk begins: at ``start``, its text at ``body``; which of the title's names it is about."""

    start: int
    body: int
    names: tuple[int, ...]
    heading: str | None = None


def boxed_risks(text: str, start: int, end: int, title: str | None) -> list[RiskBlock]:
    """The risks of a boxed warning, which stands at ``text[start:end]`` under a title; one block where it has one."""
    title, start, end = _box(text, start, end, title)
    return _split(text, start, end, own_title(title))


def _box(text: str, start: int, end: int, title: str | None) -> tuple[str | None, int, int]:
    """Title and bounds of what a boxed warning says, without title lines and without a second telling behind it."""
    head = _SUMMARY_HEAD.match(text, start, end) or _TITLE_LINE.match(text, start, end)
    if head and text[head.end() : end].strip():
        start = head.end()
        told = head.groupdict().get("title")
        title = told if told and (title is None or is_section_name(title)) else title
    again = text.find(title, start + 1, end) if title and without_warning(title) not in ("", title) else -1
    return title, start, again if again > 0 and text[start:again].strip() else end


def _split(text: str, start: int, end: int, title: str | None) -> list[RiskBlock]:
    """Split what a boxed warning says into its risks; one block where it cannot be told apart."""
    names = _names(title) if title else _Names("", [])
    starts = list(_starts(text, start, end, names))
    if not starts:
        return [RiskBlock(title, start, end)]
    if len(starts) == 1 and not text[start : starts[0].start].strip():
        return [RiskBlock(title or starts[0].heading, starts[0].body, end)]
    stops = [*(s.start for s in starts[1:]), end]
    first = RiskBlock(title, start, starts[0].start)
    rows = [RiskBlock(s.heading or names.title(s.names), s.body, stop) for s, stop in zip(starts, stops, strict=True)]
    return [row for row in (first, *rows) if text[row.start : row.end].strip(" \n\t.:;•*")]


@dataclass(frozen=True, slots=True)
class _Names:
    """The risks that a title lists, by their places in it."""

    text: str
    spans: list[tuple[int, int]]

    def among(self, words: str) -> tuple[int, ...]:
        """Which of the names some words speak of."""
        return tuple(i for i, (a, b) in enumerate(self.spans) if speaks_of(words, self.text[a:b]))

    def title(self, which: tuple[int, ...]) -> str:
        """The words of the title for some of its names."""
        if which == tuple(range(which[0], which[-1] + 1)):
            return self.text[self.spans[which[0]][0] : self.spans[which[-1]][1]]
        return ", ".join(self.text[a:b] for a, b in (self.spans[i] for i in which))


def _names(title: str) -> _Names:
    text = _SAID_AGAIN.sub(r"\1", without_warning(title))
    marks = [m.span() for m in _BETWEEN.finditer(text)]
    bounds = zip([0, *(b for _, b in marks)], [*(a for a, _ in marks), len(text)], strict=True)
    return _Names(text, [(a, b) for a, b in bounds if speaks_of(text[a:b], text[a:b])])


def _starts(text: str, start: int, end: int, names: _Names) -> Iterator[_Start]:
    seen: set[int] = set()
    last = start
    for one in _candidates(text, start, end, names):
        if one.start < last or (not one.heading and seen.intersection(one.names)):
            continue
        if not one.heading and not seen and one.names[0] > 0 and is_statement(text[start : one.start]):
            yield _Start(start, start, tuple(range(one.names[0])))  # a title names risks in the order of the text
        whole = not one.heading and not seen and one.names[0] == 0
        seen.update(one.names)
        last = max(last, one.body)
        yield _Start(start, start, one.names) if whole else one


def _candidates(text: str, start: int, end: int, names: _Names) -> list[_Start]:
    """Headings, and sentences that speak of a risk, in reading order."""
    heads = chain(risk_heads(text, start, end), _named_heads(text, start, end, names))
    several = len(names.spans) > 1
    found = [
        _Start(a, b, about, heading)
        for a, b, heading in heads
        if (about := names.among(heading)) or (not several and hazard_name(heading))
    ]
    if several:
        found += [s for s in _mentions(text, start, end, names) if not any(h.start <= s.start < h.body for h in found)]
    return sorted(found, key=lambda s: (s.start, -s.body))


def _named_heads(text: str, start: int, end: int, names: _Names) -> Iterator[tuple[int, int, str]]:
    """Names of the title that run into the text: "Birth Defects Treatment during pregnancy …"."""
    if not names.spans:
        return
    longest_first = sorted(names.spans, key=lambda span: span[0] - span[1])
    listed = "|".join(r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", names.text[a:b]))) for a, b in longest_first)
    joined = rf"(?:{listed})(?:[,;]?\s+(?:and\s+)?(?:{listed}))*"
    one = re.compile(rf"{_ITEM_MARK}(?P<name>(?i:{joined}))\b[\s:.]*(?=[A-Z•])")
    for a, b in sentences(text[start:end]):
        if (match := one.match(text, start + a, start + b)) and match.end() < start + b:
            yield start + a, match.end(), match["name"]


def _mentions(text: str, start: int, end: int, names: _Names) -> Iterator[_Start]:
    for a, b in sentences(text[start:end]):
        said = CROSS_REFERENCE.sub(" ", text[start + a : start + b])
        if (about := names.among(said)) and is_statement(said):
            yield _Start(start + a, start + a, about)
