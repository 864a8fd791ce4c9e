"""The ways in which labels ask for a test or an observation: our own sentences."""

from __future__ import annotations

import pytest

from extract.label import extract_text
from extract.monitoring import read_monitoring


def asked(text: str, hazard: str | None = None) -> dict[str, tuple[str, ...]]:
    """Parameters of a text with their timing phrases."""
    return {m.parameter: m.timing for m in read_monitoring(text, hazard=hazard)}


SELECTION = [
    ("Select patients for treatment with Examplinib based on the presence of a BRAF V600E mutation.", {"BRAF test"}),
    ("Select adults for Examplinib based on EGFR mutations or on MET exon 14 skipping.", {"EGFR test", "MET test"}),
    ("Confirm the presence of an FGFR2 rearrangement before starting Examplinib.", {"FGFR2 test"}),
    ("Select patients using an FDA-cleared test for determining CYP2D6 genotype.", {"genotype"}),
]


@pytest.mark.parametrize(("text", "parameters"), SELECTION)
def test_patients_selected_by_a_marker_are_tested_for_it(text: str, parameters: set[str]) -> None:
    assert set(asked(text)) == parameters


def test_selection_is_before_treatment() -> None:
    assert asked("Select patients for therapy based on HER2 expression.") == {"HER2 test": ()}


def test_where_tests_are_found_is_no_request() -> None:
    assert not asked("Information on approved tests for BRAF mutations is found at the address below.")


FORMS = [
    ("Be alert to hyperkalemia.", {"serum potassium"}),
    ("Physicians should remain vigilant for the possible development of colitis.", {"colitis"}),
    ("Advise families to look for signs of sedation.", {"signs and symptoms of sedation"}),
    ("If spinal anesthesia is used, monitor often to detect signs of paralysis.", {"signs and symptoms of paralysis"}),
    ("Women must comply with the pregnancy testing.", {"pregnancy status"}),
    ("Patients may go on with weekly monitoring of liver function.", {"liver function tests"}),
    ("Dosing should be stopped and the renal function assessed.", {"renal function"}),
    ("Refer the patient for further tests, including bone marrow biopsy.", {"bone marrow examination"}),
    ("After a change of dose monitor blood pressure.", {"blood pressure"}),
    ("Heart Failure Closely monitor patients for edema.", {"fluid retention"}),
    ("Taper the dose while closely monitoring heart rate.", {"heart rate"}),
    ("In older patients, complete fall risk assessments when treatment begins.", {"fall risk assessments"}),
    ("Confirm the diagnosis with MRI.", {"brain MRI"}),
    ("Before each infusion, determine whether there is an active infection.", {"active infection"}),
    ("Frequent monitoring of blood counts is, therefore, essential.", {"complete blood count"}),
    ("ECG monitoring required at baseline.", {"ECG"}),
]


@pytest.mark.parametrize(("text", "parameters"), FORMS)
def test_forms_of_asking(text: str, parameters: set[str]) -> None:
    assert set(asked(text)) == parameters


def test_a_test_without_a_name_is_for_the_risk() -> None:
    assert set(asked("Initiate prompt investigation.", "colitis")) == {"investigation for colitis"}
    assert set(asked("If suspected, confirm the diagnosis with diagnostic testing.", "adrenal insufficiency")) == {
        "diagnostic testing for adrenal insufficiency"
    }


def test_a_referral_alone_asks_for_no_test() -> None:
    assert not asked("Refer patients with a rash to a dermatologist for evaluation.", "rash")


def test_what_cannot_be_watched_gives_way_to_the_risk() -> None:
    assert set(asked("Monitor for worsening.", "colitis")) == {"signs and symptoms of colitis"}


def test_the_next_subject_ends_the_clause() -> None:
    text = "Patients should be monitored for fever, and Examplinib should be stopped if liver enzymes rise."
    assert asked(text) == {"fever": ()}


def test_the_time_at_the_end_counts_for_what_stands_before() -> None:
    assert asked("Monitor serum calcium and replace it during treatment.") == {"serum calcium": ("during treatment",)}


@pytest.mark.parametrize("section", ["boxed warnings", "warnings_and_cautions"])
def test_other_names_of_sections(section: str) -> None:
    assert extract_text("Monitor blood pressure.", section=section).monitoring
