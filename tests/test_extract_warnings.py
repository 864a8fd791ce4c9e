"""One row a warned risk: subsections, boxed warnings, the older format."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.warnings import read_warnings

LONG = "This can be fatal, and nobody knows beforehand who will have it, so that care is needed."


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


def test_a_boxed_warning_is_split_at_the_risks_its_title_names() -> None:
    text = f"Liver Failure\n{LONG}\nBirth Defects\n{LONG}"
    found = rows(text, title="WARNING: LIVER FAILURE and BIRTH DEFECTS", boxed=True)
    assert found == [("Liver Failure", LONG), ("Birth Defects", LONG)]


def test_the_names_are_found_where_the_lines_are_lost() -> None:
    text = f"Liver Failure {LONG} Birth Defects, Still Birth {LONG}"
    found = rows(text, title="WARNING: LIVER FAILURE, BIRTH DEFECTS, and STILL BIRTH", boxed=True)
    assert [name for name, _ in found] == ["Liver Failure", "Birth Defects, Still Birth"]


def test_a_boxed_warning_is_split_at_its_bullets() -> None:
    text = "• Examplinib can harm the liver.\n• Examplinib can harm the unborn."
    found = rows(text, title="WARNING: HARM", boxed=True)
    assert found == [("HARM", "Examplinib can harm the liver."), ("HARM", "Examplinib can harm the unborn.")]


def test_a_boxed_warning_without_either_is_one_row() -> None:
    assert rows(LONG, title="WARNING: SUDDEN DEATH", boxed=True) == [("SUDDEN DEATH", LONG)]


def test_the_heading_of_the_highlights_summary_is_no_part_of_the_text() -> None:
    text = f"WARNING: SUDDEN DEATH See full prescribing information for complete boxed warning. {LONG}"
    assert rows(text, title="WARNING: SUDDEN DEATH", boxed=True) == [("SUDDEN DEATH", LONG)]


def test_boxed_section_and_range_are_kept() -> None:
    text = f"before {LONG} after"
    (found,) = read_warnings(text, section=3, boxed=True, start=7, end=7 + len(LONG))
    assert (found.evidence.section, found.boxed, found.evidence.text) == (3, True, LONG)


def test_blank_text_warns_of_nothing() -> None:
    assert read_warnings(" \n ") == []


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
