"""Sync against the replica: only what is needed, nothing lost when it is cut off, and what is gone is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from db import open_database, tracking
from db.tracking import Tracked, note_missing, track, tracked, untrack
from ingest.dailymed import DailyMed
from ingest.documents import RawDocument
from ingest.errors import Unreachable
from ingest.http import Answer, PoliteSession
from ingest.job import Report, run
from ingest.openfda import OpenFDA
from ingest.sync import MANY, MOST_IN_A_ROW, Sync, Synced
from tests.replica import Fault, Replica, Weather
from tests.replica_data import Spl
from tests.replica_services import DailyMed as DailyMedReplica
from tests.replica_services import OpenFDA as OpenFDAReplica
from tests.support_ingest import (
    Sleeps,
    content,
    loopback_only,  # noqa: F401
    quick_session,
    record,
    set_id,
    tiny,
)

LABELS = [
    tiny(1, version=2, effective="20240501"),
    tiny(2, name="Exemplin Kit", effective="20240601"),
    tiny(3, name="Otherin", generic="otherinib", labeler="Second Pharma", effective="20240701"),
]
LATER = "20261001"
"""A day after that of the replica's data."""


@pytest.fixture
def database() -> Iterator[Database]:
    with closing(open_database(":memory:")) as database:
        yield database


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica(LABELS) as replica:
        yield replica


def sync(
    database: Database, replica: Replica, *, http: PoliteSession | None = None, most: int | None = None, **options: Any
) -> tuple[Report, Synced]:
    one = Sync(database, DailyMed(http or quick_session(), base=replica.url), **options)
    return one.run(tracked(database), max_failures=most), one.done


def counts(report: Report) -> dict[str, int]:
    told = {n: getattr(report, n) for n in ("seen", "new", "updated", "unchanged", "failed")}
    return {name: count for name, count in told.items() if count}


def versions(database: Database) -> set[tuple[str, int]]:
    return set(database.execute("SELECT set_id, version FROM labels").fetchall())


def reissued(replica: Replica, *more: Spl) -> None:
    replica.dailymed = DailyMedReplica([*LABELS, *more])
    replica.requests.clear()


def without(replica: Replica, number: int) -> None:
    replica.dailymed = DailyMedReplica([label for label in LABELS if label.set_id != set_id(number)])
    replica.requests.clear()


def test_the_first_sync_fetches_what_is_tracked_and_nothing_else(database: Database, replica: Replica) -> None:
    track(database, "drug", ["exemplin"])
    report, done = sync(database, replica)
    assert counts(report) == {"seen": 2, "new": 2}
    assert versions(database) == {(set_id(1), 2), (set_id(2), 1)}
    assert [str(entry) for entry in done.complete] == ["exemplin"]
    assert len(replica.requests) == 3


def test_a_second_sync_asks_once_an_entry_and_writes_no_label(database: Database, replica: Replica) -> None:
    track(database, "drug", ["exemplin"])
    track(database, "setid", [set_id(3)])
    sync(database, replica)
    before = content(database)
    replica.requests.clear()
    report, _ = sync(database, replica)
    assert not counts(report)
    assert [r.params.get("published_date") for r in replica.requests] == ["2026-08-03", None]
    assert replica.requests[0].params["published_date_comparison"] == "gte"
    assert content(database) == before


@pytest.mark.parametrize("kind", ["drug", "setid"])
def test_many_entries_share_one_listing(database: Database, kind: tracking.TrackedKind) -> None:
    labels = [tiny(n, name=f"Exemplin {'ABCDEFGHIJKLM'[n]}x") for n in range(MANY + 2)]
    names = [label.set_id if kind == "setid" else f"{'ABCDEFGHIJKLM'[n]}x" for n, label in enumerate(labels)]
    with Replica(labels) as replica:
        track(database, kind, names)
        assert counts(sync(database, replica)[0])["new"] == len(labels)
        new = tiny(3, version=2, name="Exemplin Dx", effective=LATER)
        other = tiny(99, name="Unfollowed", effective=LATER)
        replica.dailymed = DailyMedReplica([*labels, new, other])
        replica.requests.clear()
        assert counts(sync(database, replica)[0]) == {"seen": 1, "new": 1}
        assert len(replica.requests) == 2
    assert (set_id(3), 2) in versions(database)


