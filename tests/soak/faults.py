"""Each fault of a network and of a machine, while a database is brought up to date; nothing may be lost or half there.

    python -m tests.soak.faults --folder ../shared/spl --rate 0.3 --seed 1

Faults of the network hit a share of the requests to the replica. Sync runs in this process, with a session that asks
as often as the real one and never waits, again and again as a scheduled job would until all entries are complete (at
most 20 times), and then once without faults. Faults of the machine, and all of them mixed, are met by the real command
at its own pace, over ``--local`` of the labels. After each run the database is checked, and at the end it is compared
with that of a clean run, row by row, in all tables and views. Runs with a "+" were too few for a fault that is not
asked about again in the same run. Exit code 1 where anything is wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from db import open_database
from db.tracking import cursor, tracked
from ingest.dailymed import DailyMed
from ingest.http import PoliteSession
from ingest.sync import Sync
from tests.replica import Fault, Replica, Weather
from tests.replica_data import Spl, read_spl
from tests.soak.commands import complete, difference, environment, parts, state
from tests.soak.kills import follow
from tests.support_ingest import content, problems, quick_session

MOST_RUNS = 20
UNPRIVILEGED = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()
"""Root may write anywhere; without its capabilities it may not."""
IN_A_MINUTE = format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)
NETWORK: dict[str, tuple[list[Fault], int]] = {
    "429, Retry-After in seconds": ([Fault("429", retry_after="1")], 1),
    "429, Retry-After as a date": ([Fault("429", retry_after=IN_A_MINUTE)], 1),
    "429, left alone for an hour": ([Fault("429", retry_after="3600")], 1),
    "500 in storms": ([Fault("500")], 7),
    "502 in storms": ([Fault("502")], 7),
    "503 in storms": ([Fault("503", retry_after="2")], 7),
    "504 in storms": ([Fault("504")], 7),
    "connection cut in the body": ([Fault("cut")], 1),
    "connection reset": ([Fault("reset")], 1),
    "connection closed unanswered": ([Fault("close")], 1),
    "hanging in the body": ([Fault("stall", seconds=0.7)], 1),
    "login page, status 200": ([Fault("html")], 1),
    "redirect to another host": ([Fault("redirect")], 1),
    "short body, its own length": ([Fault("short")], 1),
    "damaged gzip": ([Fault("gzip")], 1),
    "empty body, status 200": ([Fault("empty")], 1),
    "404 for a moment": ([Fault("404")], 1),
}
FINAL = {
    "429, left alone for an hour", "login page, status 200", "redirect to another host", "404 for a moment",
}  # fmt: skip
"""Not asked about again in the same run, so that an entry of many requests may wait for fairer weather."""
MIXED = [fault for faults, _ in NETWORK.values() for fault in faults if fault.retry_after != "3600"]


@dataclass
class Row:
    """What came of one fault."""

    fault: str
    requests: int = 0
    injected: int = 0
    codes: list[int] = field(default_factory=list)
    example: str = ""
    complete: bool = True
    """With the faults still there; in any case one run without them comes last."""
    equal: bool = False
    wrong: list[str] = field(default_factory=list)

    def line(self) -> str:
        codes = " ".join(f"{code}x{self.codes.count(code)}" for code in sorted(set(self.codes)))
        equal = "yes" if self.equal else "NO"
        counts = f"{self.requests:>8} {self.injected:>8} {len(self.codes):>3}{' ' if self.complete else '+'}"
        return f"{self.fault:<34} {counts}  {codes:<12} {equal:<5} {self.example[:90]}"


HEADER = f"{'fault':<34} {'requests':>8} {'injected':>8} {'runs':>4}  {'exit codes':<12} {'equal':<5} named, such as"


class Detour(PoliteSession):
    """A session that goes to another address with a share of its requests: where nobody is, or nobody to be trusted."""

    def __init__(self, to: str, *, rate: float, seed: int) -> None:
        quick = quick_session()
        self.__dict__ = quick.__dict__
        self._to, self._rate, self._chance, self.count = to, rate, random.Random(seed), 0

    def _send(self, url: str, *arguments: Any) -> Any:
        if self._chance.random() < self._rate:
            self.count += 1
            url = self._to + "/" + url.split("/", 3)[3]
        return super()._send(url, *arguments)


class Faults:
    """The faults, one by one, over some labels in a folder."""

    def __init__(self, spls: Sequence[Spl], folder: Path, *, rate: float, seed: int) -> None:
        self._spls, self._folder, self._rate, self._seed = spls, folder, rate, seed
        self._path, self._said = folder / "labels.db", folder / "said.txt"
        self._start, self._reference, self._size = folder / "tracking.db", dict[str, str](), 0
        with closing(open_database(self._start)) as database:
            follow(database, spls)
        with Replica(spls) as replica:
            clean = self._in_process(Row("none"), quick_session, replica, lambda: None)
        assert not clean.wrong, clean.wrong
        self._size = self._path.stat().st_size

    # Faults of the network, in this process

    def network(self, only: str = "") -> Iterator[Row]:
        """A row for each fault of the network whose name holds ``only``."""
        for name, (kinds, storm) in NETWORK.items():
            if only in name:
                yield self._weather(name, kinds, storm)
        if only in "all of the network, mixed":
            yield self._weather("all of the network, mixed", MIXED, 1)
        if only in "connection refused":
            with socket.socket() as nobody:  # bound, and not listening
                nobody.bind(("127.0.0.1", 0))
                yield self._detour("connection refused", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        if only in "a certificate not to be trusted":
            with Replica(self._spls, tls=certificate(self._folder)) as liar:
                yield self._detour("a certificate not to be trusted", liar.url)

    def _weather(self, name: str, kinds: Sequence[Fault], storm: int) -> Row:
        row, weather = Row(name), Weather(kinds, rate=self._rate, seed=self._seed, storm=storm)
        with Replica(self._spls, faults=()) as replica:
            replica.faults = weather
            self._in_process(row, quick_session, replica, lambda: setattr(replica, "faults", []))
            row.injected = weather.hits
        return row

    def _detour(self, name: str, to: str) -> Row:
        row, session = Row(name), Detour(to, rate=self._rate, seed=self._seed)
        with Replica(self._spls) as replica:
            self._in_process(row, lambda: session, replica, lambda: setattr(session, "_rate", 0))
        row.injected = session.count
        row.requests += session.count
        return row

    def _in_process(
        self, row: Row, session: Callable[[], PoliteSession], replica: Replica, clear: Callable[[], object]
    ) -> Row:
        self._fresh()
        with closing(open_database(self._path)) as database:
            for number in range(MOST_RUNS + 1):
                row.complete = number < MOST_RUNS
                if not row.complete and row.fault not in FINAL:
                    row.wrong.append(f"not complete after {MOST_RUNS} runs")
                sync = Sync(database, DailyMed(session(), base=replica.url))
                report = sync.run(tracked(database))
                row.codes.append(1 if report.failed else 0)
                row.example = row.example or next((f.reason for f in report.failures), "")
                row.wrong += problems(database)
                if number == MOST_RUNS or all(cursor(database, e, "dailymed") for e in tracked(database)):
                    break
            row.requests = len(replica.requests)
            clear()
            report = Sync(database, DailyMed(session(), base=replica.url)).run(tracked(database))
            row.wrong += [f"without faults: {failed.reason}" for failed in report.failures]
            self._judge(row, content(database), list(problems(database)))
        return row

    def _judge(self, row: Row, held: dict[str, str], wrong: list[str]) -> None:
        self._reference = self._reference or held  # the first is the clean run
        row.equal = held == self._reference
        row.wrong += wrong
        if not row.equal:
            row.wrong.append(f"another state than that of a clean run: {difference(held, self._reference)}")

    def _fresh(self) -> None:
        """The database that tracks all, and nothing of an earlier fault."""
        for part in parts(self._path):
            part.unlink(missing_ok=True)
        shutil.copyfile(self._start, self._path)

    # Faults of the machine, and the real command

    def local(self, only: str = "") -> Iterator[Row]:
        """A row for each fault of the machine whose name holds ``only``."""
        root, faketime = os.geteuid() == 0, shutil.which("faketime")
        size = f"--fsize={self._size // 2}"
        cases: dict[str, Callable[[Row], None]] = {
            "disk full (a small tmpfs)": self._disk_full,
            "no larger files (RLIMIT_FSIZE)": lambda row: self._command(row, [("prlimit", size)], (2,)),
            "read-only file": lambda row: self._read_only(row, self._path, 0o444),
            "read-only folder": lambda row: self._read_only(row, self._path.parent, 0o555),
            "locked by another program": self._locked,
            "clock a year ahead, then in 2020": lambda row: self._command(row, [*_clocks()], (0,)),
            "certificate, REQUESTS_CA_BUNDLE": self._tls,
            "all mixed, the real command": self._mixed,
        }
        missing = {"disk": root, "clock": faketime, "mixed": faketime}
        for name, case in cases.items():
            if only in name:
                if needs := [word for word, there in missing.items() if word in name and not there]:
                    print(f"{name}: left out, it needs root or faketime ({needs[0]})")
                    continue
                row = Row(name)
                self._fresh()
                case(row)
                yield row

    def _run(
        self,
        row: Row,
        replica: Replica,
        allowed: Sequence[int],
        path: Path | None = None,
        *,
        check: bool = True,
        **how: Any,
    ) -> int:
        """The real command, once; the database is checked after it."""
        path, env = path or self._path, how.pop("env", {})
        env = environment(ONLABEL_DAILYMED_URL=replica.url, **env)
        ended = complete(["sync", "--db", str(path)], self._said, env=env, **how)
        row.codes.append(ended.code)
        row.wrong += ended.faults(allowed)
        if ended.code and not row.example:
            row.example = ended.said.splitlines()[0] if ended.said else ""
        if ended.code and not ended.said.strip():
            row.wrong.append("failed, and said nothing")
        row.wrong += state(path)[1] if check else []
        return ended.code

    def _command(self, row: Row, befores: Sequence[tuple[str, ...]], allowed: Sequence[int]) -> None:
        with Replica(self._spls) as replica:
            for before in befores:
                self._run(row, replica, allowed, before=before)
                row.injected += 1
            self._finish(row, replica)

    def _finish(self, row: Row, replica: Replica, path: Path | None = None, **how: Any) -> None:
        row.requests = len(replica.requests)
        replica.faults = []
        self._run(row, replica, (0,), path, **how)
        self._judge(row, *state(path or self._path))

    def _disk_full(self, row: Row) -> None:
        (disk := self._folder / "disk").mkdir()
        room = (self._start.stat().st_size * 5 // 4, self._size // 2, self._size)
        with Replica(self._spls) as replica, mounted(disk, str(room[0])) as resize:
            path = Path(shutil.copyfile(self._start, disk / "labels.db"))
            for size in room:
                resize(str(size))
                self._run(row, replica, (0, 2), path)
            row.injected = row.codes.count(2)
            resize("500m")
            self._finish(row, replica, path)

    def _read_only(self, row: Row, what: Path, mode: int) -> None:
        before = what.stat().st_mode
        with Replica(self._spls) as replica:
            what.chmod(mode)
            self._run(row, replica, (2,), before=UNPRIVILEGED)
            row.injected += 1
            what.chmod(before)
            self._finish(row, replica, before=UNPRIVILEGED)

    def _locked(self, row: Row) -> None:
        with Replica(self._spls) as replica:
            with closing(sqlite3.connect(self._path)) as other:
                other.execute("BEGIN IMMEDIATE")
                self._run(row, replica, (2,), check=False)
                row.injected += 1
            self._finish(row, replica)

    def _tls(self, row: Row) -> None:
        pem = certificate(self._folder)
        with Replica(self._spls, tls=pem) as replica:
            self._run(row, replica, (1,))
            row.injected += 1
            self._finish(row, replica, env={"REQUESTS_CA_BUNDLE": str(pem)})

    def _mixed(self, row: Row) -> None:
        quick = [fault for fault in MIXED if fault.kind != "stall"]
        weather = Weather(quick, rate=self._rate, seed=self._seed)
        chance = random.Random(self._seed)
        befores = [(), ("prlimit", f"--fsize={self._size // 2}"), *_clocks()]
        with Replica(self._spls) as replica:
            replica.faults = weather
            for _ in range(MOST_RUNS):
                if not self._run(row, replica, (0, 1, 2), before=chance.choice(befores)):
                    break
            row.injected = weather.hits
            self._finish(row, replica)


def _clocks() -> Iterator[tuple[str, ...]]:
    yield "faketime", "-f", "+366d"
    yield "faketime", "-f", "@2020-01-01 12:00:00"


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Callable[[str], object]]:
    """A file system of ``size`` at ``folder``, and what gives it another size. Needs root."""

    def mount(*options: str) -> None:
        subprocess.run(["mount", *options, str(folder)], check=True)  # noqa: S607

    mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs")
    try:
        yield lambda size: mount("-o", f"remount,size={size}")
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S607


def certificate(folder: Path) -> Path:
    """A new key and the certificate that it signs itself, for 127.0.0.1, in one file. Needs the command openssl."""
    key, pem = folder / "key.pem", folder / "certificate.pem"
    asked = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=replica"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(pem)]
    subprocess.run(["openssl", *asked.split(), *names], check=True, capture_output=True)  # noqa: S607
    pem.write_bytes(key.read_bytes() + pem.read_bytes())
    return pem


def main(arguments: list[str] | None = None) -> int:
    """Meet all faults, print a table; 1 where anything was wrong."""
    assert __doc__
    parser = argparse.ArgumentParser("python -m tests.soak.faults", description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, action="append", required=True, dest="folders")
    parser.add_argument("--rate", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--labels", type=int, help="at most so many, for the network (all)")
    parser.add_argument("--local", type=int, default=16, help="so many for the machine and the real command")
    parser.add_argument("--only", default="", help="the faults whose names hold this")
    given = parser.parse_args(arguments)
    spls = [read_spl(path.read_bytes()) for folder in given.folders for path in sorted(folder.rglob("*.xml"))]
    random.Random(given.seed).shuffle(spls)
    wrong = 0
    with ExitStack() as stack:
        print(f"{len(spls[: given.labels])} labels (network), {given.local} (machine)\n{HEADER}", flush=True)
        for name, some in (("network", spls[: given.labels]), ("local", spls[: given.local])):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
            folder.chmod(0o755)
            clock = time.monotonic()
            for row in getattr(Faults(some, folder, rate=given.rate, seed=given.seed), name)(given.only):
                print(row.line(), flush=True)
                wrong += bool(row.wrong)
                for line in dict.fromkeys(row.wrong):
                    print(f"  WRONG: {line}", flush=True)
            print(f"({name}: {time.monotonic() - clock:.0f} s)")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
