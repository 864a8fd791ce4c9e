"""Reading in several processes: the same result as in one, whatever happens to a process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlite_utils import Database

from db import open_database
from ingest import workers
from ingest.documents import Failed, RawDocument
from ingest.job import Said, read_label, run
from ingest.workers import DIED, in_processes
from tests.support_ingest import tiny_spl
from tests.support_onlabel import start
from tests.test_onlabel_load import wait_for_labels

TIMES = {"applied_at", "fetched_at", "failed_at"}


def document(number: int) -> RawDocument:
    return RawDocument(tiny_spl(number, name=f"Name{number}"), "spl", "files", "release.zip", f"{number}.zip")


def dying(item: RawDocument) -> Said:
    """Reads nothing; ends its process for the documents that say so, the first time or always."""
    how, _, path = item.data.decode().partition(" ")
    if how == "die" or (how == "once" and not Path(path).exists()):
        if path:
            Path(path).touch()
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
    return item.name


def told(data: bytes, name: str) -> RawDocument:
    return RawDocument(data, "spl", "files", "release.zip", name)


def said(documents: list[RawDocument | Failed], count: int) -> list[Said]:
    return [came.reason if isinstance(came, Failed) else came[1]() for came in in_processes(count)(documents)]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "FIRST", 1)


def contents(database: Database) -> dict[str, list[dict[str, object]]]:
    """All rows, without the times at which they were written."""
    return {
        table.name: [{k: v for k, v in row.items() if k not in TIMES} for row in table.rows]
        for table in database.tables
        if "_fts" not in table.name
    }


@pytest.mark.usefixtures("at_once")
def test_the_database_does_not_depend_on_the_processes() -> None:
    stored = []
    for count in (1, 2):
        items: list[RawDocument | Failed] = [document(n) for n in range(12)]
        items.insert(5, Failed("files", "release.zip", "bad.zip", "a zip bomb: refused"))
        items.insert(7, told(b"<document", "broken.zip"))
        items.append(document(3))
        database = open_database(":memory:")
        report = run(database, items, reader=in_processes(count))
        assert (report.seen, report.new, report.unchanged, report.failed) == (15, 12, 1, 2)
        stored.append((contents(database), [f.name for f in report.failures]))
        database.close()
    assert stored[0] == stored[1]
    assert stored[0][0]["indications"]


@pytest.mark.usefixtures("at_once")
def test_a_process_that_dies_takes_only_its_own_document_along(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(workers, "read_label", dying)
    items: list[RawDocument | Failed] = [told(b"well", f"{n}") for n in range(14)]
    items[4], items[11] = told(b"die", "4"), told(b"once " + bytes(tmp_path / "mark"), "11")
    expected: list[Said] = [str(n) for n in range(14)]
    expected[4] = DIED
    assert said(items, 2) == expected


@pytest.mark.usefixtures("at_once")
def test_only_so_much_is_read_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "read_label", dying)
    taken = 0

    def documents(size: int) -> Iterator[RawDocument]:
        nonlocal taken
        for taken in range(1, 101):
            yield told(b"x" * size, str(taken))

    for size, most in ((1, 2 * workers.AHEAD + 2), (workers.AHEAD_BYTES // 2, 4)):
        coming = in_processes(2)(documents(size))
        next(coming)
        next(coming)
        coming.close()
        assert taken <= most


def test_few_documents_need_no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_processes", None)
    item = RawDocument(b"{}", "openfda", "files", "a.json", "a.json")
    few = workers.FIRST - 1
    assert said([item] * few, 4) == [read_label(item)] * few


def children(pid: int) -> list[int]:
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def wait_until(true: partial[bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not (well := true()) and time.monotonic() < end:
        time.sleep(0.05)
    return well


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are looked up in /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_no_process_stays_behind(tmp_path: Path, how: signal.Signals) -> None:
    folder = tmp_path / "labels"
    folder.mkdir()
    for number in range(6000):  # some ten seconds of work: the signal comes long before its end
        (folder / f"{number:04}.xml").write_bytes(tiny_spl(number, name=f"Name{number}"))
    path = tmp_path / "some.db"
    with start("load", folder, "--db", path, "--workers", "2", cwd=tmp_path) as process:
        wait_for_labels(path, workers.FIRST + 20)
        begun = children(process.pid)
        assert len(begun) >= 2
        process.send_signal(how)
        process.wait(timeout=60)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == (130 if how == signal.SIGINT else -how), stderr
    if how == signal.SIGINT:
        assert len(stderr.splitlines()) == 1, stderr
    assert wait_until(partial(lambda: not any(Path(f"/proc/{pid}").exists() for pid in begun)))
