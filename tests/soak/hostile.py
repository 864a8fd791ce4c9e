"""Hostile input through the program's own commands, and a table of what each got.

    python -m tests.soak.hostile [--only WORDS] [--json]

Each case runs ``onlabel`` as a process of its own, in an empty folder, with good labels beside what is hostile.
It fails where the process crashes (a traceback, an exit code other than 0, 1 and 2, an escape sequence on its
output), takes longer or more memory than it may, makes or changes a file outside of its folder, or loses a good
label. Time-outs of the network are shortened, so that a server that stalls is left alone within seconds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.soak.hostile_answers import ANSWERS, GOOD, AnswerCase, Rogue
from tests.soak.hostile_files import FILES, INSIDE, FileCase
from tests.support_ingest import set_id, tiny_spl

ROOT = Path(__file__).resolve().parents[2]
MOST_MB = 1500
BESIDE = {101: "aa-good.xml", 102: "zz-good.xml"}
MAY_APPEAR = re.compile(r"labels\.db(?:-wal|-shm|\.lock)?|release\.zip(?:\.part(?:\.about)?)?")
CANARIES = ("canary.txt", "canary.xml", "canary.txt.xml", "home/canary.txt")

LAUNCHER = """
import json, resource, subprocess, sys, time
began, out = time.monotonic(), open(sys.argv[1], "wb")
try:
    given = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": out, "timeout": float(sys.argv[2])}
    code = subprocess.run(sys.argv[3:], **given).returncode
except subprocess.TimeoutExpired:
    code = None
