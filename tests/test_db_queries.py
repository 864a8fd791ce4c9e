"""The named queries: what their filters find, what they give, and that nothing a user types breaks them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from db import open_database, queries, record_failure, save_document, save_label, set_review_status
from extract.facts import Biomarker, Condition, Facts
from labels.model import Ingredient
from tests.support_facts import SET_ID, at, facts, indication, label, product

GOUT_ID = "22222222-aaaa-4bbb-8ccc-000000000002"
HOSTILE = [
    "'", '"', "';--", "x' OR '1'='1", "'); DROP TABLE labels; --", "%", "_", "*", "%_%", "a*", "^a", "NEAR(a b)",
    "a AND", "OR", "NOT", "-", "(", "{a b}: c", "text:", '"unclosed', '""', "\0", "a\0b", "\ud800", "", " ", "\\", "+",
    "#", "?1", ":x", "é", "é", "😀", "[a]", "a" * 5000, "1.1", "..", "1.", "0x1", "NULL", "GLOB", "[", "]]",
]  # fmt: skip


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with closing(open_database(":memory:")) as opened:
        first = label()
        second = label(
            set_id=GOUT_ID, sample=True, version=3,
            products=(product("Café-Ziel Forte", "colchizin", application_number="ANDA000002", ndcs=("12345-678-90",),
                              ingredients=(Ingredient("Colchizin Acetate", "ZZ00000011"),)),),
        )  # fmt: skip
        use = second.sections[2]
        gout = indication(
            use, conditions=(Condition(at(use, "mammary tumor"), "gouty arthritis"), Condition(at(use,
            "tumor"), "gout")),
            biomarkers=(Biomarker(at(use, "HER2-negative"), "PD-L1", "expression >= 1%"),), regimens=(),
        )  # fmt: skip
        for one, said in ((first, facts(first)), (second, replace(facts(second), indications=(gout,)))):
            data = one.set_id.encode()
            sha256 = save_document(opened, data, source="files", origin="o", name="n", fetched_at="2024-03-01")
            save_label(opened, one, said, sha256=sha256)
        yield opened


def drugs(frame: pd.DataFrame) -> set[str]:
    return {{SET_ID: "zorvex", GOUT_ID: "café-ziel"}[set_id] for set_id in frame["set_id"]}


@pytest.mark.parametrize(
    ("drug", "found"),
    [
        (None, {"zorvex", "café-ziel"}),
        ("zorvex", {"zorvex"}),
        ("ZORV", {"zorvex"}),
        ("orvex", set()),
        ("zorvanib", {"zorvex"}),
        ("Zorvanib succinate", {"zorvex"}),
        ("succin", {"zorvex"}),
        ("succinate zorvanib", set()),
        ("lactose", set()),
        ("cafe ziel", {"café-ziel"}),
        ("café-ziel fo", {"café-ziel"}),
        ("forte", {"café-ziel"}),
        (SET_ID, {"zorvex"}),
        (f" {SET_ID.upper()} ", {"zorvex"}),
        (SET_ID[:8], set()),
        ("0099-0123", {"zorvex"}),
        ("0099-0123-42", {"zorvex"}),
        ("00099012342", {"zorvex"}),
        ("12345067890", {"café-ziel"}),
        ("0099", set()),
        ("nda999001", {"zorvex"}),
        ("zz00000002", {"zorvex"}),
        ("zz00000009", set()),
        ("nothing", set()),
        ("", set()),
    ],
)
def test_a_drug_is_found_by_name_or_code(database: Database, drug: str | None, found: set[str]) -> None:
    for query in (
        queries.labels,
        queries.indications,
        queries.monitoring,
        queries.warnings,
        queries.sections,
    ):
        assert drugs(query(database, drug=drug)) == found


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("mammary tumor", ["mammary tumor", "gouty arthritis"]),  # the second by the label's words
        ("Tumor, MAMMARY", ["mammary tumor", "gouty arthritis"]),
        ("gout", ["gouty arthritis", "gout"]),
        ("arthritis gouty", ["gouty arthritis"]),
        ("out", []),
        ("MONDO:0000001", ["mammary tumor"]),
        ("doid:1", ["mammary tumor"]),
        ("DOID:12", []),
        ("", []),
    ],
)
def test_a_condition_is_found_by_words_or_id(database: Database, condition: str, found: list[str]) -> None:
    assert sorted(queries.indications(database, condition=condition)["condition"]) == sorted(found)


@pytest.mark.parametrize(
    ("biomarker", "found"),
    [
        ("HER2", {"zorvex"}),
        ("her2-negative", {"zorvex"}),
        ("HER2 negative", {"zorvex"}),
        ("HER2-", {"zorvex"}),
        ("HER2+", set()),
        ("HR+", {"zorvex"}),
        ("HER", set()),
        ("PD-L1", {"café-ziel"}),
        ("pdl", set()),
        ("hgnc:3430", {"zorvex"}),
        ("", set()),
    ],
)
def test_a_biomarker_is_found_with_or_without_its_state(database: Database, biomarker: str, found: set[str]) -> None:
    assert drugs(queries.indications(database, biomarker=biomarker)) == found
    assert drugs(queries.combinations(database, biomarker=biomarker)) == found - {"café-ziel"}


@pytest.mark.parametrize(
    ("section", "rows"),
    [
        ("indications", 3),
        ("Mammary", 3),
        ("1", 3),
        ("1.1", 3),
        ("1.10", 0),
        ("2", 0),
        ("34067-9", 3),
        ("boxed warning", 0),
    ],
)
def test_a_section_is_found_by_name_number_or_code(database: Database, section: str, rows: int) -> None:
    assert len(queries.indications(database, section=section)) == rows


def test_other_filters(database: Database) -> None:
    assert len(queries.combinations(database, partner="aromatase")) == 1
    assert len(queries.combinations(database, condition="mammary")) == 2
    assert len(queries.combinations(database, condition="MONDO:0000001")) == 2
    assert len(queries.combinations(database, condition="gout")) == 0
    assert len(queries.monitoring(database, parameter="heart")) == 2
    assert len(queries.monitoring(database, hazard="injury", drug="zorvex")) == 1
    assert len(queries.monitoring(database, hazard="liver")) == 0
    assert len(queries.monitoring(database, section="boxed warning")) == 2
    assert (len(queries.warnings(database, boxed=True)), len(queries.warnings(database, boxed=False))) == (
        2,
        0,
    )
    assert len(queries.indications(database, limit=1)) == 1
    assert len(queries.indications(database, drug="zorvex", condition="gout")) == 0


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("heart", 2),
        ("hearts output", 2),  # stemmed
        ('"first dose"', 2),
        ('"dose first"', 0),
        ("heart prolongation", 0),
        ("contraindications", 2),  # in the title
        ("HER2-negative", 2),
        ("-", 0),
    ],
)
def test_text_is_found_in_sections(database: Database, search: str, found: int) -> None:
    frame = queries.sections(database, search=search)
    assert len(frame) == found
    assert len(queries.sections(database, search=search, drug="zorvex")) == found / 2


def test_a_snippet_shows_the_place(database: Database) -> None:
    frame = queries.sections(database, search="heart", drug="zorvex")
    assert "injure the [heart]. Check [heart] output" in frame["snippet"].iloc[0]
    assert queries.sections(database)["snippet"].tolist() == [None] * 8


def test_frames_keep_their_types_even_when_empty(database: Database) -> None:
    full, empty = queries.indications(database), queries.indications(database, drug="nothing")
    assert list(full.columns) == list(empty.columns)
    for frame in (full, empty):
        types = frame.dtypes.astype(str)
        assert types[["version", "start", "end"]].tolist() == ["int64"] * 3
        assert types[["sample", "single_agent", "test_required"]].tolist() == ["bool"] * 3
        assert types[["adult", "pediatric"]].tolist() == ["boolean"] * 2
        assert types[["min_age", "max_age", "confidence"]].tolist() == ["float64"] * 3
    assert full["sample"].tolist() == [True, True, False]
    assert full["url"].iloc[0] is None
    assert full["max_age"].isna().all()


FILTERS: list[tuple[Callable[..., pd.DataFrame], str]] = [
    (queries.indications, "drug"), (queries.indications, "condition"), (queries.indications, "biomarker"),
    (queries.indications, "section"), (queries.combinations, "drug"), (queries.combinations, "condition"),
    (queries.combinations, "biomarker"), (queries.combinations, "partner"), (queries.monitoring, "drug"),
    (queries.monitoring, "parameter"), (queries.monitoring, "hazard"), (queries.warnings, "drug"),
    (queries.labels, "drug"), (queries.sections, "drug"), (queries.sections, "search"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "name"), FILTERS)
def test_no_filter_can_be_broken_out_of(database: Database, query: Callable[..., pd.DataFrame], name: str) -> None:
    before = database.conn.total_changes
    everything = len(query(database))
    for text in HOSTILE:
        found = query(database, **{name: text})
        meant_as_words = re.search(r"[^\W_]", text) and "DROP" not in text and "'1'" not in text
        assert len(found) <= (everything if meant_as_words else 0), text
    assert database.conn.total_changes == before
    assert database["labels"].count == 2


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=()), max_size=12) | st.text('"*-+():^{} anORTD', max_size=12))
def test_no_text_is_a_syntax_error(database: Database, text: str) -> None:
    for query, name in FILTERS:
        query(database, **{name: text})
    queries.near_names(database, text)


def test_near_names_are_offered(database: Database) -> None:
    assert queries.near_names(database, "zorvax")[0] == "Zorvex"
    assert queries.near_names(database, "colchicine")[0] in {"colchizin", "Colchizin Acetate"}
    assert queries.near_names(database, "qqqqqq") == []
    assert len(queries.near_names(database, "zorvanib", limit=1)) == 1


def test_status_counts_what_is_there(database: Database) -> None:
    told = queries.status(database)
    assert told == {
        "path": ":memory:", "documents": 2, "labels": 2, "label_versions": 2, "not_labels": 0, "samples": 1,
        "sections": 8, "failures": 0, "indications": 2, "monitoring": 2, "warnings": 2, "contraindications": 2,
        "dose_modifications": 0, "unparsed": 2, "newest_effective_date": "2024-02-01", "last_fetched_at": "2024-03-01",
    }  # fmt: skip


def test_an_empty_database_gives_empty_frames_and_failures_are_listed() -> None:
    with closing(open_database(":memory:")) as empty:
        for query in (
            queries.indications, queries.combinations, queries.monitoring, queries.warnings, queries.labels,
            queries.sections, queries.failures, queries.dose_modifications, queries.contraindications,
        ):  # fmt: skip
            assert query(empty).empty
        assert queries.near_names(empty, "x") == []
        assert queries.status(empty)["newest_effective_date"] is None
        record_failure(empty, source="files", origin="folder", name="bad.xml", reason="cut off")
        assert queries.failures(empty)[["name", "reason"]].to_dict("records") == [
            {"name": "bad.xml", "reason": "cut off"}
        ]


def test_reviews_show_in_the_frames() -> None:
    with closing(open_database(":memory:")) as opened:
        one = label()
        sha256 = save_document(opened, b"x", source="files", origin="o", name="n")
        save_label(opened, one, Facts(indications=facts(one).indications), sha256=sha256)
        fact_id = queries.indications(opened)["indication_id"].iloc[0]
        set_review_status(opened, fact_id=fact_id, status="rejected", reviewer="A. Reader")
        assert queries.indications(opened)["review_status"].tolist() == ["rejected"]
        assert queries.combinations(opened)["review_status"].tolist() == ["rejected"] * 2
