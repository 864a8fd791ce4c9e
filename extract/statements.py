"""Statements: the units in which an indications section speaks.

A statement is one sentence, or a lead-in ("… is indicated for:") with one list item that completes it. It is
read as one text, and every stretch of that text leads back to its place on the label through its pieces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from extract.facts import Evidence
from extract.rules import check_keys, compiled, load_rules
from extract.sentences import BULLET, REFERENCE, sentences, trimmed

Kind = Literal["indication", "phrase", "limitation", "accelerated", "selection", "other"]
"""A phrase is a line without a verb that no lead-in opened: a heading, or an item of a label that writes none."""

_BULLET = re.compile(rf"\s*(?:{BULLET}|[-–—]|\(?[a-z0-9]{{1,2}}[.)](?=\s))\s*")
_TRAILING_REFERENCE = re.compile(rf"(?:[\s,;.]*{REFERENCE})+[\s.;]*$")
_INLINE_LIST = re.compile(r":\s+(?=\S)")
_SEMICOLON = re.compile(r";\s*(?:(?:and/or|and|or)\b\s*)?")
_LIST_KEYS = {"indication", "negation", "limitations", "accelerated", "selection", "lead_in"}
_ONE_KEYS = {"accelerated_all", "item_start", "clause"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a section inside a statement: it stands at ``at`` there and at ``start`` on the label."""

    at: int
    section: int
    start: int
    text: str

    @property
    def end(self) -> int:
        """Where the piece ends in its section."""
        return self.start + len(self.text)

    def evidence(self) -> Evidence:
        """The whole piece as evidence."""
        return Evidence(self.section, self.start, self.end, self.text)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, or a lead-in and one of its items, read as one text."""

    kind: Kind
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The pieces, joined by a blank."""
        return " ".join(p.text for p in self.pieces)

    def evidence(self, start: int, end: int) -> Evidence:
        """Evidence of a span of ``text``; a span over two pieces is narrowed to the one that holds its end."""
        piece = next(p for p in reversed(self.pieces) if p.at < end)
        start, end = trimmed(piece.text, max(start, piece.at) - piece.at, end - piece.at)
        return Evidence(piece.section, piece.start + start, piece.start + end, piece.text[start:end])

    def with_item(self, section: int, start: int, text: str) -> Statement:
        """Complete a lead-in by an item."""
        at = len(self.text) + 1
        return replace(self, pieces=(*self.pieces, Piece(at, section, start, text)))

    @staticmethod
    def of(kind: Kind, section: int, start: int, text: str) -> Statement:
        """Make a statement of one piece."""
        return Statement(kind, (Piece(0, section, start, text),))


@lru_cache(maxsize=1)
def patterns() -> dict[str, re.Pattern[str]]:
    """The patterns of ``data/statements.toml``, each list as one alternation."""
    rules = load_rules("statements")
    check_keys("statements.toml", rules, _LIST_KEYS | _ONE_KEYS)
    one = {key: compiled(key, str(rules[key])) for key in _ONE_KEYS}
    return one | {key: compiled(key, "|".join(f"(?:{p})" for p in rules[key])) for key in _LIST_KEYS}


