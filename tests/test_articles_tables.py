"""Query results as CSV, JSON and Markdown."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pandas as pd
import pytest

from articles.tables import export
from db import queries
from tests.support_articles import Use, database_of

FRAME = pd.DataFrame(
    {
        "brand": ["Vexa", "Zor|vex"],
        "stages": ['["advanced", "metastatic"]', "[]"],
        "biomarkers": ['[{"marker": "HER2", "state": "positive", "gene": null}]', "[]"],
        "min_age": [18.0, None],
        "boxed": [True, False],
        "day": [pd.Timestamp("2024-05-06"), date(2024, 5, 7)],
        "note": ["[see 1.1]", None],
    }
)


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_json_has_real_lists_numbers_and_nulls_in_the_frames_order() -> None:
    first, second = json.loads(export(FRAME, "json"))
    assert list(first) == list(FRAME.columns)
    assert first["stages"] == ["advanced", "metastatic"]
    assert first["biomarkers"][0]["state"] == "positive"
    assert (first["min_age"], second["min_age"]) == (18, None)
    assert (first["boxed"], first["day"], first["note"], second["note"]) == (True, "2024-05-06", "[see 1.1]", None)


def test_csv_keeps_json_lists_as_text() -> None:
    header, first, second = cells(export(FRAME, "csv"))
    assert header == list(FRAME.columns)
    assert json.loads(first[1]) == ["advanced", "metastatic"]
    assert (first[3], first[4], first[5]) == ("18", "true", "2024-05-06")
    assert (second[3], second[6]) == ("", "")


def test_markdown_is_a_table_that_label_text_cannot_break() -> None:
    header, rule, first, second = export(FRAME, "md").splitlines()
    assert header.startswith("| brand | stages |")
    assert set(rule) <= set("|- ")
    assert first.startswith("| Vexa | advanced; metastatic | marker: HER2, state: positive | 18 | yes |")
    assert second.startswith("| Zor\\|vex |  |")


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@cmd", "\tx", "\rx", '=HYPERLINK("http://evil.example")'])
def test_csv_disarms_what_a_spreadsheet_would_run(formula: str) -> None:
    frame = pd.DataFrame({"text": [formula]})
    assert cells(export(frame, "csv"))[1] == ["'" + formula.replace("\r", "\n")]
    assert json.loads(export(frame, "json")) == [{"text": formula}]


def test_csv_leaves_negative_numbers_alone() -> None:
    assert cells(export(pd.DataFrame({"n": [-1.5, -2]}), "csv"))[1:] == [["-1.5"], ["-2"]]


def test_csv_survives_line_breaks_commas_and_quotes() -> None:
    text = 'one, "two"\nthree'
    assert cells(export(pd.DataFrame({"text": [text]}), "csv"))[1] == [text]


@pytest.mark.parametrize(
    ("fmt", "expected"), [("csv", "a,b\n"), ("json", "[]\n"), ("md", "| a | b |\n| --- | --- |\n")]
)
def test_an_empty_frame_keeps_its_columns(fmt: str, expected: str) -> None:
    assert export(pd.DataFrame({"a": [], "b": []}), fmt) == expected  # type: ignore[arg-type]


def test_a_real_query_goes_through_in_all_formats() -> None:
    use = Use("Vexamab treats breast cancer.", stages=("metastatic",), markers=(("HER2", "positive", 1),))
    frame = queries.indications(database_of(("Vexa", [use], {})))
    [row] = json.loads(export(frame, "json"))
    assert row["stages"] == ["metastatic"]
    assert row["biomarkers"][0]["marker"] == "HER2"
    assert row["limitations"] == []
    assert row["single_agent"] is False
    assert len(cells(export(frame, "csv"))[1]) == len(frame.columns)
    assert export(frame, "md").count("\n") == 3


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="xlsx"):
        export(FRAME, "xlsx")  # type: ignore[arg-type]
