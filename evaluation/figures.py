"""Precision, recall and F1, or accuracy, over the records of a set; every item counts the same (micro-average)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from evaluation.outcome import Outcome


@dataclass(frozen=True, slots=True)
class ListFigure:
    """Of a list attribute: ``gold`` items of which ``found``, ``predicted`` items of which ``right``."""

    gold: int = 0
    found: int = 0
    predicted: int = 0
    right: int = 0
    measure = "f1"

    @property
    def precision(self) -> float | None:
        """The share of predicted items that are right; None where there is nothing to predict."""
        if self.predicted:
            return self.right / self.predicted
        return 0.0 if self.gold else None

    @property
    def recall(self) -> float | None:
        """The share of annotated items that were found; None where none are annotated."""
        return self.found / self.gold if self.gold else None

    @property
    def value(self) -> float | None:
        """F1; None where nothing is annotated."""
        p, r = self.precision, self.recall
        if p and r:
            return 2 * p * r / (p + r)
        return 0.0 if self.gold else None

    def to_dict(self) -> dict[str, Any]:
        """Figures and counts by name."""
        told = {"precision": self.precision, "recall": self.recall, "f1": self.value}
        return told | {"gold": self.gold, "predicted": self.predicted}


@dataclass(frozen=True, slots=True)
class CheckFigure:
    """Of a check: on how many ``records`` (or indications) it was asked, and how many are right."""

    records: int = 0
    right: int = 0
    measure = "accuracy"

    @property
    def value(self) -> float | None:
        """The share that is right."""
        return self.right / self.records if self.records else None

    def to_dict(self) -> dict[str, Any]:
        """Figure and count by name."""
        return {"accuracy": self.value, "records": self.records}


Figures = Mapping[str, ListFigure | CheckFigure]


def figures(outcomes: Iterable[Outcome]) -> Figures:
    """The figures of all attributes, lists first, in the order in which they come up."""
    lists: dict[str, ListFigure] = defaultdict(ListFigure)
    checks: dict[str, CheckFigure] = defaultdict(CheckFigure)
    for outcome in outcomes:
        for one in outcome.lists:
            f = lists[one.attribute]
            lists[one.attribute] = replace(
                f,
                gold=f.gold + len(one.wanted),
                found=f.found + len(one.wanted) - len(one.missed),
                predicted=f.predicted + len(one.got),
                right=f.right + len(one.got) - len(one.extra),
            )
        for check in outcome.checks:
            c = checks[check.name]
            checks[check.name] = CheckFigure(c.records + 1, c.right + check.right)
    return {**lists, **checks}


def headlines(told: Figures) -> dict[str, float]:
    """One number an attribute, such as ``{"conditions.f1": 0.9}``; what has no example is left out."""
    return {f"{name}.{f.measure}": f.value for name, f in told.items() if f.value is not None}
