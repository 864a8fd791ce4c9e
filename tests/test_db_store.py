"""Saving labels and facts: the evidence rule, all or nothing, the same twice, replaced, and which one counts."""

from __future__ import annotations

import hashlib
import random
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from sqlite_utils import Database

from db import (
    EvidenceError,
    NotOurs,
    UnknownFact,
    clear_failure,
    open_database,
    read_document,
    record_failure,
    save_document,
    save_label,
    set_review_status,
    store,
)
from db.rows import rows_of
from extract.facts import Evidence, Facts, Indication
from labels.model import Label
from tests.support_facts import SET_ID, at, facts, indication, label, product, section

NO_FACTS = Facts()


@pytest.fixture
def database() -> Iterator[Database]:
    with closing(open_database(":memory:")) as opened:
        yield opened


def document(database: Database, data: bytes = b"<document/>", **fields: Any) -> str:
    told = {"source": "files", "origin": "folder", "name": "a.xml", "fetched_at": "2024-03-01T00:00:00+00:00"}
    return save_document(database, data, **(told | fields))


def save(database: Database, one: Label, said: Facts | None = None, **fields: Any) -> str:
    said = facts(one) if said is None else said
    return save_label(database, one, said, sha256=document(database, **fields))


def content(database: Database, *, without: tuple[str, ...] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, whole, or without columns that may differ."""
    found = {}
    for table in database.table_names():
        columns = [f'"{c.name}"' for c in database[table].columns if c.name not in without]
        rows = database.execute(f'SELECT {", ".join(columns)} FROM "{table}"').fetchall()
        found[table] = sorted(rows, key=repr)
    return found


def said_by_us(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """The rows without numbers and times that belong to one database alone."""
    rows = content(database, without=("id", "fetched_at", "applied_at"))
    return {table: rows[table] for table in rows if "_fts" not in table}


def test_a_document_comes_back_and_is_kept_once(database: Database) -> None:
    data = bytes(range(256)) * 40
    sha256 = save_document(database, data, source="dailymed", origin="https://example.org/a", name="a")
    assert sha256 == hashlib.sha256(data).hexdigest()
    before = database.conn.total_changes
    assert save_document(database, data, source="files", origin="elsewhere", name="b") == sha256
    assert database.conn.total_changes == before
    assert read_document(database, sha256) == data
    row = next(database["documents"].rows)
    assert (row["source"], row["size"], row["media"]) == ("dailymed", 10240, "spl")
    assert len(row["body"]) < 1000
    assert row["fetched_at"].endswith("+00:00")


@pytest.mark.parametrize(
    ("data", "media"), [(b' {"set_id": "x"}', "openfda"), (b"\xef\xbb\xbf<a/>", "spl"), (b"", "spl")]
)
def test_the_kind_of_document_is_told_where_it_is_not_given(database: Database, data: bytes, media: str) -> None:
    document(database, data)
    assert next(database["documents"].rows)["media"] == media


def test_a_document_that_is_not_there_or_damaged(database: Database) -> None:
    with pytest.raises(LookupError, match="no document 00 is stored"):
        read_document(database, "00")
    sha256 = document(database)
    for body in (b"no zlib", zlib.compress(b"<other/>")):
        database.execute("UPDATE documents SET body = ?", [body])
        with pytest.raises(NotOurs, match=f"the stored document {sha256} is damaged"):
            read_document(database, sha256)


def test_a_label_needs_its_document(database: Database) -> None:
    one = label()
    with pytest.raises(LookupError, match="call save_document before save_label"):
        save_label(database, one, facts(one), sha256="f" * 64)
    assert database["labels"].count == 0


@pytest.mark.parametrize(
    ("evidence", "problem"),
    [
        (Evidence(2, 0, 8, "Zorvani!"), "does not stand at characters 0 to 8 of section 2"),
        (Evidence(9, 0, 8, "Zorvanib"), "points to section 9, which is not there"),
        (Evidence(2, -8, -5, "men"), "points outside the text"),
        (Evidence(2, 3, 3, ""), "points outside the text"),
        (Evidence(2, 0, 5000, "Zorvanib"), "points outside the text"),
    ],
)
def test_a_fact_that_does_not_stand_where_it_says_is_refused(
    database: Database, evidence: Evidence, problem: str
) -> None:
    one = label()
    right = facts(one)
    deep = replace(right.indications[0], prior_therapies=(*right.indications[0].prior_therapies, evidence))
    wrong = replace(right, indications=(*right.indications, deep))
    with pytest.raises(EvidenceError, match=problem) as caught:
        save(database, one, wrong)
    assert str(caught.value).startswith(f"Zorvex ({SET_ID} version 1): indication 2: ")
    assert database["labels"].count == 0


def test_every_kind_of_fact_is_checked(database: Database) -> None:
    one = label()
    right = facts(one)
    for group in ("monitoring", "warnings", "contraindications", "unparsed"):
        fact = getattr(right, group)[0]
        wrong = replace(right, **{group: (replace(fact, evidence=replace(fact.evidence, text="else")),)})
        with pytest.raises(EvidenceError):
            save(database, one, wrong)


def test_the_same_again_changes_not_one_byte(database: Database) -> None:
    one = label()
    assert save(database, one) == "new"
    before, changes = content(database), database.conn.total_changes
    assert save(database, one) == "unchanged"
    assert save(database, label(set_id=SET_ID.upper())) == "unchanged"
    assert database.conn.total_changes == changes
    assert content(database) == before


@pytest.mark.parametrize("change", ["facts", "fewer facts", "text", "identity", "product"])
def test_what_differs_replaces_the_rows_of_that_version_only(database: Database, change: str) -> None:
    first, second = label(version=1), label(version=2)
    save(database, first)
    save(database, second)
    kept = {t: [r for r in rows if SET_ID in r and 1 in r] for t, rows in said_by_us(database).items()}
    said = facts(second)
    if change == "facts":
        said = replace(said, indications=(replace(said.indications[0], line="first-line"),))
    elif change == "fewer facts":
        said = NO_FACTS
    elif change == "text":
        sections = (*second.sections[:3], replace(second.sections[3], text="Do not give in QT prolongation!"))
        second = replace(second, sections=sections)
    elif change == "identity":
        second = replace(second, labeler="Another Works")
    else:
        second = replace(second, products=(product("Zorvex XR"),))
    assert save(database, second, said) == "updated"
    assert save(database, second, said) == "unchanged"
    now = {t: [r for r in rows if SET_ID in r and 1 in r] for t, rows in said_by_us(database).items()}
    assert now == kept
    assert database["labels"].count == 2
    with closing(open_database(":memory:")) as fresh:
        save(fresh, first)
        save(fresh, second, said)
        assert said_by_us(fresh) == said_by_us(database)


def test_fact_ids_are_stable_and_told_apart(database: Database) -> None:
    one = label()
    use = one.sections[2]
    twins = (indication(use), indication(use, line="first-line"), indication(use, intent="prevention"))
    save(database, one, replace(facts(one), indications=twins))
    ids = [row["fact_id"] for row in database["facts"].rows]
    assert len(set(ids)) == len(ids) == 7
    save(database, one, NO_FACTS)
    save(database, one, replace(facts(one), indications=twins))
    assert sorted(row["fact_id"] for row in database["facts"].rows) == sorted(ids)
    save(database, label(version=2))
    assert len({row["fact_id"] for row in database["facts"].rows}) == 12


def test_spl_counts_more_than_openfda_whichever_comes_first(database: Database) -> None:
    spl, api = label(), label(source="openfda", effective_date="2025-01-01", title="ZORVEX (API)")
    assert save(database, api, data=b"{}") == "new"
    assert save(database, spl) == "updated"
    before = content(database)
    assert save(database, api, data=b"{}") == "unchanged"
    assert content(database) == before
    assert next(database["labels"].rows)["source"] == "spl"
    assert database["documents"].count == 2


def test_of_a_version_issued_twice_the_later_counts_in_any_order() -> None:
    early = (label(document_id="early"), b"<a/>", "2024-03-01")
    later_date = (label(document_id="later date", effective_date="2024-02-09"), b"<b/>", "2024-01-01")
    later_come = (label(document_id="later come", effective_date="2024-02-09"), b"<c/>", "2024-05-01")
    issues = [early, later_date, later_come]
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2]):
        with closing(open_database(":memory:")) as database:
            for one, data, fetched_at in [issues[n] for n in (*order, *order)]:
                save(database, one, data=data, fetched_at=fetched_at)
            assert next(database["labels"].rows)["document_id"] == "later come"
            assert database["documents"].count == 3


def test_versions_are_kept_in_any_order_and_the_greatest_number_is_current() -> None:
    numbers = [9, 10, 1560, 2]
    found = []
    for order in (numbers, sorted(numbers), sorted(numbers, reverse=True)):
        with closing(open_database(":memory:")) as database:
            for number in order:
                # A greater number counts, though its date is the same or even earlier.
                effective = "2023-01-01" if number == 1560 else "2024-01-01"
                one = label(version=number, effective_date=effective)
                assert save(database, one, data=f"<v{number}/>".encode()) == "new"
            assert [row["version"] for row in database["current_labels"].rows] == [1560]
            kept = content(database, without=("id", "fetched_at", "applied_at"))
            found.append({table: kept[table] for table in ("labels", "products", "sections", "facts", "documents")})
    assert found[0] == found[1] == found[2]
    assert len(found[0]["labels"]) == 4


def test_a_version_issued_again_replaces_its_rows_and_keeps_both_documents(database: Database) -> None:
    first, again = label(), label(document_id="again", effective_date="2024-02-09", title="ZORVEX (again)")
    assert save(database, first) == "new"
    assert save(database, again, data=b"<again/>", fetched_at="2024-04-01T00:00:00+00:00") == "updated"
    before = content(database)
    assert save(database, first) == "unchanged", "the one that counts less changes nothing"
    assert content(database) == before
    assert [row["title"] for row in database["labels"].rows] == ["ZORVEX (again)"]
    assert database["documents"].count == 2


def test_what_is_no_label_is_kept_without_sections_and_facts(database: Database) -> None:
    one = label(not_a_label="a bulk ingredient")
    assert save(database, one) == "new"
    assert save(database, one) == "unchanged"
    assert next(database["labels"].rows)["not_a_label"] == "a bulk ingredient"
    assert (database["sections"].count, database["facts"].count) == (0, 0)
    assert database["names"].count == 4


def test_products_of_a_kit_and_what_they_are_found_by(database: Database) -> None:
    parts = (product("Zorvex", ndcs=("99-12-1",)), product("Fulvarex", "fulvarex", ingredients=(), ndcs=()))
    kit = product("Zorvex Twin Pack", None, ingredients=(), ndcs=("0099-0777",), parts=parts)
    save(database, label(products=(kit, product("Zorvex"))))
    found = [(r["position"], r["parent"], r["name"]) for r in database["products"].rows]
    assert found == [(0, None, "Zorvex Twin Pack"), (1, 0, "Zorvex"), (2, 0, "Fulvarex"), (3, None, "Zorvex")]
    names = {(r["kind"], r["name"]) for r in database["names"].rows}
    assert ("brand", "Zorvex Twin Pack") in names
    assert ("moiety", "zorvanib") in names
    assert not any(name == "lactose" for _, name in names)
    codes = {r["code"] for r in database["codes"].rows}
    assert codes >= {"99-12-1", "99121", "00099-0012-01", "00099001201", "0099-0777", "00990777", "NDA999001"}
    assert "ZZ00000002" in codes
    assert "ZZ00000009" not in codes
    assert [(r["product"], r["active"]) for r in database["ingredients"].rows] == [
        (1, 1),
        (1, 0),
        (3, 1),
        (3, 0),
    ]


def test_a_crash_in_the_middle_leaves_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    one = label()
    save(database, one)
    before = content(database)

    def stumbling(*args: Any, **fields: Any) -> Any:
        rows = rows_of(*args, **fields)
        return rows | {"monitoring": [rows["monitoring"][0] | {"parameter": None}]}

    monkeypatch.setattr(store, "rows_of", stumbling)
    for other in (replace(one, title="changed"), label(set_id="22222222-aaaa")):
        with pytest.raises(Exception, match="NOT NULL constraint failed"):
            save(database, other)
        assert not database.conn.in_transaction
        assert content(database) == before


def test_ctrl_c_while_saving_leaves_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    sha256 = document(database)
    monkeypatch.setattr(store, "_insert", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_label(database, label(), NO_FACTS, sha256=sha256)
    assert not database.conn.in_transaction
    assert database["labels"].count == 0


def test_texts_that_sqlite_cannot_hold_keep_their_offsets(database: Database) -> None:
    text = "a\0b \U0001d538\U0001f48a e\u0301 \ud800 treats gout\0"
    one = label(sections=(section(0, text, title="x\0"),))
    pieces = (
        Evidence(0, 0, 3, "a\0b"),
        Evidence(0, 4, 6, "\U0001d538\U0001f48a"),
        Evidence(0, 7, 9, "e\u0301"),
    )
    use = Indication(
        Evidence(0, 0, len(text), text), "treatment", (), limitations=(*pieces, Evidence(0, 10, 11, "\ud800"))
    )
    assert save(database, one, Facts(indications=(use,))) == "new"
    assert save(database, one, Facts(indications=(use,))) == "unchanged"
    assert evidence_checked(database) == (5, 5)
    stored = next(database["sections"].rows)["text"]
    assert stored == "a\ufffdb \U0001d538\U0001f48a e\u0301 \ufffd treats gout\ufffd"
    assert len(stored) == len(text)


def evidence_checked(database: Database) -> tuple[int, int]:
    """(places, places where the text stands that is said to), by plain SQL."""
    row: tuple[int, int] = database.execute(
        'SELECT count(*), sum(substr(s.text, e.start + 1, e."end" - e.start) = e.text) '
        "FROM evidence e JOIN sections s ON s.section_id = e.section_id"
    ).fetchone()
    return row


def test_every_place_of_a_label_can_be_checked_with_sql(database: Database) -> None:
    one = label()
    said = facts(one)
    save(database, one, said)
    # A contraindication's place is told twice: as the fact's and as its condition's.
    assert evidence_checked(database) == (len(list(said.evidence())) + 1,) * 2
    for view, text in {"current_indications": "statement", "current_monitoring": "evidence", "current_warnings": "text",
                       "current_combinations": "evidence",
                       "current_contraindications": "evidence"}.items():  # fmt: skip
        right = database.execute(
            f'SELECT count(*), sum(substr(s.text, v.start + 1, v."end" - v.start) = v.{text}) '
            f"FROM {view} v JOIN sections s ON s.section_id = v.section_id"
        ).fetchone()
        assert right[0] == right[1] > 0


def status_of(database: Database, view: str = "current_indications") -> list[str]:
    return [row["review_status"] for row in database[view].rows]


def test_reviews_have_a_history_and_the_last_counts(database: Database) -> None:
    save(database, label())
    assert status_of(database) == ["submitted"]
    fact_id = next(database["current_indications"].rows)["indication_id"]
    set_review_status(database, fact_id=fact_id, status="under review", reviewer="A. Reader")
    set_review_status(database, fact_id=fact_id, status="approved", reviewer="A. Reader", note="checked")
    assert status_of(database) == ["approved"]
    assert status_of(database, "current_monitoring") == ["submitted"]
    history = [(r["status"], r["reviewer"], r["note"]) for r in database["reviews"].rows]
    assert history == [("under review", "A. Reader", None), ("approved", "A. Reader", "checked")]


def test_a_review_holds_as_long_as_the_fact_says_the_same(database: Database) -> None:
    one = label()
    use = one.sections[2]
    reviewed, other = indication(use), indication(use, intent="prevention")
    save(database, one, Facts(indications=(reviewed,)))
    fact_id = next(database["current_indications"].rows)["indication_id"]
    set_review_status(database, fact_id=fact_id, status="approved", reviewer="A. Reader")

    save(database, one, Facts(indications=(replace(reviewed, confidence=0.5),)))
    assert status_of(database) == ["approved"]
    save(database, one, Facts(indications=(other, reviewed)))  # the ordinal of the reviewed one is another now
    assert {r["intent"]: r["review_status"] for r in database["current_indications"].rows} == {
        "prevention": "submitted", "treatment": "approved",
    }  # fmt: skip
    save(database, one, Facts(indications=(replace(reviewed, line="first-line"),)))
    assert status_of(database) == ["submitted"]
    save(database, one, NO_FACTS)
    save(database, one, Facts(indications=(reviewed,)))
    assert status_of(database) == ["approved"]
    save(database, label(version=2), Facts(indications=(reviewed,)))
    assert status_of(database) == ["submitted"]


def test_a_review_of_nothing_or_with_another_status_is_refused(database: Database) -> None:
    with pytest.raises(UnknownFact, match="no fact 'x' is stored"):
        set_review_status(database, fact_id="x", status="approved", reviewer="A. Reader")
    with pytest.raises(ValueError, match="'fine' is no review status; use one of: submitted, under review"):
        set_review_status(database, fact_id="x", status="fine", reviewer="A. Reader")  # type: ignore[arg-type]
    assert database["reviews"].count == 0


def fail(database: Database, **fields: Any) -> None:
    record_failure(database, **({"source": "files", "origin": "folder", "name": "a.xml", "reason": "cut off"} | fields))


def test_a_failure_is_noted_once_and_cleared_by_success(database: Database) -> None:
    fail(database)
    changes = database.conn.total_changes
    fail(database)
    assert database.conn.total_changes == changes
    fail(database, reason="empty")
    fail(database, name="b.xml")
    assert [(r["name"], r["reason"]) for r in database["failures"].rows] == [
        ("a.xml", "empty"),
        ("b.xml", "cut off"),
    ]
    save(database, label())
    assert [r["name"] for r in database["failures"].rows] == ["b.xml"]
    clear_failure(database, origin="folder", name="b.xml")
    assert database["failures"].count == 0


def test_a_document_that_failed_under_its_hash_is_cleared_too(database: Database) -> None:
    sha256 = document(database)
    fail(database, origin="another folder", name="copy.xml", sha256=sha256)
    fail(database, name="other.xml", sha256="0" * 64)
    save(database, label())
    assert [r["name"] for r in database["failures"].rows] == ["other.xml"]


def test_search_stays_in_step(database: Database) -> None:
    def found(words: str, table: str = "sections") -> int:
        return len(database.execute(f"SELECT rowid FROM {table}_fts WHERE {table}_fts MATCH ?", [words]).fetchall())

    one = label()
    save(database, one)
    assert (found("prolongation"), found("fulvarex", "facts"), found("zorvex", "names")) == (1, 1, 1)
    changed = replace(one.sections[3], text="Do not give in gout.")
    changed_label = replace(one, sections=(*one.sections[:3], changed), products=(product("Renamed"),))
    save(database, changed_label, replace(facts(one), contraindications=(), indications=()))
    assert (found("prolongation"), found("fulvarex", "facts"), found("zorvex", "names")) == (0, 0, 0)
    assert (found("gout"), found("renamed", "names")) == (1, 1)
    for table in ("sections", "facts", "names"):
        database.execute(f"INSERT INTO {table}_fts ({table}_fts, rank) VALUES ('integrity-check', 1)")


def test_nothing_breaks_under_a_random_sequence(database: Database) -> None:
    chance = random.Random(20240301)
    for step in range(150):
        one = label(
            set_id=f"{chance.randrange(5)}0000000-aaaa", version=chance.randrange(1, 4),
            effective_date=chance.choice([None, "2024-01-01", "2024-06-01"]),
            source=chance.choice(["spl", "openfda"]), not_a_label=chance.choice([None, None, None, "bulk"]),
            labeler=chance.choice(["One", "Two"]),
        )  # fmt: skip
        said = replace(facts(one), **chance.choice([{}, {"indications": ()}, {"monitoring": ()}]))
        if chance.random() < 0.2:
            bad = replace(said.warnings[0], evidence=replace(said.warnings[0].evidence, start=5))
            with pytest.raises(EvidenceError):
                save(database, one, replace(said, warnings=(bad,)))
        save(database, one, said, data=f"<{chance.randrange(20)}/>".encode())
        if chance.random() < 0.3:
            fact_ids = [row["fact_id"] for row in database["facts"].rows]
            set_review_status(database, fact_id=chance.choice(fact_ids or [""]), status="approved", reviewer="R")
        if step % 30 == 29:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
            places, right = evidence_checked(database)
            assert places == right > 0
    for table in ("sections", "facts", "names"):
        database.execute(f"INSERT INTO {table}_fts ({table}_fts, rank) VALUES ('integrity-check', 1)")


def test_evidence_points_by_section_number_not_by_place_in_the_list(database: Database) -> None:
    one = label(sections=(section(7, "Treats gout."), section(3, "Nothing here.", parent=7)))
    gout = at(one.sections[0], "Treats gout.")
    save(database, one, Facts(indications=(Indication(gout, "treatment", ()),)))
    assert evidence_checked(database) == (1, 1)
