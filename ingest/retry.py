"""Taking up what failed: documents that are kept are read again, the others are asked for once more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

from sqlite_utils import Database

from db import clear_failure
from ingest.documents import Failed, RawDocument, SourceName
from ingest.errors import SourceError
from ingest.files import read_paths
from ingest.job import OnProgress, Report, kept_document, run
from ingest.search import find, open_source


@dataclass(frozen=True, slots=True)
class Noted:
    """A row of ``failures``."""

    source: str
    origin: str
    name: str
    sha256: str | None


def retry(database: Database, *, on_progress: OnProgress | None = None) -> Report:
    """Take up every failure; what succeeds now is a failure no more. Raises DatabaseError."""
    rows = database.execute("SELECT source, origin, name, sha256 FROM failures ORDER BY failed_at, origin, name")
    failures = [Noted(*row) for row in rows.fetchall()]
    return run(database, _again(database, failures), on_progress=on_progress)


def _again(database: Database, failures: list[Noted]) -> Iterator[RawDocument | Failed]:
    read: set[str] = set()  # a file is read once, however much of it failed
    for noted in failures:
        if noted.sha256 is not None:
            yield _kept(database, noted)
        elif noted.source != "files":
            yield from _fetched(database, noted)
        elif noted.origin not in read:
            read.add(noted.origin)
            yield from _read(noted)


def _kept(database: Database, noted: Noted) -> RawDocument | Failed:
    try:
        return replace(kept_document(database, noted.sha256 or ""), origin=noted.origin, name=noted.name)
    except LookupError as error:
        return _failed(noted, str(error))


def _read(noted: Noted) -> Iterator[RawDocument | Failed]:
    try:
        yield from read_paths([noted.origin])
    except SourceError as error:
        yield _failed(noted, str(error))


def _fetched(database: Database, noted: Noted) -> Iterator[RawDocument | Failed]:
    items = list(find(open_source(noted.source), [f"setid:{noted.name}"]))
    yield from items or [_failed(noted, f"{noted.source} has no such label any more")]
    if items and items[0].origin != noted.origin and isinstance(items[0], RawDocument):
        clear_failure(database, origin=noted.origin, name=noted.name)  # its address is another now


def _failed(noted: Noted, reason: str) -> Failed:
    return Failed(cast(SourceName, noted.source), noted.origin, noted.name, reason)