print(json.dumps([code, time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]))
"""
"""Run from a small process: what a child is said to have used holds what its parent used when it began."""
PROGRAM = """
import sys
from urllib3.util import Retry
from ingest.http import PoliteSession
PoliteSession.__init__.__kwdefaults__ |= {
    "timeout": (2, 2), "deadline": 8, "per_second": 1000,
    "retry": Retry(total=2, backoff_factor=0.1, allowed_methods={"GET"}, status_forcelist={429, 500, 502, 503, 504}),
}
import ingest.connections
ingest.connections.PATIENCE = 5
from onlabel.cli import main
main(prog_name="onlabel")
"""


@dataclass
class Outcome:
    """What a case got. ``wrong`` says why it fails; empty where it does not."""

    name: str
    kind: str
    got: str
    code: int | None
    seconds: float
    peak_mb: float
    wrong: str


def try_file(case: FileCase) -> Outcome:
    """Load what is hostile from a folder that holds good labels too."""
    with tempfile.TemporaryDirectory(prefix="onlabel-hostile-") as name:
        around = _surroundings(Path(name))
        given = around / "given"
        given.mkdir()
        case.put(given)
        for number, file in BESIDE.items():
            (given / file).write_bytes(tiny_spl(number, name="Good"))
        wanted = {set_id(number) for number in (*BESIDE, *([INSIDE] if case.keeps else []))}
        return _tried(around, case.name, case.kind, [("load", "../given")], wanted, case.limit)


def try_answer(case: AnswerCase) -> Outcome:
    """Ask a server whose answers are hostile."""
    with tempfile.TemporaryDirectory(prefix="onlabel-hostile-") as name, Rogue(case) as rogue:
        around = _surroundings(Path(name))
        commands = [tuple(word.replace("URL", rogue.url) for word in words) for words in case.commands]
        wanted = {set_id(GOOD)} if case.keeps else set()
        return _tried(around, case.name, "answer", commands, wanted, case.limit, rogue.url)


def _surroundings(around: Path) -> Path:
    for folder in ("work", "home", "tmp"):
        (around / folder).mkdir()
    for canary in CANARIES:
        (around / canary).write_text("untouched", encoding="utf-8")
    return around


def _tried(
    around: Path,
    name: str,
    kind: str,
    commands: Iterable[tuple[str, ...]],
    wanted: set[str],
    limit: float,
    url: str = "",
) -> Outcome:
    before, output = _files(around), around / "output"
    code, seconds, peak, said = 0, 0.0, 0.0, ""
    for words in commands:
        database = ["--db", "labels.db"] if words[0] != "fetch-release" else []
        child = [sys.executable, "-c", PROGRAM, *words, *database]
        launcher = [sys.executable, "-S", "-c", LAUNCHER, str(output), str(limit), *child]
        done = subprocess.run(
            launcher, cwd=around / "work", env=_environment(around, url), capture_output=True, check=True
        )
        code, took, used = json.loads(done.stdout)
        seconds, peak = seconds + took, max(peak, used)
        said += output.read_bytes().decode("utf-8", "replace")
        output.unlink()
        if code not in {0, 1}:
            break
    wrong = [*_crashed(code, said), *_outside(before, _files(around)), *_lost(around / "work/labels.db", wanted)]
    wrong += [f"took more than {limit:.0f} s"] * (seconds > limit) + [f"took {peak:.0f} MB"] * (peak > MOST_MB)
    return Outcome(name, kind, _got(said), code, round(seconds, 1), round(peak), "; ".join(wrong))


def _environment(around: Path, url: str) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("ONLABEL_")}
    services = ("DAILYMED", "OPENFDA", "DAILYMED_FILES", "OPENFDA_FILES")
    env |= {f"ONLABEL_{name}_URL": url or "http://127.0.0.1:9" for name in services}
    return env | {
        "HOME": str(around / "home"),
        "TMPDIR": str(around / "tmp"),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _files(around: Path) -> dict[str, str]:
    """All files and folders but those that are given, with what tells whether they changed."""
    found = {}
    for here, folders, names in os.walk(around):
        if here == str(around) and "given" in folders:
            folders.remove("given")
        for one in (*folders, *names):
            path = Path(here, one)
            data = path.read_bytes() if path.is_file() and path.parent.name != "work" else b""
            found[str(path.relative_to(around))] = hashlib.sha256(data).hexdigest()
    return found


def _outside(before: dict[str, str], after: dict[str, str]) -> list[str]:
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    here = {name for name in changed if name.startswith("work/") and MAY_APPEAR.fullmatch(name[5:])}
    return [f"touched {name}" for name in sorted(changed - here)]


def _crashed(code: int | None, said: str) -> list[str]:
    if code is None:
        return ["hangs"]
    wrong = [] if code in {0, 1, 2} else [f"exit code {code}"]
    wrong += ["a traceback"] * ("Traceback" in said) + ["unexpected error"] * ("unexpected " in said)
    raw = set(re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said))
    return wrong + [f"raw {sorted(raw)!r} on the terminal"] * bool(raw)


def _lost(database: Path, wanted: set[str]) -> list[str]:
    if not wanted:
        return []
    if not database.exists():
        return ["no database"]
    with closing(sqlite3.connect(database)) as connection:
        stored = {own for (own,) in connection.execute("SELECT set_id FROM labels")}
        sound = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return ["a good label is lost"] * (not wanted <= stored) + ["the database is damaged"] * (not sound)


def _got(said: str) -> str:
    """The first thing that was said of what is hostile, and how many more; else the summary."""
    lines = [line for line in said.splitlines() if line.strip()]
    failed = [line for line in lines if line.startswith(("failed:", "onlabel:", "nothing found"))]
    first = failed[0] if failed else lines[-1] if lines else "(nothing said)"
    return first[:200].encode("unicode_escape", "replace").decode() + f" (+{len(failed) - 1})" * (len(failed) > 1)


def main(arguments: list[str] | None = None) -> int:
    """Try all cases; 1 where one fails."""
    parser = argparse.ArgumentParser("python -m tests.soak.hostile", description="Hostile input, and what each got.")
    parser.add_argument("--only", default="", help="cases whose kind and name hold these words")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    told = parser.parse_args(arguments)
    sys.setrecursionlimit(20_000)  # a case of nested folders is removed folder by folder
    outcomes = []
    cases: list[FileCase | AnswerCase] = [*FILES, *ANSWERS]
    for case in cases:
        kind = case.kind if isinstance(case, FileCase) else "answer"
        if told.only not in f"{kind} {case.name}":
            continue
        outcome = try_file(case) if isinstance(case, FileCase) else try_answer(case)
        outcomes.append(outcome)
        if not told.json:
            print(_row(outcome), flush=True)
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    if told.json:
        print(json.dumps([asdict(outcome) for outcome in outcomes], indent=2))
    else:
        print(f"{len(outcomes)} hostile inputs, {len(wrong)} of them got what they should not")
    return 1 if wrong else 0


def _row(o: Outcome) -> str:
    wrong = f"  <<< {o.wrong}" if o.wrong else ""
    return f"{o.name} | {o.kind} | {o.got} | {o.code} | {o.seconds:.1f} s | {o.peak_mb:.0f} MB{wrong}"


if __name__ == "__main__":
    sys.exit(main())
