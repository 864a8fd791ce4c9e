"""Saving documents, labels and their facts. Whatever saves takes the database first and is all or nothing."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from sqlite_utils import Database

from db import changes
from db.connection import writing
from db.errors import EvidenceError, NotOurs, UnknownFact
from db.rows import KINDS, TABLES, Rows, rows_of
from extract.facts import Evidence, Facts
from labels.model import Label

Rank = tuple[bool, str, str, str]
"""How much a document counts for its label version: is it SPL, effective date, when it came, sha256."""
Saved = Literal["new", "updated", "unchanged"]
ReviewStatus = Literal["submitted", "under review", "approved", "rejected"]
REVIEW_STATUSES: tuple[ReviewStatus, ...] = ("submitted", "under review", "approved", "rejected")


def save_document(
    database: Database,
    data: bytes,
    *,
    source: str,
    origin: str,
    name: str,
    fetched_at: str | None = None,
    media: Literal["spl", "openfda"] | None = None,
) -> str:
    """Keep a raw document, and return its sha256. The same bytes are kept once, as they first came.

    ``fetched_at`` is ISO 8601, now if not given; ``media`` is told from the first character if not given.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    media = media or ("openfda" if data.lstrip()[:1] == b"{" else "spl")
    row = (sha256, source, origin, name, media, fetched_at or _now(), len(data), zlib.compress(data))
    with writing(database):
        database.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", row)
    return sha256


def read_document(database: Database, sha256: str) -> bytes:
    """The bytes of a kept document. Raises LookupError where there is none, NotOurs where it is damaged."""
    row = database.execute("SELECT body FROM documents WHERE sha256 = ?", [sha256]).fetchone()
    if row is None:
        raise LookupError(f"no document {sha256} is stored")
    try:
        data = zlib.decompress(row[0])
    except zlib.error:
        data = b""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise NotOurs(f"the stored document {sha256} is damaged; fetch it again into a new database")
    return data


def save_label(database: Database, label: Label, facts: Facts, *, sha256: str) -> Saved:
    """Save a label version with its facts in one transaction. ``sha256``: the document that it was read from.

    Of several documents for the same set id and version one counts: SPL before openFDA, then the later
    effective date, then the one that came later. Saving what is stored already, or what counts less, changes
    nothing: "unchanged". Where facts or text differ, the rows are replaced; reviews stay with the facts that
    say the same. Raises EvidenceError, LookupError (no such document), LockedDatabase, UnwritableDatabase.
    """
    check_evidence(label, facts)
    rows = rows_of(label, facts, sha256=sha256)
    key = (label.set_id.lower(), label.version)
    with writing(database):
        _clear_failures(database, sha256)
        rank, stored = _rank(database, label, sha256), _stored_rank(database, key)
        if stored and ((stored[-1] != sha256 and stored > rank) or _same(database, rows, key)):
            return "unchanged"
        database.execute("DELETE FROM labels WHERE set_id = ? AND version = ?", key)  # the rest cascades
        _insert(database, rows)
        changes.renew(database, *key)
    return "updated" if stored else "new"


def record_failure(
    database: Database, *, source: str, origin: str, name: str, reason: str, sha256: str | None = None
) -> None:
    """Note a document that failed; the same failure again changes nothing. Success clears it."""
    with writing(database):
        database.execute(
            "INSERT INTO failures (origin, name, source, reason, sha256, failed_at) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET source = excluded.source, reason = excluded.reason,"
            " sha256 = excluded.sha256, failed_at = excluded.failed_at"
            " WHERE (reason, sha256, source) IS NOT (excluded.reason, excluded.sha256, excluded.source)",
            [origin, name, source, reason, sha256, _now()],
        )


def clear_failure(database: Database, *, origin: str, name: str) -> None:
    """Forget a failure. Saving a label does so by itself for the failures of its own document."""
    with writing(database):
        database.execute("DELETE FROM failures WHERE origin = ? AND name = ?", [origin, name])


