"""Every prescription label, followed by the list of all labels and the update files: few requests, the same end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from db import open_database
from db.tracking import track, tracked
from ingest import census, updates
from ingest.census import CENSUS, read_census
from ingest.dailymed import DailyMed
from ingest.errors import Unreachable, Unreadable
from ingest.http import Answer, PoliteSession
from ingest.job import Report
from ingest.sync import Sync, Synced
from labels.loinc import DOCUMENT_TYPES, RX_TYPES
from tests import replica_files
from tests.replica import Fault, Replica
from tests.replica_data import Spl
from tests.replica_services import DailyMed as DailyMedReplica
from tests.support_ingest import Sleeps, content, loopback_only, quick_session, set_id, tiny  # noqa: F401

LABELS = [tiny(n, name=f"Exemplin {n}", effective=f"2024050{n}") for n in range(1, 6)]
NEW = "20260804"
"""The day before that of the replica's data."""
LISTINGS = len(RX_TYPES)
"""Requests for what was published since a day."""


@pytest.fixture
def database() -> Iterator[Database]:
    with closing(open_database(":memory:")) as database:
        track(database, "all-rx", ["all-rx"])
        yield database


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica(LABELS) as replica:
        yield replica


def sync(
    database: Database, replica: Replica, *, http: PoliteSession | None = None, files: bool = True, **options: Any
) -> tuple[Report, Synced]:
    replica.requests.clear()
    source = DailyMed(http or quick_session(), base=replica.url, files=replica.url if files else None)
    if not files:
        assert source._files is None
    one = Sync(database, source, **options)
    return one.run(tracked(database)), one.done


def serve(replica: Replica, labels: list[Spl]) -> None:
    replica.dailymed = DailyMedReplica(labels)


def asked(replica: Replica) -> dict[str, int]:
    """How often which kind of thing was asked for."""
    kinds = {CENSUS: "list", "spls.json": "listing", ".xml": "label", "history.json": "look", "_update_": "updates"}
    told = [next((kind for part, kind in kinds.items() if part in path), path) for path in replica.paths()]
    return {kind: told.count(kind) for kind in dict.fromkeys(told)}


def state(database: Database) -> dict[str, str]:
    return {table: rows for table, rows in content(database).items() if table != "validators"}


def test_unchanged_is_one_request_and_writes_nothing(database: Database, replica: Replica) -> None:
    report, _ = sync(database, replica)
    assert (report.new, asked(replica)) == (5, {"list": 1, "listing": LISTINGS, "label": 5})
    before = content(database)
    for _ in range(2):
        report, done = sync(database, replica)
        assert (report.seen, asked(replica), len(done.complete)) == (0, {"list": 1}, 1)
    assert "If-None-Match" in replica.requests[0].headers
    assert content(database) == before


def test_a_new_version_and_a_new_label_cost_their_own_requests(database: Database, replica: Replica) -> None:
    sync(database, replica)
    newer = tiny(2, version=1560, name="Exemplin 2", effective=NEW)
    serve(replica, [*LABELS, newer, tiny(9, name="Newin", effective=NEW)])
    assert sync(database, replica)[0].new == 2
    assert asked(replica) == {"list": 1, "listing": LISTINGS, "label": 2}
    sync(database, replica)
    assert asked(replica) == {"list": 1}


def test_a_new_version_that_no_listing_tells_is_fetched_once(database: Database, replica: Replica) -> None:
    sync(database, replica)
    serve(replica, [*LABELS, tiny(2, version=3, name="Exemplin 2", effective="20240909")])
    assert sync(database, replica)[0].new == 1
    listed = "SELECT version, published FROM listed WHERE set_id = ?"
    assert database.execute(listed, [set_id(2)]).fetchone() == (3, "")
    report, _ = sync(database, replica, files=False)
    assert report.seen == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DailyMed, "whole_every", timedelta(days=-1))
        assert sync(database, replica, files=False)[0].seen == 0, "a date that is told later is no new issue"
    assert database.execute(listed, [set_id(2)]).fetchone() == (3, "Sep 09, 2024")


