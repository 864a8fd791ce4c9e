"""Statements: the units in which an indications section speaks.

A statement is one sentence, or a lead-in ("… is indicated for:") with one list item that completes it. It is
read as one text, and every stretch of that text leads back to its place on the label through its pieces.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from extract.facts import Evidence
from extract.rules import any_of, check_keys, compiled, load_rules
from extract.sentences import BULLET, CROSS_REFERENCE, REFERENCE, continues, sentences, trimmed

Kind = Literal["indication", "phrase", "limitation", "accelerated", "selection", "explanation", "other"]
"""A phrase is a line without a verb that no lead-in opened: a heading, or an item of a label that writes none.

Others are whole sentences: an explanation is known to give no use, of "other" ones nothing is known.
"""

_SENTENCES = ("explanation", "other")
_BULLET = re.compile(rf"\s*(?:{BULLET}|[-–—]|\(?[a-z0-9]{{1,2}}[.)](?=\s))\s*")
_TRAILING_REFERENCE = re.compile(rf"(?<![\s,;.])(?:[\s,;.]*{REFERENCE})+[\s.;]*$")
_PART = re.compile(r"\d+(?:\.\d+)*")
_INLINE_LIST = re.compile(r":\s+(?=\S)")
_SEMICOLON = re.compile(r";\s*(?:(?:and/or|and|or)\b\s*)?")
_HEAD = re.compile(r"(?P<head>[^:.;]{3,90}):\s+(?=\S)")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_LIST_KEYS = {
    "indication", "continuation", "negation", "explanation", "limitations", "accelerated", "selection", "lead_in",
    "criteria", "clause", "subordinate", "opening",
}  # fmt: skip
_ONE_KEYS = {"accelerated_all", "item_start", "item_inside"}


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

    @property
    def joints(self) -> list[int]:
        """Where in ``text`` a piece joins the one before."""
        return [p.at for p in self.pieces[1:]]

    def evidence(self, start: int, end: int) -> Evidence:
        """Evidence of a span of ``text``; a span over two pieces is narrowed to the one that holds its end."""
        piece = next(p for p in reversed(self.pieces) if p.at < end)
        start, end = trimmed(piece.text, max(start, piece.at) - piece.at, min(end - piece.at, len(piece.text)))
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
    return one | {key: compiled(key, any_of(rules[key])) for key in _LIST_KEYS}


class BlockReader:
    """Reads the statements of one block: a section's own text, or one telling of it."""

    def __init__(self, section: int) -> None:
        self.section = section
        self.leads: list[tuple[int, Statement]] = []
        """Open lead-ins, outer first, each with the indent of its line."""
        self.promise: Statement | None = None
        """The lead-in that has not been told, as its items are to complete it."""
        self.resting = False
        """Whether a whole sentence came between: only a bullet goes on with the list."""
        self.nested = False
        """Whether items stand deeper than a lead-in that is an item itself."""
        self.limiting = False
        self.reference: tuple[int, ...] = ()
        """The subsection that the Highlights referred to last."""
        self.moved_on = False
        """Whether the sentence refers to a later one than that before it did."""
        self.indent = 0
        self.goes_on = False
        """Whether the sentence before gave a use, or may have."""
        self.listing = False
        """Whether an item follows: a bullet without a use of its own."""

    def read(self, text: str, start: int = 0, end: int | None = None) -> Iterator[Statement]:
        """Yield the statements of ``text[start:end]``, with places in ``text``."""
        spans = [(start + a, start + b) for a, b in sentences(text[start:end], run_on=True)]
        for (a, b), (c, d) in itertools.zip_longest(spans, spans[1:], fillvalue=(0, 0)):
            self._close_lists(_indent(text, a))
            run_on = text[b - 1] not in ".:;!?" and text[c : c + 1].islower()
            self.listing = run_on or (bool(_BULLET.match(text[c:d])) and not use_cue(text[c:d]))
            told = list(self._sentence(text[a:b], a))
            yield from told
            self.goes_on = bool(told) and told[-1].kind in ("indication", "phrase")
        yield from self._close()

    @property
    def in_item(self) -> bool:
        """Whether the outermost lead-in is an item itself: the next one may be another."""
        return bool(self.leads) and self.leads[0][0] >= 0

    @property
    def lead(self) -> Statement | None:
        """The innermost open lead-in."""
        return self.leads[-1][1] if self.leads else None

    def _close_lists(self, indent: int | None) -> None:
        """A line that stands no deeper than an inner lead-in ends that one's list."""
        self.indent = indent or 0
        while indent is not None and len(self.leads) > 1 and self.leads[-1][0] >= indent:
            self.leads.pop()
        if indent is not None and self.in_item:
            self.nested, deeper = indent > self.leads[0][0], self.nested
            if deeper and not self.nested:
                self.leads = []

    def _sentence(self, raw: str, at: int) -> Iterator[Statement]:
        rules = patterns()
        heading = rules["limitations"].match(raw)
        if heading:
            self.limiting = True
            at, raw = at + heading.end(), raw[heading.end() :]
        reference = _reference_of(raw)
        self.moved_on = () < self.reference < reference
        self.reference = reference or self.reference
        bullet = _BULLET.match(raw)
        skip = bullet.end() if bullet else 0
        start, stop = trimmed(raw, skip, len(raw))
        body = _without_references(raw[start:stop])
        if not body or not any(c.isalpha() for c in body):
            return
        yield from self._classify(body, at + start, bulleted=bullet is not None)

    def _classify(self, body: str, at: int, *, bulleted: bool) -> Iterator[Statement]:
        rules = patterns()
        plain = plain_text(body)
        item = self._is_item(plain, bulleted=bulleted)
        cue = use_cue(body) or (rules["continuation"].match(plain) if self.goes_on else None)
        if rules["accelerated"].search(body):
            yield Statement.of("accelerated", self.section, at, body)
        elif rules["selection"].match(body) and not cue:
            yield Statement.of("selection", self.section, at, body)
        elif (
            not cue
            and rules["negation"].search(_without_opening(plain))
            and (self.limiting or not item or _denies(plain))
        ):
            self.limiting = bool(rules["lead_in"].search(body)) or self.limiting
            yield Statement.of("limitation", self.section, at, body)
        elif self.limiting and not self._leaves_limitation(body, bulleted=bulleted):
            yield Statement.of("limitation", self.section, at, body)
        elif cue and not (item and (bulleted or body[0].islower()) and not (self.in_item and body.endswith(":"))):
            yield from self._cue(body, at, cue, bulleted=bulleted)
        elif not cue and rules["explanation"].search(plain):
            yield from self._told("explanation", body, at)
        elif item and self.lead is not None:
            yield from self._items(self.lead, body, at)
        else:
            yield from self._uncued(body, at)

    def _uncued(self, body: str, at: int) -> Iterator[Statement]:
        """A sentence without a cue; where it explains a heading before its colon, that is read by itself."""
        head = _HEAD.match(body)
        if head and _other_kind(body[head.end() :]) in _SENTENCES and _other_kind(head["head"]) == "phrase":
            yield Statement.of("phrase", self.section, at, head["head"].rstrip())
            at, body = at + head.end(), body[head.end() :]
        yield from self._told(_other_kind(body), body, at)

    def _told(self, kind: Kind, body: str, at: int) -> Iterator[Statement]:
        told = Statement.of(kind, self.section, at, body)
        unlisted = self.lead is None or self.resting
        if kind in _SENTENCES and (_promises_list(body) or (unlisted and self._opens_list(body))):
            yield from self._open(told)  # what it lists are no uses
        elif kind == "phrase":  # a heading ends what was listed before it
            yield from self._close()
        yield told

    def _opens_list(self, body: str) -> bool:
        return self.listing and body[-1] not in ".!?"

    def _open(self, lead: Statement, *, bulleted: bool = False) -> Iterator[Statement]:
        yield from self._close()
        self.leads, self.resting, self.nested = [(self.indent if bulleted else -1, lead)], False, False
        self.promise = lead if lead.kind == "indication" else None

    def _close(self) -> Iterator[Statement]:
        """End all lists."""
        yield from self._keep_promise()
        self.leads = []

    def _keep_promise(self) -> Iterator[Statement]:
        """A lead-in that nothing completes is told by itself."""
        if self.promise:
            yield self.promise
        self.promise = None

    def _leaves_limitation(self, body: str, *, bulleted: bool) -> bool:
        """A use ends the limitations: one with a cue, or an item that goes on with an open list.

        Such an item begins in lower case, or refers to a later subsection than the limitation did.
        """
        plain = plain_text(body)
        item = self.lead is not None and not _is_clause(plain)
        used = use_cue(body) and not patterns()["negation"].search(_main_part(plain))
        if used or (item and (self.moved_on or (not bulleted and body[:1].islower()))):
            self.limiting = False
        return not self.limiting

    def _is_item(self, plain: str, *, bulleted: bool) -> bool:
        rules = patterns()
        if self.lead is None:
            return False
        if bulleted or self.resting or self.lead.kind in _SENTENCES:
            return bulleted
        if rules["item_start"].match(plain):
            return True
        return not _is_clause(plain) and not rules["indication"].search(plain)

    def _cue(self, body: str, at: int, cue: re.Match[str], *, bulleted: bool) -> Iterator[Statement]:
        rules = patterns()
        inline = _INLINE_LIST.search(plain_text(body), cue.start())
        stated = Statement.of("indication", self.section, at, body)
        if inline:
            lead = Statement.of("indication", self.section, at, body[: inline.start() + 1])
            yield from self._open(lead)
            yield from self._items(lead, body[inline.end() :], at + inline.end())
        elif len(runs := [m.start() for m in rules["item_inside"].finditer(body, cue.end())]) > 1:
            lead = Statement.of("indication", self.section, at, body[: runs[0]].rstrip())
            yield from self._open(lead)
            for a, b in itertools.pairwise([*runs, len(body)]):
                yield from self._items(lead, body[a:b].rstrip(), at + a)
        elif rules["criteria"].search(body):
            yield from self._open(replace(stated, kind="explanation"))
            yield stated
        elif rules["lead_in"].search(body) or self._opens_list(body):
            yield from self._open(stated, bulleted=bulleted)
        else:
            self.resting = True
            yield from self._close() if bulleted else self._keep_promise()
            yield stated

    def _items(self, lead: Statement, body: str, at: int) -> Iterator[Statement]:
        self.promise = None
        if body.rstrip().endswith(":"):  # a list in a list
            inner = lead.with_item(self.section, at, body)
            self.leads.append((self.indent, inner))
            self.promise = inner if lead.kind == "indication" else None
            self.resting = False
            return
        start = 0
        for end, following in _item_cuts(body):
            a, b = trimmed(body, start, end)
            if b > a and any(c.isalpha() for c in body[a:b]):
                yield lead.with_item(self.section, at + a, body[a:b])
            start = following


