"""Dose modification tables: the layouts of labels, in our own words, and the tables that are none."""

from __future__ import annotations

import time
from importlib import resources

import pytest

from extract.dose_tables import read_dose_modifications
from extract.facts import DoseModification
from extract.label import extract_label, extract_text
from extract.tables import find_tables
from labels import parse_spl


def read(*lines: str) -> list[DoseModification]:
    """Read a text of these lines; the evidence must hold."""
    text = "\n".join(lines)
    found = read_dose_modifications(text)
    for one in found:
        assert all(text[e.start : e.end] == e.text for e in (one.evidence, *one.parts))
        assert one.instruction in text
    return found


def told(found: list[DoseModification]) -> list[tuple[str, str | None, str | None]]:
    return [(one.reaction, one.severity, one.action) for one in found]


HEAD = "Adverse Reaction | Severity* | Dosage Modification"


def test_a_row_for_each_severity() -> None:
    found = read(
        "Table 2: Recommended Dosage Modifications for Adverse Reactions",
        HEAD,
        "Immune-Mediated Adverse Reactions [see Warnings and Precautions (5.1)]",
        "Colitis | Grade 2 or 3 | Withhold†",
        "| Grade 4 | Permanently discontinue",
        "Exfoliative Skin Conditions [see Warnings and Precautions (5.2)] | Suspected | Withhold†",
        "* By CTCAE, version 5.0",
        "† Resume after recovery.",
    )
    assert told(found) == [
        ("Colitis", "Grade 2 or 3", "withhold"),
        ("Colitis", "Grade 4", "permanently discontinue"),
        ("Exfoliative Skin Conditions", "Suspected", "withhold"),
    ]
    assert [one.evidence.text for one in found][1] == "| Grade 4 | Permanently discontinue"
    assert [part.text for part in found[1].parts] == ["Colitis"]
    assert found[1].table == "Table 2: Recommended Dosage Modifications for Adverse Reactions"
    assert found[0].to_dict() == {
        "reaction": "Colitis",
        "hazard": "colitis",
        "severity": "Grade 2 or 3",
        "action": "withhold",
        "instruction": "Withhold†",
        "drug": None,
        "table": "Table 2: Recommended Dosage Modifications for Adverse Reactions",
        "evidence": "Colitis | Grade 2 or 3 | Withhold†",
        "start": found[0].evidence.start,
        "end": found[0].evidence.end,
        "parts": [],
    }


def test_grades_as_columns() -> None:
    found = read(
        "Table 3: Dose Modification and Management for Neutropenia",
        "| Grade 1 or 2 (ANC 1000/mm³ to below LLN) | Grade 3 (ANC 500 to 999/mm³) | Grade 4 (ANC below 500/mm³)",
        "Neutropenia | No dose adjustment is required. | Dose interruption until Grade 2; then resume at same dose. |"
        " Discontinue the drug.",
        "Neutropenia with fever | | If it comes with fever, stop the drug. |",
    )
    assert told(found) == [
        ("Neutropenia", "Grade 1 or 2 (ANC 1000/mm³ to below LLN)", None),
        ("Neutropenia", "Grade 3 (ANC 500 to 999/mm³)", "interrupt"),
        ("Neutropenia", "Grade 4 (ANC below 500/mm³)", "discontinue"),
        ("Neutropenia with fever", "Grade 3 (ANC 500 to 999/mm³); Grade 4 (ANC below 500/mm³)", "discontinue"),
    ]
    assert found[0].evidence.text == found[0].instruction == "No dose adjustment is required."
    assert [part.text for part in found[0].parts] == ["Grade 1 or 2 (ANC 1000/mm³ to below LLN)", "Neutropenia"]


