"""The job: what comes in is stored, what fails is noted, and nothing is half-written."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlite_utils import Database

from db import DatabaseError, EvidenceError, open_database, store
from extract import Facts, extract_label
from ingest import job
from ingest.documents import Failed, RawDocument, record_document
from ingest.job import Report, reextract, run
from ingest.time_limit import time_limit
from labels import Label
from tests.support_ingest import loopback_only, record, set_id, tiny_spl  # noqa: F401


@pytest.fixture
def database() -> Iterator[Database]:
    database = open_database(":memory:")
    yield database
    database.close()


def spl(data: bytes, name: str = "a.xml", origin: str = "folder/a.xml") -> RawDocument:
    return RawDocument(data, "spl", "files", origin, name)


def counts(report: Report) -> dict[str, int]:
    told = {n: getattr(report, n) for n in ("seen", "new", "updated", "unchanged", "not_labels", "failed")}
    return {name: count for name, count in told.items() if count}


def table(database: Database, name: str) -> list[dict[str, Any]]:
    return list(database[name].rows)


def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    tables = [t for t in database.table_names() if "_fts" not in t]
    return {name: table(database, name) for name in tables}


def test_documents_are_kept_and_their_labels_stored(database: Database) -> None:
    openfda = record_document(record(2), source="openfda", origin="https://api.fda.gov/x", name=set_id(2))
    assert counts(run(database, [spl(tiny_spl(1)), openfda])) == {"seen": 2, "new": 2}
    assert {(r["set_id"], r["source"]) for r in table(database, "labels")} == {
        (set_id(1), "spl"),
        (set_id(2), "openfda"),
    }
    assert {(r["media"], r["source"], r["name"]) for r in table(database, "documents")} == {
        ("spl", "files", "a.xml"),
        ("openfda", "openfda", set_id(2)),
    }


def test_the_same_again_changes_nothing(database: Database) -> None:
    documents = [spl(tiny_spl(1)), spl(b"<broken", "b.xml", "folder/b.xml")]
    run(database, documents)
    before = everything(database)
    assert counts(run(database, documents)) == {"seen": 2, "unchanged": 1, "failed": 1}
    assert everything(database) == before


BAD = {
    "cut-off XML": tiny_spl(1)[:900],
    "another XML": b"<spls><metadata/></spls>",
    "wrong encoding": tiny_spl(1).replace(b"adults", b"adul\xff\xfets"),
    "entities": b'<!DOCTYPE x [<!ENTITY a "b">]>' + tiny_spl(1).partition(b"?>")[2],
}


@pytest.mark.parametrize("case", BAD)
def test_a_document_that_is_no_label_fails_and_the_rest_goes_on(database: Database, case: str) -> None:
    bad = spl(BAD[case], "bad.xml", "folder/bad.xml")
    report = run(database, [bad, spl(tiny_spl(2))])
    assert counts(report) == {"seen": 2, "new": 1, "failed": 1}
    (noted,) = table(database, "failures")
    assert (noted["origin"], noted["name"], noted["source"]) == ("folder/bad.xml", "bad.xml", "files")
    assert noted["reason"] == report.failures[0].reason
    assert "\n" not in noted["reason"]
    assert noted["sha256"] in {r["sha256"] for r in table(database, "documents")}


def test_a_record_without_what_a_label_needs_fails(database: Database) -> None:
    bad = record_document({"set_id": "x", "version": "many"}, source="files", origin="a.json", name="a.json")
    assert counts(run(database, [bad])) == {"seen": 1, "failed": 1}


def test_what_a_source_could_not_have_is_noted_and_a_search_is_only_told(database: Database) -> None:
    gone = Failed("dailymed", "https://…/a.xml", set_id(1), "broke off")
    search = Failed("dailymed", "kisqali", "kisqali", "answered 503", kept=False)
    report = run(database, [gone, search])
    assert report.failures == [gone, search]
    assert [(r["name"], r["reason"], r["sha256"]) for r in table(database, "failures")] == [
        (set_id(1), "broke off", None)
    ]


def test_success_clears_the_failure_of_a_document_and_of_its_file(database: Database) -> None:
    lines = "folder/labels.jsonl"
    run(
        database,
        [
            Failed("files", lines, "labels.jsonl", "cut off"),
            Failed("files", lines, "labels.jsonl:1", "not JSON"),
            Failed("files", "elsewhere", "labels.jsonl", "cut off"),
            spl(b"<broken"),
        ],
    )
    assert len(table(database, "failures")) == 4
    run(
        database,
        [record_document(record(1), source="files", origin=lines, name="labels.jsonl:1"), spl(tiny_spl(2))],
    )
    assert [r["origin"] for r in table(database, "failures")] == ["elsewhere"]


@pytest.mark.parametrize(
    ("where", "error", "reason"),
    [
        (
            "extract_label",
            ZeroDivisionError("division by zero"),
            "unexpected ZeroDivisionError: division by zero",
        ),
        ("extract_label", RecursionError("too\ndeep"), "unexpected RecursionError: too deep"),
        ("save_label", EvidenceError("does not stand there"), "does not stand there"),
    ],
)
def test_one_label_never_stops_the_others(
    database: Database, monkeypatch: pytest.MonkeyPatch, where: str, error: Exception, reason: str
) -> None:
    original = getattr(job, where)

    def failing(*args: Any, **options: Any) -> Any:
        if any(getattr(a, "set_id", None) == set_id(1) for a in args):
            raise error
        return original(*args, **options)

    monkeypatch.setattr(job, where, failing)
    report = run(database, [spl(tiny_spl(1)), spl(tiny_spl(2), "b.xml", "folder/b.xml")])
    assert counts(report) == {"seen": 2, "new": 1, "failed": 1}
    assert [r["reason"] for r in table(database, "failures")] == [reason]


def test_a_database_that_cannot_be_written_stops_the_job(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(job, "save_label", full)
    with pytest.raises(DatabaseError):
        run(database, [spl(tiny_spl(1)), spl(tiny_spl(2))])
    assert not table(database, "labels")


def test_ctrl_c_leaves_whole_labels_and_nothing_half_written(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = store._insert

    def interrupted(database: Database, rows: Any) -> None:
        if rows["labels"][0]["set_id"] == set_id(2):
            insert(database, {"labels": rows["labels"]})
            raise KeyboardInterrupt
        insert(database, rows)

    monkeypatch.setattr(store, "_insert", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(database, [spl(tiny_spl(1)), spl(tiny_spl(2)), spl(tiny_spl(3))])
    assert [r["set_id"] for r in table(database, "labels")] == [set_id(1)]
    assert not database.conn.in_transaction
    assert not table(database, "failures")


def test_no_drug_label_is_stored_and_counted_as_such(database: Database) -> None:
    bulk = tiny_spl(1).replace(b'"34391-3"', b'"53409-9"').replace(b"HUMAN PRESCRIPTION DRUG LABEL", b"BULK INGREDIENT")
    assert counts(run(database, [spl(bulk)])) == {"seen": 1, "new": 1, "not_labels": 1}
    assert table(database, "labels")[0]["not_a_label"]
    assert not table(database, "facts")


def test_progress_is_told_after_each_document(database: Database) -> None:
    told: list[tuple[str, int, int]] = []

    def progress(name: str, report: Report) -> None:
        told.append((name, report.seen, report.failed))

    run(database, [spl(tiny_spl(1)), Failed("files", "b", "b.xml", "x")], on_progress=progress)
    assert told == [("a.xml", 1, 0), ("b.xml", 2, 1)]


def test_everything_is_read_again_from_what_was_kept(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    openfda = record_document(record(2), source="openfda", origin="https://api.fda.gov/x", name=set_id(2))
    with monkeypatch.context() as patch:
        patch.setattr(job, "extract_label", lambda _: Facts())
        run(database, [spl(tiny_spl(1)), openfda, spl(b"<broken", "b.xml", "folder/b.xml")])
    assert not table(database, "facts")
    assert counts(reextract(database)) == {"seen": 3, "updated": 2, "failed": 1}
    assert {r["set_id"] for r in table(database, "facts")} == {set_id(1), set_id(2)}
    before = everything(database)
    assert counts(reextract(database)) == {"seen": 3, "unchanged": 2, "failed": 1}
    assert everything(database) == before


def test_a_kept_record_is_read_as_it_came(database: Database) -> None:
    document = record_document(record(1, note="naïve “quotes” \ud83d"), source="files", origin="a", name="a")
    assert json.loads(document.data) == record(1, note="naïve “quotes” \ud83d")
    assert counts(run(database, [document])) == {"seen": 1, "new": 1}


def test_a_document_that_takes_too_long_fails_alone(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    real = extract_label

    def slow(label: Label) -> Facts:
        if label.set_id == set_id(2):
            while True:
                pass
        return real(label)

    monkeypatch.setattr(job, "extract_label", slow)
    monkeypatch.setattr(job, "MAX_SECONDS", 0.2)
    documents = [spl(tiny_spl(n), f"{n}.xml", f"folder/{n}.xml") for n in (1, 2, 3)]
    report = run(database, documents)
    assert counts(report) == {"seen": 3, "new": 2, "failed": 1}
    assert (report.failures[0].name, report.failures[0].reason) == ("2.xml", "reading it took more than 0 s: given up")
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_where_there_is_no_alarm_there_is_no_limit() -> None:
    done: list[int] = []

    def work() -> None:
        with time_limit(0.01):
            time.sleep(0.05)
            done.append(1)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [1]
