"""Jobs that store labels: the lock, the row in ``runs``, progress while they run and a summary at the end."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from onlabel.console import progress, say

if TYPE_CHECKING:
    from sqlite_utils import Database

    from db.jobs import Run
    from ingest.documents import Failed, RawDocument
    from ingest.job import OnProgress, Reader, Report

COUNTED = ("seen", "new", "updated", "unchanged", "failed", "bytes")
DOING = {"files": "loading labels", "sample": "reading sample labels"}
NOTED_EVERY = 5.0
"""Seconds between two notes in ``runs`` of how far a job is: what a job that is killed leaves behind."""


@contextmanager
def recorded(
    database: Database, *, doing: str, source: str | None = None, wait: float = 0, log: str = "text"
) -> Iterator[tuple[Run, OnProgress]]:
    """The command as a job of its own, and what to call after each document. Raises db.JobRunning.

    ``log``: "text", or "json" for a line of JSON on stderr for each document and at the end.
    """
    from db.jobs import job, note_counts

    command = click.get_current_context().info_name or "job"
    with job(database, command, source=source, wait=wait, on_wait=say) as done, progress(doing) as advance:
        noted = time.monotonic()

        def on_progress(name: str, report: Report) -> None:
            nonlocal noted
            if log == "json":
                log_line("document", name=name, **_outcome(done, report))
            for count in COUNTED:
                setattr(done, count, getattr(report, count))
            if time.monotonic() > noted + NOTED_EVERY:
                note_counts(database, done)
                noted = time.monotonic()
            advance(name)

        yield done, on_progress
    if log == "json":
        log_line("ended", **asdict(done))


def _outcome(before: Run, report: Report) -> dict[str, str]:
    """What became of the last document, from what is counted more than before."""
    for outcome in ("new", "updated", "unchanged"):
        if getattr(report, outcome) > getattr(before, outcome):
            return {"outcome": outcome}
    return {"outcome": "failed", "reason": report.failures[-1].reason}


def store(
    database: Database,
    documents: Iterable[RawDocument | Failed],
    *,
    source: str,
    reader: Reader | None = None,
    max_failures: int | None = None,
    wait: float = 0,
    log: str = "text",
    as_json: bool = False,
) -> Report:
    """Read and save documents; what fails is told on stderr and does not stop the rest.

    The last four are what :func:`onlabel.options.job_options` gives.
    """
    from ingest.job import one_by_one, run

    doing = DOING.get(source, f"asking {source}")
    with recorded(database, doing=doing, source=source, wait=wait, log=log) as (done, on_progress):
        report = run(
            database, documents, max_failures=max_failures, on_progress=on_progress, reader=reader or one_by_one
        )
        if report.stopped:
            done.outcome, done.reason = "stopped", report.stopped
    if log == "text":
        tell(report)
    if as_json:
        click.echo(run_json(done))
    return report


def tell(report: Report) -> None:
    """Say on stderr what failed, and how many documents became what."""
    for failed in report.failures:
        say(f"failed: {failed.name}: {failed.reason}")
    say(summary(report) + (f"; stopped: {report.stopped}" if report.stopped else ""))


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


def log_line(event: str, **told: Any) -> None:
    """A line of JSON on stderr, for programs that collect logs."""
    from db.tracking import now

    click.echo(json.dumps({"time": now(), "event": event} | told, ensure_ascii=False), err=True)


def run_json(done: Run, **more: Any) -> str:
    """A run as JSON, for programs."""
    return json.dumps(asdict(done) | more, indent=2, ensure_ascii=False)
