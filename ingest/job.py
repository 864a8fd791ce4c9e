"""The job: documents in, stored labels out. What fails is noted with its reason, and the rest goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlite_utils import Database

from db import clear_failure, read_document, record_failure, save_document, save_label
from db.errors import DatabaseError, EvidenceError
from extract import Facts, extract_label
from ingest.documents import Failed, RawDocument
from labels import Label, LabelError, parse_record, parse_spl


@dataclass(slots=True)
class Report:
    """How many documents came, and what became of them.

    ``not_labels`` were recognized as no human drug label; they are stored, so they are counted as new,
    updated or unchanged too.
    """

    seen: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    not_labels: int = 0
    failures: list[Failed] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """How many documents could not be had, read or stored."""
        return len(self.failures)


OnProgress = Callable[[str, Report], object]
"""Called after each document with its name and the report so far."""


def run(
    database: Database, documents: Iterable[RawDocument | Failed], *, on_progress: OnProgress | None = None
) -> Report:
    """Keep documents as they came, and store what they say. A label is stored whole or not at all.

    Raises DatabaseError where nothing can be stored, and whatever the documents raise as they come.
    """
    report = Report()
    for item in documents:
        if isinstance(item, Failed):
            _note(database, report, item)
        else:
            sha256 = save_document(
                database, item.data, source=item.source, origin=item.origin, name=item.name, media=item.media
            )
            _store(database, report, item, sha256)
        report.seen += 1
        if on_progress:
            on_progress(item.name, report)
    return report


def reextract(database: Database, *, on_progress: OnProgress | None = None) -> Report:
    """Read all kept documents again, oldest first, and store what they say now. Needs no network."""
    report = Report()
    for item, sha256 in _kept(database):
        _store(database, report, item, sha256)
        report.seen += 1
        if on_progress:
            on_progress(item.name, report)
    return report


def parse(document: RawDocument) -> Label:
    """The label that a document holds. Raises LabelError."""
    if document.media == "spl":
        return parse_spl(document.data, name=document.name)
    return parse_record(json.loads(document.data), name=document.name)


def _kept(database: Database) -> Iterator[tuple[RawDocument, str]]:
    # The list is read whole before the first label is written.
    rows = database.execute(
        "SELECT sha256, media, source, origin, name FROM documents ORDER BY fetched_at, sha256"
    ).fetchall()
    for sha256, *about in rows:
        yield RawDocument(read_document(database, sha256), *about), sha256


def _store(database: Database, report: Report, item: RawDocument, sha256: str) -> None:
    try:
        label = parse(item)
        facts = Facts() if label.not_a_label else extract_label(label)
        outcome = save_label(database, label, facts, sha256=sha256)
    except DatabaseError:
        raise
    except LabelError as error:
        _note(database, report, _failed(item, error.reason), sha256)
    except EvidenceError as error:
        _note(database, report, _failed(item, str(error)), sha256)
    except Exception as error:  # one label never stops the others
        _note(database, report, _failed(item, f"unexpected {type(error).__name__}: {error}"), sha256)
    else:
        _count(report, outcome, label)
        # What failed as a whole file, or as this document with other bytes, is well again.
        for name in {item.name, Path(item.origin).name}:
            clear_failure(database, origin=item.origin, name=name)


def _count(report: Report, outcome: str, label: Label) -> None:
    setattr(report, outcome, getattr(report, outcome) + 1)
    report.not_labels += label.not_a_label is not None


def _failed(item: RawDocument, reason: str) -> Failed:
    return Failed(item.source, item.origin, item.name, " ".join(reason.split()))


def _note(database: Database, report: Report, failed: Failed, sha256: str | None = None) -> None:
    report.failures.append(failed)
    if failed.kept:
        record_failure(
            database,
            source=failed.source,
            origin=failed.origin,
            name=failed.name,
            reason=failed.reason,
            sha256=sha256,
        )
