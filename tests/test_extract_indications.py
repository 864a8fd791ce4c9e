"""Indications read from sentences written for these tests: true to the genre, not taken from labels."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract import extract_text, read_question
from extract.facts import Facts, Indication


def read(text: str, **drug: str) -> tuple[Indication, ...]:
    return extract_text(text, brand=drug.get("brand", "SAMPLIX"), generic=drug.get("generic", "samplinib")).indications


def one(text: str) -> Indication:
    found = read(text)
    assert len(found) == 1, [i.statement.text for i in found]
    return found[0]


def names(indication: Indication) -> list[str]:
    return [c.name for c in indication.conditions]


def partners(indication: Indication) -> list[list[str]]:
    return [[p.name for p in r.partners] for r in indication.regimens]


def test_a_plain_indication() -> None:
    found = one("SAMPLIX is indicated for the treatment of gout in adults.")
    assert names(found) == ["gout"]
    assert found.conditions[0].ids["MONDO"].startswith("MONDO:")
    assert found.intent == "treatment"
    assert (found.population.adult, found.population.pediatric) == (True, False)


def test_an_unknown_condition_keeps_its_text_and_has_no_id() -> None:
    found = one("SAMPLIX is indicated for the treatment of florid quibbling disorder in adults.")
    assert names(found) == ["florid quibbling disorder"]
    assert found.conditions[0].ids == {}
    assert found.confidence < 0.9


def test_what_may_be_no_condition_is_left_for_a_person_to_read() -> None:
    text = "SAMPLIX is indicated for the treatment of florid quibbling in adults."
    facts = extract_text(text, brand="SAMPLIX")
    assert facts.indications == ()
    assert [u.evidence.text for u in facts.unparsed] == [text]


def test_words_that_conditions_share_are_part_of_their_evidence() -> None:
    found = one("SAMPLIX is indicated for ovarian or fallopian tube cancer.")
    assert [c.evidence.text for c in found.conditions] == ["ovarian or fallopian tube cancer", "fallopian tube cancer"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("SAMPLIX is indicated for the management of hypertension.", "treatment"),
        ("SAMPLIX is indicated for the prophylaxis of gout.", "prevention"),
        ("SAMPLIX is indicated to reduce the risk of stroke.", "risk reduction"),
        (
            "SAMPLIX is indicated for relief of the signs and symptoms of rheumatoid arthritis.",
            "symptom relief",
        ),
        ("SAMPLIX is indicated for the maintenance treatment of schizophrenia.", "maintenance"),
        ("SAMPLIX is indicated for sedation of adults during surgery.", "procedure"),
    ],
)
def test_the_main_verb_gives_the_intent(text: str, intent: str) -> None:
    assert one(text).intent == intent


@pytest.mark.parametrize(
    "text",
    [
        "SAMPLIX is not indicated for the treatment of gout.",
        "Limitations of Use: SAMPLIX has not been studied in gout.",
        "The safety of SAMPLIX in gout has not been established.",
        "SAMPLIX should not be used to treat gout.",
    ],
)
def test_what_is_taken_away_is_no_indication(text: str) -> None:
    assert read(text) == ()


def test_a_limitation_goes_with_the_indication() -> None:
    found = one(
        "SAMPLIX is indicated for the treatment of gout.\nLimitations of Use\nSAMPLIX is not recommended for hives."
    )
    assert [e.text for e in found.limitations] == ["SAMPLIX is not recommended for hives."]


def test_a_lead_in_is_completed_by_each_of_its_items() -> None:
    text = (
        "SAMPLIX is indicated for adults with metastatic breast cancer in combination with:\n"
        "• letrozole; or\n• fulvestrant after disease progression on endocrine therapy."
    )
    first, second = read(text)
    assert partners(first) == [["letrozole"]]
    assert partners(second) == [["fulvestrant"]]
    assert first.line is None
    assert second.line == "subsequent"
    assert second.statement.text == text
    assert [p.text for p in first.parts] == [text.split("\n", maxsplit=1)[0], "letrozole"]


def test_items_with_their_own_conditions_are_quoted_alone() -> None:
    found = read("SAMPLIX is indicated for the treatment of:\n• gout\n• hypertension in adults")
    assert [i.statement.text for i in found] == ["gout", "hypertension in adults"]


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("an aromatase inhibitor or fulvestrant", [["aromatase inhibitor"], ["fulvestrant"]]),
        ("trastuzumab and docetaxel", [["trastuzumab", "docetaxel"]]),
        (
            "carboplatin and either paclitaxel or gemcitabine",
            [["carboplatin", "paclitaxel"], ["carboplatin", "gemcitabine"]],
        ),
        ("cisplatin, gemcitabine, and bevacizumab", [["cisplatin", "gemcitabine", "bevacizumab"]]),
        ("letrozole, anastrozole, or exemestane", [["letrozole"], ["anastrozole"], ["exemestane"]]),
    ],
)
def test_partners_are_joined_by_and_within_by_or_across_regimens(tail: str, expected: list[list[str]]) -> None:
    assert (
        partners(one(f"SAMPLIX is indicated in combination with {tail} for the treatment of breast cancer."))
        == expected
    )


def test_the_drug_itself_is_no_partner() -> None:
    assert partners(one("SAMPLIX is indicated, in combination with samplinib, for the treatment of gout.")) == []


def test_alone_and_optional() -> None:
    found = one("SAMPLIX, alone or in combination with methotrexate, is indicated for rheumatoid arthritis.")
    assert found.single_agent
    assert found.regimens[0].optional


def test_markers_are_required_together_or_alternatives() -> None:
    both = one("SAMPLIX is indicated for hormone receptor (HR)-positive, HER2-negative breast cancer.")
    assert [(b.marker, b.state, b.group) for b in both.biomarkers] == [
        ("HR", "positive", 1),
        ("HER2", "negative", 2),
    ]
    either = one("SAMPLIX is indicated for melanoma with a BRAF V600E or V600K mutation.")
    assert [(b.marker, b.state, b.group) for b in either.biomarkers] == [
        ("BRAF", "V600E", 1),
        ("BRAF", "V600K", 1),
    ]


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("adults", {"adult": True, "pediatric": False}),
        (
            "pediatric patients 2 years of age and older",
            {"adult": False, "pediatric": True, "min_age": {"value": 2, "unit": "year"}},
        ),
        (
            "children 6 to 11 years of age",
            {"adult": False, "pediatric": True, "max_age": {"value": 11, "unit": "year"}},
        ),
        (
            "patients aged 18 years and older",
            {"adult": True, "pediatric": False, "min_age": {"value": 18, "unit": "year"}},
        ),
        ("infants at least 6 months of age", {"pediatric": True, "min_age": {"value": 6, "unit": "month"}}),
        ("postmenopausal women", {"adult": True, "sex": "female", "menopausal": "postmenopausal"}),
        ("patients", {"adult": None, "pediatric": None}),
    ],
)
def test_population(who: str, expected: dict[str, Any]) -> None:
    told = one(f"SAMPLIX is indicated for the treatment of gout in {who}.").population.to_dict()
    assert {key: told[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("tail", "line"),
    [
        ("the first-line treatment of metastatic breast cancer", "first-line"),
        ("metastatic breast cancer that has progressed after prior endocrine therapy", "subsequent"),
        ("metastatic breast cancer", None),
        ("the adjuvant treatment of breast cancer after chemotherapy", None),
    ],
)
def test_line_of_therapy(tail: str, line: str | None) -> None:
    assert one(f"SAMPLIX is indicated for {tail}.").line == line


def test_an_earlier_disease_is_not_the_indication() -> None:
    found = one("SAMPLIX is indicated for hypertension in adults who have received treatment for gout.")
    assert names(found) == ["hypertension"]
    assert [e.text for e in found.prior_therapies] == ["who have received treatment for gout"]


def test_a_clause_that_opens_the_sentence_ends_at_its_comma() -> None:
    found = one("After surgery, SAMPLIX is indicated for the adjuvant treatment of breast cancer.")
    assert (names(found), found.settings, found.line) == (["breast cancer"], ("adjuvant",), None)


def test_accelerated_approval_marks_the_indication_before_it() -> None:
    text = (
        "SAMPLIX is indicated for gout. SAMPLIX is indicated for hypertension. "
        "This indication is approved under accelerated approval."
    )
    assert [i.accelerated_approval for i in read(text)] == [False, True]


def test_the_two_tellings_make_one_indication() -> None:
    text = (
        "1 INDICATIONS AND USAGE SAMPLIX is indicated for the treatment of gout in adults. "
        "SAMPLIX is a kinase inhibitor indicated for the treatment of gout. ( 1 )"
    )
    assert one(text).population.adult


def test_short_forms_that_the_label_defines_are_read() -> None:
    found = read(
        "SAMPLIX is indicated for immune thrombocytopenia (ITP). SAMPLIX is also indicated for chronic ITP in children."
    )
    assert names(found[1]) == names(found[0])


def test_a_use_without_a_condition_is_kept_for_review() -> None:
    facts = extract_text("SAMPLIX is indicated for use.")
    assert facts.indications == ()
    assert [u.evidence.text for u in facts.unparsed] == ["SAMPLIX is indicated for use."]


def test_contraindications_yield_conditions_and_no_indication() -> None:
    facts = extract_text(
        "SAMPLIX is contraindicated in patients with gout or heart failure.", section="contraindications"
    )
    assert facts.indications == ()
    assert [c.name for c in facts.contraindications] == ["gout", "heart failure"]


def test_a_question_is_read_like_a_label() -> None:
    topic = read_question("What are the treatment options for HER2-positive metastatic breast cancer?")
    assert [c.name for c in topic.conditions] == ["breast cancer"]
    assert topic.stages == ("metastatic",)
    assert [(b.marker, b.state) for b in topic.biomarkers] == [("HER2", "positive")]
    assert read_question("stage 4 breast cancer").stages == ("metastatic",)


def assert_every_fact_has_its_place(text: str, facts: Facts) -> None:
    for evidence in facts.evidence():
        assert text[evidence.start : evidence.end] == evidence.text
        assert evidence.text.strip() == evidence.text != ""


VOCABULARY = (
    "SAMPLIX is not indicated for the treatment of : ; . , ( ) • adults with gout or and HER2-positive "
    "metastatic breast cancer in combination fulvestrant either children 2 years older who have received "
    "prior therapy ( 1.1 ) Limitations of Use alone without [see Warnings (5.1)] as a single agent "
    "first-line ® μ 𝛼 "
)
WORDS = st.sampled_from([*VOCABULARY.split(), "\n"])


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=60))
def test_evidence_is_always_a_slice_of_the_text(words: list[str]) -> None:
    text = " ".join(words)
    for section in ("indications", "contraindications", "warnings and precautions", "boxed warning"):
        assert_every_fact_has_its_place(text, extract_text(text, section=section, brand="SAMPLIX"))


def test_a_table_without_lines_is_told_and_not_read() -> None:
    facts = extract_text("X is indicated for gout " + "in combination with HER2-" * 2000, brand="X")
    assert not facts.indications
    assert [u.reason for u in facts.unparsed] == ["too long for a sentence"]
