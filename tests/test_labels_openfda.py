"""openFDA records: identity, products, and sections told once, where they stand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels import Label, LabelError, LabelFormat, parse_record
from labels.loinc import OPENFDA_KEYS

PREGNANCY = "8.1 Pregnancy Risk Summary There are no data on FOONIB in pregnancy."
CHILDREN = "8.4 Pediatric Use FOONIB was not studied in children."

RECORD: dict[str, Any] = {
    "set_id": "ABCD",
    "id": "EF01",
    "version": "19",
    "effective_time": "20230824",
    "openfda": {
        "brand_name": ["FOONIB"],
        "generic_name": ["FOONIB MESYLATE"],
        "manufacturer_name": ["Testwell Labs"],
        "product_type": ["HUMAN PRESCRIPTION DRUG"],
        "route": ["ORAL"],
        "product_ndc": ["12345-001"],
        "package_ndc": ["12345-001-30"],
        "application_number": ["NDA123456"],
        "substance_name": ["FOONIB MESYLATE"],
        "unii": ["AAAAAAAAAA"],
        "pharm_class_epc": ["Itch Inhibitor [EPC]"],
        "pharm_class_moa": ["Itch Receptor Antagonists [MoA]"],
        "original_packager_product_ndc": ["54321-001"],
    },
    "indications_and_usage": [
        "1 INDICATIONS AND USAGE FOONIB is indicated for lasting itch in adults. FOONIB is an itch inhibitor "
        "indicated for lasting itch in adults. ( 1 )"
    ],
    "use_in_specific_populations": [
        f"8 USE IN SPECIFIC POPULATIONS Lactation: Do not breastfeed. ( 8.2 ) {PREGNANCY} 8.2 Lactation Risk "
        f"Summary FOONIB passes into milk. {CHILDREN}"
    ],
    "pediatric_use": [CHILDREN],
    "pregnancy": [PREGNANCY],
    "dosage_and_administration_table": ["<table><tr><td>raw</td></tr></table>"],
}


def record(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in (RECORD | changes).items() if value is not None}


def rows(label: Label) -> list[tuple[int | None, str | None, str | None, str | None, str, str]]:
    return [(s.parent, s.loinc, s.number, s.title, s.telling, s.text) for s in label.sections]


def test_identity() -> None:
    label = parse_record(RECORD)
    assert (label.set_id, label.document_id, label.version) == ("abcd", "ef01", 19)
    assert (label.effective_date, label.labeler, label.source) == ("2023-08-24", "Testwell Labs", "openfda")
    assert (label.document_type, label.format) == ("HUMAN PRESCRIPTION DRUG", LabelFormat.PLR)
    assert label.not_a_label is None
    assert not label.sample


def test_product() -> None:
    (product,) = parse_record(RECORD).products
    assert (product.name, product.generic, product.routes) == ("FOONIB", "FOONIB MESYLATE", ("ORAL",))
    assert product.ndcs == ("12345-001", "12345-001-30")
    assert (product.application_number, product.source_ndc) == ("NDA123456", "54321-001")
    assert [(i.name, i.unii, i.active) for i in product.ingredients] == [("FOONIB MESYLATE", "AAAAAAAAAA", True)]
    assert product.pharm_classes == ("Itch Inhibitor [EPC]", "Itch Receptor Antagonists [MoA]")


def test_ids_of_several_substances_are_not_guessed() -> None:
    known = RECORD["openfda"] | {"substance_name": ["A", "B"], "unii": ["X", "Y"], "brand_name": ["Foo", "Bar"]}
    (product,) = parse_record(record(openfda=known)).products
    assert [(i.name, i.unii) for i in product.ingredients] == [("A", None), ("B", None)]
    assert product.name == "Foo / Bar"


def test_sections_with_keys_of_their_own_stand_once_in_their_place() -> None:
    groups = "43684-0"
    assert rows(parse_record(RECORD)) == [
        (None, "34067-9", "1", "INDICATIONS AND USAGE", "full", "FOONIB is indicated for lasting itch in adults."),
        (0, "34067-9", "1", "INDICATIONS AND USAGE", "highlights",
         "FOONIB is an itch inhibitor indicated for lasting itch in adults. ( 1 )"),
        (None, groups, "8", "USE IN SPECIFIC POPULATIONS", "full", ""),
        (2, groups, "8", "USE IN SPECIFIC POPULATIONS", "highlights", "Lactation: Do not breastfeed. ( 8.2 )"),
        (2, "42228-7", "8.1", "Pregnancy", "full", "Risk Summary There are no data on FOONIB in pregnancy."),
        (2, groups, "8.2", "Lactation", "full", "Risk Summary FOONIB passes into milk."),
        (2, "34081-0", "8.4", "Pediatric Use", "full", "FOONIB was not studied in children."),
    ]  # fmt: skip


def test_older_format() -> None:
    general, tests = "General Take care with FOONIB.", "Laboratory Tests Count the blood cells weekly."
    label = parse_record(
        record(
            indications_and_usage="INDICATIONS AND USAGE FOONIB is indicated for itch.",
            use_in_specific_populations=None,
            pregnancy=None,
            pediatric_use=None,
            precautions=[f"PRECAUTIONS {general} Sleepiness Do not drive. {tests} And now rest."],
            general_precautions=[general],
            laboratory_tests=[tests],
        )
    )
    assert label.format is LabelFormat.OLDER
    assert rows(label)[1:] == [
        (None, "42232-9", None, "PRECAUTIONS", "full", ""),
        (1, "34072-9", None, "General", "full", "Take care with FOONIB."),
        (1, "42232-9", None, None, "full", "Sleepiness Do not drive."),
        (1, "34075-2", None, "Laboratory Tests", "full", "Count the blood cells weekly."),
        (1, "42232-9", None, None, "full", "And now rest."),
    ]


def test_a_section_inside_a_numbered_subsection() -> None:
    risks = "Risk Summary No one knows the risks."
    label = parse_record(
        record(pregnancy=None, risks=[risks], use_in_specific_populations=[
            f"8 USE IN SPECIFIC POPULATIONS 8.1 Pregnancy {risks} 8.2 Lactation None known."
        ], pediatric_use=None)
    )  # fmt: skip
    assert rows(label)[2:] == [
        (None, "43684-0", "8", "USE IN SPECIFIC POPULATIONS", "full", ""),
        (2, "43684-0", "8.1", "Pregnancy", "full", ""),
        (3, OPENFDA_KEYS["risks"], None, None, "full", risks),
        (2, "43684-0", "8.2", "Lactation", "full", "None known."),
    ]


@pytest.mark.parametrize("missing", [{}, None, [], "?"])
def test_names_without_openfda_block(missing: object) -> None:
    elements = "Foonib XR foonib mesylate FOONIB MESYLATE FOONIB TALC"
    label = parse_record(
        record(
            openfda=missing,
            spl_product_data_elements=[elements],
            indications_and_usage=["1 INDICATIONS AND USAGE FOONIB XR ® (foonib mesylate) is indicated for itch."],
        )
    )
    assert (label.brand, label.generic, label.labeler) == ("Foonib XR", "foonib mesylate", None)
    assert label.format is LabelFormat.PLR


def test_names_that_cannot_be_told_are_not_guessed() -> None:
    label = parse_record(record(openfda={}, spl_product_data_elements=["Zzz yyy xxx"]))
    assert label.products == ()
    assert (label.brand, label.generic) == (None, None)


@pytest.mark.parametrize("value", ["WARNINGS Foonib harms.", ["WARNINGS Foonib harms."], ("WARNINGS Foonib harms.",)])
def test_values_may_be_strings(value: object) -> None:
    label = parse_record({"set_id": "a", "version": 3, "effective_time": 20230824, "warnings": value})
    assert (label.version, label.effective_date, label.title) == (3, "2023-08-24", "")
    assert rows(label) == [(None, "34071-1", None, "WARNINGS", "full", "Foonib harms.")]


@pytest.mark.parametrize("value", ["", [""], [], ["BOXED WARNING"], [" \n"]])
def test_a_blank_section_is_not_an_absent_one(value: object) -> None:
    label = parse_record(record(boxed_warning=value))
    assert (label.state("34066-1"), label.state("34070-3")) == ("blank", "absent")


def test_unknown_keys_are_kept_and_markup_is_not() -> None:
    label = parse_record(record(spl_new_section=["Something new."], **{"@epoch": ["1"]}))
    assert rows(label)[-1] == (None, None, None, "spl new section", "full", "Something new.")
    assert not any("<t" in s.text for s in label.sections)


def test_white_space_is_normalised() -> None:
    label = parse_record(record(overdosage=["\ufeff10\u00a0OVERDOSAGE  Call\u200b for\u00a0 help.\n\nSoon. "]))
    assert [(s.number, s.text) for s in label.sections if s.title == "OVERDOSAGE"] == [("10", "Call for help.\nSoon.")]


def test_recent_changes_are_part_of_the_highlights() -> None:
    label = parse_record(record(recent_major_changes=["Indications and Usage ( 1 ) 10/2022"]))
    assert rows(label)[:2] == [
        (None, "43683-2", None, None, "full", ""),
        (0, "43683-2", None, None, "highlights", "Indications and Usage ( 1 ) 10/2022"),
    ]


@pytest.mark.parametrize(
    ("kind", "keys", "expected", "not_a_label"),
    [
        ("HUMAN OTC DRUG", {"warnings": ["Warnings Itch."]}, "otc", None),
        ("VACCINE", {"warnings_and_cautions": ["5 WARNINGS AND PRECAUTIONS Faint."]}, "plr", None),
        ("OTC ANIMAL DRUG", {"warnings": ["x"]}, "otc", "a label of an animal drug"),
        (None, {"statement_of_identity": ["Supplement"]}, "other", "a dietary supplement, not a drug"),
        (None, {"active_ingredient": ["Active ingredient Foonib"], "purpose": ["Purpose itch"]}, "otc", None),
        (None, {}, "other", "it lists no product and says nothing"),
    ],
)
def test_format_and_kind(kind: str | None, keys: dict[str, Any], expected: str, not_a_label: str | None) -> None:
    known = {"product_type": [kind]} if kind else {}
    label = parse_record({"set_id": "a", "version": 1, "openfda": known, **keys})
    assert (label.format, label.not_a_label) == (expected, not_a_label)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({}, r"^file: this is no openFDA label record: it has no set_id \(its keys: none\)$"),
        ({"term": "x", "count": 3}, r"^file: .*its keys: term, count\)$"),
        ({"set_id": " ", "version": 1}, "^file: .*no set_id"),
        ({"set_id": "a"}, "^a: it has no version number$"),
        ({"set_id": "a", "version": "new"}, "^a: 'new' is no version number$"),
        ([], "^file: .* but a list$"),
        ("text", "^file: .* but a str$"),
        (None, "^file: .* but a NoneType$"),
    ],
)
def test_other_json_is_refused(broken: Any, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        parse_record(broken, name="file")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from([*OPENFDA_KEYS, "set_id", "id", "version", "effective_time", "openfda", "other"])


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=8))
def test_any_json_parses_or_raises_a_label_error(broken: dict[str, Any]) -> None:
    try:
        label = parse_record(broken)
    except LabelError:
        return
    for place, section in enumerate(label.sections):
        assert section.index == place
        assert section.text == section.text.strip()
        assert section.parent is None or section.parent < place


TABLE = (
    "<table><caption>Table 1: Dosage Modifications</caption><tbody>"
    "<tr><td>Adverse reaction</td><td>Severity</td><td>Dosage modification</td></tr>"
    '<tr><td rowspan="2">Rash</td><td>Grade 2</td><td>Withhold it.</td></tr>'
    "<tr><td>Grade 3 &amp; 4</td><td>Stop it for good.</td></tr></tbody></table>"
)


def with_table(markup: str) -> dict[str, Any]:
    return RECORD_WITH_DOSAGE | {"dosage_and_administration_table": [markup]}


RECORD_WITH_DOSAGE = {
    "set_id": "0f0f0f0f-0000-4000-8000-000000000001",
    "version": "1",
    "dosage_and_administration": ["2 DOSAGE AND ADMINISTRATION Take one tablet. Table 1: Dosage Modifications Rash …"],
}


def test_dose_tables_stand_apart_as_sections_of_their_own() -> None:
    label = parse_record(with_table(TABLE))
    [table] = [s for s in label.sections if s.table]
    assert (table.loinc, table.parent, table.telling) == ("34068-7", 0, "full")
    assert table.text.splitlines() == [
        "Table 1: Dosage Modifications",
        "Adverse reaction | Severity | Dosage modification",
        "Rash | Grade 2 | Withhold it.",
        "| Grade 3 & 4 | Stop it for good.",
    ]
    assert not [s for s in parse_record(RECORD_WITH_DOSAGE).sections if s.table]


@pytest.mark.parametrize(
    "markup",
    [
        "<table><tr><td>cut off",
        '<!DOCTYPE t [<!ENTITY a "b">]><table><tr><td>&a;</td><td>x</td></tr></table>',
        "<table><tr><td>&undefined;</td><td>x</td></tr></table>",
        "</text><text>" + TABLE,
        "<i>" * 500 + "</i>" * 500,
        "<table><tr><td>one cell</td></tr></table>",
        "",
    ],
)
def test_markup_that_is_no_table_is_left_out(markup: str) -> None:
    assert not [s for s in parse_record(with_table(markup)).sections if s.table]
