"""Annotations that are in doubt: a list that a person keeps, for figures with and without them.

A TSV with the columns set, id and reason. It never changes the figures that floors are about, and may not grow into a
way of choosing one's own examination: at most one record in twenty.
"""

from __future__ import annotations

import csv
from pathlib import Path

from evaluation.errors import FileError
from evaluation.gold import GoldSet

COLUMNS = ["set", "id", "reason"]
LARGEST_SHARE = 0.05


class Doubtful:
    """Which records of which sets are in doubt."""

    def __init__(self, path: Path) -> None:
        """Read the list. Raises FileError for other columns, a row without a reason, or one that is there twice."""
        self.path = path
        self.by_set: dict[str, set[str]] = {}
        with path.open(encoding="utf-8", newline="") as lines:
            rows = csv.reader(lines, delimiter="\t")
            if next(rows, None) != COLUMNS:
                raise FileError(f"{path}: the first line must name the columns {', '.join(COLUMNS)}")
            for row in rows:
                self._add(rows.line_num, row)

    def _add(self, line: int, row: list[str]) -> None:
        if len(row) != len(COLUMNS) or not all(map(str.strip, row)):
            raise FileError(f"{self.path}: line {line}: a set, an id and a reason are needed")
        ids = self.by_set.setdefault(row[0], set())
        if row[1] in ids:
            raise FileError(f"{self.path}: line {line}: {row[1]} is there twice")
        ids.add(row[1])

    def ids(self, gold: GoldSet) -> frozenset[str]:
        """The doubtful records of a set. Raises FileError where one is not in it, or where they are too many."""
        ids = frozenset(self.by_set.get(gold.name, ()))
        if unknown := ids - {r.id for r in gold.records}:
            raise FileError(f"{self.path}: {gold.name} has no record {min(unknown)}")
        if len(ids) > LARGEST_SHARE * len(gold.records):
            share = f"{len(ids)} of {len(gold.records)} records of {gold.name}"
            raise FileError(f"{self.path}: {share} are more than {LARGEST_SHARE:.0%}")
        return ids
