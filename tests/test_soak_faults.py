"""Faults that the other tests of sync do not meet: python -m tests.soak.faults has all of them, on real labels."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from db import open_database
from db.errors import UnwritableDatabase
from db.jobs import job_lock
from db.store import save_document
from tests.replica import Fault, Replica
from tests.soak.faults import Faults, Row
from tests.support_ingest import content, loopback_only, problems, tiny  # noqa: F401
from tests.test_ingest_sync import counts, sync, track


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Faults:
    labels = [tiny(n, name=f"Exemplin {n}") for n in range(6)]
    return Faults(labels, tmp_path_factory.mktemp("faults"), rate=0.3, seed=1)


def rows(found: Iterator[Row]) -> list[Row]:
    told = list(found)
    assert told
    return told


@pytest.mark.parametrize("fault", ["short body", "empty body", "connection reset", "as a date", "504 in storms", "404"])
def test_the_end_is_that_of_a_clean_run(faults: Faults, fault: str) -> None:
    for row in rows(faults.network(fault)):
        assert row.equal
        assert row.wrong == []
        assert row.injected


def test_nobody_there_and_a_certificate_that_is_not_trusted(faults: Faults) -> None:
    refused, untrusted = rows(faults.network("connection refused")) + rows(faults.network("not to be trusted"))
    assert refused.equal
    assert untrusted.equal
    assert "certificate" in untrusted.example


def test_a_label_whose_end_is_missing_is_fetched_again() -> None:
    with Replica([tiny(1)]) as replica, closing(open_database(":memory:")) as database:
        track(database, "drug", ["exemplin"])
        replica.faults.append(Fault("short", 1, ".xml"))
        report, done = sync(database, replica)
        assert "breaks off" in report.failures[0].reason
        assert done.unfinished
        assert counts(sync(database, replica)[0]) == {"seen": 1, "new": 1}


def test_a_full_disk_takes_nothing_back(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "a.db")) as database:
        save_document(database, b"<first/>", source="files", origin="a", name="a")
        before = content(database)
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(UnwritableDatabase, match="the disk is full; make room"):
            save_document(database, os.urandom(2**18), source="files", origin="b", name="b")
        assert content(database) == before
        assert list(problems(database)) == []
        database.execute("PRAGMA max_page_count = 100000")
        save_document(database, b"<second/>", source="files", origin="b", name="b")


def test_the_lock_holds_where_there_is_no_room_for_its_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with job_lock(str(tmp_path / "a.db"), "sync"):
        assert (tmp_path / "a.db.lock").exists()
