"""Jobs that write to a database: one at a time, and each with a row in ``runs``.

The lock is the operating system's, on a file beside the database: it ends with the process that holds it,
however that ends, so that no stale one can be left.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from db.connection import MEMORY, place, writing
from db.errors import DatabaseError, JobRunning, UnwritableDatabase

POLL = 0.2
"""Seconds between two looks at a lock that another job holds."""
COUNTS = ("seen", "new", "updated", "unchanged", "failed", "requests", "bytes")


@dataclass(slots=True)
class Run:
    """What a job has done so far; ``outcome`` is None until it ends."""

    run_id: int
    command: str
    source: str | None
    outcome: str | None = None
    reason: str | None = None
    seen: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0


@contextmanager
def job(
    database: Database,
    command: str,
    *,
    source: str | None = None,
    wait: float = 0,
    on_wait: Callable[[str], object] = lambda _: None,
) -> Iterator[Run]:
    """The right to write to a database, and a row in ``runs`` with what the caller counts in the ``Run``.

    ``wait``: seconds to wait for another job; ``on_wait`` is told once of whom. A run that was killed is noted
    as "interrupted" first. Raises JobRunning, DatabaseError.
    """
    path = place(database)
    with job_lock(path, command, wait=wait, on_wait=on_wait):
        run, clock = _started(database, command, source), time.monotonic()
        try:
            yield run
        except BaseException as error:
            by_user = isinstance(error, KeyboardInterrupt)
            run.outcome, run.reason = ("stopped", "by the user") if by_user else ("failed", _line(error))
            with suppress(DatabaseError):  # what went wrong first is what is told
                _ended(database, run, clock)
            raise
        run.outcome = run.outcome or "done"
        _ended(database, run, clock)


@contextmanager
def job_lock(
    path: str, command: str, *, wait: float = 0, on_wait: Callable[[str], object] = lambda _: None
) -> Iterator[None]:
    """Hold ``<path>.lock``. Raises JobRunning where another process still does after ``wait`` seconds."""
    if path == MEMORY:
        yield
        return
    lock, deadline, told = Path(f"{path}.lock"), time.monotonic() + wait, False
    while (held := _taken(lock)) is None:
        holder = _holder(lock)
        if time.monotonic() >= deadline:
            raise JobRunning(f"{path}: {holder} is at work on it; try again later, or wait for it with --wait SECONDS")
        if not told:
            on_wait(f"waiting for {holder} to end")
            told = True
        time.sleep(min(POLL, max(0.0, deadline - time.monotonic())))
    try:
        with suppress(OSError):  # the disk is full: the lock holds without the note, too
            os.truncate(held, 0)
            os.write(held, json.dumps({"pid": os.getpid(), "command": command, "since": _now()}).encode())
        yield
    finally:
        with suppress(OSError):  # while it is held: who waits sees that the file is gone, and makes a new one
            lock.unlink()
        os.close(held)


def _taken(lock: Path) -> int | None:
    """The open file of the lock, which is now ours; None where another process holds it."""
    while True:
        try:
            file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise UnwritableDatabase(f"{lock} cannot be made ({error.strerror}); check its folder") from None
        try:
            _lock(file)
        except OSError:
            os.close(file)
            return None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file), lock.stat()):
                return file
        os.close(file)  # its holder removed it between our opening and locking it


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        os.lseek(file, 2**20, os.SEEK_SET)  # behind the note, which others read
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _holder(lock: Path) -> str:
    try:
        told = json.loads(lock.read_text(encoding="utf-8"))
        return f"another job (onlabel {told['command']}, process {told['pid']}, since {told['since'][:16]}Z)"
    except (OSError, ValueError, KeyError, TypeError):
        return "another job"


def _started(database: Database, command: str, source: str | None) -> Run:
    with writing(database):
        database.execute(
            "UPDATE runs SET outcome = 'interrupted', reason = 'killed, or the machine stopped', ended_at = ?"
            " WHERE ended_at IS NULL",
            [_now()],
        )
        added = database.execute(
            "INSERT INTO runs (command, source, started_at) VALUES (?, ?, ?)", [command, source, _now()]
        )
        return Run(int(added.lastrowid or 0), command, source)


def note_counts(database: Database, run: Run) -> None:
    """Note how far a job is, so that it is known of one that is killed. Raises DatabaseError."""
    _update(database, run, COUNTS)


def _ended(database: Database, run: Run, clock: float) -> None:
    run.seconds = round(time.monotonic() - clock, 3)
    _update(database, run, (*COUNTS, "outcome", "reason", "seconds"), ended_at=_now())


def _update(database: Database, run: Run, names: Iterable[str], **more: str) -> None:
    row = {name: getattr(run, name) for name in names} | more
    with writing(database):
        database.execute(
            f"UPDATE runs SET {', '.join(f'{name} = ?' for name in row)} WHERE run_id = ?",  # noqa: S608 - our names
            [*row.values(), run.run_id],
        )


def last_runs(database: Database, *, limit: int = 5) -> list[dict[str, Any]]:
    """The rows of ``runs``, the last first."""
    return list(database.query("SELECT * FROM runs ORDER BY run_id DESC LIMIT ?", [limit]))


def _line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
