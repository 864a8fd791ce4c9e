"""Tables as the text of a label has them: a row a line, cells parted by bars (:mod:`labels.text` writes them so).

A cell that another reaches over is empty. A row of one cell is a line like any other: between two rows, and between
the caption and the first row, it belongs to the table. A caption or a footnote ends one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAX_COLUMNS, MAX_CELL = 24, 6000
"""No table that is read has more columns, or longer cells; a line with more is none of its rows."""
# How many lines may stand between two rows, and between the caption and the first row; no caption is longer.
_BETWEEN, _LEAD, _MAX_CAPTION = 4, 8, 400
_BAR = re.compile(r"(?:(?<=\s)|^)\|(?=\s|$)")
_CAPTION = re.compile(r"\W*table\s+(?:\d|[A-Z]\b)", re.IGNORECASE)
_NOTE = re.compile(r"[*†‡§¶#♠♥♦♣¹²³⁴⁵⁶⁷⁸⁹]|\^\(|abbreviations?\b|(?:\w[\w/-]{1,9}\s?=\s?\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell, or a line, at ``text[start:end]``, without outer white space; ``words`` is that text."""

    start: int
    end: int
    words: str

    def __bool__(self) -> bool:
        return self.start < self.end


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its whole line, and its cells; a row of one cell is a line of the table that parts no columns."""

    line: Cell
    cells: tuple[Cell, ...]

    @property
    def plain(self) -> bool:
        """Whether the line parts no columns."""
        return len(self.cells) == 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table's caption, where it has one, and its rows in reading order."""

    caption: Cell | None
    rows: tuple[Row, ...]


def find_tables(text: str, start: int = 0, end: int | None = None) -> list[Table]:
    """Tables of ``text[start:end]`` in reading order; each has a row of several cells at least."""
    rows = list(_rows(text, start, len(text) if end is None else end))
    found: list[Table] = []
    done = at = 0
    while at < len(rows):
        if rows[at].plain:
            at += 1
            continue
        stop = _table_end(rows, at)
        caption, first = _lead(rows, done, at)
        found.append(Table(caption, tuple(rows[first:stop])))
        done = at = stop
    return found


def _rows(text: str, start: int, end: int) -> Iterator[Row]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        line = _cell(text, start, stop)
        if line:
            yield Row(line, tuple(_cells(text, line)))
        start = stop + 1


def _cells(text: str, line: Cell) -> list[Cell]:
    bars = [line.start + m.start() for m in _BAR.finditer(line.words)]
    starts, stops = [line.start, *(bar + 1 for bar in bars)], [*bars, line.end]
    cells = [_cell(text, a, b) for a, b in zip(starts, stops, strict=True)]
    wide = len(cells) > MAX_COLUMNS or any(len(cell.words) > MAX_CELL for cell in cells)
    return [line] if wide else cells


def _cell(text: str, start: int, end: int) -> Cell:
    words = text[start:end]
    inner = words.strip()
    first = start + len(words) - len(words.lstrip()) if inner else end
    return Cell(first, first + len(inner), inner)


def _table_end(rows: Sequence[Row], at: int) -> int:
    """Give the number behind the last row of the table that begins at a row."""
    stop, columns = at + 1, len(rows[at].cells)
    for number in range(at + 1, len(rows)):
        row = rows[number]
        if row.plain and (_CAPTION.match(row.line.words) or _NOTE.match(row.line.words)):
            break
        if row.plain and number - stop >= _BETWEEN:
            break
        if not row.plain:
            if number > stop and len(row.cells) != columns:
                break
            stop, columns = number + 1, len(row.cells)
    return stop


def _lead(rows: Sequence[Row], done: int, at: int) -> tuple[Cell | None, int]:
    """Give the caption before a table's first row, and the number of the first line that belongs to the table."""
    for number in range(at - 1, max(done, at - _LEAD) - 1, -1):
        line = rows[number].line
        if len(line.words) <= _MAX_CAPTION and _CAPTION.match(line.words):
            return line, number + 1
        if _NOTE.match(line.words):
            break
    return None, at - 1 if at > done and not _NOTE.match(rows[at - 1].line.words) else at
