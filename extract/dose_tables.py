"""Dose modification tables: for which adverse reaction, how severe, what to do (21 CFR 201.57(c)(3), "2 Dosage").

The columns get their roles from the words of their headers and from what their cells hold (``data/dose_tables.toml``):
one names the reaction, one the severity, one the action; or the grades are columns, and their cells the actions. Where
no such roles are found, or the action column holds no orders, the table is another one and yields nothing.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from extract.actions import actions
from extract.facts import DoseModification, Evidence
from extract.hazards import hazard_name, is_risk, looks_like_title
from extract.parameters import mentions
from extract.patterns import pattern
from extract.rules import check_keys, load_rules
from extract.tables import Cell, Row, Table, find_tables

Role = Literal["reaction", "severity", "action", "grade", "drug"]
_NAMED_ROLES: tuple[Role, ...] = ("action", "severity", "reaction", "drug")
_KEYS = {
    "headers": {"refused", *_NAMED_ROLES},
    "captions": {"refused", "before", "behind", "general", "people"},
    "cells": {"grade", "bound", "degree", "filler", "reference", "kept", "denied"},
}
_MARKS = re.compile(r"(?<!mm)(?<!mm )[*†‡§¶#♠♥♦♣¹²³⁴⁵⁶⁷⁸⁹]|\^\(\w+\)")
_TO_TRIM = rf"[\s.:;,•-]|{_MARKS.pattern}"
_AT_START = re.compile(rf"(?:{_TO_TRIM}|\d+\.\s|\b(?:and|or|of)\b)+", re.IGNORECASE)
_AT_END = re.compile(rf"(?:{_TO_TRIM}|\b(?:and|or|of|with|to|at|is))$", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*\((?:[^()]|\([^()]{0,200}\)){0,400}\)")
_WORD = re.compile(r"[A-Za-z][A-Za-z-]+")
# How many words a header, a name, a risk's name and the title of a cell have at most; how long a heading is
_HEADER_WORDS, _NAME_WORDS, _HAZARD_WORDS, _TITLE_WORDS, _HEADING = 24, 14, 9, 6, 300
# How many columns a header of grades, and another header, names at least
_MIN_GRADES = _MIN_NAMED = 2
# A table whose rows change their number of cells more often has no columns
_MAX_SHAPES = 8


def read_dose_modifications(
    text: str, *, section: int = 0, start: int = 0, end: int | None = None
) -> list[DoseModification]:
    """Rows of the dose modification tables of ``text[start:end]``, in reading order; none where there is no such table.

    A row of grade columns gives one record for each cell with an instruction. Only lines of cells that are parted
    by bars are tables; text that has lost them yields nothing.
    """
    found: list[DoseModification] = []
    for table in find_tables(text, start, end):
        found += _Reader(table, section).read()
    return found


def _cell_actions(words: str) -> list[str]:
    """Classes of what a cell orders, in reading order, each once; what it says is not needed is none."""
    rules = _rules()
    words = rules["denied"].sub(lambda m: " " * len(m.group()), words)
    own = [(m.start(), m.end(), name) for name, one in _action_patterns() for m in one.finditer(words)]
    told = [(a.start, a.end, a.name) for a in actions(words)]
    free = [(a, b, name) for a, b, name in told if not any(a < stop and b > start for start, stop, _ in own)]
    return list(dict.fromkeys(name for *_, name in sorted([*own, *free])))


def _is_instruction(words: str) -> bool:
    return bool(_rules()["kept"].search(words) or _cell_actions(words))


def _severity(words: str) -> str | None:
    """The grades and bounds of a cell that names a reaction, too, from the first to the last of them."""
    found = [m.span() for name in ("grade", "bound", "degree") for m in _rules()[name].finditer(words)]
    return words[min(a for a, _ in found) : max(b for _, b in found)] if found else None


def _is_bounded(words: str) -> bool:
    return any(_rules()[name].search(words) for name in ("grade", "bound"))


def _is_severity(words: str) -> bool:
    return any(_rules()[name].search(words) for name in ("grade", "bound", "degree"))


def _name(words: str) -> str | None:
    """What a cell names beside its grade and references; None where it names nothing."""
    rules = _rules()
    bare = _trimmed(" ".join(rules["reference"].sub("", words).split()))
    titled, colon, rest = bare.partition(": ")
    short = colon and len(titled.split()) <= _TITLE_WORDS and _is_severity(rest)
    if short and _words_left(titled) and not _is_bounded(titled):
        return titled
    cut = rules["grade"].sub("\n", rules["reference"].sub("\n", words)).split("\n")
    named = [piece for piece in map(_trimmed, cut) if _words_left(piece)]
    return (named[0] if len(named) == 1 else bare) if named else None


def _words_left(piece: str) -> bool:
    bare = _rules()["bound"].sub(" ", _bare(piece))
    return any(not _rules()["filler"].fullmatch(word) for word in _WORD.findall(bare))


def _trimmed(words: str) -> str:
    words = words[match.end() :] if (match := _AT_START.match(words)) else words
    while match := _AT_END.search(words):
        words = words[: match.start()]
    return words


def _is_named_risk(name: str | None) -> bool:
    """Whether one of a name's words is a risk's, or it names what is measured."""
    return name is not None and (any(map(is_risk, re.split(r"[\s/()]+", name))) or bool(mentions(name)))


@dataclass(slots=True)
class _Column:
    """A column: its role, what is known of its header, and the last cell that was not empty."""

    role: Role | None = None
    head: Cell | None = None
    last: Cell | None = None


@dataclass(slots=True)
class _Reader:
    """Reads one table row by row; what a cell leaves empty stands above it."""

    table: Table
    section: int
    columns: list[_Column] = field(default_factory=list)
    title: Cell | None = None
    """The heading within the table that names the reaction of the rows under it."""
    instructs: list[bool] = field(default_factory=list)
    """Whether the cells of the action columns hold an instruction."""
    shapes: int = 0

    def read(self) -> list[DoseModification]:
        caption = self.table.caption
        if caption and _rules()["caption_refused"].search(caption.words):
            return []
        found: list[DoseModification] = []
        for number, row in enumerate(self.table.rows):
            if row.plain:
                self._heading(row.line)
            elif columns := _header(row, first=not self.columns):
                if any(_rules()["refused"].match(_bare(cell.words)) for cell in row.cells):
                    return []
                self._enter(columns, number)
            else:
                if len(self.columns) != len(row.cells):
                    self._enter([_Column() for _ in row.cells], number - 1)
                found += self._read(row)
            if self.shapes > _MAX_SHAPES:
                return []
        graded = any(one.severity or _is_named_risk(one.reaction) for one in found)
        return found if graded and self.instructs.count(True) > self.instructs.count(False) else []

    def _enter(self, columns: list[_Column], number: int) -> None:
        """Begin with new columns; those that no header names get the roles that the cells below speak for."""
        self.columns = columns
        self.shapes += 1
        rows = [row for row in self.table.rows[number + 1 :] if len(row.cells) == len(columns)]
        for place, column in enumerate(columns):
            if column.role is None:
                column.role = _role_of([row.cells[place].words for row in rows if row.cells[place]])
        told = any(column.role in {"reaction", "severity"} for column in columns)
        if not told and columns[0].role is None and not columns[0].head:
            columns[0].role = "reaction"

    def _heading(self, line: Cell) -> None:
        name = _name(line.words) if len(line.words) <= _HEADING else None
        if not name or len(name.split()) > _NAME_WORDS or _is_instruction(name):
            return
        marked = line.words.endswith(":") or _rules()["reference"].search(line.words)
        if marked or looks_like_title(name) or is_risk(name):
            self.title = line
            for column in self.columns:
                column.last = None

    def _read(self, row: Row) -> Iterator[DoseModification]:
        filled = [n for n, cell in enumerate(row.cells) if cell]
        acting = [n for n, column in enumerate(self.columns) if column.role in {"action", "grade"}]
        if len(filled) == 1:
            alone = row.cells[filled[0]].words
            if filled[0] not in acting and not _is_severity(alone):
                self._heading(row.cells[filled[0]])
                return
            if alone[0].islower():
                return  # a cell that runs on over the next row
        for n in filled:
            self._fill(n, row.cells[n])
        for n in acting:
            if row.cells[n]:
                self.instructs.append(_is_instruction(row.cells[n].words))
            yield from self._record(row, n, several=len(acting) > 1)

    def _fill(self, n: int, cell: Cell) -> None:
        """Enter a cell; what cells behind it told of rows above is over."""
        column = self.columns[n]
        if column.role == "reaction" and not _name(cell.words) and not _is_severity(cell.words):
            return
        if column.role in {"reaction", "drug", "severity"}:
            for other in self.columns[n + 1 :]:
                other.last = None if other.role in {"severity", "reaction"} else other.last
        column.last = cell

    def _record(self, row: Row, n: int, *, several: bool) -> Iterator[DoseModification]:
        cell = row.cells[n] or self._inherited(row, n)
        if not cell or not _is_instruction(cell.words):
            return
        heads = self._heads(row, n)
        graded = self.columns[n].role == "grade"
        severe = heads if graded else self._cells("severity")
        named, name = self._reaction(severe)
        if named is None:
            return
        above = [one for one in self._cells("reaction") if one is not named and not graded]
        grades = "; ".join(_plain(one.words) for one in (*above, *severe))
        evidence = cell if several and row.cells[n] else row.line
        used = [named, *above, *severe, cell, *self._cells("drug"), *(heads if several else ())]
        yield DoseModification(
            evidence=self._evidence(evidence),
            reaction=name,
            hazard=_hazard(name),
            severity=grades or _severity(named.words),
            action=", ".join(_cell_actions(cell.words)) or None,
            instruction=cell.words,
            parts=tuple(self._evidence(one) for one in _outside(used, evidence)),
            table=self.table.caption.words if self.table.caption else None,
            drug=next((_plain(one.words) for one in self._cells("drug")), None),
        )

    def _inherited(self, row: Row, n: int) -> Cell | None:
        """The action that reaches over from above; none where one reaches over from the left, or the row is empty."""
        if self.columns[n].role == "grade":
            return None
        filled = {column.role for column, cell in zip(self.columns, row.cells, strict=True) if cell}
        return self.columns[n].last if filled & {"reaction", "severity"} and "action" not in filled else None

    def _evidence(self, cell: Cell) -> Evidence:
        return Evidence(self.section, cell.start, cell.end, cell.words)

    def _cells(self, role: Role) -> list[Cell]:
        return [column.last for column in self.columns if column.role == role and column.last]

    def _heads(self, row: Row, n: int) -> list[Cell]:
        """The header of a cell, with those of the empty cells behind it, over which it reaches."""
        stop = n + 1
        while stop < len(row.cells) and not row.cells[stop] and self.columns[stop].role == self.columns[n].role:
            stop += 1
        return [head for column in self.columns[n:stop] if (head := column.head)]

    def _reaction(self, severe: Sequence[Cell]) -> tuple[Cell | None, str]:
        """What a row is about: its cell, the heading above it, the caption, the header of the measured column."""
        cells, caption = self._cells("reaction"), self.table.caption
        own = [(cell, name) for cell in cells if (name := _name(cell.words))]
        heads = [c.head for c in self.columns if c.role in ("severity", "reaction") and c.head]
        choices: list[tuple[Cell | None, str | None]] = [
            *(one for one in own if _names_reaction(one[0].words, one[1])),
            (self.title, _name(self.title.words) if self.title else None),
            *own,
            (caption, _caption_name(caption.words) if caption else None),
            *((cell, told) for cell in severe if _is_named_risk(told := _name(cell.words))),
            *((head, head.words[m.start : m.end]) for head in heads for m in mentions(head.words)[:1]),
            *((cell, _trimmed(cell.words)) for cell in (*cells, *severe) if mentions(cell.words)),
        ]
        return next(((cell, name) for cell, name in choices if cell and name), (None, ""))


def _names_reaction(words: str, name: str) -> bool:
    """Whether a cell names the reaction itself, and not only how severe the one above it is."""
    return len(name.split()) <= _NAME_WORDS and (_is_named_risk(name) or not _is_severity(words))


def _hazard(reaction: str) -> str | None:
    """The reaction as a risk by its normalized name; None where it is told as a finding or a measured value."""
    measured = mentions(reaction) and not any(map(is_risk, reaction.split()))
    told = measured or _is_bounded(reaction) or len(reaction.split()) > _HAZARD_WORDS
    return None if told else hazard_name(_MARKS.sub("", reaction))


def _outside(cells: Iterable[Cell | None], evidence: Cell) -> list[Cell]:
    kept = {c.start: c for c in cells if c and (c.end <= evidence.start or c.start >= evidence.end)}
    return [kept[start] for start in sorted(kept)]


def _header(row: Row, *, first: bool) -> list[_Column] | None:
    """Columns as a row of headers names them; None where the row is none. ``first``: no header stands above it."""
    words = [_bare(cell.words) for cell in row.cells]
    if any(len(one.split()) > _HEADER_WORDS or one.endswith(".") or _is_instruction(one) for one in words):
        return None
    roles = [_header_role(one) for one in words]
    place = next(n for n, one in enumerate(words) if one) if any(words) else 0
    if roles[place] is None and mentions(words[place]):
        roles[place] = "severity"  # "Platelet count": its values stand below
    if roles.count("grade") < _MIN_GRADES:
        roles = [None if role == "grade" else role for role in roles]
        named = [role for role, one in zip(roles, words, strict=True) if role or _rules()["refused"].match(one)]
        alone = first and named and not any(map(_is_severity, words))
        if len(named) < _MIN_NAMED and named != ["action"] and not alone:
            return None
    columns = [_Column(role, cell or None) for role, cell in zip(roles, row.cells, strict=True)]
    for left, column in itertools.pairwise(columns):
        if not column.head and left.role == "severity":
            column.role = "severity"  # the header reaches over both
    return columns


def _header_role(words: str) -> Role | None:
    rules = _rules()
    if rules["grade"].search(words) or rules["degree"].match(words):
        return "grade"
    return next((role for role in _NAMED_ROLES if rules[role].search(words)), None)


def _bare(words: str) -> str:
    """A header without its brackets."""
    return _BRACKETS.sub("", words).strip()


def _role_of(cells: Sequence[str]) -> Role | None:
    """The role that at least half of a column's cells speak for."""
    share = max(1, len(cells) / 2)
    if sum(map(_is_instruction, cells)) >= share:
        return "action"
    if sum(_is_named_risk(_name(words)) for words in cells) >= share:
        return "reaction"
    return "severity" if sum(map(_is_severity, cells)) >= share else None


