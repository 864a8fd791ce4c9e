"""The job: documents in, stored labels out. What fails is noted with its reason, and the rest goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlite_utils import Database

from db import clear_failure, read_document, record_failure, save_document, save_label
from db.errors import DatabaseError, EvidenceError
from extract import Facts, extract_label
from ingest.documents import Failed, RawDocument
from ingest.time_limit import TooSlow, time_limit
from labels import Label, LabelError, parse_record, parse_spl

MAX_SECONDS = 120.0
"""The longest that reading one document may take; real labels take a tenth of a second, the longest some seconds."""


@dataclass(slots=True)
class Report:
    """How many documents came, and what became of them.

    ``not_labels`` were recognized as no human drug label; they are stored, so they are counted as new,
    updated or unchanged too. ``bytes`` of documents came; ``stopped`` says why the rest did not.
    """

    seen: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    not_labels: int = 0
    bytes: int = 0
    stopped: str | None = None
    failures: list[Failed] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """How many documents could not be had, read or stored."""
        return len(self.failures)


OnProgress = Callable[[str, Report], object]
"""Called after each document with its name and the report so far."""
Said = tuple[Label, Facts] | str
"""What a document says; or, as text, why it cannot be read."""
Coming = Generator[tuple[RawDocument, Callable[[], Said]] | Failed, None, None]
Reader = Callable[[Iterable[RawDocument | Failed]], Coming]
"""Gives documents in their order, each with what tells what it says; ``ingest.workers`` has one for many processes."""


def one_by_one(documents: Iterable[RawDocument | Failed]) -> Coming:
    """Documents, each read in this process when it is its turn."""
    for item in documents:
        yield item if isinstance(item, Failed) else (item, partial(read_label, item))


def run(
    database: Database,
    documents: Iterable[RawDocument | Failed],
    *,
    max_failures: int | None = None,
    on_progress: OnProgress | None = None,
    reader: Reader = one_by_one,
) -> Report:
    """Keep documents as they came, and store what they say. A label is stored whole or not at all.

    ``max_failures``: stop when so many have failed. ``reader``: how documents are read; the result is the same.

    Raises DatabaseError where nothing can be stored, and whatever the documents raise as they come.
    """
    report = Report()
    with closing(reader(documents)) as coming:
        for came in coming:
            name = _take(database, report, came)
            if on_progress:
                on_progress(name, report)
            if report.failed == max_failures:
                report.stopped = f"{report.failed} failed, as many as --max-failures allows"
                break
    return report


def _take(database: Database, report: Report, came: tuple[RawDocument, Callable[[], Said]] | Failed) -> str:
    """Keep and store one document, and return its name."""
    report.seen += 1
    if isinstance(came, Failed):
        _note(database, report, came)
        return came.name
    item, read = came
    sha256 = save_document(
        database, item.data, source=item.source, origin=item.origin, name=item.name, media=item.media
    )
    report.bytes += len(item.data)
    _store(database, report, item, sha256, read())
    return item.name


def reextract(database: Database, *, on_progress: OnProgress | None = None) -> Report:
    """Read all kept documents again, oldest first, and store what they say now. Needs no network."""
    report = Report()
    for item, sha256 in _kept(database):
        _store(database, report, item, sha256, read_label(item))
        report.seen += 1
        if on_progress:
            on_progress(item.name, report)
    return report


def parse(document: RawDocument) -> Label:
    """The label that a document holds. Raises LabelError."""
    if document.media == "spl":
        return parse_spl(document.data, name=document.name)
    return parse_record(json.loads(document.data), name=document.name)


def read_label(document: RawDocument) -> Said:
    """What a document says, or why it cannot be read."""
    try:
        with time_limit(MAX_SECONDS):
            label = parse(document)
            return label, Facts() if label.not_a_label else extract_label(label)
    except TooSlow:
        return f"reading it took more than {MAX_SECONDS:.0f} s: given up"
    except LabelError as error:
        return error.reason
    except Exception as error:  # one label never stops the others
        return _unexpected(error)


def kept_document(database: Database, sha256: str) -> RawDocument:
    """A document as it came. Raises LookupError where there is none, NotOurs where it is damaged."""
    sql = "SELECT media, source, origin, name FROM documents WHERE sha256 = ?"
    about = database.execute(sql, [sha256]).fetchone() or ()
    return RawDocument(read_document(database, sha256), *about)


def _kept(database: Database) -> Iterator[tuple[RawDocument, str]]:
    # The list is read whole before the first label is written.
    rows = database.execute("SELECT sha256 FROM documents ORDER BY fetched_at, sha256").fetchall()
    for (sha256,) in rows:
        yield kept_document(database, sha256), sha256


def _store(database: Database, report: Report, item: RawDocument, sha256: str, said: Said) -> None:
    if isinstance(said, str):
        _note(database, report, _failed(item, said), sha256)
        return
    label, facts = said
    try:
        outcome = save_label(database, label, facts, sha256=sha256)
    except DatabaseError:
        raise
    except EvidenceError as error:
        _note(database, report, _failed(item, str(error)), sha256)
    except Exception as error:  # one label never stops the others
        _note(database, report, _failed(item, _unexpected(error)), sha256)
    else:
        _count(report, outcome, label)
        # What failed as a whole file, or as this document with other bytes, is well again.
        for name in {item.name, Path(item.origin).name}:
            clear_failure(database, origin=item.origin, name=name)


def _count(report: Report, outcome: str, label: Label) -> None:
    setattr(report, outcome, getattr(report, outcome) + 1)
    report.not_labels += label.not_a_label is not None


def _unexpected(error: Exception) -> str:
    return f"unexpected {type(error).__name__}: {error}"


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