def _item_cuts(body: str) -> Iterator[tuple[int, int]]:
    """Where items end, and the next ones begin: at semicolons, and behind a reference that has lost its line."""
    found = [m.span() for m in _SEMICOLON.finditer(plain_text(body))]
    ends = (m.end() for m in CROSS_REFERENCE.finditer(body))
    found += [(end, end) for end in ends if body[end:].strip(" .") and not continues(body[end:])]
    yield from sorted(found)
    yield len(body), len(body)


def _other_kind(body: str) -> Kind:
    rules = patterns()
    if rules["selection"].search(body):
        return "selection"
    plain = plain_text(body)
    if rules["explanation"].search(plain):
        return "explanation"
    return "other" if _is_clause(plain) else "phrase"


def _indent(text: str, at: int) -> int | None:
    """How deep the line at ``at`` stands, an item deeper than others; None where the text has no lines to go by."""
    line = text.rfind("\n", 0, at) + 1
    bulleted = bool(_BULLET.match(text, at))
    return at - line + bulleted if (line or bulleted) and not text[line:at].strip() else None


def _promises_list(body: str) -> bool:
    return body.endswith(":") or (body[-1] != "." and patterns()["lead_in"].search(body) is not None)


@lru_cache(maxsize=256)
def use_cue(body: str) -> re.Match[str] | None:
    """The words that give a use, where nothing that takes it away or explains stands on them or before them."""
    rules, plain = patterns(), _without_opening(plain_text(body))
    cue = rules["indication"].search(plain)
    if cue is None:
        return None
    blocks = [m.start() for key in ("negation", "explanation") if (m := rules[key].search(plain))]
    return cue if cue.end() <= min(blocks, default=len(plain)) else None