def test_a_label_issued_again_under_its_number_is_fetched_again(database: Database, replica: Replica) -> None:
    sync(database, replica)
    again = tiny(2, name="Exemplin 2", effective=NEW, text="Exemplin is indicated for adults with gout.")
    serve(replica, [label for label in LABELS if label.set_id != set_id(2)] + [again])
    assert sync(database, replica)[0].updated == 1


def test_a_label_that_is_gone_is_withdrawn_after_two_looks(database: Database, replica: Replica) -> None:
    sync(database, replica)
    serve(replica, [label for label in LABELS if label.set_id != set_id(4)])
    assert not sync(database, replica)[1].withdrawn
    assert asked(replica) == {"list": 1, "listing": LISTINGS, "look": 1}
    assert sync(database, replica)[1].withdrawn == [set_id(4)]
    assert asked(replica) == {"list": 1, "look": 1}
    sync(database, replica)
    assert asked(replica) == {"list": 1}


def test_a_label_that_the_list_forgets_stays_followed(
    database: Database, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(database, replica)
    whole = replica_files.census
    monkeypatch.setattr(replica_files, "census", lambda spls: whole([s for s in spls if s.set_id != set_id(4)]))
    sync(database, replica)
    assert asked(replica)["look"] == 1
    monkeypatch.setattr(replica_files, "census", whole)
    serve(replica, [*LABELS, tiny(4, version=2, name="Exemplin 4", effective="20240909")])
    assert sync(database, replica)[0].new == 1
    assert database["withdrawals"].count == 0


def new_labels(count: int, days: tuple[str, ...] = ("20260803", NEW)) -> list[Spl]:
    return [tiny(100 + n, name=f"Newin {n}", effective=days[n % len(days)]) for n in range(count)]


def test_many_new_labels_come_out_of_daily_files(
    database: Database, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(database, replica)
    serve(replica, [*LABELS, *new_labels(300)])
    lacking = {set_id(100 + n) for n in (0, 1, 2)}
    whole = replica_files.release
    monkeypatch.setattr(replica_files, "release", lambda spls: whole(s for s in spls if s.set_id not in lacking))
    report, _ = sync(database, replica)
    assert (report.new, report.failed) == (300, 0)
    pages = LISTINGS + 2  # 300 of one kind are three pages
    assert asked(replica) == {"list": 1, "listing": pages, "updates": 2, "label": 3}


def test_labels_of_a_month_that_is_over_come_out_of_its_file(database: Database, replica: Replica) -> None:
    serve(replica, new_labels(210, tuple(f"202607{day:02}" for day in range(1, 22))))
    report, _ = sync(database, replica)
    assert report.new == 210
    assert asked(replica) == {"list": 1, "listing": LISTINGS + 2, "updates": 1}
    assert replica.paths()[-1].endswith("monthly_update_jul2026.zip")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three labels are many."""
    monkeypatch.setattr(updates, "MANY", 3)
    monkeypatch.setattr(updates, "WORTH", 2)


@pytest.mark.usefixtures("few")
def test_few_new_labels_and_old_ones_are_fetched_singly(database: Database, replica: Replica) -> None:
    serve(replica, [*new_labels(2), *new_labels(12, ("20200101",))[2:]])
    assert sync(database, replica)[0].new == 12
    assert "updates" not in asked(replica)


def bomb() -> bytes:
    return replica_files.zipped([("prescription/20260804_x.zip", replica_files.zipped([("1.xml", bytes(2**24))]))])


def other_labels(spls: list[Spl]) -> bytes:
    """Each label under the name of the next one, in an older version, as no XML, and on a way out."""
    names = [spl.set_id for spl in spls[1:]] + [spls[0].set_id]
    members = [
        (f"prescription/20260804_{name}.zip", replica_files.label_zip(s)) for s, name in zip(spls, names, strict=True)
    ]
    members += [(f"../20260804_{s.set_id}.zip", replica_files.label_zip(s)) for s in spls]
    members += [(f"other/20260804_{s.set_id}.zip", replica_files.zipped([("1.xml", b"<html>")])) for s in spls]
    members += [(f"older/20260804_{s.set_id}.zip", b"PK\x03\x04 cut") for s in spls]
    return replica_files.zipped(members)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    "hostile", [b"no zip", b"", bomb(), "other", "cut"], ids=["none", "404", "bomb", "other", "cut"]
)
def test_a_hostile_update_file_only_means_single_requests(
    tmp_path: Path, replica: Replica, monkeypatch: pytest.MonkeyPatch, hostile: bytes | str
) -> None:
    new, whole = new_labels(8, (NEW,)), replica_files.release
    made = {"other": lambda spls: other_labels(list(spls)), "cut": lambda spls: whole(spls)[:-200]}
    monkeypatch.setattr(replica_files, "release", lambda s: hostile if isinstance(hostile, bytes) else made[hostile](s))
    serve(replica, new)
    with closing(open_database(tmp_path / "labels.db")) as database:
        track(database, "all-rx", ["all-rx"])
        report, done = sync(database, replica)
        assert (report.new, report.failed, len(done.complete)) == (8, 0, 1)
        assert asked(replica)["label"] == 8
    assert not [path.name for path in tmp_path.iterdir() if "updates" in path.name]


@pytest.mark.usefixtures("few")
def test_an_older_version_in_a_file_is_not_taken(
    database: Database, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(replica, new_labels(6, (NEW,)))
    newest = [replace(s, data=s.data.replace(b'versionNumber value="1"', b'versionNumber value="2"'), version=2)
              for s in new_labels(6, (NEW,))]  # fmt: skip
    serve(replica, newest)
    old, whole = new_labels(6, (NEW,)), replica_files.release
    monkeypatch.setattr(replica_files, "release", lambda _: whole([*old[:2], *newest[2:]]))
    assert sync(database, replica)[0].new == 6
    assert asked(replica)["label"] == 2
    assert database.execute("SELECT DISTINCT version FROM labels").fetchall() == [(2,)]


HEAD = "SETID|ZIP_FILE_NAME|UPLOAD_DATE|SPL_VERSION|TITLE"
HOSTILE = {
    "a web page": b"<html>log in</html>",
    "no zip": b"PK\x03\x04 nothing",
    "an empty zip": replica_files.zipped([]),
    "two lists": replica_files.zipped([("a.txt", HEAD.encode()), ("b.txt", HEAD.encode())]),
    "no lines": replica_files.zipped([("a.txt", HEAD.encode())]),
    "no header": replica_files.zipped([("a.txt", b"1|2|3|4|5\n" * 9)]),
    "other columns": replica_files.zipped([("a.txt", f"ID|NAME\n{set_id(1)}|x".encode())]),
    "a bomb": replica_files.zipped([("a.txt", f"{HEAD}\n".encode() + bytes(2**25))]),
    "noise": replica_files.zipped([("a.txt", HEAD.encode() + b"\n" + bytes(range(256)) * 4096)]),
    "a way out": replica_files.zipped([("../a.txt", f"{HEAD}\n{set_id(1)}|z|d|1|t".encode())]),
}


@pytest.mark.parametrize("what", [*HOSTILE, "404", "500", "cut", "redirect"])
def test_without_a_list_that_makes_sense_all_is_done_as_without_it(
    database: Database, replica: Replica, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    sync(database, replica)
    serve(replica, [*LABELS, tiny(2, version=2, name="Exemplin 2", effective=NEW)])
    if what in HOSTILE:
        monkeypatch.setattr(replica_files, "census", lambda _: HOSTILE[what])
    else:
        replica.faults.append(Fault(what, 99, CENSUS))
    report, done = sync(database, replica)
    assert (report.new, report.failed, len(done.complete), len(done.notes)) == (1, 0, 1, 1)
    assert done.notes[0].startswith("all-rx: ")
    assert database["withdrawals"].count == 0
    monkeypatch.undo()
    replica.faults.clear()
    report, done = sync(database, replica)
    assert (report.seen, done.notes) == (0, [])


def test_lines_without_sense_are_passed_over_and_columns_found_by_name() -> None:
    lines = ["title|spl_version|SETID", "Bars|7|a1", "x|many|a2", "only one", "|-3|a3", f"{'x' * 10}|8|../../etc"]
    found = read_census(replica_files.zipped([("list.txt", "\n".join(lines).encode())]), {"a1": 6, "a2": 1})
    assert [(row.set_id, row.version, row.title) for row in found.newer] == [("a1", 7, "Bars")]
    assert found.gone == {"a2"}
    barred = replica_files.zipped([("list.txt", f"\ufeff{HEAD}\nA1|z|d|9|One | two".encode())])
    assert read_census(barred, {"a1": 6}).newer[0].title == "One | two"


def test_a_list_that_was_cut_short_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    known = dict.fromkeys(map(set_id, range(300)), 1)
    some = replica_files.census(tiny(n) for n in range(20))
    with pytest.raises(Unreadable, match="280 of 300 labels are not in it"):
        read_census(some, known)
    monkeypatch.setattr(census, "MAX_ROWS", 10)
    with pytest.raises(Unreadable, match="more than 10 lines"):
        read_census(some, {})


def test_no_files_are_asked_for_beside_a_mirror_that_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ONLABEL_DAILYMED_URL", "ONLABEL_DAILYMED_FILES_URL"):
        monkeypatch.delenv(name, raising=False)
    assert DailyMed()._files == "https://dailymed-data.nlm.nih.gov"
    monkeypatch.setenv("ONLABEL_DAILYMED_URL", "http://127.0.0.1:9")
    assert DailyMed()._files is None
    monkeypatch.setenv("ONLABEL_DAILYMED_FILES_URL", "http://127.0.0.1:8")
    assert DailyMed()._files == "http://127.0.0.1:8"


def test_all_prescription_labels_are_followed(database: Database, replica: Replica) -> None:
    kinds = [c for c, kind in DOCUMENT_TYPES.items() if kind.not_a_label is None and c not in {"34390-5", "75031-5"}]
    assert sorted(RX_TYPES) == sorted(kinds)
    serve(replica, [replace(tiny(n), code=code) for n, code in enumerate([*kinds, "34390-5"])])
    assert sync(database, replica)[0].new == len(kinds)


class Plug(PoliteSession):
    """A session that is pulled out after so many requests."""

    def __init__(self, most: int, error: type[BaseException]) -> None:
        super().__init__(per_second=1000)
        self.most, self.error = most, error

    def get(self, *arguments: Any, **options: Any) -> Answer:
        if self.requests >= self.most:
            raise self.error("the network is gone")
        return super().get(*arguments, **options)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("error", [KeyboardInterrupt, Unreachable])
@pytest.mark.parametrize("most", [0, 1, 4, LISTINGS + 1, LISTINGS + 3, LISTINGS + 4])
def test_a_sync_that_is_cut_off_ends_as_one_without_the_files(
    tmp_path: Path, replica: Replica, most: int, error: type[BaseException]
) -> None:
    before, after = LABELS, [*LABELS[1:], tiny(2, version=2, effective=NEW), *new_labels(8), tiny(7, effective=NEW)]
    with closing(open_database(tmp_path / "a.db")) as cut, closing(open_database(":memory:")) as plain:
        for database in (cut, plain):
            track(database, "all-rx", ["all-rx"])
            serve(replica, before)
            sync(database, replica, files=database is cut)
        serve(replica, [label for label in after if label.set_id != set_id(4)])
        with suppress(KeyboardInterrupt):
            sync(cut, replica, http=Plug(most, error))
        for _ in range(2):
            sync(cut, replica)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(DailyMed, "whole_every", timedelta(days=-1))
            for _ in range(2):
                sync(plain, replica, files=False)
        assert state(cut) == state(plain)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.db"]


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("kind", ["429", "503", "close", "gzip"])
@pytest.mark.parametrize("match", [CENSUS, "daily_update"])
def test_faults_that_pass_do_not_show(database: Database, replica: Replica, kind: str, match: str) -> None:
    sync(database, replica)
    serve(replica, [*LABELS, *new_labels(8)])
    replica.faults.append(Fault(kind, 1, match, retry_after="7" if kind == "429" else None))
    report, done = sync(database, replica, http=quick_session(sleeps=Sleeps()))
    assert (report.new, report.failed, done.notes) == (8, 0, [])
    assert "label" not in asked(replica)
