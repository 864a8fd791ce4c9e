"""What a database follows: entries, how far each is followed, what the sources list, and what they no longer have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

from sqlite_utils import Database

from db.connection import writing

TrackedKind = Literal["drug", "ingredient", "setid", "class", "labeler", "all-rx"]
DUE_AFTER = timedelta(days=1)
"""A tracked entry is due when its last complete sync is older."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """An entry that the database follows."""

    tracked_id: int
    kind: TrackedKind
    value: str

    def __str__(self) -> str:
        """For people."""
        return self.value if self.kind in {"drug", "all-rx"} else f"{self.kind} {self.value}"


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far an entry is followed at a source. Dates are ISO 8601."""

    complete_to: str
    synced_at: str
    listed_whole_at: str


def track(database: Database, kind: TrackedKind, values: Iterable[str]) -> list[str]:
    """Follow these from now on. Returns those that are new; the others were followed already."""
    with writing(database):
        return [value for value in values if _add(database, kind, value)]


def _add(database: Database, kind: str, value: str) -> bool:
    row = [kind, value, now()]
    sql = "INSERT INTO tracked (kind, value, tracked_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    return bool(database.execute(sql, row).rowcount)


def untrack(database: Database, kind: TrackedKind, values: Iterable[str]) -> list[str]:
    """Follow these no more; what is stored of them stays. Returns those that were followed."""
    sql = "DELETE FROM tracked WHERE kind = ? AND value = ?"
    with writing(database):
        return [value for value in values if database.execute(sql, [kind, value]).rowcount]


def tracked(database: Database) -> list[Tracked]:
    """All entries, in the order in which they came."""
    rows = database.execute("SELECT tracked_id, kind, value FROM tracked ORDER BY tracked_id").fetchall()
    return [Tracked(number, cast(TrackedKind, kind), value) for number, kind, value in rows]


def cursor(database: Database, entry: Tracked, source: str) -> Cursor | None:
    """How far an entry is followed at a source; None where it never was, completely."""
    row = database.execute(
        "SELECT complete_to, synced_at, listed_whole_at FROM cursors WHERE tracked_id = ? AND source = ?",
        [entry.tracked_id, source],
    ).fetchone()
    return row and Cursor(*row)


def move_cursor(
    database: Database, entry: Tracked, source: str, to: Cursor, *, validators: Mapping[str, str] | None = None
) -> None:
    """Note that all that was new up to here is stored; ``validators``: of the addresses that listed it."""
    key = [entry.tracked_id, source]
    with writing(database):
        row = [*key, to.complete_to, to.synced_at, to.listed_whole_at]
        database.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?, ?, ?)", row)
        database.execute("DELETE FROM validators WHERE tracked_id = ? AND source = ?", key)
        rows = [[*key, *told] for told in (validators or {}).items()]
        database.conn.executemany("INSERT INTO validators VALUES (?, ?, ?, ?)", rows)


def validators(database: Database, entry: Tracked, source: str) -> dict[str, str]:
    """ETag or Last-Modified of the addresses that listed an entry in its last complete sync."""
    sql = "SELECT address, validator FROM validators WHERE tracked_id = ? AND source = ?"
    return dict(database.execute(sql, [entry.tracked_id, source]).fetchall())


def is_stored(database: Database, set_id: str, version: int, *, as_spl: bool) -> bool:
    """Whether this version of a label is stored; ``as_spl``: from SPL XML, which counts more than openFDA."""
    sql = "SELECT 1 FROM labels WHERE set_id = ? AND version = ? AND (source = 'spl' OR NOT ?)"
    return database.execute(sql, [set_id, version, as_spl]).fetchone() is not None


def last_listed(database: Database, set_id: str, source: str) -> tuple[int, str] | None:
    """Version and publication of what was last fetched of a label, or found to be stored."""
    sql = "SELECT version, published FROM listed WHERE set_id = ? AND source = ? ORDER BY version DESC LIMIT 1"
    row = database.execute(sql, [set_id, source]).fetchone()
    return row and tuple(row)


def note_listed(database: Database, entry: Tracked, source: str, *, set_id: str, version: int, published: str) -> None:
    """Note that a label is listed for an entry and fetched. It is there, whatever was missed before."""
    row = [set_id, source, entry.tracked_id, version, published]
    with writing(database):
        database.execute(
            "INSERT INTO listed VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET version = excluded.version, published = excluded.published"
            " WHERE (version, published) <> (excluded.version, excluded.published)",
            row,
        )
        database.execute("DELETE FROM withdrawals WHERE set_id = ? AND source = ?", row[:2])


def listed(database: Database, entry: Tracked, source: str) -> dict[str, tuple[int, str]]:
    """The labels that a source has listed for an entry: version and publication by set id."""
    sql = "SELECT set_id, version, published FROM listed WHERE tracked_id = ? AND source = ?"
    rows = database.execute(sql, [entry.tracked_id, source]).fetchall()
    return {set_id: (version, published) for set_id, version, published in rows}


def unlist(database: Database, entry: Tracked, source: str, set_id: str) -> None:
    """Note that a label is there, but no longer belongs to an entry."""
    with writing(database):
        database.execute(
            "DELETE FROM listed WHERE tracked_id = ? AND source = ? AND set_id = ?", [entry.tracked_id, source, set_id]
        )


def missing_set_ids(database: Database, source: str) -> list[str]:
    """Labels that were not there at the last look, and are not marked as withdrawn yet."""
    sql = "SELECT set_id FROM withdrawals WHERE source = ? AND withdrawn_on IS NULL ORDER BY set_id"
    return [set_id for (set_id,) in database.execute(sql, [source]).fetchall()]


def note_missing(database: Database, source: str, set_id: str) -> bool:
    """Note that a source does not have a label. The second time marks it as withdrawn, and returns True."""
    with writing(database):
        known = database.execute("SELECT 1 FROM withdrawals WHERE set_id = ? AND source = ?", [set_id, source])
        if known.fetchone() is None:
            database.execute("INSERT INTO withdrawals VALUES (?, ?, ?, NULL)", [set_id, source, now()[:10]])
            return False
        database.execute(
            "UPDATE withdrawals SET withdrawn_on = missing_since WHERE set_id = ? AND source = ?", [set_id, source]
        )
        database.execute("DELETE FROM listed WHERE set_id = ? AND source = ?", [set_id, source])
        return True


def note_present(database: Database, source: str, set_id: str) -> None:
    """Note that a source has a label after all."""
    with writing(database):
        database.execute("DELETE FROM withdrawals WHERE set_id = ? AND source = ?", [set_id, source])


def freshness(database: Database) -> list[dict[str, Any]]:
    """A row per tracked entry and source: labels listed, last complete sync, and whether another one is due."""
    rows = database.query(
        "SELECT t.kind, t.value, t.tracked_at, c.source, c.synced_at, c.complete_to,"
        " (SELECT count(*) FROM listed l WHERE l.tracked_id = t.tracked_id AND l.source = c.source) AS labels"
        " FROM tracked t LEFT JOIN cursors c USING (tracked_id) ORDER BY t.tracked_id, c.source"
    )
    oldest = (datetime.now(UTC) - DUE_AFTER).isoformat(timespec="seconds")
    return [row | {"due": row["synced_at"] is None or row["synced_at"] < oldest} for row in rows]


def now() -> str:
    """This moment, ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
