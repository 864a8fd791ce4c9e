"""One job at a time, however the one before ended, and a row for each."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from db import DatabaseError, UnwritableDatabase, open_database
from db.errors import JobRunning
from db.jobs import job, job_lock, last_runs

ROOT = Path(__file__).absolute().parent.parent
HOLD = (
    "import sys\nfrom db import open_database\nfrom db.jobs import job, note_counts\n"
    "database = open_database(sys.argv[1])\n"
    "with job(database, 'sync', source='dailymed') as run:\n"
    "    run.seen = 3\n    note_counts(database, run)\n    print('held', flush=True)\n    sys.stdin.readline()\n"
)


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has a job on the database, until it is given a line."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def runs(path: Path) -> list[dict[str, Any]]:
    with closing(open_database(path)) as database:
        return last_runs(database)


def test_a_run_is_counted_and_its_lock_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(open_database(path)) as database, job(database, "load", source="files") as run:
        assert (tmp_path / "a.db.lock").exists()
        assert json.loads((tmp_path / "a.db.lock").read_text())["command"] == "load"
        assert last_runs(database)[0]["outcome"] is None
        run.seen, run.new, run.bytes = 3, 2, 4096
    (told,) = runs(path)
    assert (told["command"], told["source"], told["outcome"]) == ("load", "files", "done")
    assert (told["seen"], told["new"], told["bytes"], told["failed"]) == (3, 2, 4096, 0)
    assert told["ended_at"] >= told["started_at"]
    assert [p.name for p in tmp_path.iterdir()] == ["a.db"]


@pytest.mark.parametrize(
    ("error", "outcome", "reason"),
    [
        (KeyboardInterrupt(), "stopped", "by the user"),
        (DatabaseError("the disk\nis full"), "failed", "DatabaseError: the disk is full"),
    ],
)
def test_a_run_that_ends_in_an_error_says_so(tmp_path: Path, error: BaseException, outcome: str, reason: str) -> None:
    def fail() -> None:
        with job(database, "sync") as run:
            run.failed = 2
            raise error

    path = tmp_path / "a.db"
    with closing(open_database(path)) as database:
        with pytest.raises(type(error)):
            fail()
        with job(database, "sync"):
            pass
    assert [(r["outcome"], r["reason"], r["failed"]) for r in runs(path)] == [("done", None, 0), (outcome, reason, 2)]


def test_a_second_job_leaves_with_a_message(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with holder(path) as process, closing(open_database(path)) as database:
        told = rf"a\.db: another job \(onlabel sync, process {process.pid}, since .*Z\) is at work on it; .*--wait"
        with pytest.raises(JobRunning, match=told), job(database, "load"):
            pass
        assert len(last_runs(database)) == 1


def test_a_second_job_waits_for_the_first(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    told: list[str] = []
    with holder(path) as process, closing(open_database(path)) as database:
        assert process.stdin is not None
        later = threading.Timer(0.3, process.stdin.close)
        later.start()
        with job(database, "load", wait=30, on_wait=told.append):
            assert [r["outcome"] for r in last_runs(database)] == [None, "done"]
        later.join()
    assert len(told) == 1
    assert f"process {process.pid}" in told[0]


def test_a_job_that_was_killed_holds_nothing_and_is_told_as_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with holder(path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (tmp_path / "a.db.lock").exists()
        with closing(open_database(path)) as database, job(database, "load"):
            pass
    assert [(r["command"], r["outcome"]) for r in runs(path)] == [("load", "done"), ("sync", "interrupted")]
    assert runs(path)[1]["seen"] == 3, "what it had noted by then"
    assert not (tmp_path / "a.db.lock").exists()


def test_many_processes_take_turns(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_database(path).close()
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom db.jobs import job_lock\n"
        "for _ in range(20):\n    with job_lock(sys.argv[1], 'sync', wait=60):\n"
        "        inside = Path(sys.argv[1] + '.inside')\n        inside.mkdir()\n        inside.rmdir()\n"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT) for _ in range(4)]
    assert [process.wait(timeout=90) for process in started] == [0] * 4


def test_a_lock_file_of_another_content_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "a.db.lock").write_bytes(b"\xff not ours")
    with job_lock(str(tmp_path / "a.db"), "load"):
        pass
    with pytest.raises(UnwritableDatabase, match="cannot be made"), job_lock(str(tmp_path / "no" / "a.db"), "load"):
        pass


def test_a_database_in_memory_needs_no_lock() -> None:
    with closing(open_database(":memory:")) as database, job(database, "load") as first:
        assert first.run_id == 1
    assert not Path(":memory:.lock").exists()
