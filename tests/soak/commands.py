"""What the soak programs share: the real command as a process of its own, and the state that it leaves."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from tests.support_ingest import content, problems

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 600.0
"""Seconds after which a command that has not ended is a failure."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    said: str
    seconds: float

    def faults(self, allowed: Sequence[int]) -> Iterator[str]:
        """What is wrong with an end: another exit code, or more on stderr than messages of one line."""
        if self.code not in allowed:
            yield f"exit code {self.code}: {self.said[-300:]}"
        if "Traceback" in self.said or "unexpected " in self.said:
            yield f"not told in one clear line: {self.said[-300:]}"


def environment(**more: str) -> dict[str, str]:
    """The environment without the user's settings for onlabel, and with this tree on Python's path."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("ONLABEL_")}
    return clean | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "ONLABEL_CONTACT": "a test"} | more


@contextmanager
def begun(
    arguments: Sequence[str | Path], said: Path, *, env: Mapping[str, str], before: Sequence[str] = (),
) -> Iterator[subprocess.Popen[bytes]]:  # fmt: skip
    """Start ``onlabel`` in a session of its own, its stderr in a file; nothing of it is left at the end.

    ``before``: a command that runs it.
    """
    command = [*before, sys.executable, "-m", "onlabel", *map(str, arguments)]
    with (
        said.open("wb") as err,
        subprocess.Popen(
            command, cwd=said.parent, env=env, stdout=subprocess.DEVNULL, stderr=err, stdin=subprocess.DEVNULL,
            start_new_session=True,
        ) as process,
    ):  # fmt: skip
        try:
            yield process
        finally:
            for pid in of_session(process.pid):
                os.kill(pid, 9)


def complete(
    arguments: Sequence[str | Path], said: Path, *, env: Mapping[str, str], before: Sequence[str] = (),
) -> Ended:  # fmt: skip
    """Run ``onlabel`` to its end. Raises subprocess.TimeoutExpired after ``PATIENCE``."""
    clock = time.monotonic()
    with begun(arguments, said, env=env, before=before) as process:
        code = process.wait(PATIENCE)
    return Ended(code, said.read_text(errors="replace"), time.monotonic() - clock)


def of_session(session: int) -> list[int]:
    """The processes of a session that are still at work (Linux)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of = stat.read_text().rpartition(") ")[2].split()[:4]
        except OSError:  # it has ended meanwhile
            continue
        if int(of) == session and state not in "ZX":
            found.append(int(stat.parent.name))
    return found


def parts(path: Path) -> list[Path]:
    """The files of a database, of those that may be there."""
    return [Path(f"{path}{end}") for end in ("", "-wal", "-shm", "-journal", ".lock")]


def removed(path: Path) -> None:
    for part in parts(path):
        part.unlink(missing_ok=True)


def copied(path: Path, to: Path) -> Path:
    """A copy of a database as a killed process left it, so that looking at it repairs nothing of the first."""
    removed(to)
    for part, copy in zip(parts(path)[:2], parts(to)[:2], strict=True):
        if part.exists():
            shutil.copyfile(part, copy)
    return to


def told(path: Path, sql: str) -> int:
    """One number out of a database; 0 where it, or its table, is not there yet."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as connection:
        try:
            return int(connection.execute(sql).fetchone()[0])
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return 0


def state(path: Path) -> tuple[dict[str, str], list[str]]:
    """What a database holds, and what is wrong with it."""
    with closing(sqlite3.connect(path)) as connection:
        database = Database(connection, execute_plugins=False)
        return content(database), list(problems(database))


def difference(one: Mapping[str, str], other: Mapping[str, str]) -> str:
    """The tables and views in which two states differ, with the counts of their rows."""
    names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    return ", ".join(f"{n} ({_rows(one, n)} instead of {_rows(other, n)})" for n in names)


def _rows(held: Mapping[str, str], name: str) -> str:
    return held.get(name, "none").partition(",")[0]
