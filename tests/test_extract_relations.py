"""Which of the conditions of a statement is treated, and what the others are to it."""

from __future__ import annotations

import pytest

from extract import extract_text, relations
from extract.relations import roles
from extract.rules import RuleError
from extract.vocabulary import Vocabulary


def told(text: str) -> tuple[list[str], dict[str, str]]:
    """The names that are treated, and the role of each of the others."""
    (indication,) = extract_text(text, brand="SAMPLIX", generic="samplinib").indications
    return [c.name for c in indication.conditions], {r.name: r.role for r in indication.related}


@pytest.mark.parametrize(
    ("text", "treated", "related"),
    [
        (
            "SAMPLIX is indicated for hallucinations and delusions associated with Parkinson's disease psychosis.",
            ["Parkinson's disease psychosis"],
            {"hallucinations": "component", "delusions": "component"},
        ),
        (
            "SAMPLIX is indicated for the treatment of manic episodes of bipolar I disorder.",
            ["bipolar I disorder"],
            {"manic episode": "component"},
        ),
        (
            "SAMPLIX is indicated for moderate pain such as that due to surgery, burns or renal colic.",
            ["pain"],
            {"burns": "cause", "renal colic": "cause"},
        ),
        (
            "SAMPLIX is indicated for left ventricular dysfunction following myocardial infarction.",
            ["left ventricular dysfunction"],
            {"myocardial infarction": "cause"},
        ),
        (
            "SAMPLIX is indicated for bronchospasm occurring during anesthesia.",
            ["bronchospasm"],
            {"anesthesia": "cause"},
        ),
        (
            "SAMPLIX is indicated for genital herpes in HIV-infected adults.",
            ["genital herpes"],
            {"HIV-1 infection": "population"},
        ),
        (
            "SAMPLIX is indicated for hyperglycemia in patients with acromegaly who have type 2 diabetes mellitus.",
            ["hyperglycemia", "acromegaly"],
            {"type 2 diabetes mellitus": "population"},
        ),
        (
            "SAMPLIX is indicated in bipolar I disorder to delay mood episodes (anxiety, depression).",
            ["bipolar I disorder"],
            {"anxiety": "feature", "depression": "feature"},
        ),
    ],
)
def test_what_is_told_beside_the_treated_condition(text: str, treated: list[str], related: dict[str, str]) -> None:
    assert told(text) == (treated, related)


@pytest.mark.parametrize(
    ("text", "treated"),
    [
        ("SAMPLIX is indicated for the treatment of pain and inflammation of osteoarthritis.",
         ["pain", "inflammation", "osteoarthritis"]),
        ("SAMPLIX is indicated for anemia due to chronic kidney disease.", ["anemia due to chronic kidney disease"]),
        ("SAMPLIX is indicated for itching due to hemorrhoids or eczema.", ["pruritus", "hemorrhoids", "eczema"]),
        ("SAMPLIX is indicated for peritonitis, including appendicitis.",
         ["peritonitis", "appendicitis"]),
        ("SAMPLIX is indicated for the treatment of HIV-infected adults.", ["HIV-1 infection"]),
        ("In acute lymphoblastic leukemia, SAMPLIX is indicated in combination with prednisone.",
         ["acute lymphoblastic leukemia"]),
    ],
)  # fmt: skip
def test_what_counts_as_treated_all_the_same(text: str, treated: list[str]) -> None:
    assert told(text) == (treated, {})


def test_a_closing_bracket_ends_the_causes() -> None:
    text = "SAMPLIX is indicated for spasticity caused by nerve disorders (such as paraplegia), athetosis and tetanus."
    assert told(text) == (["spasticity", "athetosis", "tetanus"], {"paraplegia": "cause"})


def test_what_patients_show_besides_is_not_treated() -> None:
    text = "SAMPLIX is indicated for Zellweger syndrome in patients who exhibit steatorrhea."
    assert told(text) == (["Zellweger syndrome"], {"steatorrhea": "population"})


def test_a_short_form_in_brackets_is_the_condition_before_it() -> None:
    text = "SAMPLIX is indicated for mast cell leukemia (MCL) or mantle cell lymphoma (MCL)."
    assert told(text) == (["mast cell leukemia", "mantle cell lymphoma"], {})


def test_evidence_of_related_conditions_is_their_place() -> None:
    text = "SAMPLIX is indicated for delusions of Parkinson's disease psychosis."
    (indication,) = extract_text(text, brand="SAMPLIX").indications
    (related,) = indication.related
    assert text[related.evidence.start : related.evidence.end] == related.evidence.text == "delusions"
    assert indication.to_dict()["related"] == [related.to_dict()]


def test_a_heading_that_names_only_patients_is_no_use() -> None:
    text = "Diabetic patients\nSAMPLIX is indicated for the treatment of hypertension."
    names = [c.name for i in extract_text(text, brand="SAMPLIX").indications for c in i.conditions]
    assert names == ["hypertension"]


def test_criteria_and_tests_name_nothing_that_is_treated() -> None:
    text = (
        "SAMPLIX is indicated for angina confirmed by any of the following criteria 1) pallor or 2) fever. "
        "SAMPLIX is indicated for anxiety (a disorder corresponding closely to the manual (third edition) "
        "diagnosis of phobia)."
    )
    names = [c.name for i in extract_text(text, brand="SAMPLIX").indications for c in i.conditions]
    assert names == ["angina", "anxiety"]


def test_roles_of_no_mentions() -> None:
    assert roles("nothing is named here", []) == []


def test_rules_with_an_unknown_key_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    relations._rules.cache_clear()
    monkeypatch.setattr(relations, "load_rules", lambda name: {"no such key": {}})  # noqa: ARG005
    with pytest.raises(RuleError, match="relations"):
        roles("pain", Vocabulary.load().conditions("pain and fever"))
    relations._rules.cache_clear()