def _caption_name(caption: str) -> str | None:
    """The reaction that a caption names last: "Dose Modifications for X – Diarrhea" → "Diarrhea"."""
    rules = _rules()
    words = rules["caption_people"].sub("", rules["reference"].sub("", caption))
    for match in reversed(list(rules["caption_before"].finditer(words))):
        name = _trimmed(rules["caption_behind"].sub("", words[match.end() :]))
        if name and not rules["caption_general"].fullmatch(name) and _is_named_risk(name):
            return name
    return None


def _plain(words: str) -> str:
    return _trimmed(_rules()["reference"].sub("", words)) or words


@lru_cache(maxsize=1)
def _rules() -> dict[str, re.Pattern[str]]:
    """The patterns by name; ``refused`` is said of a header, ``caption_refused`` of a caption."""
    data = load_rules("dose_tables")
    check_keys("dose_tables", data, {"action", *_KEYS})
    found: dict[str, re.Pattern[str]] = {}
    for table, known in _KEYS.items():
        check_keys(f"dose_tables {table}", data[table], known)
        for name, source in data[table].items():
            key = f"caption_{name}" if table == "captions" else name
            found[key] = pattern(f"dose_tables {table} {name}", source)
    return found


@lru_cache(maxsize=1)
def _action_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows = load_rules("dose_tables")["action"]
    for row in rows:
        check_keys("dose_tables action", row, {"name", "pattern"})
    return tuple((row["name"], pattern(f"dose_tables {row['name']}", row["pattern"])) for row in rows)