class BlockReader:
    """Reads the statements of one block: a section's own text, or one telling of it."""

    def __init__(self, section: int) -> None:
        self.section = section
        self.leads: list[tuple[int, Statement]] = []
        """Open lead-ins, outer first, each with the indent of its line."""
        self.limiting = False
        self.indent = 0

    def read(self, text: str, start: int = 0, end: int | None = None) -> Iterator[Statement]:
        """Yield the statements of ``text[start:end]``, with places in ``text``."""
        for a, b in sentences(text[start:end]):
            a, b = start + a, start + b  # noqa: PLW2901
            self._close_lists(_indent(text, a))
            yield from self._sentence(text[a:b], a)

    @property
    def lead(self) -> Statement | None:
        """The innermost open lead-in."""
        return self.leads[-1][1] if self.leads else None

    def _close_lists(self, indent: int | None) -> None:
        """A line that stands no deeper than an inner lead-in ends that one's list."""
        self.indent = indent or 0
        while indent is not None and len(self.leads) > 1 and self.leads[-1][0] >= indent:
            self.leads.pop()

    def _sentence(self, raw: str, at: int) -> Iterator[Statement]:
        rules = patterns()
        heading = rules["limitations"].match(raw)
        if heading:
            self.limiting = True
            at, raw = at + heading.end(), raw[heading.end() :]
        bullet = _BULLET.match(raw)
        skip = bullet.end() if bullet else 0
        start, stop = trimmed(raw, skip, len(raw))
        body = _without_references(raw[start:stop])
        if not body or not any(c.isalpha() for c in body):
            return
        yield from self._classify(body, at + start, bulleted=bullet is not None)

    def _classify(self, body: str, at: int, *, bulleted: bool) -> Iterator[Statement]:
        rules = patterns()
        item = self._is_item(body, bulleted=bulleted)
        cue = _positive(body)
        if rules["accelerated"].search(body):
            yield Statement.of("accelerated", self.section, at, body)
        elif rules["selection"].match(body) and not cue:
            yield Statement.of("selection", self.section, at, body)
        elif not cue and rules["negation"].search(body) and not (item and not self.limiting):
            self.limiting = bool(rules["lead_in"].search(body)) or self.limiting
            yield Statement.of("limitation", self.section, at, body)
        elif self.limiting and not self._leaves_limitation(body, bulleted=bulleted):
            yield Statement.of("limitation", self.section, at, body)
        elif cue and not (item and (bulleted or body[0].islower())):
            yield from self._cue(body, at, cue)
        elif item and self.lead is not None:
            yield from self._items(self.lead, body, at)
        else:
            told = Statement.of(_other_kind(body), self.section, at, body)
            if told.kind == "other" and body.endswith(":"):  # what it lists are no uses
                self.leads = [(-1, told)]
            yield told

    def _leaves_limitation(self, body: str, *, bulleted: bool) -> bool:
        """A positive cue ends the limitations; so does an item in lower case that goes on with an open list."""
        if _positive(body) or (
            self.lead is not None and not bulleted and body[:1].islower() and not patterns()["clause"].search(body)
        ):
            self.limiting = False
        return not self.limiting

    def _is_item(self, body: str, *, bulleted: bool) -> bool:
        rules = patterns()
        if self.lead is None:
            return False
        if bulleted or rules["item_start"].match(body):
            return True
        return not rules["clause"].search(body) and not rules["indication"].search(body)

    def _cue(self, body: str, at: int, cue: re.Match[str]) -> Iterator[Statement]:
        rules = patterns()
        inline = _INLINE_LIST.search(body, cue.start())
        if inline:
            lead = Statement.of("indication", self.section, at, body[: inline.start() + 1])
            self.leads = [(-1, lead)]
            yield from self._items(lead, body[inline.end() :], at + inline.end())
        elif rules["lead_in"].search(body):
            lead = Statement.of("indication", self.section, at, body)
            self.leads = [(-1, lead)]
            if not body.rstrip().endswith(":"):
                yield lead
        else:
            self.leads = []
            yield Statement.of("indication", self.section, at, body)

    def _items(self, lead: Statement, body: str, at: int) -> Iterator[Statement]:
        if body.rstrip().endswith(":"):  # a list in a list
            self.leads.append((self.indent, lead.with_item(self.section, at, body)))
            return
        start = 0
        for cut in [*_SEMICOLON.finditer(body), None]:
            a, b = trimmed(body, start, cut.start() if cut else len(body))
            if b > a and any(c.isalpha() for c in body[a:b]):
                yield lead.with_item(self.section, at + a, body[a:b])
            start = cut.end() if cut else start


def _other_kind(body: str) -> Kind:
    rules = patterns()
    if rules["selection"].search(body):
        return "selection"
    return "other" if rules["clause"].search(body) else "phrase"


def _indent(text: str, at: int) -> int | None:
    """How deep the line at ``at`` is indented; None where the text has no lines to go by."""
    line = text.rfind("\n", 0, at) + 1
    return at - line if line and not text[line:at].strip() else None


def _positive(body: str) -> re.Match[str] | None:
    """The cue that gives a use, where no negation stands on it or before it."""
    rules = patterns()
    negation = rules["negation"].search(body)
    for cue in rules["indication"].finditer(body):
        if not negation or cue.end() <= negation.start():
            return cue
    return None


def _without_references(body: str) -> str:
    """Drop the Highlights references behind a sentence: they are no words of it."""
    match = _TRAILING_REFERENCE.search(body)
    if not match:
        return body
    kept = body[: match.start()]
    return kept + "." if body[match.start() : match.start() + 1] == "." else kept
