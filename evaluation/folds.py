"""Folds by drug: all texts on one drug fall into the same, so that what one teaches is not asked of the other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from statistics import fmean, pstdev

from evaluation.figures import figures, headlines
from evaluation.gold import Record
from evaluation.outcome import Outcome


def fold_of(record: Record, folds: int) -> int:
    """The fold of a record: by its drug's first ingredient, else its name, else its own id."""
    name = next(iter((*record.ingredients, *reversed(record.drug_names))), record.id)
    digest = hashlib.sha256(" ".join(name.lower().split()).encode()).digest()
    return int.from_bytes(digest[:8]) % folds


def by_fold(outcomes: Iterable[Outcome], folds: int) -> list[dict[str, float]]:
    """The headline figures of every fold; a fold without an example of an attribute lacks it."""
    parts: list[list[Outcome]] = [[] for _ in range(folds)]
    for outcome in outcomes:
        parts[fold_of(outcome.record, folds)].append(outcome)
    return [headlines(figures(part)) for part in parts]


def spread(values: list[float]) -> dict[str, float]:
    """Mean, standard deviation (of the folds as they are), least and greatest."""
    return {"mean": fmean(values), "sd": pstdev(values), "least": min(values), "greatest": max(values)}