def test_headings_name_the_reaction() -> None:
    found = read(
        "Severity of Adverse Reaction | Dose Modification for EXAMPLIN",
        "Hemorrhage",
        "Grade 3 | Withhold for up to 4 weeks, then resume at the next lower dose.",
        "Uveitis |",
        "• Any Grade | Permanently discontinue.",
    )
    assert told(found) == [
        ("Hemorrhage", "Grade 3", "withhold, reduce dose"),
        ("Uveitis", "Any Grade", "permanently discontinue"),
    ]
    assert [part.text for part in found[1].parts] == ["Uveitis"]


def test_the_caption_names_the_reaction() -> None:
    found = read(
        "Table 4: EXAMPLIN Dose Modification and Management — Diarrhea",
        "Drink more at the first loose stool.",
        "CTCAE Grade | EXAMPLIN Dose Modifications",
        "Grade 1 | No dose modification is required.",
        "Grade 3 or 4 | Suspend until Grade 1; resume one level lower.",
    )
    assert told(found) == [("Diarrhea", "Grade 1", None), ("Diarrhea", "Grade 3 or 4", "withhold, reduce dose")]
    assert found[0].parts[0].text.endswith("Diarrhea")


def test_reaction_and_severity_in_one_cell() -> None:
    found = read(
        "Toxicity | Dosage Adjustment",
        "Stomatitis grade 3 | Reduce the dose by 20%.",
        "Grade 4 hepatotoxicity [see Warnings and Precautions (5.3)] | 50% of previous dose",
        "ANC less than 500/mm³ | Do not give the drug until ANC is above 1,000/mm³",
        "Severe rash: Grade 3 with blisters | Discontinue",
    )
    assert told(found) == [
        ("Stomatitis", "grade 3", "reduce dose"),
        ("hepatotoxicity", "Grade 4", "reduce dose"),
        ("ANC less than 500/mm³", "less than 500/mm³", "withhold"),
        ("Severe rash", "Severe rash: Grade 3", "discontinue"),
    ]
    assert found[2].hazard is None  # a measured value is no risk


def test_an_action_reaches_over_the_rows_below() -> None:
    found = read(
        HEAD,
        "Cytopenia | Hemoglobin < 8 g/dL | Decrease the dose by 50 mcg",
        "| Platelets < 50,000/mm³ |",
        "Hepatitis | Grade 4 | Stop treatment",
    )
    assert told(found)[1] == ("Cytopenia", "Platelets < 50,000/mm³", "reduce dose")
    assert [part.text for part in found[1].parts] == ["Cytopenia", "Decrease the dose by 50 mcg"]


def test_a_severity_ends_with_the_next_one() -> None:
    found = read(
        "Adverse Reaction | Severity | | Treatment Modification",
        "Left Ventricular Dysfunction | LVEF 40% to 45% | Fall of less than 10% | Continue treatment.",
        "| | Fall of 10% to 20% | Interrupt treatment.",
        "| LVEF below 40% | | Permanently discontinue.",
    )
    assert [one.severity for one in found] == [
        "LVEF 40% to 45%; Fall of less than 10%",
        "LVEF 40% to 45%; Fall of 10% to 20%",
        "LVEF below 40%",
    ]


def test_the_drug_and_a_note_in_the_reaction_column() -> None:
    found = read(
        "Treatment | Adverse Reaction | Severity | Dosage Modification",
        "EXAMPLIN with samplinib | Hepatitis | ALT above 3 times ULN | Withhold both",
        "| For other combinations, see Table 5. | ALT above 10 times ULN | Permanently discontinue both",
    )
    assert [(one.drug, one.reaction) for one in found] == [("EXAMPLIN with samplinib", "Hepatitis")] * 2


