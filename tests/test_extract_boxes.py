"""A boxed warning comes apart into the risks that its title names."""

from __future__ import annotations

import pytest

from extract.warnings import read_warnings

LONG = "This can be fatal, and nobody knows beforehand who will have it, so that care is needed."


def rows(text: str, title: str | None = None) -> list[tuple[str | None, str]]:
    return [(w.title, w.evidence.text) for w in read_warnings(text, title=title, boxed=True)]


def test_headings_on_their_lines_are_the_titles() -> None:
    text = f"Liver Failure\n{LONG}\nBirth Defects\n{LONG}"
    assert rows(text, "WARNING: LIVER FAILURE and BIRTH DEFECTS") == [("Liver Failure", LONG), ("Birth Defects", LONG)]


def test_headings_are_found_where_the_lines_are_lost() -> None:
    text = f"Liver Failure {LONG} Birth Defects, Still Birth {LONG}"
    found = rows(text, "WARNING: LIVER FAILURE, BIRTH DEFECTS, and STILL BIRTH")
    assert found == [("Liver Failure", LONG), ("Birth Defects, Still Birth", LONG)]


def test_a_heading_before_bullets_is_no_part_of_what_stands_before_it() -> None:
    text = "Heart Attacks • Examplinib causes heart attacks. Stomach Bleeding • Examplinib makes stomachs bleed."
    found = rows(text, "WARNING: RISK OF HEART AND STOMACH EVENTS")
    assert found == [
        ("Heart Attacks", "• Examplinib causes heart attacks."),
        ("Stomach Bleeding", "• Examplinib makes stomachs bleed."),
    ]


def test_without_headings_a_risk_begins_where_a_sentence_speaks_of_it() -> None:
    text = "Examplinib can cause neutropenia. Count cells. Examplinib may cause fetal harm. Neutropenia may last."
    assert rows(text, "WARNING: NEUTROPENIA AND EMBRYO-FETAL TOXICITY") == [
        ("NEUTROPENIA", "Examplinib can cause neutropenia. Count cells."),
        ("EMBRYO-FETAL TOXICITY", "Examplinib may cause fetal harm. Neutropenia may last."),
    ]


@pytest.mark.parametrize("mark", ["", "• "])
def test_sentences_and_bullets_alike(mark: str) -> None:
    text = f"{mark}Severe diarrhea can occur. {mark}Give fluids. {mark}Fatal neutropenia can occur. {mark}Count cells."
    assert rows(text, "WARNING: DIARRHEA and NEUTROPENIA") == [
        ("DIARRHEA", f"{mark}Severe diarrhea can occur. {mark}Give fluids."),
        ("NEUTROPENIA", f"{mark}Fatal neutropenia can occur. {mark}Count cells."),
    ]


def test_risks_told_together_stay_together() -> None:
    text = "Arrhythmia and arrest have been seen. Arrest comes early. Blindness has been seen."
    assert rows(text, "WARNING: ARRHYTHMIA, ARREST, and BLINDNESS") == [
        ("ARRHYTHMIA, ARREST", "Arrhythmia and arrest have been seen. Arrest comes early."),
        ("BLINDNESS", "Blindness has been seen."),
    ]


def test_what_comes_before_the_first_risk_named_belongs_to_those_listed_before_it() -> None:
    text = "Clots have been seen in legs and lungs. Blindness has been seen."
    assert rows(text, "WARNING: THROMBOSIS and BLINDNESS") == [
        ("THROMBOSIS", "Clots have been seen in legs and lungs."),
        ("BLINDNESS", "Blindness has been seen."),
    ]


def test_bullets_about_one_risk_are_one_row() -> None:
    text = "• Examplinib can harm the liver.\n• Test the liver each month."
    assert rows(text, "WARNING: LIVER INJURY") == [("LIVER INJURY", text)]


def test_items_of_a_list_begin_no_risk() -> None:
    text = "Examplinib has been associated with:\n• Rupture of tendons\n• Neuropathy\nStop it if one appears."
    assert rows(text, "WARNING: TENDON RUPTURE and NEUROPATHY") == [("TENDON RUPTURE and NEUROPATHY", text)]


def test_a_title_that_stands_in_the_text_is_the_title() -> None:
    text = f"WARNING: LIVER FAILURE and BIRTH DEFECTS\nLiver Failure\n{LONG}\nBirth Defects\n{LONG}"
    assert [title for title, _ in rows(text)] == ["Liver Failure", "Birth Defects"]
    assert rows(f"WARNING\nSudden Death\n{LONG}") == [("Sudden Death", LONG)]


def test_a_second_telling_behind_the_first_is_left_out() -> None:
    title = "WARNING: SUDDEN DEATH"
    assert rows(f"{LONG} {title} {LONG}", title) == [("SUDDEN DEATH", LONG)]


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("WARNING: SUDDEN DEATH", "SUDDEN DEATH"),
        ("WARNING", None),
        ("This is for people who " + "know well that " * 10 + "it must be given.", None),
    ],
)
def test_text_that_cannot_be_told_apart_is_one_row(title: str, wanted: str | None) -> None:
    assert rows(LONG, title) == [(wanted, LONG)]
