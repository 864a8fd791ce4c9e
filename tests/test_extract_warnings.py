"""One row a warned risk: subsections, number, orders and monitoring, the older format."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.hazards import hazard_name
from extract.label import extract_label
from extract.warnings import read_warnings
from labels import loinc
from labels.model import Section
from tests.support_facts import label as a_label
from tests.support_facts import section

LONG = "This can be fatal, and nobody knows beforehand who will have it, so that care is needed."

WATCHED = a_label(
    sections=(
        section(0, "", loinc=loinc.WARNINGS_AND_PRECAUTIONS, number="5", title="WARNINGS AND PRECAUTIONS"),
        section(
            1,
            "Examplinib harms the heart. Monitor LVEF every month. Withhold Examplinib if LVEF is below 40%.",
            loinc=loinc.WARNINGS_AND_PRECAUTIONS,
            parent=0,
            depth=1,
            number="5.1",
            title="Heart Failure",
        ),
        section(
            2,
            "Skin turns red.",
            loinc=loinc.WARNINGS_AND_PRECAUTIONS,
            parent=0,
            depth=1,
            number="5.2",
            title="Rash",
        ),
    )
)


def rows(text: str, *, title: str | None = None, boxed: bool = False) -> list[tuple[str | None, str]]:
    return [(w.title, w.evidence.text) for w in read_warnings(text, title=title, boxed=boxed)]


def test_a_titled_subsection_is_one_row_whatever_headings_it_holds() -> None:
    text = f"Tuberculosis\n{LONG}\nViral Reactivation\n{LONG}"
    assert rows(text, title="Serious Infections") == [("Serious Infections", text)]


def test_the_title_of_a_subsection_is_kept_where_it_names_no_risk() -> None:
    assert rows(LONG, title="Use in Patients with Stroke") == [("Use in Patients with Stroke", LONG)]


def test_an_older_section_is_split_at_its_heading_lines() -> None:
    text = f"Heart Failure\n{LONG}\nLiver Injury\n{LONG}"
    assert rows(text, title="WARNINGS") == [("Heart Failure", LONG), ("Liver Injury", LONG)]


def test_what_names_no_risk_in_an_older_section_is_no_warning() -> None:
    text = f"Bleeding\n{LONG}\nInformation for Patients\n{LONG}"
    assert rows(text, title="PRECAUTIONS") == [("Bleeding", LONG)]


@pytest.mark.parametrize("title", [None, "WARNINGS", "PRECAUTIONS", "Boxed Warning"])
def test_text_without_headings_is_one_row(title: str | None) -> None:
    assert rows(LONG, title=title) == [(None, LONG)]


def test_text_under_nothing_but_other_headings_is_still_a_warning() -> None:
    text = f"Nursing Mothers\n{LONG}"
    assert rows(text, title="PRECAUTIONS") == [(None, text)]


def test_the_heading_of_the_highlights_summary_is_no_part_of_the_text() -> None:
    text = f"WARNING: SUDDEN DEATH See full prescribing information for complete boxed warning. {LONG}"
    assert rows(text, title="WARNING: SUDDEN DEATH", boxed=True) == [("SUDDEN DEATH", LONG)]


def test_boxed_section_and_range_are_kept() -> None:
    text = f"before {LONG} after"
    (found,) = read_warnings(text, section=3, boxed=True, start=7, end=7 + len(LONG))
    assert (found.evidence.section, found.boxed, found.evidence.text) == (3, True, LONG)


def test_a_number_is_kept_and_titled_text_is_one_row_under_it() -> None:
    (found,) = read_warnings(LONG, title="Laboratory Tests", number="5.4")
    assert (found.number, found.title, found.evidence.text) == ("5.4", "Laboratory Tests", LONG)


def test_a_stretch_under_an_inherited_title_has_its_own_heading() -> None:
    text = f"Heart Failure\n{LONG}"
    (own,) = read_warnings(text, title="Harm", number="5.2", inherited=True)
    assert (own.number, own.title, own.evidence.text) == ("5.2", "Heart Failure", LONG)
    (none,) = read_warnings(LONG, title="Harm", number="5.2", inherited=True)
    assert (none.title, none.evidence.text) == ("Harm", LONG)


def test_headings_without_capitals_and_short_forms_begin_a_risk() -> None:
    text = f"Hepatic effects\n{LONG}\nSerotonin Syndrome (SES) A bad thing may happen to those who take it."
    assert [title for title, _ in rows(text, title="General")] == ["Hepatic effects", "Serotonin Syndrome (SES)"]


def test_text_under_general_and_under_people_warns() -> None:
    text = f"General Precautions\n{LONG}\nPost-MI Patients\n{LONG}\nNursing Mothers\n{LONG}"
    assert rows(text, title="PRECAUTIONS") == [(None, LONG), ("Post-MI Patients", LONG)]


def test_what_a_warning_orders_is_told_once_by_class() -> None:
    text = "Withhold Examplinib for rash. Discontinue Examplinib if it spreads. Withhold it for fever, too."
    (found,) = read_warnings(text, title="Rash", number="5.1")
    assert found.actions == ("withhold", "discontinue")


def test_the_monitoring_of_a_warning_is_what_its_text_asks_for() -> None:
    label = extract_label(WATCHED)
    heart, rash = label.to_dict()["warnings"]
    asked = [label.monitoring[i].parameter for i in heart["monitoring"]]
    assert asked == ["left ventricular ejection fraction"]
    assert (heart["number"], heart["actions"], rash["monitoring"]) == ("5.1", ["withhold"], [])


def test_blank_text_warns_of_nothing() -> None:
    assert read_warnings(" \n ") == []


def sections_of(*told: dict[str, object]) -> list[tuple[str | None, str | None, bool, str]]:
    sections: list[Section] = [section(i, str(t.pop("text", "")), **t) for i, t in enumerate(told)]
    facts = extract_label(a_label(sections=tuple(sections)))
    return [(w.number, w.title, w.boxed, w.evidence.text) for w in facts.warnings]


def test_whatever_stands_in_section_5_warns() -> None:
    found = sections_of(
        {"loinc": loinc.WARNINGS_AND_PRECAUTIONS, "number": "5", "title": "WARNINGS AND PRECAUTIONS"},
        {"loinc": loinc.LABORATORY_TESTS, "parent": 0, "depth": 1, "number": "5.1", "title": "Laboratory Tests",
         "text": "Count cells."},
        {"loinc": loinc.WARNINGS_AND_PRECAUTIONS, "parent": 0, "depth": 1, "number": "5.2", "title": "Harm"},
        {"loinc": loinc.WARNINGS_AND_PRECAUTIONS, "parent": 2, "depth": 2, "title": "Relief", "text": "Rest helps."},
        {"loinc": loinc.WARNINGS_AND_PRECAUTIONS, "parent": 2, "depth": 2, "text": "Nothing else helps."},
    )  # fmt: skip
    assert found == [
        ("5.1", "Laboratory Tests", False, "Count cells."),
        ("5.2", "Relief", False, "Rest helps."),
        ("5.2", "Harm", False, "Nothing else helps."),
    ]


def test_a_frame_within_the_dosage_is_no_boxed_warning() -> None:
    found = sections_of(
        {"loinc": loinc.BOXED_WARNING, "title": "WARNING: HARM", "text": "Examplinib harms."},
        {"loinc": loinc.DOSAGE, "title": "DOSAGE AND ADMINISTRATION"},
        {"loinc": loinc.BOXED_WARNING, "parent": 1, "depth": 1, "text": "Adults: one tablet."},
    )
    assert found == [(None, "HARM", True, "Examplinib harms.")]


def test_what_drug_facts_warn_of_has_a_row_each() -> None:
    found = sections_of(
        {"loinc": loinc.WARNINGS, "title": "Warnings"},
        {"loinc": "50570-1", "parent": 0, "depth": 1, "title": "Do not use", "text": "if allergic"},
        {"loinc": "50566-9", "title": "Stop use and ask a doctor if", "text": "a rash appears"},
    )
    assert found == [
        (None, "Do not use", False, "if allergic"),
        (None, "Stop use and ask a doctor if", False, "a rash appears"),
    ]


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("5.8 Serious Bleeding", "bleeding"),
        ("Risk of Hemorrhage", "bleeding"),
        ("Increased Blood Pressure", "hypertension"),
        ("Skin Reaction", "skin reactions"),
        ("Severe Dermatological Reactions", "severe cutaneous adverse reactions"),
        ("Neutropenia Grade", "neutropenia"),
        ("Psychological Effects", "psychological effects"),
        ("Tumorigenic Potential", "tumorigenic potential"),
        ("Risks of Use in Patients with Gout", None),
    ],
)
def test_one_name_for_one_risk(title: str, wanted: str | None) -> None:
    assert hazard_name(title) == wanted


PIECES = st.sampled_from(
    ["Rash", "LIVER FAILURE", "Harm:", LONG, "•", "\n", "5.1", "General", "Information for Patients", "."]
)


@given(
    st.lists(PIECES, max_size=15), st.booleans(), st.sampled_from([None, "WARNINGS", "WARNING: RASH and HARM", "Rash"])
)
def test_text_always_gives_rows_and_rows_are_verbatim(pieces: list[str], boxed: bool, title: str | None) -> None:
    text = " ".join(pieces)
    found = read_warnings(text, title=title, boxed=boxed)
    assert bool(found) == bool(text.strip())
    assert all(text[w.evidence.start : w.evidence.end] == w.evidence.text != "" for w in found)