def test_a_new_version_is_fetched_and_the_old_one_kept(database: Database, replica: Replica) -> None:
    track(database, "drug", ["exemplin"])
    sync(database, replica)
    reissued(replica, tiny(1, version=1560, effective=LATER, text="Exemplin is indicated for adults with gout."))
    assert counts(sync(database, replica)[0]) == {"seen": 1, "new": 1}
    assert [path.rpartition("/")[2] for path in replica.paths()] == ["spls.json", f"{set_id(1)}.xml"]
    assert versions(database) >= {(set_id(1), 2), (set_id(1), 1560)}
    current = database.execute("SELECT version FROM current_labels WHERE set_id = ?", [set_id(1)])
    assert current.fetchall() == [(1560,)]


def test_the_same_number_published_again_is_fetched_again(database: Database, replica: Replica) -> None:
    track(database, "drug", ["exemplin"])
    sync(database, replica)
    text = "Exemplin is indicated for the treatment of adults with gout."
    replica.dailymed = DailyMedReplica([tiny(1, version=2, effective=LATER, text=text), *LABELS[1:]])
    assert counts(sync(database, replica)[0]) == {"seen": 1, "updated": 1}
    assert database.execute("SELECT count(*) FROM documents").fetchone() == (3,)
    assert counts(sync(database, replica)[0]) == {}


def test_what_is_stored_already_is_not_fetched(database: Database, replica: Replica) -> None:
    documents = [RawDocument(label.data, "spl", "files", "folder", f"{label.set_id}.xml") for label in LABELS]
    run(database, documents)
    track(database, "drug", ["exemplin", "otherin"])
    report, done = sync(database, replica)
    assert not counts(report)
    assert len(done.complete) == len(replica.requests) == 2


def test_xml_is_fetched_for_a_version_known_from_openfda_and_not_the_other_way(database: Database) -> None:
    track(database, "drug", ["exemplin"])
    with Replica([tiny(1, version=3)], [record(1)]) as replica:
        openfda = Sync(database, OpenFDA(quick_session(), base=replica.url))
        assert counts(openfda.run(tracked(database))) == {"seen": 1, "new": 1}
        assert counts(sync(database, replica)[0]) == {"seen": 1, "updated": 1}
        again = Sync(database, OpenFDA(quick_session(), base=replica.url))
        assert not counts(again.run(tracked(database)))
    assert database.execute("SELECT source FROM labels").fetchall() == [("spl",)]
    assert database.execute("SELECT media FROM documents ORDER BY media").fetchall() == [("openfda",), ("spl",)]


@pytest.mark.parametrize(
    ("kind", "value", "numbers"),
    [
        ("drug", "OTHERIN", [3]),
        ("ingredient", "exemplinib", [1, 2]),
        ("ingredient", "unknownib", []),
        ("setid", set_id(2), [2]),
        ("class", "N0000175605", [1]),
        ("labeler", "Second Pharma", [3]),
        ("all-rx", "all-rx", [1, 2, 3]),
    ],
)
def test_every_kind_of_entry(database: Database, kind: tracking.TrackedKind, value: str, numbers: list[int]) -> None:
    labels = [replace(LABELS[0], classes=frozenset({"N0000175605"})), *LABELS[1:]]
    track(database, kind, [value])
    with Replica(labels) as replica:
        _, done = sync(database, replica)
        assert {found for found, _ in versions(database)} == {set_id(n) for n in numbers}
        assert bool(done.empty) is not bool(numbers)
        assert not counts(sync(database, replica)[0])


@pytest.mark.parametrize(
    ("kind", "value", "numbers"),
    [
        ("drug", "exemplin", [1, 3]),
        ("ingredient", "otherinib", [2]),
        ("setid", set_id(2), [2]),
        ("class", "N0000175605", [2]),
        ("labeler", "second pharma", [2]),
        ("all-rx", "all-rx", [2]),
    ],
)
def test_every_kind_of_entry_at_openfda(
    database: Database, kind: tracking.TrackedKind, value: str, numbers: list[int]
) -> None:
    other = record(2, brand="OTHERIN", generic="OTHERINIB", version="1560")
    other["openfda"] |= {
        "nui": ["N0000175605"],
        "manufacturer_name": ["Second Pharma Inc"],
        "product_type": ["HUMAN PRESCRIPTION DRUG"],
    }
    track(database, kind, [value])
    with Replica(records=[record(1), other, record(3, openfda={}, active_ingredient=["exemplin"])]) as replica:
        Sync(database, OpenFDA(quick_session(), base=replica.url)).run(tracked(database))
    assert {found for found, _ in versions(database)} == {set_id(n) for n in numbers}


