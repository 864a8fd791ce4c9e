"""What came of one record: which annotated items were found, which predicted ones are right, which checks hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.gold import Record
from evaluation.matching import Same

Json = Mapping[str, Any]
WHOLE = ("whole record right", "whole indication right")
"""Checks that only sum up others."""


@dataclass(frozen=True, slots=True)
class Item:
    """An annotated or predicted item; ``key`` tells it from the others of its record, ``shown`` is for people."""

    key: str
    shown: str
    value: Any


@dataclass(frozen=True, slots=True)
class Listed:
    """A list attribute: what the annotation requires, what was predicted, and which of both have no match."""

    attribute: str
    wanted: tuple[Item, ...]
    got: tuple[Item, ...]
    missed: tuple[Item, ...]
    extra: tuple[Item, ...]

    @property
    def right(self) -> bool:
        """Whether nothing is missed and nothing is too much."""
        return not self.missed and not self.extra


@dataclass(frozen=True, slots=True)
class Check:
    """An attribute with one value, and whether it is right; ``key`` tells apart checks of one name."""

    name: str
    right: bool
    wanted: str = "yes"
    got: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """All comparisons of one record with its prediction."""

    record: Record
    prediction: Json
    lists: tuple[Listed, ...]
    checks: tuple[Check, ...]
    predicted: bool = True
    """False where there was no prediction at all."""

    def wrong(self) -> Iterator[tuple[str, str, str]]:
        """What is wrong, each thing once: (attribute, "missed" | "extra" | "wrong", key)."""
        for one in self.lists:
            yield from ((one.attribute, "missed", item.key) for item in one.missed)
            yield from ((one.attribute, "extra", item.key) for item in one.extra)
        yield from ((c.name, "wrong", c.key) for c in self.checks if not c.right and c.name not in WHOLE)


def compared(attribute: str, record: Record, wanted: Sequence[Item], got: Iterable[Item], same: Same) -> Listed:
    """Compare two lists: an item is found, or right, where any of the other list matches it.

    Optional annotated items cost nothing when they are not found, and nothing when they are.
    """
    right = [(item, any(same(w.value, item.value) for w in wanted)) for item in got]
    if not record.complete:
        right = [pair for pair in right if pair[1]]
    required = tuple(w for w in wanted if not (isinstance(w.value, Mapping) and w.value.get("optional")))
    return Listed(
        attribute=attribute,
        wanted=required,
        got=tuple(item for item, _ in right),
        missed=tuple(w for w in required if not any(same(w.value, item.value) for item, _ in right)),
        extra=tuple(item for item, ok in right if not ok),
    )
