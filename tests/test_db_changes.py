"""What changed between versions: what is named, how before and after are paired, and what is no change."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from db import changes, open_database, queries, save_document, save_label
from db.connection import writing
from extract.facts import (
    Age,
    Biomarker,
    Condition,
    Facts,
    Indication,
    Monitoring,
    Order,
    Partner,
    Population,
    Regimen,
    Threshold,
)
from extract.facts import Warning as Warned
from labels.model import Label, Section
from tests.support_facts import SET_ID, at, label, section


@pytest.fixture
def database() -> Iterator[Database]:
    with closing(open_database(":memory:")) as opened:
        yield opened


def save(database: Database, one: Label, said: Facts) -> None:
    data = f"{one.set_id} {one.version} {one.title}".encode()
    sha256 = save_document(database, data, source="files", origin="o", name="n", fetched_at="2024-03-01")
    save_label(database, one, said, sha256=sha256)


def use(where: Section, words: str, *, condition: str = "gout", **fields: Any) -> Indication:
    place = at(where, words)
    named = Condition(at(where, condition), condition) if condition in words else Condition(place, condition)
    return Indication(place, "treatment", (named,), parts=(place,), **fields)


def uses(version: int, *told: tuple[str, dict[str, Any]], note: str = "") -> tuple[Label, Facts]:
    """A version whose one section holds these uses; callables among their fields are given the section."""
    where = section(0, " ".join([*(words for words, _ in told), note]), loinc="34067-9")
    found = [
        use(where, words, **{name: value(where) if callable(value) else value for name, value in fields.items()})
        for words, fields in told
    ]
    return label(version=version, sections=(where,)), Facts(indications=tuple(found))


def asked(version: int, text: str, *told: tuple[str, str, dict[str, Any]]) -> tuple[Label, Facts]:
    """A version with this text, and what it asks to watch: (words, parameter, fields)."""
    where = section(0, text)
    found = [
        Monitoring(
            at(where, words), parameter, **{n: v(where) if callable(v) else v for n, v in fields.items()}
        )
        for words, parameter, fields in told
    ]  # fmt: skip
    return label(version=version, sections=(where,)), Facts(monitoring=tuple(found))


def told(database: Database, *, textual: bool = False) -> list[tuple[str, str | None, str | None, str | None]]:
    frame = queries.changes(database, textual=textual)
    return [(row["kind"], row["details"], row["before"], row["after"]) for row in frame.to_dict("records")]


def partner(name: str) -> Any:
    return lambda where: (Regimen("combination", (Partner(at(where, name), name, "ingredient"),)),)


def marker(name: str, state: str) -> Any:
    return lambda where: (Biomarker(at(where, name), name, state),)


def who(**bounds: Any) -> Any:
    return lambda where: Population((at(where, "folk"),), **bounds)


@pytest.mark.parametrize(
    ("was", "now", "details"),
    [
        ({}, {"line": "first-line"}, "line added: first-line"),
        ({"line": "first-line"}, {"line": "subsequent"}, "line changed: first-line → subsequent"),
        ({"regimens": partner("folk")}, {"regimens": partner("drug")}, "partner changed: folk → drug"),
        ({}, {"regimens": partner("drug")}, "partner added: drug"),
        ({"biomarkers": marker("old", "high")}, {}, "biomarker removed: old high"),
        ({"stages": ("late",)}, {"stages": ("early",)}, "stage changed: late → early"),
        ({}, {"settings": ("adjuvant",)}, "setting added: adjuvant"),
        ({"single_agent": True}, {}, "single agent removed"),
        ({"test_required": True}, {}, "test removed"),
        ({}, {"limitations": lambda where: (at(where, "most folk"),)}, "limitation added: most folk"),
        ({"population": who(sex="female")}, {"population": who()}, "population widened: folk"),
        ({"population": who(sex="female")}, {"population": who(adult=True)}, "population widened: folk → folk"),
        ({"population": who(min_age=Age(18, "year"))}, {"population": who(min_age=Age(6, "month"))},
         "population widened: folk → folk"),
        ({"population": who(min_age=Age(6, "month"))}, {"population": who(min_age=Age(2, "year"))},
         "population narrowed: folk → folk"),
        ({"population": who(max_age=Age(9, "year"))}, {"population": who(sex="female")},
         "population changed: folk → folk"),
        ({"population": who(pediatric=False)}, {"population": who(pediatric=True)}, "population widened: folk → folk"),
        ({"population": who()}, {"population": who(adult=True)}, "population specified: folk"),
    ],
)  # fmt: skip
def test_what_of_an_indication_changed_is_named(
    database: Database, was: dict[str, Any], now: dict[str, Any], details: str
) -> None:
    before, after = "This drug eases gout in old folk.", "Now the new drug eases gout of most folk."
    save(database, *uses(1, (before, was)))
    save(database, *uses(2, (after, now)))
    assert told(database) == [("indication changed", details, before, after)]


def test_a_use_that_is_altered_is_not_taken_for_a_new_one(database: Database) -> None:
    one, two = "With alfarex, treats gout of women.", "With betarex, treats gout of women after other drugs."
    save(database, *uses(1, (one, {"regimens": partner("alfarex")}), (two, {"line": "subsequent"})))
    new = "With gammarex or deltarex, prevents that early gout comes back."
    one_now, two_now = one.replace("women", "adults"), two.replace("women", "women and men")
    save(database, *uses(2, (new, {"settings": ("adjuvant",)}), (two_now, {"line": "second-line"}),
                         (one_now, {"regimens": partner("alfarex"), "stages": ("adults",)})))  # fmt: skip
    assert sorted(told(database), key=str) == [
        ("indication added", None, None, new),
        ("indication changed", "line changed: subsequent → second-line", two, two_now),
        ("indication changed", "stage added: adults", one, one_now),
    ]


def test_what_is_read_otherwise_from_the_same_words_is_no_change(database: Database) -> None:
    words = "Treats gout early on."
    save(database, *uses(1, (words, {"line": "first-line"})))
    save(database, *uses(2, (words, {"stages": ("early",)})))
    save(database, *uses(3, note=words))  # not read at all
    assert told(database, textual=True) == []


def test_what_only_came_is_no_change_where_its_words_stood_before(database: Database) -> None:
    save(database, *uses(1, ("Treats early gout.", {})))
    save(database, *uses(2, ("Treats early gout, too.", {"stages": ("early",)})))
    assert [kind for kind, *_ in told(database, textual=True)] == ["indication reworded"]


def test_approval_is_told_by_the_note_beside_the_use(database: Database) -> None:
    words = "Treats gout."
    noted = {"accelerated_approval": True, "line": "first-line"}  # a line that is read from the same words
    save(database, *uses(1, (words, noted), note="Approved under accelerated approval."))
    save(database, *uses(2, (words, {})))
    save(database, *uses(3, (words, {"accelerated_approval": True})))  # read, but not there
    assert told(database) == [("indication changed", "approval made regular", words, words)]


def test_rewording_breaks_and_references_are_no_change_of_fact(database: Database) -> None:
    first = "Treats gout [see Studies (14.1)] ( 1.2 ). Only that."
    save(database, *uses(1, (first, {"line": "first-line"})))
    save(database, *uses(2, ("TREATS GOUT[see Studies (14.3) and Uses (1)] .Only that", {"line": "first-line"})))
    assert told(database, textual=True) == []
    reworded = "Is a treatment of gout, only of that."
    save(database, *uses(3, (reworded, {"line": "first-line"})))
    assert told(database) == []
    ((kind, details, _, after),) = told(database, textual=True)
    assert (kind, details, after) == ("indication reworded", None, reworded)


def test_what_to_watch_is_told_field_by_field(database: Database) -> None:
    def watch(when: str, order: str, limit: str, patients: str) -> dict[str, Any]:
        return {
            "timing": (when,),
            "population": lambda where: at(where, patients),
            "orders": lambda where: (Order(order, at(where, order), (Threshold(at(where, limit)),)),),
        }

    first, then = "Check liver tests monthly in women", "Check liver tests weekly in men"
    of_first, of_then = watch("monthly", "hold", "3 times", "women"), watch("weekly", "stop", "5 times", "men")
    save(database, *asked(1, f"{first}; hold above 3 times.", (first, "liver tests", of_first)))
    save(database, *asked(2, f"{then}; stop above 5 times.", (then, "liver tests", of_then)))
    ((kind, details, _, _),) = told(database)
    assert kind == "monitoring changed"
    assert details == (
        "timing changed: monthly → weekly; threshold changed: 3 times → 5 times; action changed: hold → stop; "
        "population changed: women → men"
    )
    (fields,) = map(json.loads, queries.changes(database)["fields"])
    assert fields[2] == {
        "field": "action", "how": "changed",
        "before": ["hold"], "before_words": ["hold"], "after": ["stop"], "after_words": ["stop"],
    }  # fmt: skip


def test_a_requirement_told_elsewhere_is_neither_new_nor_gone(database: Database) -> None:
    fully = ("Check liver tests monthly.", "liver tests", {"timing": ("monthly",)})
    save(database, *asked(1, fully[0], fully))
    short = ("Also, liver tests are a good thing to look at.", "liver tests", {})
    save(database, *asked(2, f"{fully[0]} {short[0]}", fully, short))
    save(database, *asked(3, fully[0], fully))
    assert told(database, textual=True) == []


def test_a_requirement_whose_order_was_overlooked_is_not_gone(database: Database) -> None:
    order: dict[str, Any] = {"orders": lambda where: (Order("hold", at(where, "hold"), ()),)}
    full, brief = "Check the liver before therapy", "Liver tests come before any treatment"
    of_long = (full, "liver tests", {"timing": ("before therapy",)} | order)
    of_short = (brief, "liver tests", {"timing": ("before any treatment",)})
    save(database, *asked(1, f"{full}, or hold. {brief}.", of_long, of_short))
    other = "Order a look at the liver before therapy begins, or else hold"
    save(database, *asked(2, other, (other, "liver tests", {"timing": ("before treatment",)})))
    assert [kind for kind, *_ in told(database)] == ["monitoring removed"]
    assert told(database)[0][2] == brief, "the other one is told: therapy is treatment, and the order stands"


def test_a_requirement_that_lost_its_table_is_not_gone(database: Database) -> None:
    asks = ("Check pulse daily.", "pulse", {"timing": ("daily",)})
    glued = "5.1 Slow Pulse Check pulse daily.Table 2: stop below 40.5.2 Next Thing Nothing."
    save(database, *asked(1, "Table 1: stop below 40. 5.1 Slow Pulse Check pulse daily. 5.3 Next Thing Nothing.", asks))
    save(database, *asked(2, glued, (glued, "pulse", {"threshold": "40", "timing": ("daily", "next")})))
    assert told(database, textual=True) == []


def test_boxed_warnings(database: Database) -> None:
    def boxed(version: int, *texts: str) -> tuple[Label, Facts]:
        where = section(0, " ".join(texts), loinc="34066-1")
        return label(version=version, sections=(where,)), Facts(
            warnings=tuple(Warned(at(where, text), "Harm", boxed=True) for text in texts)
        )

    first, second, third = "Can hurt the liver.", "It can hurt a liver (5.1).", "Can hurt liver and heart."
    for version, texts in ((1, ()), (2, (first,)), (3, (second,)), (4, (third,)), (5, ())):
        save(database, *boxed(version, *texts))
    assert told(database, textual=True) == [
        ("boxed warning removed", None, third, None),
        ("boxed warning changed", "text added: heart", second, third),
        ("boxed warning reworded", None, first, second),
        ("boxed warning added", None, None, first),
    ]


def test_both_sides_have_their_place_on_the_label(database: Database) -> None:
    save(database, *uses(1, ("Treats gout.", {})))
    save(database, *uses(4, ("Treats gout first.", {"line": "first-line"}), ("Eases hives.", {"condition": "hives"})))
    for side in ("before", "after"):
        rows = database.execute(
            f"SELECT substr(s.text, c.{side}_start + 1, c.{side}_end - c.{side}_start), c.{side}, s.version "
            f"FROM label_changes c JOIN sections s ON s.section_id = c.{side}_section_id"
        ).fetchall()
        assert len(rows) == {"before": 1, "after": 2}[side]
        assert all(stands == text and version == {"before": 1, "after": 4}[side] for stands, text, version in rows)


def versions() -> list[tuple[Label, Facts]]:
    lines = ("first-line", "second-line", "third-line", "fourth-line")
    return [uses(n, (f"Treats gout, {line} or so.", {"line": line})) for n, line in enumerate(lines, start=1)]


def steps(database: Database) -> list[tuple[int, int]]:
    return database.execute("SELECT from_version, to_version FROM label_changes ORDER BY 1").fetchall()


def test_a_version_that_comes_late_parts_a_step_in_two(database: Database) -> None:
    one, two, three, four = versions()
    for version in (four, one):
        save(database, *version)
    assert steps(database) == [(1, 4)]
    save(database, *three)
    assert steps(database) == [(1, 3), (3, 4)]
    save(database, *two)
    assert steps(database) == [(1, 2), (2, 3), (3, 4)]
    save(database, label(version=2, sections=two[0].sections, not_a_label="bulk", effective_date="2025-01-01"), Facts())
    assert steps(database) == [(1, 3), (3, 4)]


def test_comparing_all_anew_gives_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(open_database(path)) as database:
        for version in versions():
            save(database, *version)
        kept = list(database["changes"].rows)
        with writing(database):
            database.execute("DELETE FROM changes")
            database.execute("PRAGMA user_version = 0")
        assert changes.are_stale(database)
    with closing(open_database(path)) as database:  # an older method's: compared anew
        assert not changes.are_stale(database)
        assert list(database["changes"].rows) == kept
    assert len(kept) == 3


def test_changes_are_found_by_drug_and_day(database: Database) -> None:
    for one, said in versions()[:2]:
        save(database, one, said)
    assert len(queries.changes(database, drug="zorvanib", since="2024-02-01")) == 1
    assert queries.changes(database, drug="zorvanib", since="2024-02-02").empty
    assert queries.changes(database, drug="other").empty
    (row,) = queries.changes(database, drug=SET_ID, limit=1).to_dict("records")
    assert (row["brand"], row["from_version"], row["to_version"], row["textual"]) == ("Zorvex", 1, 2, False)


def test_a_label_made_to_harm_costs_little(database: Database) -> None:
    def many(version: int, words: str) -> tuple[Label, Facts]:
        texts = [f"{words} {n} {'x' * 3000}." for n in range(500)]
        return asked(version, " ".join(texts), *((text, "pulse", {}) for text in texts))

    save(database, *many(1, "Check pulse"))
    start = time.perf_counter()
    save(database, *many(2, "Look at pulse"))
    assert time.perf_counter() - start < 20
