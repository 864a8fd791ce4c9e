"""Where the time goes: the stages of a label's way, compared within one run.

    python benchmarks/stages.py [ROUNDS]

Prints how long each stage takes for the bundled samples, as a multiple of parsing them. The numbers say which
stage to make faster; they say nothing about another machine.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from articles import build, render
from db import open_database, save_document, save_label
from db.queries import indications
from extract import extract_label
from ingest.job import parse
from ingest.sample import samples

QUESTION = "What are the treatment options for stage 4 breast cancer in the US?"
Stage = Callable[[], Any]


def stages(folder: Path) -> dict[str, Stage]:
    """The stages in their order, each a function that does it once for all samples."""
    documents = list(samples())
    read = [parse(document) for document in documents]
    facts = [extract_label(label) for label in read]
    database = open_database(folder / "bench.db")
    hashes = [save_document(database, d.data, source=d.source, origin=d.origin, name=d.name) for d in documents]

    def save() -> None:
        for label, found, sha256 in zip(read, facts, hashes, strict=True):
            save_label(database, label, found, sha256=sha256)

    def forget_and_save() -> None:
        database.execute("DELETE FROM labels")
        database.commit()
        save()

    return {
        "parse": lambda: [parse(document) for document in documents],
        "extract": lambda: [extract_label(label) for label in read],
        "save": forget_and_save,
        "save again (unchanged)": save,
        "query": lambda: indications(database),
        "article": lambda: render(build(database, QUESTION), "md"),
    }


def fastest(stage: Stage, rounds: int) -> float:
    """Seconds of the fastest of some rounds: the one that other programs disturbed least."""
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        stage()
        took.append(time.perf_counter() - start)
    return min(took)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with TemporaryDirectory() as folder:
        took = {name: fastest(stage, rounds) for name, stage in stages(Path(folder)).items()}
    whole = sum(took[name] for name in ("parse", "extract", "save"))
    print(f"{'stage':26}{'times parse':>12}{'of parse+extract+save':>24}")
    for name, seconds in took.items():
        share = f"{seconds / whole:.0%}" if name in ("parse", "extract", "save") else ""
        print(f"{name:26}{seconds / took['parse']:>12.1f}{share:>24}")


if __name__ == "__main__":
    main()
