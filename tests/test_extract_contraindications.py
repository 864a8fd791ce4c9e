"""Conditions that a contraindications section names, and what it names that is none."""

from __future__ import annotations

import pytest

from extract import extract_text
from extract.facts import Condition


def read(text: str) -> tuple[Condition, ...]:
    """The contraindicated conditions of a text; each must stand where it says, and none may count as a use."""
    facts = extract_text(text, section="contraindications", brand="SAMPLIX", generic="samplinib")
    assert facts.indications == ()
    for c in facts.contraindications:
        assert text[c.evidence.start : c.evidence.end] == c.evidence.text
    return facts.contraindications


def names(text: str) -> list[str]:
    return [c.name for c in read(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SAMPLIX is contraindicated in patients with severe asthma or glaucoma.", ["asthma", "glaucoma"]),
        ("Do not give SAMPLIX in porphyria because it may lead to seizures.", ["porphyria"]),
        ("SAMPLIX is contraindicated in gout (risk of kidney stones).", ["gout"]),
        ("SAMPLIX should not be used in porphyria; seizures may result.", ["porphyria"]),
        ("SAMPLIX is contraindicated in gout unless glaucoma is excluded.", ["gout"]),
        ("SAMPLIX, without an inhaled steroid, is contraindicated in asthma.", ["asthma"]),
        ("None.", []),
    ],
)
def test_what_a_sentence_forbids_and_its_reasons(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Contraindicated in: • Gout • Glaucoma. Blindness has been reported after misuse.", ["gout", "glaucoma"]),
        ("Gout. Ketoacidosis should be treated with insulin.", ["gout"]),
        ("SAMPLIX is contraindicated in patients who: • have gout • in the last 3 months, have had a stroke",
         ["gout", "stroke"]),
        ("Contraindicated in gout. Such conditions include glaucoma and porphyria.",
         ["gout", "glaucoma", "porphyria"]),
        ("Patients with gout: Existing porphyria must be corrected before the first dose.", ["gout"]),
        ("Gout [see Warnings and Precautions (5.1)]. in patients with glaucoma [see Warnings (5.2)].",
         ["gout", "glaucoma"]),
        ("Use SAMPLIX with caution in patients with gout.", []),
        ("Gout, unless the patient has glaucoma.", ["gout"]),
        ("Bulimia, which increases the risk of seizure.", ["bulimia nervosa"]),
        ("Most cases of glaucoma.", ["glaucoma"]),
        ("Contraindicated in gout. Such patients are observed to avoid dehydration.", ["gout"]),
        ("Contraindicated where miosis is undesirable, as in iritis.", ["iritis"]),
        ("Contraindicated in gout when the dose may rise, and in patients with glaucoma.", ["gout", "glaucoma"]),
        ("Serotonin Syndrome and MAOIs: Do not use SAMPLIX with an MAOI.", []),
    ],
)  # fmt: skip
def test_items_count_and_explanations_do_not(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Hypersensitivity to samplinib: reactions have included angioedema and urticaria.",
        "Known hypersensitivity to SAMPLIX (e.g., angioedema, urticaria).",
        "Known allergic reaction to any component, such as anaphylaxis.",
        "Hypersensitivity to local anesthetics or HIV protease inhibitors.",
        "Pregnancy.",
        "Coadministration with otherinib is contraindicated in patients with gout.",
        "Recent use of another 5-HT 1 agonist.",
        "Intravenous regional anesthesia (Bier Block).",
        "Obstetrical paracervical block anesthesia.",
    ],
)
def test_reactions_drugs_and_population_are_no_conditions(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "phrase", "name"),
    [
        ("Contraindicated in patients with uncontrolled hypertension.", "uncontrolled hypertension", "hypertension"),
        ("Contraindicated in a patient with a history of stroke.", "history of stroke", "stroke"),
        ("Contraindicated in mycobacterial infection of the eye.", "mycobacterial infection of the eye",
         "mycobacterial infections"),
        ("Heart block greater than first degree", "Heart block greater than first degree", "heart block"),
        ("Contraindicated in severe renal impairment.", "severe renal impairment", "renal impairment"),
        ("Contraindicated in significant gastric compression.", "significant gastric compression",
         "gastric compression"),
        ("History of asthma or rash after taking aspirin", "History of asthma or rash after taking aspirin",
         "aspirin-induced asthma"),
        ("Contraindicated in diabetes mellitus with kidney disease, and in gout.",
         "diabetes mellitus with kidney disease", "diabetes mellitus"),
        ("Contraindicated in diarrhea associated with colitis.", "diarrhea associated with colitis", "diarrhea"),
        ("Vascular involvement Headaches with focal signs", "Headaches with focal signs", "headache"),
        ("Isolated vaccinia keratitis.", "Isolated vaccinia keratitis", "keratitis"),
        ("Contraindicated in uncontrolled bleeding diathesis.", "uncontrolled bleeding diathesis",
         "hemorrhagic disease"),
        ("IgA-deficient patients with antibodies against IgA.", "IgA-deficient patients with antibodies against IgA",
         "selective IgA deficiency disease"),
        ("Patients with the syndrome of nasal polyps and asthma after aspirin.",
         "syndrome of nasal polyps and asthma after aspirin", "aspirin-induced asthma"),
    ],
)  # fmt: skip
def test_the_phrase_tells_how_the_condition_is_narrowed_down(text: str, phrase: str, name: str) -> None:
    assert [(c.evidence.text, c.name) for c in read(text)[:1]] == [(phrase, name)]


def test_what_no_vocabulary_has_is_kept_without_an_id() -> None:
    assert [(c.name, c.ids) for c in read("Contraindicated in esophageal compression.")] == [
        ("esophageal compression", {})
    ]


@pytest.mark.parametrize("text", ["Contraindicated in patients with a disease.", "Contraindicated in severe failure."])
def test_a_noun_that_says_nothing_alone_is_no_condition(text: str) -> None:
    assert names(text) == []


def test_a_degree_that_is_allowed_is_not_the_one_forbidden() -> None:
    assert names("Contraindicated in greater than first degree heart block.") == ["heart block"]


def test_a_bracket_that_says_the_same_again_counts_once() -> None:
    assert names("Contraindicated in herpes simplex keratitis (dendritic keratitis).") == ["herpetic keratitis"]


def test_parts_that_share_a_word_are_two_conditions() -> None:
    assert len(names("Contraindicated in hemiplegic or basilar migraine.")) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cerebral vascular or coronary artery disease", ["cerebrovascular disorder", "coronary artery disease"]),
        ("Hereditary or idiopathic angioedema", ["hereditary angioedema", "angioedema"]),
        ("Ocular or periocular infections", ["ocular infections", "periocular infections"]),
        ("Hepatic adenomas or carcinomas", ["hepatocellular adenoma", "liver cancer"]),
        ("Gastrointestinal bleeding or perforation", ["gastrointestinal bleeding", "gastrointestinal perforation"]),
    ],
)
def test_each_part_has_the_name_that_the_shared_word_completes(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In patients with gout with sepsis with glaucoma with porphyria", ["gout", "sepsis", "glaucoma", "porphyria"]),
        ("Patients with gout or psoriasis with alcoholism, porphyria or glaucoma",
         ["gout", "psoriasis", "alcohol abuse", "porphyria", "glaucoma"]),
    ],
)  # fmt: skip
def test_with_may_also_go_on_with_what_forbids_the_drug(text: str, expected: list[str]) -> None:
    assert names(text) == expected
