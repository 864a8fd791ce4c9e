"""When two namings are the same thing."""

from __future__ import annotations

from typing import Any

import pytest

from evaluation.matching import (
    condition_spans,
    marker_keys,
    places,
    same_biomarker,
    same_condition,
    same_or_within,
    same_parameter,
    same_partner,
    same_place,
    state_class,
)
from evaluation.words import condition_core, plain


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Tumours of the Kidney", "tumor of the kidney"),
        ("β-thalassaemia (all kinds)", "beta thalassaemia"),
        ("allergies", "allergy"),
        ("virus", "virus"),
        ("illness", "illness"),
        ("gas", "gas"),
        ("Exemplin® tablets", "exemplin tablet"),
        (None, ""),
    ],
)
def test_plain(written: str | None, expected: str) -> None:
    assert plain(written) == expected


def test_a_core_has_no_stage_and_one_word_for_cancer() -> None:
    assert condition_core("advanced renal cell carcinoma") == {"renal", "cell", "cancer"}
    assert condition_core("severe") == frozenset()


@pytest.mark.parametrize(
    ("gold", "told"),
    [
        ({"name": "gout", "ids": {"MESH": ["D006073"]}}, {"name": "podagra", "ids": {"mesh": "d006073"}}),
        ({"name": "x", "ids": {"MONDO": "MONDO:1"}}, {"name": "y", "ids": {"other": "mondo:1"}}),
        ({"name": "renal cancer", "aliases": ["kidney cancer"]}, {"name": "Cancer of the kidney"}),
        ({"name": "chronic gout"}, {"name": "gout"}),
        ({"name": "lung disease (COLD)"}, {"name": "cold"}),
        ({"name": None, "text": "croups"}, {"name": "Croup"}),
        ({"name": "x", "spans": [[50, 60], [0, 10]]}, {"name": "y", "start": 0, "end": 5}),
    ],
)
def test_same_condition(gold: dict[str, Any], told: dict[str, Any]) -> None:
    assert same_condition(gold, told)


@pytest.mark.parametrize(
    ("gold", "told"),
    [
        ({"name": "gout"}, {"name": "croup"}),
        ({"name": "breast cancer"}, {"name": "lung cancer"}),
        ({"name": "advanced"}, {"name": "severe"}),
        ({"name": "x", "spans": [[0, 10]]}, {"name": "y", "start": 0, "end": 4}),
        ({"name": "x", "ids": {"MESH": None}}, {"name": "y", "ids": {"MESH": ""}}),
    ],
)
def test_other_conditions(gold: dict[str, Any], told: dict[str, Any]) -> None:
    assert not same_condition(gold, told)


def test_spans_need_both_ends() -> None:
    assert condition_spans({"start": 3}) == []
    assert condition_spans({"start": 0, "end": 3}) == [(0, 3)]


@pytest.mark.parametrize(
    ("one", "other"),
    [("ERBB2", "HER2"), ("PD-L1", "CD274"), ("Ph", "BCR-ABL1"), ("BRCA", "BRCA2"), ("BRCA1/BRCA2", "brca1"),
     ("NTRK", "NTRK3"), ("hormone receptor", "HR")],
)  # fmt: skip
def test_same_marker(one: str, other: str) -> None:
    assert marker_keys(one) & marker_keys(other)


def test_other_markers_and_states() -> None:
    assert not marker_keys("HER2") & marker_keys("HER3")
    assert not marker_keys(None)
    assert same_biomarker({"marker": "EGFR", "state": "T790M"}, {"marker": "EGFR", "state": "exon 19 deletion"})
    assert not same_biomarker({"marker": "HER2", "state": "low"}, {"marker": "HER2", "state": "amplified"})


@pytest.mark.parametrize(
    ("state", "expected"),
    [("wild-type", "negative"), ("overexpressing", "positive"), ("rearranged", "fusion"),
     ("dMMR deficient", "deficient"), ("V600E", "mutated"), ("Unstable", "unstable"), (None, "")],
)  # fmt: skip
def test_state_class(state: str | None, expected: str) -> None:
    assert state_class(state) == expected


@pytest.mark.parametrize(
    ("gold", "told", "expected"),
    [
        ("an aromatase inhibitor", "aromatase inhibitors", True),
        ("platinum-based chemotherapy", "chemotherapy", True),
        ("metformin", "metformin hydrochloride", True),
        ("iron dextran", "iron", False),
        ("therapy", "therapy", False),
        ("abemaciclib", "fulvestrant", False),
    ],
)
def test_same_partner(gold: str, told: str, *, expected: bool) -> None:
    assert same_partner(gold, told) is expected


def test_same_parameter() -> None:
    gold = {"parameter": "x", "parameter_terms": ["serum potassium levels", "liver function tests"]}
    assert same_parameter(gold, {"parameter": "potassium"})
    assert same_parameter(gold, {"parameter": "liver enzymes and function"})
    assert not same_parameter(gold, {"parameter": "sodium"})
    assert not same_parameter(gold, {"parameter": "blood test"})


def test_places_are_offsets_or_every_occurrence() -> None:
    assert places("aXaX", {"evidence": "aX"}) == [(0, 2), (2, 4)]
    assert places("aXaX", {"evidence": "aX", "start": 2, "end": 4}) == [(2, 4)]
    assert places("aXaX", {}) == []


def test_same_place_is_half_of_the_shorter() -> None:
    text = "Check the pulse. Then weigh."
    assert same_place(text, {"evidence": "Check the pulse."}, {"start": 10, "end": 28}) is False
    assert same_place(text, {"evidence": "the pulse"}, {"start": 0, "end": 16})
    assert not same_place(text, {"evidence": ""}, {"start": 0, "end": 16})


def test_words_within() -> None:
    assert same_or_within("metastatic", "metastatic disease")
    assert not same_or_within("early", "late")