def _without_opening(plain: str) -> str:
    """Blank a clause on the circumstances, "When penicillin is contraindicated, …": what it denies is not the use."""
    opening = patterns()["opening"].match(plain)
    return " " * opening.end() + plain[opening.end() :] if opening else plain


def _main_part(plain: str) -> str:
    """The sentence with the subordinate clauses blanked out."""
    return patterns()["subordinate"].sub(lambda m: " " * len(m[0]), plain)


def _is_clause(plain: str) -> bool:
    """Whether there is a main clause; verbs of subordinate clauses do not make one."""
    return patterns()["clause"].search(_main_part(plain)) is not None


def _denies(plain: str) -> bool:
    """Whether the main clause takes a use away: "patients who should not be given salts" does not."""
    return patterns()["negation"].search(_main_part(plain)) is not None and _is_clause(plain)


def plain_text(body: str) -> str:
    """The sentence with what stands in brackets blanked out, each character in its place: asides decide nothing."""
    plain = _ASIDE.sub(lambda m: " " * len(m[0]), body)
    return plain if any(c.isalpha() for c in plain) else body


def _reference_of(raw: str) -> tuple[int, ...]:
    """The first subsection that a sentence of the Highlights refers to at its end."""
    match = _TRAILING_REFERENCE.search(raw)
    return tuple(map(int, _PART.findall(match[0])[0].split("."))) if match else ()


def _without_references(body: str) -> str:
    """Drop the Highlights references behind a sentence: they are no words of it."""
    match = _TRAILING_REFERENCE.search(body)
    if not match:
        return body
    kept = body[: match.start()]
    return kept + "." if body[match.start() : match.start() + 1] == "." else kept