def set_review_status(
    database: Database, *, fact_id: str, status: ReviewStatus, reviewer: str, note: str | None = None
) -> None:
    """Add to the review history of a fact; the last entry counts, for as long as the fact says the same.

    Raises UnknownFact, or ValueError for another status than those of ``REVIEW_STATUSES``.
    """
    if status not in REVIEW_STATUSES:
        raise ValueError(f"{status!r} is no review status; use one of: {', '.join(REVIEW_STATUSES)}")
    with writing(database):
        row = database.execute("SELECT digest FROM facts WHERE fact_id = ?", [fact_id]).fetchone()
        if row is None:
            raise UnknownFact(f"no fact {fact_id!r} is stored; look its id up in a current_… view")
        values = [fact_id, row[0], status, reviewer, note, _now()]
        database.execute("INSERT INTO reviews VALUES (NULL, ?, ?, ?, ?, ?, ?)", values)


def check_evidence(label: Label, facts: Facts) -> None:
    """The rule of the house: ``section.text[start:end] == text`` for every evidence. Raises EvidenceError."""
    texts = {section.index: section.text for section in label.sections}
    for group, kind in KINDS.items():
        for n, fact in enumerate(getattr(facts, group), start=1):
            for evidence in replace(Facts(), **{group: (fact,)}).evidence():
                if problem := _problem(texts, evidence):
                    who = f"{label.brand or label.title or 'label'} ({label.set_id} version {label.version})"
                    raise EvidenceError(f"{who}: {kind} {n}: {evidence.text[:60]!r} {problem}")


def _problem(texts: dict[int, str], e: Evidence) -> str | None:
    where = f"characters {e.start} to {e.end} of section {e.section}"
    if e.section not in texts:
        return f"points to section {e.section}, which is not there"
    if not 0 <= e.start < e.end <= len(texts[e.section]):
        return f"points outside the text: {where}"
    return None if texts[e.section][e.start : e.end] == e.text else f"does not stand at {where}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _clear_failures(database: Database, sha256: str) -> None:
    database.execute(
        "DELETE FROM failures WHERE sha256 = :sha256 OR sha256 IS NULL "
        "AND (origin, name) IN (SELECT origin, name FROM documents WHERE sha256 = :sha256)",
        {"sha256": sha256},
    )


def _rank(database: Database, label: Label, sha256: str) -> Rank:
    row = database.execute("SELECT fetched_at FROM documents WHERE sha256 = ?", [sha256]).fetchone()
    if row is None:
        raise LookupError(f"no document {sha256} is stored; call save_document before save_label")
    return label.source == "spl", label.effective_date or "", row[0], sha256


def _stored_rank(database: Database, key: tuple[str, int]) -> Rank | None:
    row = database.execute(
        "SELECT l.source = 'spl', coalesce(l.effective_date, ''), d.fetched_at, d.sha256 "
        "FROM labels l JOIN documents d USING (sha256) WHERE l.set_id = ? AND l.version = ?",
        key,
    ).fetchone()
    return row and (bool(row[0]), *row[1:])


def _same(database: Database, rows: Rows, key: tuple[str, int]) -> bool:
    """Whether exactly these rows are stored."""
    for table, where in TABLES.items():
        stored = database.query(f"SELECT * FROM {table} WHERE {where}", key)  # noqa: S608 - own names
        found = {frozenset((k, v) for k, v in row.items() if k != "id") for row in stored}
        if found != {frozenset(row.items()) for row in rows[table]}:
            return False
    return True


def _insert(database: Database, rows: Rows) -> None:
    for table, of_table in rows.items():
        if of_table:
            columns = ", ".join(f'"{column}"' for column in of_table[0])
            values = ", ".join(f":{column}" for column in of_table[0])
            database.conn.executemany(f"INSERT INTO {table} ({columns}) VALUES ({values})", of_table)  # noqa: S608
