"""Labels as they are printed: lines that are lost, short forms with two meanings, what is denied in passing.

The sentences are written for these tests: true to the genre, not taken from labels.
"""

from __future__ import annotations

import pytest

from extract import extract_text
from extract.facts import Facts, Indication
from extract.sentences import sentences


def read(text: str) -> Facts:
    return extract_text(text, brand="SAMPLIX", generic="samplinib")


def uses(text: str) -> list[list[str]]:
    return [[c.name for c in i.conditions] for i in read(text).indications]


def one(text: str) -> Indication:
    (found,) = read(text).indications
    return found


def items(text: str) -> list[str]:
    return [i.parts[-1].text for i in read(text).indications]


# Lines and bullets that are lost


def test_a_reference_ends_an_item_whose_line_is_lost() -> None:
    text = (
        "SAMPLIX is indicated for the treatment of: gout [see Clinical Studies (14.1)] severe asthma [see Dosage (2)]."
    )
    assert uses(text) == [["gout"], ["asthma"]]
    assert [i.stages for i in read(text).indications] == [(), ("severe",)]


def test_a_reference_ends_no_item_that_goes_on() -> None:
    text = "SAMPLIX is indicated for: gout [see Clinical Studies (14.1)] in adults with kidney stones"
    assert items(text) == ["gout [see Clinical Studies (14.1)] in adults with kidney stones"]


def test_genotypes_that_run_together_are_told_apart() -> None:
    text = (
        "SAMPLIX is indicated for adults with chronic hepatitis C virus (HCV) infection as part of a regimen "
        "[see Dosage (2)] genotype 1 infection without cirrhosis genotype 3 infection with compensated cirrhosis, "
        "in combination with ribavirin"
    )
    first, second = read(text).indications
    assert [b.state for b in first.biomarkers] == ["genotype 1"]
    assert [b.state for b in second.biomarkers] == ["genotype 3"]
    assert {c.name for i in (first, second) for c in i.conditions} == {"chronic hepatitis C"}
    assert first.regimens != second.regimens


def test_items_that_run_together_in_one_sentence_are_told_apart() -> None:
    text = (
        "SAMPLIX is indicated for adjuvant treatment of breast cancer as part of a regimen with doxorubicin and "
        "paclitaxel as part of a regimen with carboplatin as a single agent after surgery."
    )
    found = read(text).indications
    assert [[[p.name for p in r.partners] for r in i.regimens] for i in found] == [
        [["doxorubicin", "paclitaxel"]],
        [["carboplatin"]],
        [],
    ]
    assert [i.single_agent for i in found] == [False, False, True]


def test_an_item_may_begin_behind_capitals() -> None:
    text = (
        "SAMPLIX is indicated: As an adjunct to diet in adults with hyperlipidemia to lower LDL-C As an adjunct to "
        "diet in children with homozygous familial hypercholesterolemia"
    )
    assert uses(text) == [["hyperlipidemia"], ["homozygous familial hypercholesterolemia"]]


def test_lead_ins_in_a_list_keep_their_items() -> None:
    text = "SAMPLIX is indicated for:\nthe relief of:\n• tendonitis\n• acute gout\nthe management of:\n• pain"
    assert [[p.text for p in i.parts][1:] for i in read(text).indications] == [
        ["the relief of:", "tendonitis"],
        ["the relief of:", "acute gout"],
        ["the management of:", "pain"],
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("for adults with (1) gout and (2) hives.", 1),
        ("for adults with hypertension (1) that is severe.", 1),
        ("for gout (1) which recurs.", 1),
        ("for gout ( 1 ) for hives ( 1.2 )", 2),
        ("for gout ( 1.1 ) in combination with salts ( 1.2 )", 2),
    ],
)
def test_a_counting_number_is_no_reference(text: str, count: int) -> None:
    assert len(sentences(text)) == count


def test_a_heading_is_not_told_beside_the_use_it_stands_above() -> None:
    assert items("Gout\nSAMPLIX is indicated for the treatment of gout.") == [
        "SAMPLIX is indicated for the treatment of gout."
    ]


def test_a_clause_on_earlier_treatment_goes_on_in_the_item() -> None:
    found = one(
        "SAMPLIX is indicated for adults with metastatic breast cancer who have received a regimen either:\n"
        "• in the neoadjuvant or adjuvant setting."
    )
    assert found.settings == ()
    assert [e.text for e in found.prior_therapies] == [
        "who have received a regimen either:",
        "in the neoadjuvant or adjuvant setting",
    ]


def test_an_item_ends_the_list_that_an_item_before_it_opened() -> None:
    text = "• temporarily relieves pain due to:\n  • headache\n  • toothache\n• temporarily reduces fever"
    assert uses(text) == [["pain", "headache"], ["pain", "toothache"], ["fever"]]


