"""The views that other programs rely on: their columns, what is current, what they say, and what changed."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from db import open_database, save_document, save_label
from extract.facts import (
    Age,
    Biomarker,
    Condition,
    DoseModification,
    Evidence,
    Facts,
    Indication,
    Monitoring,
    Order,
    Partner,
    Population,
    Quantity,
    Regimen,
    Related,
    Schedule,
    Threshold,
    Unparsed,
)
from extract.facts import Warning as Warned
from labels.model import Label
from tests.support_facts import SET_ID, at, facts, indication, label, product, section

CONTRACT = {
    "current_indications": "indication_id, set_id, version, effective_date, brand, generic, labeler, section, "
    "statement, intent, condition, condition_id, stages, settings, biomarkers, population, min_age, max_age, line, "
    "single_agent, regimens, accelerated_approval, limitations, review_status, url",
    "current_combinations": "indication_id, set_id, brand, generic, condition, regimen, role, partner, partner_kind, "
    "partner_id, evidence, url",
    "current_monitoring": "monitoring_id, set_id, version, brand, generic, hazard, parameter, timing, threshold, "
    "action, boxed, section, evidence, review_status, url",
    "current_warnings": "set_id, version, brand, generic, section, title, boxed, text, url",
    "label_changes": "set_id, brand, from_version, to_version, effective_date, kind, subject, before, after",
    "sections": "section_id, set_id, version, number, loinc, title, telling, text",
}
URL = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid="


@pytest.fixture
def database() -> Iterator[Database]:
    with closing(open_database(":memory:")) as opened:
        yield opened


def save(database: Database, one: Label, said: Facts | None = None) -> str:
    data = f"{one.set_id} {one.version}".encode()
    sha256 = save_document(database, data, source="files", origin="o", name="n", fetched_at="2024-03-01")
    return save_label(database, one, facts(one) if said is None else said, sha256=sha256)


def rows(database: Database, view: str) -> list[dict[str, Any]]:
    return list(database[view].rows)


@pytest.mark.parametrize("view", CONTRACT)
def test_views_have_the_columns_of_the_contract(database: Database, view: str) -> None:
    columns = [column.name for column in database[view].columns]
    assert len(set(columns)) == len(columns)
    assert set(columns) >= set(CONTRACT[view].split(", "))
    if view.startswith("current_"):
        assert set(columns) >= {"section_id", "start", "end", "sample"}


def test_an_indication_as_the_view_tells_it(database: Database) -> None:
    save(database, label())
    (row,) = rows(database, "current_indications")
    told = {name: row[name] for name in CONTRACT["current_indications"].split(", ")}
    assert told.pop("statement").startswith("Zorvanib, together with")
    assert re.fullmatch("[0-9a-f]{16}", told.pop("indication_id"))
    lists = {
        name: json.loads(told.pop(name)) for name in ("stages", "settings", "biomarkers", "regimens", "limitations")
    }
    assert told == {
        "set_id": SET_ID, "version": 1, "effective_date": "2024-02-01", "brand": "Zorvex", "generic": "zorvanib",
        "labeler": "Example Works", "section": "1.1 Mammary Tumor", "intent": "treatment", "condition": "mammary tumor",
        "condition_id": "MONDO:0000001", "population": "adults", "min_age": 18.0, "max_age": None, "line": "subsequent",
        "single_agent": 0, "accelerated_approval": 0, "review_status": "submitted", "url": f"{URL}{SET_ID}&version=1",
    }  # fmt: skip
    assert lists["stages"] == ["metastatic"]
    assert lists["limitations"] == ["of no proven value in men"]
    assert [(b["marker"], b["state"], b["group"], b["gene"]) for b in lists["biomarkers"]] == [
        ("HR", "positive", 1, None), ("HER2", "negative", 2, "HGNC:3430"),
    ]  # fmt: skip
    assert [[p["name"] for p in r["partners"]] for r in lists["regimens"]] == [
        ["aromatase blocker"],
        ["fulvarex"],
    ]
    assert lists["regimens"][0]["partners"][0]["section_id"] == row["section_id"]


def test_partners_have_a_row_each(database: Database) -> None:
    save(database, label())
    told = [(r["regimen"], r["role"], r["partner"], r["partner_kind"], r["partner_id"], r["evidence"], r["condition"])
            for r in rows(database, "current_combinations")]  # fmt: skip
    assert told == [
        (1, "combination", "aromatase blocker", "class", None, "aromatase blocker", "mammary tumor"),
        (2, "combination", "fulvarex", "ingredient", "ZZ00000003", "fulvarex", "mammary tumor"),
    ]


def test_conditions_have_a_row_each_and_none_has_one_too(database: Database) -> None:
    one = label()
    use = one.sections[2]
    places = (at(use, "mammary tumor"), at(use, "mammary"), at(use, "tumor"))
    two = tuple(Condition(e, e.text) for e in places)
    said = Facts(indications=(indication(use, conditions=two), indication(use, conditions=())))
    save(database, one, said)
    told = [(r["position"], r["condition"]) for r in rows(database, "current_indications")]
    assert told == [(0, "mammary tumor"), (0, "mammary"), (0, "tumor"), (1, None)]


@pytest.mark.parametrize(
    ("ids", "preferred"),
    [
        ({"ICD10CM": "C50", "HP": "HP:1", "DOID": "DOID:1", "MESH": "D1", "MONDO": "MONDO:1"}, "MONDO:1"),
        ({"ICD10CM": "C50", "HP": "HP:1", "DOID": "DOID:1", "MESH": "D1"}, "MESH:D1"),
        ({"ICD10CM": "C50", "HP": "HP:1", "DOID": "DOID:1"}, "DOID:1"),
        ({"ICD10CM": "C50", "HP": "HP:1"}, "HP:1"),
        ({"EFO": "EFO:1", "ICD10CM": "C50"}, "ICD10CM:C50"),
        ({"EFO": "EFO:1"}, "EFO:1"),
        ({}, None),
    ],
)
def test_one_id_of_a_condition_is_preferred(database: Database, ids: dict[str, str], preferred: str | None) -> None:
    one = label()
    condition = Condition(at(one.sections[2], "mammary tumor"), "mammary tumor", ids)
    save(database, one, Facts(indications=(indication(one.sections[2], conditions=(condition,)),)))
    assert [r["condition_id"] for r in rows(database, "current_indications")] == [preferred]


@pytest.mark.parametrize(("unit", "years"), [("year", 6.0), ("month", 0.5), ("week", 6 / 52.1775), ("day", 6 / 365.25)])
def test_ages_are_told_in_years(database: Database, unit: str, years: float) -> None:
    one = label()
    who = Population(min_age=Age(6, unit), max_age=Age(12, "year"))
    save(database, one, Facts(indications=(indication(one.sections[2], population=who),)))
    (row,) = rows(database, "current_indications")
    assert row["min_age"] == pytest.approx(years)
    assert (row["min_age_value"], row["min_age_unit"], row["max_age"]) == (6.0, unit, 12.0)


def test_a_section_is_told_by_the_nearest_heading(database: Database) -> None:
    sections = (
        section(0, "Treats gout.", number="1", title="Uses"),
        section(1, "Treats warts.", parent=0),
        section(2, "Treats hives.", number="1.2", title="1.2 Skin"),
        section(3, "Treats coughs.", loinc="34067-9"),
    )
    one = label(sections=sections)
    said = Facts(unparsed=tuple(Unparsed(at(s, s.text), "test") for s in sections))
    save(database, one, said)
    assert [r["section"] for r in rows(database, "current_unparsed")] == [
        "1 Uses",
        "1 Uses",
        "1.2 Skin",
        "34067-9",
    ]


def test_current_is_the_newest_version_by_number(database: Database) -> None:
    for version in (9, 1560, 10, 100):
        save(database, label(version=version, effective_date=f"20{version % 90 + 10}-01-01"))
    for view in ("current_labels", "current_indications", "current_monitoring", "current_warnings"):
        assert {r["version"] for r in rows(database, view)} == {1560}
    assert len(rows(database, "sections")) == 16


def test_what_is_no_label_is_never_current(database: Database) -> None:
    save(database, label(version=1))
    save(database, label(version=2, not_a_label="an indexing file"))
    for view in database.view_names():
        if view.startswith("current_"):
            assert rows(database, view) == []


def test_samples_have_no_page_to_cite(database: Database) -> None:
    save(database, label(sample=True))
    for view in ("current_indications", "current_combinations", "current_monitoring", "current_warnings"):
        assert {(r["url"], r["sample"]) for r in rows(database, view)} == {(None, 1)}


# What changed


def test_a_repackaged_label_leads_to_its_source(database: Database) -> None:
    maker = label(set_id="a" * 36, labeler="Maker", products=(product(ndcs=("0555-0001", "0555-0001-30")),))
    packer = label(set_id="b" * 36, labeler="Packer", products=(product(ndcs=("55555-001",), source_ndc="0555-0001"),))
    lost = label(set_id="c" * 36, labeler="Packer", products=(product(ndcs=("55555-002",), source_ndc="0777-0001"),))
    for one in (packer, lost, maker):
        save(database, one)
    found = [(r["set_id"][0], r["source_set_id"], r["source_labeler"]) for r in rows(database, "repackaged_labels")]
    assert sorted(found) == [("b", "a" * 36, "Maker"), ("c", None, None)]


def changes(database: Database) -> list[tuple[Any, ...]]:
    return sorted(
        (r["from_version"], r["to_version"], r["kind"], r["subject"], r["before"], r["after"])
        for r in rows(database, "label_changes")
    )


def version(number: int, uses: list[tuple[str, str, str | None]], watch: str, boxed: str | None) -> tuple[Label, Facts]:
    """A label version: its uses as (words, condition, line), what to watch, and its boxed warning."""
    words = [words for words, _, _ in uses]
    where = section(0, " ".join([*words, watch, boxed or ""]))
    said = Facts(
        tuple(
            Indication(at(where, words), "treatment", (Condition(at(where, words), condition),), line=line)
            for words, condition, line in uses
        ),
        (Monitoring(at(where, watch), "liver tests", timing=(watch.rsplit(maxsplit=1)[-1],), threshold=str(number)),),
        (Warned(at(where, boxed), "Liver", boxed=True),) if boxed else (),
    )
    return label(version=number, sections=(where,)), said


def versions() -> list[tuple[Label, Facts]]:
    gout, first, hives = "Treats gout.", "Treats gout first.", "Treats hives."
    monthly, weekly = "Check liver tests monthly", "Check liver tests weekly"
    return [
        version(1, [(gout, "gout", None)], monthly, "Can hurt the liver."),
        version(2, [(first, "gout", "first-line"), (hives, "hives", None)], monthly, None),
        # Reworded, told twice, or read otherwise: no changes; the boxed warning is back.
        version(3, [("First for gout.", "gout", "first-line"), (hives, "hives", None), ("Hives too.", "hives", None)],
                "CHECK: liver tests monthly", "Can hurt the liver."),
        version(10, [("First for gout.", "gout", "subsequent")], weekly, "Can hurt liver and heart."),
    ]  # fmt: skip


def test_changes_tell_what_was_added_changed_and_removed(database: Database) -> None:
    for one, said in versions():
        save(database, one, said)
    assert changes(database) == [
        (1, 2, "boxed warning removed", "Liver", "Can hurt the liver.", None),
        (1, 2, "indication added", "hives", None, "Treats hives."),
        (1, 2, "indication changed", "gout", "Treats gout.", "Treats gout first."),
        (2, 3, "boxed warning added", "Liver", None, "Can hurt the liver."),
        (3, 10, "boxed warning changed", "Liver", "Can hurt the liver.", "Can hurt liver and heart."),
        (3, 10, "indication removed", "hives", "Treats hives.", None),
        (3, 10, "monitoring changed", "liver tests", "CHECK: liver tests monthly", "Check liver tests weekly"),
    ]
    assert {(r["brand"], r["effective_date"]) for r in rows(database, "label_changes")} == {("Zorvex", "2024-02-01")}


def test_changes_do_not_depend_on_the_order_of_loading() -> None:
    told = []
    for order in itertools.permutations(versions()):
        with closing(open_database(":memory:")) as database:
            for one, said in order:
                save(database, one, said)
            told.append(changes(database))
    assert len(told) == 24
    assert all(one == told[0] for one in told)


def test_the_same_facts_in_the_next_version_are_no_change(database: Database) -> None:
    save(database, label(version=1))
    save(database, label(version=2, title="New title"))
    save(database, label(version=3, not_a_label="bulk"))
    assert changes(database) == []


# What goes in comes out

CHARACTERS = st.characters(exclude_categories=()) | st.sampled_from("a é\0\U0001f48ae\u0301\ud800")
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)
IDS = st.dictionaries(st.sampled_from(["MONDO", "MESH", "UNII", "EFO"]), NAMES, max_size=3)
WEIGHTS = st.none() | st.sampled_from([3.5, 40.0])
AGES = st.none() | st.builds(Age, st.integers(0, 99).map(float) | st.just(0.5), st.sampled_from(["year", "month"]))
MAYBE = st.none() | st.booleans()


def some(items: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=2).map(tuple)


@st.composite
def labels_with_facts(draw: st.DrawFn) -> tuple[Label, Facts]:
    texts = draw(st.lists(st.text(CHARACTERS, min_size=1, max_size=40), min_size=1, max_size=3))
    sections = tuple(section(n, text) for n, text in enumerate(texts))

    @st.composite
    def places(draw: st.DrawFn) -> Evidence:
        where = draw(st.sampled_from(sections))
        start = draw(st.integers(0, len(where.text) - 1))
        end = draw(st.integers(start + 1, len(where.text)))
        return Evidence(where.index, start, end, where.text[start:end])

    place, names = places(), some(NAMES)
    conditions = st.builds(Condition, place, NAMES, IDS)
    partners = st.builds(Partner, place, NAMES, st.sampled_from(["class", "ingredient"]), IDS)
    role = st.sampled_from(["combination", "adjunct", "sequence"])
    indications = st.builds(
        Indication, place, st.sampled_from(["treatment", "diagnosis"]), some(conditions),
        related=some(st.builds(Related, place, NAMES, st.sampled_from(["cause", "component"]), IDS)), parts=some(place),
        stages=names, settings=names, line=st.none() | NAMES, line_evidence=some(place), prior_therapies=some(place),
        biomarkers=some(st.builds(Biomarker, place, NAMES, NAMES, st.none() | NAMES, st.integers(1, 3))),
        population=st.builds(Population, some(place), MAYBE, MAYBE, AGES, AGES, st.none() | NAMES, st.none() | NAMES,
                             WEIGHTS, WEIGHTS), response_status=some(NAMES),
        single_agent=st.booleans(), regimens=some(st.builds(Regimen, role, some(partners), st.booleans())),
        limitations=some(place), accelerated_approval=st.booleans(), test_required=st.booleans(),
        confidence=st.sampled_from([1.0, 0.25]),
    )  # fmt: skip
    word = st.none() | NAMES
    amount = st.builds(
        Quantity, st.sampled_from([1.0, 2.5]), NAMES, st.none() | st.just(8.0), st.none() | st.just("up to")
    )
    when = st.builds(Schedule, place, st.booleans(), every=st.none() | amount, lasting=st.none() | amount,
                     at=some(amount), event=word)  # fmt: skip
    limit = st.builds(Threshold, place, word, st.none() | st.just("≥"), st.none() | st.just(1.5), unit=word,
                      grade=st.none() | st.just((3, 4)))  # fmt: skip
    watched = st.builds(
        Monitoring, place, NAMES, word, names, word, word, st.booleans(), action_evidence=st.none() | place,
        parameter_id=word, schedule=some(when), orders=some(st.builds(Order, NAMES, place, some(limit))),
        population=st.none() | place, conditional=st.booleans(),
    )  # fmt: skip
    warned = st.builds(Warned, place, word, st.booleans(), word, names)
    doses = st.builds(DoseModification, place, NAMES, NAMES, word, word, word, some(place), word, word)
    said = Facts(
        draw(some(indications)), draw(some(watched)), draw(some(warned)), draw(some(conditions)),
        draw(some(st.builds(Unparsed, place, NAMES))), draw(some(doses)),
    )  # fmt: skip
    return label(sections=sections), said


def storable(told: Any) -> Any:
    """Facts as JSON values, with what SQLite cannot hold replaced."""
    if isinstance(told, Mapping):
        return {name: storable(value) for name, value in told.items()}
    if isinstance(told, list):
        return [storable(value) for value in told]
    return re.sub("[\0\ud800-\udfff]", "\ufffd", told) if isinstance(told, str) else told


def read_back(database: Database) -> dict[str, Any]:
    """What ``Facts.to_dict`` gives, read from the views."""
    number = {r["section_id"]: r["position"] for r in rows(database, "sections")}

    def placed(told: Any) -> Any:
        if isinstance(told, list):
            return [placed(item) for item in told]
        if isinstance(told, dict):
            told = {name: placed(value) for name, value in told.items()}
            section_id = told.pop("section_id", None)
            return told | ({"section": number[section_id]} if number.get(section_id) else {})
        return told

    def place(row: dict[str, Any], text: str = "evidence") -> dict[str, Any]:
        return {text: row[text], "section_id": row["section_id"], "start": row["start"], "end": row["end"]}

    def read_indication(of_one: list[dict[str, Any]]) -> dict[str, Any]:
        row = of_one[0]
        lists = (
            "related",
            "parts",
            "stages",
            "settings",
            "biomarkers",
            "line_evidence",
            "prior_therapies",
            "response_status",
            "regimens",
            "limitations",
        )
        flags = ("single_agent", "accelerated_approval", "test_required")
        ages = {
            name: row[f"{name}_value"] if row[f"{name}_value"] is None
            else {"value": row[f"{name}_value"], "unit": row[f"{name}_unit"]} for name in ("min_age", "max_age")
        }  # fmt: skip
        conditions = [
            {"text": r["condition_text"], "section_id": r["condition_section_id"], "start": r["condition_start"],
             "end": r["condition_end"], "name": r["condition"], "ids": json.loads(r["condition_ids"])}
            for r in of_one if r["condition"] is not None
        ]  # fmt: skip
        who = {"text": row["population"], "sex": row["sex"], "menopausal": row["menopausal"]} | ages
        who |= {name: row[name] for name in ("min_weight_kg", "max_weight_kg") if row[name] is not None}
        return (
            place(row, "statement") | {name: json.loads(row[name]) for name in lists}
            | {name: bool(row[name]) for name in flags} | {"conditions": conditions, "intent": row["intent"]}
            | {"population": who | {n: None if row[n] is None else bool(row[n]) for n in ("adult", "pediatric")}}
            | {"line": row["line"], "confidence": row["confidence"]}
        )  # fmt: skip

    def read(view: str, *names: str) -> list[dict[str, Any]]:
        found = sorted(rows(database, view), key=lambda r: r["position"])
        return [
            place(r, "text" if view == "current_warnings" else "evidence") | {n: r[n] for n in names} for r in found
        ]

    watched = {r["monitoring_id"]: r["position"] for r in rows(database, "current_monitoring")}
    of_all = sorted(rows(database, "current_indications"), key=lambda r: (r["position"], r["condition_position"] or 0))
    told = {
        "indications": [read_indication(list(g)) for _, g in itertools.groupby(of_all, lambda r: r["indication_id"])],
        "monitoring": [
            m | {"boxed": bool(m["boxed"]), "population": json.loads(m.pop("population_evidence") or "null")}
            | {name: json.loads(m[name] or "null") for name in ("timing", "schedule", "actions", "action_evidence")}
            for m in read("current_monitoring", "parameter", "parameter_id", "hazard", "timing", "schedule", "kind",
                          "population_evidence", "threshold", "action", "actions", "boxed", "confidence",
                          "action_evidence")
        ],
        "warnings": [
            w | {"boxed": bool(w["boxed"]), "actions": json.loads(w["actions"])}
            | {"monitoring": sorted(watched[fact_id] for fact_id in json.loads(w["monitoring"]))}
            for w in read("current_warnings", "number", "title", "boxed", "actions", "monitoring")
        ],
        "dose_modifications": [
            d | {"parts": json.loads(d["parts"]), "table": d.pop("table_title")}
            for d in read("current_dose_modifications", "reaction", "hazard", "severity", "action", "instruction",
                          "table_title", "drug", "parts")
        ],
        "contraindications": [
            {"text": c.pop("evidence"), "name": c.pop("condition"), "ids": json.loads(c.pop("condition_ids"))} | c
            for c in read("current_contraindications", "condition", "condition_ids")
        ],
        "unparsed": [{"text": u.pop("evidence")} | u for u in read("current_unparsed", "reason")],
    }  # fmt: skip
    found = placed(told)
    assert isinstance(found, dict)
    return found


@settings(max_examples=60, deadline=None)
@given(labels_with_facts())
def test_what_is_saved_is_what_the_views_say(case: tuple[Label, Facts]) -> None:
    one, said = case
    with closing(open_database(":memory:")) as database:
        assert save(database, one, said) == "new"
        assert save(database, one, said) == "unchanged"
        told = read_back(database)
        assert told == storable(said.to_dict())
        row = database.execute(
            'SELECT count(*), coalesce(sum(substr(s.text, e.start + 1, e."end" - e.start) = e.text), 0) '
            "FROM evidence e JOIN sections s ON s.section_id = e.section_id"
        ).fetchone()
        assert row == (len(list(said.evidence())) + len(said.contraindications),) * 2
        partners = [(p.name, p.evidence.start) for i in said.indications for r in i.regimens for p in r.partners]
        found = [(r["partner"], r["start"]) for r in rows(database, "current_combinations")]
        assert sorted(found) == sorted(partners)


# Thousands of labels


@pytest.fixture(scope="module")
def many() -> Iterator[Database]:
    """1,000 labels in one transaction, each with two indications."""
    with closing(open_database(":memory:")) as database, database.atomic():
        for n in range(1000):
            one = label(set_id=f"{n:08x}-aaaa", products=(product(f"Brand {n}", f"generic {n % 300}"),))
            use = one.sections[2]
            both = (indication(use), indication(use, intent="prevention"))
            save(database, one, replace(facts(one), indications=both))
        yield database


def test_thousands_of_labels_are_read_in_no_time(many: Database) -> None:
    started = time.perf_counter()
    found = many.execute("SELECT * FROM current_indications").fetchall()
    assert len(found) == 2000
    assert time.perf_counter() - started < 2  # 0.03 s on a common machine: guards against scans in scans


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM current_indications WHERE set_id = 'x'",
        "SELECT * FROM current_indications WHERE indication_id = 'x'",
        "SELECT * FROM current_indications WHERE condition = 'x'",
        "SELECT * FROM current_combinations WHERE set_id = 'x'",
        "SELECT * FROM current_monitoring WHERE set_id = 'x'",
        "SELECT * FROM current_warnings WHERE set_id = 'x'",
        "SELECT * FROM sections WHERE set_id = 'x' AND version = 1",
        "DELETE FROM labels WHERE set_id = 'x' AND version = 1",
        "DELETE FROM sections WHERE section_id = 'x'",
        "SELECT * FROM facts WHERE section_id = 'x'",
        "SELECT * FROM conditions WHERE section_id = 'x'",
    ],
)
def test_nothing_is_scanned_to_find_one_label(many: Database, sql: str) -> None:
    plan = [row[3] for row in many.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()]
    assert not [step for step in plan if step.startswith("SCAN") and "VIRTUAL TABLE" not in step], plan
