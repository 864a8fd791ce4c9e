from __future__ import annotations

import pytest

from extract.statements import BlockReader, use_cue


def kinds(text: str) -> list[tuple[str, str]]:
    """Kind and last piece of each statement."""
    return [(s.kind, s.pieces[-1].text) for s in BlockReader(0).read(text)]


def uses(text: str) -> list[str]:
    return [told for kind, told in kinds(text) if kind == "indication"]


@pytest.mark.parametrize(
    "text",
    [
        "Gout with hives is responsive to samplix.",
        "Samplix is useful alone or as an adjunct in the treatment of gout.",
        "In acute gout, samplix may be useful.",
        "Samplix is a useful adjunct for the relief of gout.",
        "It can also be used to control gout.",
        "Samplix is recommended by several learned societies in the prevention of gout.",
        "Samplix has been shown to reduce the pain of gout.",
        "Samplix may be considered for severe gout.",
        "Samplix is a salt intended for oral administration in the management of gout.",
        "Samplix is a mild shampoo useful for the treatment of gout of the scalp.",
        "Samplix is an aid in the removal of gouty scales.",
        "Samplix gas is an inhaled agent for the treatment of gout.",
        "Samplix is to be used as an aid in the imaging of gout.",
        "Helps prevent gout.",
        "For the temporary relief of gout.",
        "When penicillin is contraindicated, samplix is indicated for gout.",
        "In patients who should not be given salts, samplix is indicated for gout.",
        "Samplix is indicated for gout (hives have not been studied).",
    ],
)
def test_a_use_is_told_in_many_ways(text: str) -> None:
    assert uses(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "Gout is characterized by pain and swelling.",
        "The efficacy of samplix in the treatment of gout was established in two trials.",
        "In a long trial samplix was effective in patients with gout.",
        "Patients should be assessed for gout before treatment.",
        "Caution should be exercised when samplix is used in patients with gout.",
        "Samplix should be used with caution in patients with gout.",
        "Susceptibility tests may be used for the choice of treatment of gout.",
        "To reduce the development of resistant germs samplix should be used only to treat gout.",
        "Use in pregnancy is recommended for gout by some.",
        "Pediatric use information is approved for another maker's samplix for gout.",
        "Dose studies should be performed when indicated in gout.",
        "Table 2 lists persons for whom samplix is useful in the treatment of gout.",
    ],
)
def test_an_explanation_gives_no_use(text: str) -> None:
    assert [kind for kind, _ in kinds(text)] == ["explanation"]
    assert use_cue(text) is None


def test_what_a_sentence_lists_that_is_no_use_is_none() -> None:
    text = "Samplix is indicated for gout.\nPatients should be evaluated for the following\n- Hives\n- Colic\nRickets"
    assert uses(text) == ["Samplix is indicated for gout."]
    assert ("phrase", "Rickets") in kinds(text), "a line without a bullet is a new heading"


def test_numbered_symptoms_stay_with_the_sentence_that_lists_them() -> None:
    text = "Gout is described as an attack with two of these within minutes (1) pain; (2) chills; (3) fear."
    assert kinds(text) == [("explanation", text)]


def test_conditions_to_be_met_are_no_uses() -> None:
    text = "Samplix is indicated for gout in adults who meet the conditions described below\n- No hives\n- No colic"
    assert uses(text) == ["Samplix is indicated for gout in adults who meet the conditions described below"]


def test_what_stands_in_brackets_decides_nothing() -> None:
    text = "Samplix is indicated in: Gout (colchix is the drug of choice. Pain may be severe.) Hives. Colic"
    assert uses(text) == ["Gout (colchix is the drug of choice. Pain may be severe.)", "Hives.", "Colic"]


def test_a_bullet_goes_on_with_the_list_behind_a_whole_sentence() -> None:
    text = "Samplix is indicated for:\n- Gout\nSamplix is also indicated for hives.\n- Colic\nRickets"
    assert kinds(text) == [
        ("indication", "Gout"),
        ("indication", "Samplix is also indicated for hives."),
        ("indication", "Colic"),
        ("phrase", "Rickets"),
    ]


def test_a_heading_with_an_explanation_behind_its_colon_is_read_by_itself() -> None:
    text = "Gouty colic: Acid levels are often high in this disease."
    assert kinds(text) == [("phrase", "Gouty colic"), ("other", "Acid levels are often high in this disease.")]


def test_a_sentence_goes_on_with_the_use_before_it() -> None:
    text = "Samplix is indicated for gout. This includes tophi of the ear."
    assert uses(text) == ["Samplix is indicated for gout.", "This includes tophi of the ear."]
    assert not uses("Gout hurts at night and is common. This includes tophi of the ear.")


def test_a_lead_in_that_nothing_completes_is_told_by_itself() -> None:
    text = "Samplix is indicated for gout as follows:\nSamplix oral liquid is indicated for hives."
    assert uses(text) == [
        "Samplix is indicated for gout as follows:",
        "Samplix oral liquid is indicated for hives.",
    ]


def test_a_list_that_has_lost_its_bullets_ends_where_a_sentence_begins() -> None:
    text = "Samplix is indicated in: Gout due to salts Hives In severe colic, samplix may be useful."
    assert uses(text) == ["Gout due to salts Hives", "In severe colic, samplix may be useful."]


def test_verbs_of_inner_clauses_make_no_sentence() -> None:
    text = "As therapy for gout after the first attack has been controlled."
    assert kinds(text) == [("phrase", text)]


def test_alone_or_in_combination_is_no_use() -> None:
    assert kinds("It may be used alone or in combination with other salts.")[0][0] == "other"


def test_limitations_of_the_highlights_end_where_a_later_subsection_is_referred_to() -> None:
    text = (
        "Samplix is indicated for the treatment of: Gout. ( 1.1 ) Limitations of Use: Samplix is not indicated for "
        "hives. ( 1.1 ) Rickets in adults. ( 1.2 ) Samplix is not indicated for colic. ( 1.3 )"
    )
    assert [kind for kind, _ in kinds(text)] == ["indication", "limitation", "indication", "limitation"]