def test_a_second_lead_in_does_not_go_on_with_the_first() -> None:
    text = (
        "• temporarily relieves these symptoms due to hay fever:\n• runny nose\n"
        "• temporarily relieves these symptoms due to the common cold:\n• cough"
    )
    assert uses(text) == [["allergic rhinitis", "runny nose"], ["common cold", "cough"]]


def test_the_course_of_a_disease_that_patients_have_besides_is_no_stage() -> None:
    assert one("SAMPLIX is indicated for thrombocytopenia in adults with chronic liver disease.").stages == ()


# Short forms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SAMPLIX is indicated for adults with urothelial carcinoma (UC).", [["urothelial carcinoma"]]),
        ("SAMPLIX is indicated for adults with ulcerative colitis (UC).", [["ulcerative colitis"]]),
        ("SAMPLIX is indicated for panic disorder (PD). SAMPLIX treats PD.", [["panic disorder"]]),
        ("SAMPLIX is indicated for Parkinson's disease (PD).", [["Parkinson's disease"]]),
        ("SAMPLIX is indicated for gout in poor metabolizers (PMs).", [["gout"]]),
    ],
)
def test_the_label_says_what_its_short_forms_mean(text: str, expected: list[list[str]]) -> None:
    assert uses(text)[:1] == expected


def test_a_short_form_with_two_meanings_needs_a_definition() -> None:
    assert not any(c.ids for i in read("SAMPLIX is indicated for active UC.").indications for c in i.conditions)


def test_residual_disease_is_no_disease_of_its_own() -> None:
    assert uses("SAMPLIX is indicated for ALL in remission with minimal residual disease (MRD).") == [
        ["acute lymphoblastic leukemia"]
    ]


# Transplants, and names that nobody knows


def test_rejection_is_prevented_and_the_transplant_is_the_setting() -> None:
    found = one(
        "SAMPLIX is indicated for prophylaxis of organ rejection in adults with kidney, heart or liver transplants."
    )
    assert [c.name for c in found.conditions] == ["organ rejection"]
    assert found.settings == ("kidney transplant", "heart transplant", "liver transplant")
    assert found.intent == "prevention"


def test_rejection_of_a_transplant_is_prevented() -> None:
    found = one("SAMPLIX is indicated to prevent rejection of renal transplants.")
    assert [c.ids["MESH"] for c in found.conditions] == ["D006084"]
    assert found.settings == ("kidney transplant",)


def test_a_misspelt_disease_is_kept_by_its_text() -> None:
    text = (
        "SAMPLIX is indicated in adults for the treatment of HER2-negative, unresectable or recurrent gastric or "
        "gastroesophageal junction adenocracinoma whose cells express PD-L1."
    )
    (found,) = one(text).conditions
    assert "adenocracinoma" in found.evidence.text
    assert found.ids == {}


# What is denied, or told of something else


@pytest.mark.parametrize(
    "text",
    [
        "SAMPLIX may not be effective in severe asthma.",
        "SAMPLIX will not provide relief of headache.",
        "SAMPLIX should be administered only by persons trained in general anesthesia.",
        "SAMPLIX has been shown to reduce asthma attacks in controlled clinical trials.",
        "Eradication of the germ has been shown to reduce the risk of gastric ulcer.",
        "Diet alone may be effective in controlling hyperglycemia.",
        "For prophylaxis of migraine, SAMPLIX is contraindicated in women who are pregnant.",
        "Because of the risk of osteosarcoma, SAMPLIX is recommended only for patients who cannot take calcium.",
        "Some isolates of Pseudomonas aeruginosa may develop resistance during treatment.",
    ],
)
def test_a_sentence_that_gives_no_use(text: str) -> None:
    assert uses(f"SAMPLIX is indicated for gout. {text}") == [["gout"]]


@pytest.mark.parametrize(
    "aside",
    [
        " (salicin is the drug of choice for rheumatic fever)",
        " (it is not effective in rheumatic fever)",
        "; however, data on rheumatic fever are not available",
        "; it may not be effective in rheumatic fever",
    ],
)
def test_an_aside_on_another_drug_or_a_denial_names_no_use(aside: str) -> None:
    assert uses(f"SAMPLIX is indicated for streptococcal pharyngitis{aside}.") == [["pharyngitis"]]


def test_a_limitation_that_says_what_it_is_used_for_stays_one() -> None:
    found = one(
        "SAMPLIX is indicated for narcolepsy. Limitations of Use: In sleep apnea, SAMPLIX is indicated to treat "
        "sleepiness and not as treatment for the obstruction."
    )
    assert [c.name for c in found.conditions] == ["narcolepsy"]
    assert len(found.limitations) == 1


@pytest.mark.parametrize("name", ["stiff-man syndrome", "neonatal-onset multisystem inflammatory disease"])
def test_the_name_of_a_disease_tells_no_population(name: str) -> None:
    population = one(f"SAMPLIX is indicated for the treatment of {name}.").population
    assert (population.sex, population.adult, population.pediatric) == (None, None, None)
