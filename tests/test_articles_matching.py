"""Which uses answer which question."""

from __future__ import annotations

from typing import Any

import pytest

from articles import build
from articles.names import is_kind_of
from extract.facts import Age, Population
from tests.support_articles import Use, database_of


def answers(question: str, **use: Any) -> bool:
    """True where a label with this one use answers the question."""
    told = Use(**({"text": f"It treats {use.get('condition', 'breast cancer')}."} | use))
    return bool(build(database_of(("Vexa", [told], {})), question).options)


@pytest.mark.parametrize(
    ("name", "asked", "is_one"),
    [
        ("non-small cell lung cancer", "lung cancer", True),
        ("non-small cell lung carcinoma", "lung cancer", True),
        ("non-small cell lung cancer", "small cell lung cancer", False),
        ("non-Hodgkin lymphoma", "Hodgkin lymphoma", False),
        ("pulmonary arterial hypertension", "hypertension", False),
        ("essential hypertension", "hypertension", True),
        ("diabetes insipidus", "diabetes", False),
        ("type 2 diabetes mellitus", "diabetes", True),
        ("breast cancer", "triple-negative breast cancer", True),
        ("seizures", "seizure", True),
        ("gastric cancer", "breast cancer", False),
    ],
)
def test_a_disease_is_a_kind_of_another_by_its_name(name: str, asked: str, is_one: bool) -> None:
    assert is_kind_of(name, asked) is is_one


@pytest.mark.parametrize(
    ("stages", "settings", "stays"),
    [
        (("metastatic",), (), True),
        (("advanced",), (), True),
        (("unresectable", "locally advanced"), (), True),
        (("recurrent",), (), True),
        ((), (), True),
        (("metastatic",), ("adjuvant",), True),
        (("locally advanced",), (), False),
        (("unresectable", "stage iii"), (), False),
        (("early",), (), False),
        ((), ("adjuvant",), False),
        (("locally advanced", "inflammatory", "early"), ("neoadjuvant",), False),
    ],
)
def test_a_question_of_stage_4(stages: tuple[str, ...], settings: tuple[str, ...], stays: bool) -> None:
    assert answers("stage 4 breast cancer", stages=stages, settings=settings) is stays


@pytest.mark.parametrize(
    ("question", "stages", "settings", "stays"),
    [
        ("early breast cancer", ("early",), ("adjuvant",), True),
        ("early breast cancer", (), ("neoadjuvant",), True),
        ("early breast cancer", ("metastatic",), (), False),
        ("adjuvant treatment of breast cancer", (), ("adjuvant",), True),
        ("adjuvant treatment of breast cancer", ("metastatic",), (), False),
        ("adjuvant treatment of breast cancer", (), (), False),
        ("advanced breast cancer", ("locally advanced",), (), True),
        ("advanced or metastatic breast cancer", ("locally advanced",), (), True),
        ("breast cancer", ("early",), ("adjuvant",), True),
    ],
)
def test_other_stages_and_settings(
    question: str, stages: tuple[str, ...], settings: tuple[str, ...], stays: bool
) -> None:
    assert answers(question, stages=stages, settings=settings) is stays


def test_what_forestalls_a_disease_does_not_treat_its_late_stage() -> None:
    more = (("intent", "risk reduction"),)
    assert not answers("metastatic breast cancer", more=more)
    assert answers("breast cancer", more=more)


@pytest.mark.parametrize(
    ("question", "markers", "stays"),
    [
        ("HER2-positive breast cancer", [("HER2", "positive", 1)], True),
        ("HER2-positive breast cancer", [("HER2", "negative", 1)], False),
        ("HER2-negative breast cancer", [("HER2", "positive", 1)], False),
        ("HER2-positive breast cancer", [("HER2", "low", 1)], False),
        ("HER2-negative breast cancer", [("HER2", "low", 1)], True),
        ("HER2-positive breast cancer", [], True),
        ("HER2-positive breast cancer", [("HER2", "amplified", 1)], True),
        ("HER2-positive breast cancer", [("HER2", "positive", 1), ("HER2", "negative", 1)], True),
        ("HER2-positive breast cancer", [("HER2", "positive", 1), ("PIK3CA", "mutated", 2)], True),
        ("HER2-positive breast cancer", [("PIK3CA", "mutated", 1), ("HER2", "negative", 2)], False),
        ("HER2-positive breast cancer", [("PIK3CA", "mutated", 1)], False),
        ("HER2-positive breast cancer", [("ER/PR/HER2", "negative", 1)], False),
        ("HER2-negative breast cancer", [("ER/PR/HER2", "negative", 1)], True),
        ("triple-negative breast cancer", [("ER", "positive", 1)], False),
        ("triple-negative breast cancer", [("HER2", "negative", 1)], True),
        ("triple-negative breast cancer", [], True),
        ("breast cancer with PD-L1 CPS ≥1", [("PD-L1", "CPS ≥10", 1)], True),
        ("breast cancer with PD-L1 CPS ≥10", [("PD-L1", "CPS ≥1", 1)], True),
        ("PD-L1-negative breast cancer", [("PD-L1", "CPS ≥1", 1)], False),
    ],
)
def test_biomarkers(question: str, markers: list[tuple[str, str, int]], stays: bool) -> None:
    assert answers(question, markers=tuple(markers)) is stays


@pytest.mark.parametrize(
    ("question", "population", "stays"),
    [
        ("breast cancer in postmenopausal women", Population(menopausal="premenopausal"), False),
        ("breast cancer in postmenopausal women", Population(menopausal="postmenopausal"), True),
        ("breast cancer in men", Population(sex="female"), False),
        ("breast cancer in men", Population(), True),
        ("breast cancer in children", Population(adult=True, pediatric=False), False),
        ("breast cancer in children", Population(), False),
        ("breast cancer in children", Population(adult=True, pediatric=True), True),
        ("breast cancer in adults", Population(adult=False, pediatric=True), False),
        ("breast cancer in patients 12 years and older", Population(max_age=Age(11, "year"), pediatric=True), False),
    ],
)
def test_populations(question: str, population: Population, stays: bool) -> None:
    assert answers(question, more=(("population", population),)) is stays


def test_lines_of_therapy() -> None:
    question = "first-line treatment of breast cancer"
    assert answers(question, text="It is first-line for breast cancer.", line="first-line")
    assert not answers(question, text="It is for breast cancer after surgery.", line="after surgery")
    assert answers(question)


def test_a_condition_matches_by_id_whatever_its_name() -> None:
    assert answers("breast cancer", text="It treats mammary tumors.", condition="mammary tumors")
    assert not answers("breast cancer", text="It treats mammary tumors.", condition="mammary tumors", ids=())