def test_openfda_is_asked_by_effective_date_and_only_whether_something_changed(database: Database) -> None:
    track(database, "ingredient", ["exemplinib"])
    with Replica(records=[record(1), record(2)], etags=True) as replica:

        def once() -> Report:
            replica.requests.clear()
            return Sync(database, OpenFDA(quick_session(), base=replica.url)).run(tracked(database))

        assert counts(once()) == {"seen": 2, "new": 2}
        assert counts(once()) == {}
        assert "effective_time:[20260503 TO 99991231]" in replica.requests[0].params["search"]
        replica.openfda = OpenFDAReplica([record(1), record(2, version="4", effective_time=LATER)], url=replica.url)
        assert counts(once()) == {"seen": 1, "new": 1}
        assert counts(once()) == {}
        assert "If-None-Match" in replica.requests[0].headers
        assert len(replica.requests) == 1
    assert (set_id(2), 4) in versions(database)


def test_a_listing_that_is_unchanged_does_not_come_twice(database: Database) -> None:
    track(database, "setid", [set_id(1), set_id(2)])
    answers: list[int] = []

    class Counting(PoliteSession):
        def get(self, *arguments: Any, **options: Any) -> Answer:
            answer = super().get(*arguments, **options)
            answers.append(len(answer.body))
            return answer

    with Replica(LABELS, etags=True) as replica:
        sync(database, replica)
        sync(database, replica)
        before = content(database)
        sync(database, replica, http=Counting(per_second=1000))
    assert answers == [0, 0]
    assert content(database) == before


def test_a_limit_and_then_the_rest(database: Database, replica: Replica) -> None:
    track(database, "all-rx", ["all-rx"])
    report, done = sync(database, replica, limit=2)
    assert counts(report) == {"seen": 2, "new": 2}
    assert report.stopped == "as many labels were fetched as --limit allows"
    assert not done.complete
    assert len(done.unfinished) == 1
    report, done = sync(database, replica)
    assert counts(report) == {"seen": 1, "new": 1}
    assert not done.unfinished


def test_since_leaves_the_cursor_where_it_would_skip_something(database: Database, replica: Replica) -> None:
    track(database, "drug", ["exemplin"])
    assert counts(sync(database, replica, since=date(2024, 5, 15))[0]) == {"seen": 1, "new": 1}
    assert counts(sync(database, replica)[0]) == {"seen": 1, "new": 1}
    assert len(versions(database)) == 2


def test_a_preview_tells_what_would_come_and_writes_nothing(database: Database, replica: Replica) -> None:
    track(database, "drug", ["exemplin"])
    track(database, "setid", [set_id(1)])
    changes = database.conn.total_changes
    one = Sync(database, DailyMed(quick_session(), base=replica.url))
    assert {offer.set_id for _, offer in one.wanted(tracked(database))} == {set_id(1), set_id(2)}
    assert database.conn.total_changes == changes
    assert not [path for path in replica.paths() if path.endswith(".xml")]


class Plug(PoliteSession):
    """A session that is pulled out after so many requests."""

    def __init__(self, most: int, error: type[BaseException]) -> None:
        super().__init__(per_second=1000)
        self.most, self.error = most, error

    def get(self, *arguments: Any, **options: Any) -> Answer:
        if self.requests == self.most:
            raise self.error("the network is gone")
        return super().get(*arguments, **options)


@pytest.mark.parametrize("error", [KeyboardInterrupt, Unreachable])
@pytest.mark.parametrize("most", range(8))
def test_a_sync_that_is_cut_off_goes_on_where_it_stopped(
    database: Database, most: int, error: type[BaseException]
) -> None:
    with Replica([*LABELS, tiny(4, name="Otherin", labeler="Third Pharma")]) as replica:
        for one in (database, undisturbed := open_database(":memory:")):
            track(one, "drug", ["exemplin", "otherin"])
        with suppress(KeyboardInterrupt):
            sync(database, replica, http=Plug(most, error))
        replica.requests.clear()
        stored = len(versions(database))
        sync(database, replica)
        fetched = [path for path in replica.paths() if path.endswith(".xml")]
        assert len(fetched) == 4 - stored, "nothing is fetched twice"
        sync(undisturbed, replica)
    with closing(undisturbed):
        assert content(database) == content(undisturbed)


