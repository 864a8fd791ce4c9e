"""A run over one set: its records with what came of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from evaluation.figures import Figures, figures, headlines
from evaluation.gold import GoldSet
from evaluation.outcome import Outcome
from evaluation.predict import Predictions, predicted
from evaluation.scoring import score


@dataclass(frozen=True)
class Run:
    """A set, the outcome of each of its records, and why some have no prediction."""

    gold: GoldSet
    outcomes: tuple[Outcome, ...]
    failures: dict[str, str]

    @cached_property
    def figures(self) -> Figures:
        """The figures of all attributes."""
        return figures(self.outcomes)

    @property
    def headlines(self) -> dict[str, float]:
        """One number an attribute."""
        return headlines(self.figures)

    def without(self, ids: frozenset[str]) -> Figures:
        """The figures of all records but these."""
        return figures(o for o in self.outcomes if o.record.id not in ids)


def evaluate(
    gold: GoldSet, given: Predictions | None = None, on_progress: Callable[[str], None] = lambda _id: None
) -> Run:
    """Score a set: what the extractor says of it, or the predictions given."""
    made = given or predicted(gold.records, on_progress)
    outcomes = tuple(score(record, made.by_id.get(record.id)) for record in gold.records)
    failures = {o.record.id: made.failures.get(o.record.id, "no prediction") for o in outcomes if not o.predicted}
    return Run(gold, outcomes, failures)