def test_columns_without_a_header() -> None:
    found = read(
        "Table 1. Dose Modifications for Hematologic Adverse Reactions",
        "Platelets below 100,000/mcL | Withhold until platelets are back; resume at a reduced dose.",
        "Neutrophils below 1,000/mcL | Withhold and monitor weekly.",
    )
    assert told(found) == [
        ("Platelets below 100,000/mcL", "below 100,000/mcL", "withhold, reduce dose"),
        ("Neutrophils below 1,000/mcL", "below 1,000/mcL", "withhold"),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ("Dose Level | Dose", "Starting dose | 200 mg", "First dose reduction | 100 mg", "Further | Discontinue"),
        ("Body weight | Recommended dosage", "Below 40 kg | 5 mg/kg", "40 kg and more | 200 mg"),
        ("Creatinine Clearance | Dose Modification", "30 to 50 mL/min | Reduce dose by half", "< 30 | Discontinue"),
        ("Table 4: Dosage in Patients with Hepatic Impairment", "Severity | Dosage Modification", "Severe | Stop"),
        ("Interacting Agents | Prescribing Recommendations", "Cyclosporine | Avoid use", "Macrolides | Reduce dose"),
        ("Concomitant drug | Action", "Strong CYP3A inhibitor | Reduce dose", "Strong inducer | Avoid"),
        ("Adverse Reaction | EXAMPLIN, all grades | EXAMPLIN, Grade 3 | Placebo", "Diarrhea | 40% | 8% | 12%"),
        ("| Grade 1 or 2 | Grade 3 | Grade 4", "Neutropenia (%) | 20 | 10 | 4", "Anemia (%) | 15 | 3 | 0"),
        ("Infection | Severity | Recommended Dosage", "Sinusitis | Mild | 500 mg", "Bronchitis | Severe | 875 mg"),
        ("Time since last dose | Action", "Less than 6 weeks | Give the dose", "Longer | Reload"),
        ("Withhold for neutropenia of Grade 3. Discontinue for Grade 4.",),
    ],
)
def test_other_tables_yield_nothing(lines: tuple[str, ...]) -> None:
    assert read(*lines) == []


def test_a_caption_or_a_footnote_ends_a_table() -> None:
    tables = find_tables("Table 1: A\na | b\nc |\n* note\nTable 2: B\nBanner\nd | e")
    assert [t.caption.words if t.caption else None for t in tables] == ["Table 1: A", "Table 2: B"]
    assert [[row.line.words for row in t.rows] for t in tables] == [["a | b", "c |"], ["Banner", "d | e"]]


def test_only_a_stretch_is_read() -> None:
    text = f"{HEAD}\nColitis | Grade 4 | Discontinue\nElsewhere.\n{HEAD}\nRash | Grade 4 | Withhold"
    at = text.index("Elsewhere")
    assert [one.reaction for one in read_dose_modifications(text, section=3, end=at)] == ["Colitis"]
    (rash,) = read_dose_modifications(text, section=3, start=at)
    assert (rash.reaction, rash.evidence.section, text[rash.evidence.start :]) == ("Rash", 3, rash.evidence.text)


def test_labels_and_texts() -> None:
    facts = extract_label(parse_spl((resources.files("ingest") / "samples" / "verzenio.xml").read_bytes()))
    assert ("Diarrhea", "withhold") in [(one.reaction, one.action) for one in facts.dose_modifications]
    assert {"dose_modifications"} <= facts.to_dict().keys()
    flat = "2.2 Dosage Modifications Colitis Grade 4 Permanently discontinue Rash Grade 3 Withhold"
    assert extract_text(flat, section="dosage and administration").dose_modifications == ()


@pytest.mark.parametrize(
    "text",
    [
        "|" * 60_000,
        "| " * 30_000,
        "a | b\n" * 10_000,
        "a | b\nc | d | e\n" * 3_000,
        "Table 1 " + "for x " * 10_000 + "\na | b",
        "(" * 60_000 + " | b",
        f"{HEAD}\n" + "\n".join(["(see (" * 900 + " | [see " * 3 + "Grade 1 or " * 300] * 10),
        f"{HEAD}\nColitis | Grade 2 | " + "withhold until " * 4_000,
        "Table 1: Dose Modifications\n" + "no dose " * 600 + " | " + "grade 3 or " * 500,
    ],
)
def test_hostile_text_is_read_fast(text: str) -> None:
    began = time.perf_counter()
    read_dose_modifications(text)
    assert time.perf_counter() - began < 3
