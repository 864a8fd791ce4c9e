"""Confidence is measured: shares with a prior, by folds of drugs, only on sets that may be used for it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from evaluation.calibration import (
    LEAST,
    PRIOR,
    Sample,
    brier,
    calibration_error,
    cross_validated,
    fitted,
    may_calibrate,
    reliability,
    samples,
    to_toml,
)
from evaluation.gold import gold_sets
from evaluation.report import reliability_table
from evaluation.run import evaluate
from tests.support_evaluation import names, outcome

NAMED, BY_TEXT = ("name", "one", "sentence"), ("text", "one", "sentence")


def told(*rights: bool, basis: tuple[str, ...] = NAMED, sure: float = 0.5, fold: int = 0) -> list[Sample]:
    return [Sample("indication", basis, sure, right, fold) for right in rights]


def read(*conditions: str, **more: Any) -> dict[str, Any]:
    return {"indications": [names(*conditions, confidence=0.75, basis=list(NAMED), **more)]}


def test_an_indication_is_right_where_all_its_conditions_are() -> None:
    gold = {"conditions": [{"name": "gout"}, {"name": "croup", "optional": True}]}
    (right,) = samples([outcome(gold, read("gout", "croup"))])
    assert (right.kind, right.basis, right.confidence, right.right) == ("indication", NAMED, 0.75, True)
    (wrong,) = samples([outcome(gold, read("gout", "asthma"))])
    assert not wrong.right


def test_what_cannot_be_judged_is_left_out() -> None:
    gold = {"conditions": [{"name": "gout"}]}
    assert list(samples([outcome(gold, read("asthma"), complete_by_lexicon=False)])) == []
    assert list(samples([outcome({"conditions": None}, read("asthma"))])) == []
    assert list(samples([outcome(gold, {"indications": [names("gout")]})])) == []


def test_monitoring_is_right_by_place_and_parameter() -> None:
    text = "Check the pulse. Weigh patients."
    gold = [{"parameter": "pulse", "evidence": "Check the pulse."}]
    items = [{"parameter": "pulse", "start": 0, "end": 16}, {"parameter": "weight", "start": 17, "end": 32}]
    prediction = {"monitoring": [i | {"confidence": 0.9, "basis": ["known"]} for i in items]}
    assert [(s.kind, s.right) for s in samples([outcome(gold, prediction, text)])] == [
        ("monitoring", True),
        ("monitoring", False),
    ]


def test_shares_are_drawn_towards_the_wider_class() -> None:
    shares = fitted(told(*[True] * 30) + told(*[False] * 10, basis=BY_TEXT)).classes
    assert shares[()].share == 0.75
    assert shares[("name",)].share == pytest.approx((30 + PRIOR * 0.75) / (30 + PRIOR))
    assert shares[("text",)].share == pytest.approx(PRIOR * 0.75 / (10 + PRIOR))
    assert shares[("text", "one")].share < shares[("text",)].share
    assert shares[("text",)].seen == 10


def test_a_class_seen_too_seldom_has_no_share() -> None:
    classes = fitted(told(*[True] * 9) + told(*[False] * (LEAST - 1), basis=BY_TEXT)).classes
    assert ("name",) in classes
    assert ("text",) not in classes


def test_folds_do_not_know_their_own_drugs() -> None:
    found = told(*[True] * 20, fold=0) + told(*[False] * 20, fold=1)
    assert {(s.fold, s.confidence) for s in cross_validated(found, folds=2)} == {(0, 0.0), (1, 1.0)}


def test_reliability_and_its_errors() -> None:
    found = told(True, True, False, False, sure=0.6) + told(True, True, sure=0.99)
    low, high = reliability(found)
    assert (low.facts, low.confidence, low.right) == (4, pytest.approx(0.6), 0.5)
    assert (high.low, high.high, high.right) == (0.95, 1.0, 1.0)
    assert calibration_error([low, high]) == pytest.approx((4 * 0.1 + 2 * 0.01) / 6)
    assert brier(told(True, False, sure=0.5)) == 0.25
    header, rows = reliability_table(found)
    assert header[-1] == "Brier"
    assert rows[-1][:3] == ["indication", "all", "6"]


def test_the_table_is_toml_that_the_extractor_reads() -> None:
    found = told(*[True] * 30) + [Sample("monitoring", ("known",), 0.9, right, 0) for right in (True, False)]
    rules = tomllib.loads(to_toml(found, ["a", "b"]))
    assert rules["indication"]["name, one, sentence"] == {"share": 1.0, "seen": 30}
    assert rules["monitoring"] == {"any": {"share": 0.5, "seen": 2}}


def test_only_sets_whose_licence_allows_it_are_used() -> None:
    assert may_calibrate("labeledin")
    assert not may_calibrate("moalmanac")
    assert not may_calibrate("everycure")


def test_what_ships_holds_on_the_sets_it_was_measured_on(shared: Path) -> None:
    """Where the reading has changed, the confidence is to be measured anew: onlabel evaluate GOLD --calibrate."""
    sets = [gold for gold in gold_sets([shared / "gold"]) if may_calibrate(gold.name)]
    found = list(samples(outcome for gold in sets for outcome in evaluate(gold).outcomes))
    assert {sample.kind for sample in found} == {"indication", "monitoring"}
    assert calibration_error(reliability(found)) < 0.05
