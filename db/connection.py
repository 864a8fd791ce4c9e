"""Opening the database, and writing to it in whole transactions.

SQLite's errors leave this module as ours, with one line that says what to do.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from db.errors import DatabaseError, LockedDatabase, MissingDatabase, NotOurs, UnwritableDatabase

OLDEST_SQLITE = (3, 37, 0)  # STRICT tables
MEMORY = ":memory:"
_BUSY = (LockedDatabase, "is in use by another program; try again when that is done")
_UNREACHABLE = (UnwritableDatabase, "cannot be opened; check it and the permissions of its folder")
_READ_ONLY = (UnwritableDatabase, "cannot be written; change its permissions, or name another")
_EXPLAINED: dict[int, tuple[type[DatabaseError], str]] = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_CANTOPEN: _UNREACHABLE,
    sqlite3.SQLITE_PERM: _UNREACHABLE,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_FULL: (UnwritableDatabase, "cannot grow, the disk is full; make room and try again"),
    sqlite3.SQLITE_IOERR: (UnwritableDatabase, "cannot be read or written (disk error); check the disk"),
    sqlite3.SQLITE_CORRUPT: (NotOurs, "is damaged; use a copy, or load the labels into a new one"),
    sqlite3.SQLITE_NOTADB: (NotOurs, "is not an SQLite database; name another file"),
}


def connect(path: Path | str, *, create: bool, timeout: float) -> Database:
    """A connection with foreign keys on. Raises DatabaseError; makes no tables."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise DatabaseError(f"SQLite 3.37 or newer is needed, this Python has {sqlite3.sqlite_version}")
    if str(path) == MEMORY:
        return _prepared(sqlite3.connect(MEMORY))
    path = Path(path)
    _check_place(path, create=create)
    uri = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
    # In a read-only folder SQLite cannot make the shared memory that WAL needs; nobody writes to the file.
    if not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists():
        uri += "&immutable=1"
    with explained(path):
        return _prepared(sqlite3.connect(uri, uri=True, timeout=timeout))


def _prepared(connection: sqlite3.Connection) -> Database:
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        # With WAL a power cut may take back the last transactions, and never a part of one or an earlier one alone.
        # So what rests on others being stored (a sync's cursor, a note of what is listed) is written after them.
        connection.execute("PRAGMA synchronous = NORMAL")
        return Database(connection, execute_plugins=False, strict=True)
    except BaseException:
        connection.close()
        raise


def _check_place(path: Path, *, create: bool) -> None:
    if path.is_dir():
        raise NotOurs(f"{path} is a folder; name a database file in it")
    if not path.exists():
        if not create:
            raise MissingDatabase(f"there is no database {path}; ingest or load labels first, or name another")
        if not path.parent.is_dir():
            raise MissingDatabase(f"{path} cannot be made: there is no folder {path.parent}; make it first")
    if create and not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UnwritableDatabase(f"{path} {_READ_ONLY[1]}")


@contextmanager
def explained(path: object) -> Iterator[None]:
    """Turn SQLite's errors about the file at ``path`` into ours; errors in SQL stay as they are."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the primary code
        if code not in _EXPLAINED:
            raise
        kind, advice = _EXPLAINED[code]
        raise kind(f"{path} {advice}") from error


def place(database: Database) -> str:
    """The file that a database lies in, or ``:memory:``."""
    return database.execute("PRAGMA database_list").fetchone()[2] or MEMORY


@contextmanager
def writing(database: Database) -> Iterator[None]:
    """One transaction: all that is written inside, or nothing. Inside another one it is a part of that.

    The lock is taken at the start, so that what is read inside cannot change before it is written.
    Raises LockedDatabase or UnwritableDatabase.
    """
    if database.conn.in_transaction:
        with database.atomic():
            yield
        return
    with explained(place(database)):
        database.execute("BEGIN IMMEDIATE")
        try:
            yield
            database.commit()
        except BaseException:
            database.rollback()
            raise
