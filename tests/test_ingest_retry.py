"""What failed is taken up: kept documents are read again, the others asked for once more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from db import open_database
from extract import Facts
from ingest import job
from ingest.documents import Failed, RawDocument
from ingest.files import read_paths
from ingest.job import run
from ingest.retry import retry
from tests.replica import Fault, Replica
from tests.support_ingest import loopback_only, record, set_id, tiny, tiny_spl  # noqa: F401


@pytest.fixture
def database() -> Iterator[Database]:
    with closing(open_database(":memory:")) as database:
        yield database


@pytest.fixture
def replica(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replica]:
    with Replica([tiny(1)], [record(2)]) as replica:
        monkeypatch.setenv("ONLABEL_DAILYMED_URL", replica.url)
        monkeypatch.setenv("ONLABEL_OPENFDA_URL", replica.url)
        yield replica


def failures(database: Database) -> list[tuple[str, str]]:
    return database.execute("SELECT name, reason FROM failures ORDER BY name").fetchall()


def stored(database: Database) -> list[str]:
    return [found for (found,) in database.execute("SELECT set_id FROM labels ORDER BY set_id").fetchall()]


def test_a_kept_document_is_read_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> Facts:
        raise ZeroDivisionError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(job, "extract_label", broken)
        run(database, [RawDocument(tiny_spl(1), "spl", "dailymed", "https://example.org/1", set_id(1))])
    assert len(failures(database)) == 1
    report = retry(database)
    assert (report.seen, report.new, report.failed) == (1, 1, 0)
    assert failures(database) == []
    assert stored(database) == [set_id(1)]


def test_what_still_cannot_be_read_stays_a_failure_once(database: Database) -> None:
    run(database, [RawDocument(b"<broken", "spl", "files", "folder/a.xml", "a.xml")])
    before = failures(database)
    assert retry(database).failed == 1
    assert failures(database) == before


def test_what_never_came_is_fetched_wherever_the_source_is_now(database: Database, replica: Replica) -> None:
    run(
        database,
        [
            Failed("dailymed", "https://old.example/1.xml", set_id(1), "broke off"),
            Failed("openfda", "https://old.example/2.json", set_id(2), "broke off"),
        ],
    )
    assert retry(database).new == 2
    assert failures(database) == []
    assert stored(database) == [set_id(1), set_id(2)]


def test_what_is_gone_or_still_fails_says_why(database: Database, replica: Replica) -> None:
    run(
        database,
        [
            Failed("dailymed", f"{replica.url}/dailymed/services/v2/spls/{set_id(1)}.xml", set_id(1), "broke off"),
            Failed("dailymed", "https://old.example/9.xml", set_id(9), "broke off"),
        ],
    )
    replica.faults.append(Fault("403", 1, f"{set_id(1)}.xml"))
    assert retry(database).failed == 2
    assert failures(database) == [
        (set_id(1), "127.0.0.1 answered 403 Forbidden"),
        (set_id(9), "dailymed has no such label any more"),
    ]


def test_a_search_that_fails_leaves_the_failure(database: Database, replica: Replica) -> None:
    run(database, [Failed("dailymed", "https://old.example/1.xml", set_id(1), "broke off")])
    replica.faults.append(Fault("html", 1, "spls.json"))
    assert retry(database).failed == 1
    assert failures(database) == [(set_id(1), "broke off")]


def test_a_fetched_document_that_cannot_be_read_is_a_failure(database: Database, replica: Replica) -> None:
    origin = f"{replica.url}/dailymed/services/v2/spls/{set_id(1)}.xml"
    run(database, [Failed("dailymed", origin, set_id(1), "broke off")])
    replica.dailymed.spls[0] = replace(tiny(1), data=b"<?xml version='1.0'?><other/>")
    assert retry(database).failed == 1
    ((name, reason),) = failures(database)
    assert name == set_id(1)
    assert reason != "broke off"


def test_a_file_is_read_once_however_much_of_it_failed(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text("{broken\n[1]\n")
    run(database, read_paths([path]))
    assert len(failures(database)) == 2
    path.write_text(record_line(1) + record_line(2))
    report = retry(database)
    assert (report.seen, report.new) == (2, 2)
    assert failures(database) == []


def test_a_file_that_is_gone_says_so(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "empty.xml"
    path.touch()
    run(database, read_paths([path]))
    path.unlink()
    assert retry(database).failed == 1
    assert failures(database) == [("empty.xml", f"{path}: there is no such file or folder")]


def record_line(number: int) -> str:
    return json.dumps(record(number)) + "\n"
