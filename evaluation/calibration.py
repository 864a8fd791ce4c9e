"""Confidence that means something: how often facts read in one way are right, and whether what is shipped holds.

An indication is right where every condition of it is annotated; a monitoring requirement where place and parameter
are. Texts whose annotation may be incomplete tell nothing of that and are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from evaluation.folds import fold_of
from evaluation.matching import same_condition
from evaluation.outcome import Outcome
from evaluation.rules import load_rules
from extract.confidence import ANY, FEATURES, Share, Shares
from extract.facts import Basis

FOLDS = 5
PRIOR = 20
"""The wider class counts as so many facts of its share (a Beta prior): a small class says little by itself."""
LEAST = 5
"""A class seen more seldom has no share of its own."""
BINS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.01)

_HEADER = """\
# How often facts read in one way are right (the classes are those of extract/confidence.py), measured by
# "onlabel evaluate GOLD --calibrate" on {sets}.
# "seen" is how many there were; a share is drawn towards that of the wider class, as if {prior} more of it were seen.
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """A predicted fact: what it was read from, how sure it was said to be, whether it is right."""

    kind: str
    basis: Basis
    confidence: float
    right: bool
    fold: int


def may_calibrate(name: str) -> bool:
    """Whether shares measured on this set may be shipped."""
    return name in load_rules("calibration", ("sets",))["sets"]


def samples(outcomes: Iterable[Outcome], *, folds: int = FOLDS) -> Iterator[Sample]:
    """The predicted facts of records whose annotation can say whether they are right.

    Predictions of a file do not say what a fact was read from: they have none.
    """
    for outcome in outcomes:
        fold = fold_of(outcome.record, folds)
        for kind, fact, right in _judged(outcome):
            if "confidence" in fact and "basis" in fact:
                yield Sample(kind, tuple(fact["basis"]), float(fact["confidence"]), right, fold)


def _judged(outcome: Outcome) -> Iterator[tuple[str, Any, bool]]:
    golds = outcome.record.gold.get("conditions")
    if golds is not None and outcome.record.complete:
        for indication in outcome.prediction.get("indications") or ():
            told = indication.get("conditions") or ()
            yield "indication", indication, all(any(same_condition(g, c) for g in golds) for c in told)
    for listed in outcome.lists:
        if listed.attribute == "monitoring":
            wrong = [item.value for item in listed.extra]
            yield from (("monitoring", i.value, not any(i.value is w for w in wrong)) for i in listed.got)


def fitted(found: Iterable[Sample]) -> Shares:
    """The shares of all classes of one kind, each drawn towards the wider one."""
    seen: Counter[Basis] = Counter()
    right: Counter[Basis] = Counter()
    for sample in found:
        for n in range(len(sample.basis) + 1):
            seen[sample.basis[:n]] += 1
            right[sample.basis[:n]] += sample.right
    shares: dict[Basis, Share] = {}
    for basis in sorted(seen, key=len):
        if not basis:
            shares[basis] = Share(right[basis] / seen[basis], seen[basis])
        elif seen[basis] >= LEAST and basis[:-1] in shares:
            drawn = PRIOR * shares[basis[:-1]].share
            shares[basis] = Share((right[basis] + drawn) / (seen[basis] + PRIOR), seen[basis])
    return Shares(shares)


def to_toml(found: Sequence[Sample], sets: Sequence[str]) -> str:
    """The table that ``extract/data/confidence.toml`` holds."""
    lines = [_HEADER.format(sets=", ".join(sets), prior=PRIOR)]
    for kind in FEATURES:
        classes = fitted(s for s in found if s.kind == kind).classes
        lines.append(f"[{kind}]\n")
        for basis in sorted(classes, key=lambda b: [FEATURES[kind][n].index(word) for n, word in enumerate(b)]):
            one = classes[basis]
            name = ", ".join(basis) or ANY
            lines.append(f'"{name}" = {{ share = {one.share:.3f}, seen = {one.seen} }}\n')
        lines.append("\n")
    return "".join(lines).rstrip() + "\n"


def cross_validated(found: Sequence[Sample], *, folds: int = FOLDS) -> list[Sample]:
    """The same facts with the confidence that shares measured on the other folds' drugs give them."""
    told = []
    for kind in FEATURES:
        mine = [s for s in found if s.kind == kind]
        for fold in range(folds):
            others, asked = [s for s in mine if s.fold != fold], [s for s in mine if s.fold == fold]
            if others and asked:
                shares = fitted(others)
                told += [Sample(kind, s.basis, shares.of(s.basis), s.right, fold) for s in asked]
    return told


@dataclass(frozen=True, slots=True)
class Bin:
    """Facts of nearly one confidence: how many, their mean confidence, the share that is right."""

    kind: str
    low: float
    high: float
    facts: int
    confidence: float
    right: float


def reliability(found: Sequence[Sample]) -> list[Bin]:
    """Confidence beside the share that is right, bin by bin; empty bins are left out."""
    bins = []
    for kind in FEATURES:
        for low, high in pairwise(BINS):
            inside = [s for s in found if s.kind == kind and low <= s.confidence < high]
            if n := len(inside):
                sure, right = sum(s.confidence for s in inside) / n, sum(s.right for s in inside) / n
                bins.append(Bin(kind, low, min(high, 1.0), n, sure, right))
    return bins


def calibration_error(bins: Sequence[Bin]) -> float:
    """The expected calibration error: the mean distance of confidence from the share right, weighted by facts."""
    return sum(b.facts * abs(b.confidence - b.right) for b in bins) / sum(b.facts for b in bins)


def brier(found: Sequence[Sample]) -> float:
    """The mean squared distance of confidence from right (1) or wrong (0): less is better."""
    return sum((s.confidence - s.right) ** 2 for s in found) / len(found)