FAULTS: dict[str, Callable[[str], Fault]] = {
    "asks to wait": lambda match: Fault("429", 1, match, retry_after="7"),
    "fails": lambda match: Fault("503", 2, match),
    "breaks off": lambda match: Fault("cut", 1, match),
    "sends damaged gzip": lambda match: Fault("gzip", 1, match),
    "does not answer": lambda match: Fault("close", 1, match),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("match", ["spls.json", ".xml"])
def test_faults_that_pass_do_not_show(database: Database, replica: Replica, fault: str, match: str) -> None:
    track(database, "drug", ["exemplin"])
    replica.faults.append(FAULTS[fault](match))
    sleeps = Sleeps()
    report, done = sync(database, replica, http=quick_session(sleeps=sleeps))
    assert counts(report) == {"seen": 2, "new": 2}
    assert done.complete
    assert (7.0 in sleeps) is (fault == "asks to wait")


WEATHER = [Fault(kind) for kind in ("500", "503", "404", "cut", "html", "gzip", "close", "redirect")]
WEATHER.append(Fault("429", retry_after="1"))


@pytest.mark.parametrize("seed", range(3))
def test_in_bad_weather_the_end_is_the_same(database: Database, seed: int) -> None:
    labels = [tiny(n, name=f"Exemplin {n}") for n in range(20)]
    with Replica(labels) as replica, closing(open_database(":memory:")) as undisturbed:
        for one in (database, undisturbed):
            track(one, "drug", ["exemplin"])
            track(one, "setid", [set_id(1), set_id(2)])
        replica.faults = weather = Weather(WEATHER, seed=seed)
        for _ in range(20):
            report, done = sync(database, replica)
            assert len(report.failures) == report.failed
            if not done.unfinished:
                break
        assert weather.hits > 5
        replica.faults = []
        sync(database, replica)  # a listing that was 404 may have seemed empty; a second look tells
        sync(database, replica)
        sync(undisturbed, replica)
        assert content(database) == content(undisturbed)


@pytest.mark.parametrize("kind", ["html", "404", "500", "redirect"])
def test_a_label_that_cannot_be_had_is_named_and_taken_up_by_the_next_sync(
    database: Database, replica: Replica, kind: str
) -> None:
    track(database, "drug", ["exemplin"])
    replica.faults.append(Fault(kind, 5, f"{set_id(1)}.xml"))
    report, done = sync(database, replica)
    assert counts(report) == {"seen": 2, "new": 1, "failed": 1}
    assert report.failures[0].name == set_id(1)
    assert done.unfinished
    replica.faults.clear()
    assert counts(sync(database, replica)[0]) == {"seen": 1, "new": 1}
    assert database["failures"].count == 0


@pytest.mark.parametrize("kind", ["html", "500", "404"])
def test_a_listing_that_cannot_be_had_leaves_the_entry_for_later(
    database: Database, replica: Replica, kind: str
) -> None:
    track(database, "drug", ["exemplin", "otherin"])
    replica.faults.append(Fault(kind, 5 if kind == "500" else 1, "drug_name=exemplin"))
    report, done = sync(database, replica)
    assert counts(report) == {"seen": 2, "new": 1, "failed": 1}
    assert list(map(str, done.unfinished)) == ["exemplin"]
    assert database["failures"].count == 0, "it concerns no document"
    assert counts(sync(database, replica)[0]) == {"seen": 2, "new": 2}


def test_a_source_that_asks_to_be_left_alone_is_left_alone(database: Database, replica: Replica) -> None:
    track(database, "drug", ["exemplin", "otherin"])
    replica.faults.append(Fault("429", 99, ".xml", retry_after="3600"))
    report, done = sync(database, replica)
    assert counts(report) == {"seen": 1, "failed": 1}
    assert report.stopped
    assert "left alone" in report.stopped
    assert len(done.unfinished) == 2
    assert len(replica.requests) == 2


def test_a_source_that_is_down_is_not_asked_for_every_label(database: Database) -> None:
    track(database, "drug", ["exemplin"])
    with Replica([tiny(n) for n in range(40)]) as replica:
        replica.faults.append(Fault("500", 999, ".xml"))
        report, _ = sync(database, replica)
        assert counts(report) == {"seen": MOST_IN_A_ROW, "failed": MOST_IN_A_ROW}
        replica.faults.clear()
        assert counts(sync(database, replica)[0]) == {"seen": 40, "new": 40}


def test_failures_may_be_limited(database: Database, replica: Replica) -> None:
    track(database, "drug", ["exemplin"])
    replica.faults.append(Fault("404", 99, ".xml"))
    report, _ = sync(database, replica, most=1)
    assert counts(report) == {"seen": 1, "failed": 1}
    assert report.stopped == "1 failed, as many as --max-failures allows"


def test_a_label_that_cannot_be_read_is_not_fetched_each_time(database: Database, replica: Replica) -> None:
    broken = replace(LABELS[0], data=LABELS[0].data.replace(b"versionNumber", b"versionNumero"))
    replica.dailymed = DailyMedReplica([broken, *LABELS[1:]])
    track(database, "drug", ["exemplin"])
    assert counts(sync(database, replica)[0]) == {"seen": 2, "new": 1, "failed": 1}
    assert counts(sync(database, replica)[0]) == {}
    reissued(replica, tiny(1, version=3, effective=LATER))
    assert counts(sync(database, replica)[0]) == {"seen": 1, "new": 1}


def withdrawn(database: Database) -> dict[str, str | None]:
    return dict(database.execute("SELECT set_id, withdrawn_on FROM current_labels").fetchall())


def test_a_label_that_is_gone_twice_is_withdrawn_and_kept(database: Database, replica: Replica) -> None:
    track(database, "setid", [set_id(1), set_id(2)])
    sync(database, replica)
    without(replica, 2)
    assert not sync(database, replica)[1].withdrawn
    assert withdrawn(database) == {set_id(1): None, set_id(2): None}
    assert sync(database, replica)[1].withdrawn == [set_id(2)]
    assert withdrawn(database) == {set_id(1): None, set_id(2): tracking.now()[:10]}
    replica.requests.clear()
    assert not sync(database, replica)[1].withdrawn
    assert len(replica.requests) == 2, "what is withdrawn is looked for by its own entry alone"
    replica.dailymed = DailyMedReplica(LABELS)
    sync(database, replica)
    assert set(withdrawn(database).values()) == {None}, "it is back"


def test_now_and_then_all_is_listed_which_shows_what_is_gone(
    database: Database, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    track(database, "drug", ["exemplin"])
    sync(database, replica)
    without(replica, 2)
    sync(database, replica)
    assert database["withdrawals"].count == 0, "the new alone was listed"
    monkeypatch.setattr(DailyMed, "whole_every", timedelta(days=-1))
    sync(database, replica)
    assert database["withdrawals"].count == 1
    assert sync(database, replica)[1].withdrawn == [set_id(2)]
    assert counts(sync(database, replica)[0]) == {}


def test_one_outage_withdraws_nothing(database: Database, replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    track(database, "drug", ["exemplin"])
    monkeypatch.setattr(DailyMed, "whole_every", timedelta(days=-1))
    sync(database, replica)
    replica.dailymed = DailyMedReplica([])
    sync(database, replica)
    replica.dailymed = DailyMedReplica(LABELS)
    sync(database, replica)
    sync(database, replica)
    assert database["withdrawals"].count == 0
    assert set(withdrawn(database).values()) == {None}


def test_a_label_that_another_source_still_lists_is_not_withdrawn(database: Database) -> None:
    track(database, "setid", [set_id(1)])
    with Replica([tiny(1)], [record(1)]) as replica:
        sync(database, replica)
        Sync(database, OpenFDA(quick_session(), base=replica.url)).run(tracked(database))
        note_missing(database, "dailymed", set_id(1))
        assert note_missing(database, "dailymed", set_id(1))
    assert set(withdrawn(database).values()) == {None}


def test_a_label_that_left_an_entry_is_not_gone(
    database: Database, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    track(database, "labeler", ["Second Pharma"])
    sync(database, replica)
    monkeypatch.setattr(DailyMed, "whole_every", timedelta(days=-1))
    replica.dailymed = DailyMedReplica([*LABELS[:2], tiny(3, name="Otherin", labeler="Bought It", version=2)])
    sync(database, replica)
    assert database["withdrawals"].count == 0
    assert not tracking.listed(database, tracked(database)[0], "dailymed")


def test_the_day_is_the_sources_and_not_the_clocks(
    database: Database, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    track(database, "drug", ["exemplin"])
    monkeypatch.setattr("ingest.sync.now", lambda: "2099-01-01T00:00:00+00:00")
    sync(database, replica)
    (entry,) = tracked(database)
    last = tracking.cursor(database, entry, "dailymed")
    assert last is not None
    assert last.complete_to == "2026-08-05"


def test_what_is_untracked_stays_stored(database: Database, replica: Replica) -> None:
    track(database, "drug", ["exemplin"])
    sync(database, replica)
    assert untrack(database, "drug", ["EXEMPLIN", "never"]) == ["EXEMPLIN"]
    assert tracked(database) == []
    assert len(versions(database)) == 2
    assert [database[t].count for t in ("cursors", "listed", "validators")] == [0, 0, 0]


def test_an_entry_is_followed_once(database: Database) -> None:
    assert track(database, "drug", ["Kisqali", "kisqali"]) == ["Kisqali"]
    assert track(database, "labeler", ["kisqali"]) == ["kisqali"]
    assert tracked(database) == [Tracked(1, "drug", "Kisqali"), Tracked(2, "labeler", "kisqali")]
