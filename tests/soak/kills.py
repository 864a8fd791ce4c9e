"""Kill -9 at random moments of a load or a sync, each followed by a normal run that must repair everything.

    python -m tests.soak.kills load --times 100 --folder ../shared/spl
    python -m tests.soak.kills load --times 100 --folder ../shared/spl --folder ../shared/openfda --labels 60
    python -m tests.soak.kills sync --times 100 --folder ../shared/spl

Each round starts the real command on a fresh database and kills it (its process group, or as often it alone) at a
moment between its start and the length of an undisturbed run. One round in four kills the repairing run too. Then
the command runs to its end, and the database is compared with that of an undisturbed run, row by row, in all
tables and views. ``--labels N`` deals the documents at random into hands of N, and the rounds go through the hands: all
documents take part, and a round is short. A sync goes at the pace that DailyMed is asked at, three requests a second,
so that its hands are of 24 where nothing else is said. Exit code 1 where anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from db import open_database
from db.tracking import track
from ingest.workers import FIRST
from labels.loinc import RX_TYPES
from tests.replica import Replica
from tests.replica_data import Spl, read_folders, read_spl
from tests.replica_services import DailyMed
from tests.soak.commands import (
    Ended,
    begun,
    complete,
    copied,
    difference,
    environment,
    of_session,
    removed,
    state,
    told,
)

PHASES = ("before the first label", "in the middle", "after the last label", "not killed, it had ended")
SYNC_HAND = 24
Item = TypeVar("Item")


@dataclass
class Hand:
    """What the rounds do with some documents, and what an undisturbed run makes of them."""

    arguments: list[str]
    workers: tuple[int, ...] = ()
    """Numbers of processes to choose from, where the command has that option."""
    start: Path | None = None
    """The database to begin with."""
    served: DailyMed | None = None
    code: int = 0
    seconds: dict[int, float] = field(default_factory=dict)
    """Of an undisturbed run, by the number of processes."""
    content: dict[str, str] = field(default_factory=dict)
    labels: int = 0


@dataclass
class Tally:
    """What came of the rounds."""

    rounds: int = 0
    kills: int = 0
    interrupted: int = 0
    equal: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    stored: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def table(self) -> str:
        counts = f"{min(self.stored)}/{statistics.median(self.stored):.0f}/{max(self.stored)}" if self.stored else "-"
        rows = {
            "rounds": self.rounds,
            "kills": self.kills,
            **{f"  {phase}": self.phases[phase] for phase in PHASES},
            "labels stored at the kill (min/median/max)": counts,
            "runs told as interrupted": self.interrupted,
            "final states equal to the undisturbed": self.equal,
            "failures": len(self.failures),
        }
        return "\n".join(f"{name:<44}{value:>10}" for name, value in rows.items())


class Kills:
    """Rounds of kills. ``replica`` serves what a hand has, for a sync."""

    def __init__(self, hands: Sequence[Hand], folder: Path, *, seed: int, replica: Replica | None = None) -> None:
        self._hands, self._folder, self._replica = hands, folder, replica
        self._chance, self.tally = random.Random(seed), Tally()
        self._path, self._said = folder / "labels.db", folder / "said.txt"
        self._env = environment(**({"ONLABEL_DAILYMED_URL": replica.url} if replica else {}))

    def run(self, times: int) -> Tally:
        clock = time.monotonic()
        for number in range(times):
            hand = self._hands[number % len(self._hands)]
            if self._replica and hand.served:
                self._replica.dailymed = hand.served
            if not hand.content:
                self._measure(hand)
            wrong = [f"round {number + 1}: {problem}" for problem in self._round(hand)]
            self.tally.rounds += 1
            self.tally.failures += wrong
            for line in wrong:
                print(line, flush=True)
            _tell(
                f"{number + 1} of {times} rounds, {len(self.tally.failures)} failures, {time.monotonic() - clock:.0f} s"
            )
        _tell("", end="\n")
        return self.tally

    def _measure(self, hand: Hand) -> None:
        """An undisturbed run, for each number of processes. Raises AssertionError where even that goes wrong."""
        for workers in hand.workers or (0,):
            self._fresh(hand)
            ended = complete(self._arguments(hand, workers), self._said, env=self._env)
            assert not (wrong := list(ended.faults((0, 1)))), wrong
            held, wrong = state(self._path)
            assert not wrong, wrong
            assert not hand.content or hand.content == held, f"{workers} processes store something else"
            hand.code, hand.content, hand.seconds[workers] = ended.code, held, ended.seconds
            hand.labels = told(self._path, "SELECT count(*) FROM labels")

    def _fresh(self, hand: Hand) -> None:
        removed(self._path)
        if hand.start:
            shutil.copyfile(hand.start, self._path)

    def _arguments(self, hand: Hand, workers: int) -> list[str]:
        return [*hand.arguments, "--db", str(self._path), *(["--workers", str(workers)] if workers else [])]

    def _round(self, hand: Hand) -> Iterator[str]:
        self._fresh(hand)
        cut, before = 0, told(self._path, "SELECT count(*) FROM runs")
        for _ in range(2 if self._chance.random() < 0.25 else 1):
            phase, problem = self._kill(hand)
            self.tally.phases[phase] += 1
            if problem:
                yield problem
            if phase == PHASES[-1]:
                break
            cut = told(self._copy(), "SELECT count(*) FROM runs WHERE outcome IS NULL OR outcome = 'interrupted'")
        self.tally.interrupted += cut
        workers = self._chance.choice(hand.workers or (0,))
        try:
            ended = complete(self._arguments(hand, workers), self._said, env=self._env)
        except subprocess.TimeoutExpired:
            yield "the repairing run did not end"
            return
        yield from ended.faults([hand.code])
        yield from self._checked(hand, ended, cut, before)

    def _checked(self, hand: Hand, ended: Ended, cut: int, before: int) -> Iterator[str]:
        held, wrong = state(self._path)
        yield from wrong
        if held == hand.content:
            self.tally.equal += 1
        else:
            yield f"another state than that of an undisturbed run: {difference(held, hand.content)}"
        if told(self._path, "SELECT count(*) FROM runs WHERE ended_at IS NULL"):
            yield "a run without an end"
        if (noted := told(self._path, "SELECT count(*) FROM runs WHERE outcome = 'interrupted'")) != cut:
            yield f"{noted} runs told as interrupted, {cut} were"
        if told(self._path, "SELECT count(*) FROM runs WHERE outcome = 'done'") <= before:
            yield f"no run told as done: {ended.said[-200:]}"
        if Path(f"{self._path}.lock").exists():
            yield "the lock's file is left behind"

    def _copy(self) -> Path:
        return copied(self._path, self._folder / "copy.db")

    def _kill(self, hand: Hand) -> tuple[str, str | None]:
        """Start the command and kill it at a random moment. Returns the phase that it was in, and what went wrong."""
        workers = self._chance.choice(hand.workers or (0,))
        moment, alone = self._chance.uniform(0, hand.seconds[workers]), self._chance.random() < 0.5
        with begun(self._arguments(hand, workers), self._said, env=self._env) as process:
            try:
                code = process.wait(moment)
            except subprocess.TimeoutExpired:
                (os.kill if alone else os.killpg)(process.pid, signal.SIGKILL)
                process.wait()
            else:
                return PHASES[-1], None if code == hand.code else f"exit code {code} before it was killed"
            left = _left(process.pid)
        self.tally.kills += 1
        stored = told(self._copy(), "SELECT count(*) FROM labels")
        self.tally.stored.append(stored)
        phase = PHASES[0] if not stored else PHASES[1] if stored < hand.labels else PHASES[2]
        return phase, f"{left} processes go on after their parent was killed" if left else None


def _left(session: int) -> int:
    """How many processes of a killed command do not end by themselves within ten seconds."""
    end = time.monotonic() + 10
    while (left := len(of_session(session))) and time.monotonic() < end:
        time.sleep(0.02)
    return left


def _tell(text: str, end: str = "") -> None:
    if sys.stderr.isatty():
        print(f"\r{text:<78}", end=end, file=sys.stderr, flush=True)


# Hands


def load_hands(folders: Sequence[Path], workspace: Path, *, labels: int | None, chance: random.Random) -> list[Hand]:
    """Hands of files for ``onlabel load``; without ``labels`` one with the folders as they are."""
    if not labels:
        return [Hand(["load", *map(str, folders)], (1, 2))]
    spls, records = read_folders(folders)
    documents = [(f"{n}.xml", spl.data) for n, spl in enumerate(spls)]
    documents += [(f"{n}.json", json.dumps(record).encode()) for n, record in enumerate(records)]
    hands = []
    for number, dealt in enumerate(_dealt(documents, labels, chance)):
        (folder := workspace / f"hand-{number}").mkdir()
        for name, data in dealt:
            (folder / name).write_bytes(data)
        hands.append(Hand(["load", str(folder)], (1, 2) if len(dealt) >= FIRST else (1,)))
    return hands


def sync_hands(spls: Sequence[Spl], workspace: Path, *, labels: int, chance: random.Random) -> list[Hand]:
    """Hands of labels for ``onlabel sync``, each with a database that tracks all of them, some twice."""
    hands = []
    for number, dealt in enumerate(_dealt(list(spls), labels, chance)):
        start = workspace / f"tracking-{number}.db"
        with closing(open_database(start)) as database:
            follow(database, dealt)
        hands.append(Hand(["sync"], start=start, served=DailyMed(dealt)))
    return hands


def follow(database: Database, spls: Sequence[Spl]) -> None:
    """Track all of these labels, some of them twice."""
    track(database, "drug", list(spls[0].names)[:1])
    track(database, "all-rx", ["all-rx"])
    track(database, "setid", [spl.set_id for spl in spls if spl.code not in RX_TYPES] + [spls[-1].set_id])


def _dealt(items: list[Item], size: int, chance: random.Random) -> list[list[Item]]:
    chance.shuffle(items)
    return [items[at : at + size] for at in range(0, len(items), size)]


def rounds(
    command: str, folders: Sequence[Path], *, times: int, seed: int, labels: int | None, workspace: Path
) -> Tally:
    """Rounds of kills of ``load`` or ``sync`` over the documents in folders."""
    chance = random.Random(seed)
    with ExitStack() as stack:
        if command == "load":
            hands, replica = load_hands(folders, workspace, labels=labels, chance=chance), None
        else:
            spls = [read_spl(path.read_bytes()) for folder in folders for path in sorted(folder.rglob("*.xml"))]
            replica = stack.enter_context(Replica())
            hands = sync_hands(spls, workspace, labels=labels or SYNC_HAND, chance=chance)
        what = f"hands of at most {labels or SYNC_HAND}" if labels or command == "sync" else "the folders as they are"
        _tell(f"{command}: {len(hands)} x {what}, seed {seed}", end="\n")
        return Kills(hands, workspace, seed=seed, replica=replica).run(times)


def main(arguments: list[str] | None = None) -> int:
    """Run the rounds, print a table; 1 where anything was wrong."""
    assert __doc__
    parser = argparse.ArgumentParser("python -m tests.soak.kills", description=__doc__.partition("\n")[0])
    parser.add_argument("command", choices=("load", "sync"))
    parser.add_argument("--folder", type=Path, action="append", required=True, dest="folders")
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--labels", type=int, help="deal the documents into hands of so many")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    folders = [folder.resolve() for folder in given.folders]
    with tempfile.TemporaryDirectory(prefix="kills-") as workspace:
        tally = rounds(
            given.command, folders, times=given.times, seed=given.seed, labels=given.labels, workspace=Path(workspace)
        )
    print(tally.table())
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
