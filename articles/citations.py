"""One number for each cited label, used for every claim from it; and what of each label was used."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from articles.claims import Cited, Claim, LabelKey, Row
from articles.model import REVIEW_STEPS, Reference, Review
from labels.loinc import BOXED_WARNING

_STATUSES = [step.casefold() for step in REVIEW_STEPS]


class Citations:
    """Numbers labels as they are added, and notes the sections and review status of what is cited."""

    def __init__(self, first: int) -> None:
        self._first = first
        self.labels: dict[LabelKey, Cited] = {}
        self._numbers: dict[LabelKey, int] = {}
        self._sections: dict[LabelKey, set[str]] = defaultdict(set)
        self._steps: set[int] = set()

    def add(self, label: Cited) -> None:
        """Give a label the next number, if it has none."""
        self._numbers.setdefault(label.key, self._first + len(self._numbers))
        self.labels[label.key] = label

    def claims(self, claims: Iterable[Claim]) -> tuple[int, ...]:
        """Cite the labels of these claims."""
        return tuple(sorted({self._cite(c.label.key, c.section, c.loinc, c.review_status) for c in claims}))

    def row(self, row: Row) -> int:
        """Cite the label of a row of any view of facts."""
        key = LabelKey(row["set_id"], row["version"])
        return self._cite(key, row["section"], row["loinc"], row["review_status"])

    def _cite(self, key: LabelKey, section: str | None, loinc: str | None, status: str) -> int:
        self._steps.add(_STATUSES.index(status))
        self._sections[key].add("Boxed Warning" if loinc == BOXED_WARNING else _short(section or "untitled"))
        return self._numbers[key]

    @property
    def last_updated(self) -> str | None:
        """The newest effective date of the labels."""
        return max((c.effective_date for c in self.labels.values() if c.effective_date), default=None)

    @property
    def review(self) -> Review:
        """The lowest review step among what was cited so far."""
        return Review(REVIEW_STEPS[min(self._steps, default=0)])

    @property
    def references(self) -> tuple[Reference, ...]:
        """The reference list."""
        return tuple(map(self._reference, self._numbers))

    def _reference(self, key: LabelKey) -> Reference:
        label = self.labels[key]
        return Reference(
            number=self._numbers[key],
            brand=label.brand,
            generic=label.generic,
            labeler=label.labeler,
            sections=tuple(sorted(self._sections[key], key=_natural)),
            set_id=key.set_id,
            version=key.version,
            effective_date=label.effective_date,
            url=None if label.sample else label.url,
            sample=label.sample,
        )


def _short(section: str) -> str:
    """A section by its number where it has one: "5.1 Cardiomyopathy" is 5.1."""
    number = re.match(r"\d+(?:\.\d+)*(?=\s|$)", section)
    return number[0] if number else section


def _natural(section: str) -> tuple[Any, ...]:
    numbers = [int(n) for n in section.split(".")] if re.fullmatch(r"\d+(\.\d+)*", section) else []
    return not numbers, numbers, section.casefold()
