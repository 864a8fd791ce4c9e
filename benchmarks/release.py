"""A release as DailyMed makes them (zips in a zip), of any size, and how fast and in how much memory it loads.

    python benchmarks/release.py build RELEASE.zip LABELS [--folder FOLDER] [--seed SEED]
    python benchmarks/release.py load RELEASE.zip DATABASE [--window LABELS] [--workers N]

``build`` takes the SPL documents of a folder (the bundled samples, if none is given) in turn, gives each a new set
id, document id and version, and adds a word of its own to every paragraph, so that no cache is warmer than it
would be in a real release. The same folder, number and seed give the same bytes.
``load`` prints labels a second for each window, and the most memory that was used so far.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import resource
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

from db import open_database
from ingest.files import read_paths
from ingest.job import Report, run
from ingest.sample import samples
from ingest.workers import in_processes

DATE = (2026, 8, 1, 0, 0, 0)
PICTURE = 20_000
_SET_ID = re.compile(rb'<setId\b[^>]*\broot="[^"]*"[^>]*>')
_DOCUMENT_ID = re.compile(rb'<id\b[^>]*\broot="[^"]*"[^>]*>')
_VERSION = re.compile(rb'<versionNumber\b[^>]*\bvalue="[^"]*"[^>]*>')


def documents(folder: Path | None) -> list[bytes]:
    """The SPL documents to build from, in the order of their names."""
    if folder is None:
        return [sample.data for sample in samples()]
    return [path.read_bytes() for path in sorted(folder.glob("*.xml"))]


def renewed(data: bytes, rng: random.Random, set_id: UUID, document_id: UUID) -> bytes:
    """A document as another label: other ids and version, and other words among its own."""
    data = _DOCUMENT_ID.sub(f'<id root="{document_id}"/>'.encode(), data, count=1)
    data = _SET_ID.sub(f'<setId root="{set_id}"/>'.encode(), data, count=1)
    data = _VERSION.sub(f'<versionNumber value="{rng.randint(1, 60)}"/>'.encode(), data, count=1)
    pieces = data.split(b"</paragraph>")
    return b"".join(piece + f" Lot {rng.getrandbits(40):x}.</paragraph>".encode() for piece in pieces[:-1]) + pieces[-1]


def labels(folder: Path | None, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of so many label zips."""
    rng, given = random.Random(seed), documents(folder)  # noqa: S311 - no secrets
    picture = rng.randbytes(PICTURE)
    for number in range(count):
        set_id, document_id = (UUID(int=rng.getrandbits(128), version=4) for _ in range(2))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            data = renewed(given[number % len(given)], rng, set_id, document_id)
            archive.writestr(_info(f"{document_id}.xml"), data, compresslevel=1)
            archive.writestr(_info("carton.jpg"), picture, zipfile.ZIP_STORED)
        yield f"prescription/20260801_{set_id}.zip", packed.getvalue()


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def build(path: Path, *, count: int, folder: Path | None = None, seed: int = 1) -> None:
    """Write a release of so many labels; one label at a time is in memory."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as release:
        for name, data in labels(folder, count, seed):
            release.writestr(_info(name), data, zipfile.ZIP_STORED)


def load(release: Path, database: Path, *, window: int, workers: int = 1) -> Report:
    """Load a release into a database, and print how fast that was in each window of labels.

    A CPU second is one of this process alone: with one worker it tells what a label costs, however busy the
    machine is.
    """
    print(f"{'labels':>8}{'a second':>10}{'a CPU second':>14}{'peak MB':>9}{'database MB':>13}", flush=True)
    start = time.perf_counter(), time.process_time()

    def tell(_name: str, report: Report) -> None:
        nonlocal start
        if report.seen % window == 0:
            now = time.perf_counter(), time.process_time()
            rates = "".join(f"{window / (b - a):{width}.2f}" for a, b, width in zip(start, now, (10, 14), strict=True))
            print(f"{report.seen:8}{rates}{peak():9.0f}{size(database):13.0f}", flush=True)
            start = now

    with closing(open_database(database, create=True)) as opened:
        return run(opened, read_paths([release]), on_progress=tell, reader=in_processes(workers))


def peak() -> float:
    """The most memory that this process has had so far, in MB (Linux tells it in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def peak_worker() -> float:
    """The most memory that one of the processes that have ended had, in MB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6


def size(database: Path) -> float:
    """The size of a database and its write-ahead log in MB."""
    files = (database, Path(f"{database}-wal"))
    return sum(file.stat().st_size for file in files if file.exists()) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", help="write a release")
    building.add_argument("release", type=Path)
    building.add_argument("labels", type=int)
    building.add_argument("--folder", type=Path, help="SPL documents to build from; default: the bundled samples")
    building.add_argument("--seed", type=int, default=1)
    loading = commands.add_parser("load", help="load a release and print how fast")
    loading.add_argument("release", type=Path)
    loading.add_argument("database", type=Path)
    loading.add_argument("--window", type=int, default=1000)
    loading.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    if given.command == "build":
        build(given.release, count=given.labels, folder=given.folder, seed=given.seed)
    else:
        start, used = time.perf_counter(), time.process_time()
        report = load(given.release, given.database, window=given.window, workers=given.workers)
        seconds, used = time.perf_counter() - start, time.process_time() - used
        print(
            f"{report.seen} labels in {seconds:.0f} s ({report.seen / seconds:.2f} a second,"
            f" {report.seen / used:.2f} a CPU second): {report.new} new,"
            f" {report.failed} failed; at most {peak():.0f} MB of memory, and {peak_worker():.0f} MB in a worker"
        )
        for failed in report.failures[:10]:
            print(f"failed: {failed.name}: {failed.reason}")


if __name__ == "__main__":
    main()
