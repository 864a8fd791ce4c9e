"""Documents into the database, with progress while it runs and a summary at the end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from onlabel.console import progress, say

if TYPE_CHECKING:
    from sqlite_utils import Database

    from ingest.documents import Failed, RawDocument
    from ingest.job import Report


def store(database: Database, documents: Iterable[RawDocument | Failed], *, doing: str) -> Report:
    """Read and save documents; what fails is told on stderr and does not stop the rest."""
    from ingest.job import run

    with progress(doing) as advance:
        report = run(database, documents, on_progress=advance)
    tell(report)
    return report


def tell(report: Report) -> None:
    """Say on stderr what failed, and how many documents became what."""
    for failed in report.failures:
        say(f"failed: {failed.name}: {failed.reason}")
    say(summary(report))


def summary(report: Report) -> str:
    """One line of counts, such as "12 documents: 11 new, 1 unchanged"."""
    counts = {
        "new": report.new,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "no drug label": report.not_labels,
        "failed": report.failed,
    }
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    plural = "document" if report.seen == 1 else "documents"
    return f"{report.seen} {plural}" + (f": {told}" if told else "")
