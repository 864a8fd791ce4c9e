"""The schema changes only through named migrations: the files of ``db/sql``, in the order of their names.

Each runs in one transaction together with the note that it ran. Views are data (``db.views``): they are made
again from ``db/views.sql`` whenever they differ, after the migrations.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from pathlib import Path

from sqlite_utils import Database, Migrations

from db import changes
from db.connection import connect, explained, writing
from db.errors import NewerDatabase, NotOurs

MIGRATIONS = Migrations("onlabel")
PATIENCE = 30.0
"""Seconds to wait for another program that is writing."""


def _statements(script: str) -> list[str]:
    """The statements of a script, an empty line apart, without the comments above them."""
    code = re.sub(r"^--.*\n", "", script, flags=re.M)
    return [statement.strip().removesuffix(";") for statement in code.split("\n\n") if statement.strip()]


def _run(script: str, database: Database) -> None:
    for statement in _statements(script):  # SQLite's own script runner would commit our transaction
        database.execute(statement)


def _register() -> None:
    scripts = {file.name: file for file in (files("db") / "sql").iterdir() if file.name.endswith(".sql")}
    for name in sorted(scripts):
        run: Callable[[Database], None] = partial(_run, scripts[name].read_text(encoding="utf-8"))
        MIGRATIONS(name=name.removesuffix(".sql"))(run)


def _views() -> dict[str, str]:
    statements = _statements((files("db") / "views.sql").read_text(encoding="utf-8"))
    return {statement.split()[2]: statement for statement in statements}


_register()
KNOWN = frozenset(migration.name for migration in MIGRATIONS._migrations)


def open_database(path: str | Path, *, create: bool = True, timeout: float = PATIENCE) -> Database:
    """Open the database at ``path`` (or ``:memory:``), new or of any older onlabel, and bring it up to date.

    With ``create`` it is made where it is not there, and must be writable; without, it must be there, and a
    current one may be read-only. ``timeout``: seconds to wait for another writer. Raises DatabaseError:
    MissingDatabase, NewerDatabase, NotOurs, UnwritableDatabase, LockedDatabase.
    """
    database = connect(path, create=create, timeout=timeout)
    try:
        with explained(path):
            _bring_up_to_date(database, str(path), patience=timeout)
    except BaseException:
        database.close()
        raise
    return database


def _bring_up_to_date(database: Database, path: str, *, patience: float) -> None:
    tables = database.table_names()  # before the notes: they are made together
    applied = {migration.name for migration in MIGRATIONS.applied(database)}
    if tables and not applied:
        raise NotOurs(f"{path} is another program's database; name another file")
    if unknown := applied - KNOWN:
        raise NewerDatabase(
            f"{path} was written by a newer onlabel (which knows {max(unknown)!r}); upgrade, or name another"
        )
    if not applied:
        _use_wal(database, patience=patience)
    while MIGRATIONS.pending(database):
        with writing(database):  # another process may have been faster: look again, now with the lock
            later = [migration.name for migration in MIGRATIONS.pending(database)[1:]]
            MIGRATIONS.apply(database, stop_before=later)
    if stale := _stale_views(database):
        with writing(database):
            for name, statement in stale.items():
                database.execute(f"DROP VIEW IF EXISTS {name}")
                database.execute(statement)
    if changes.are_stale(database):
        with writing(database):
            changes.renew_all(database)


def _use_wal(database: Database, *, patience: float) -> None:
    """Readers and one writer at once. SQLite does not wait for other openers here, so we do."""
    deadline = time.monotonic() + patience
    while True:
        try:
            database.enable_wal()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _stale_views(database: Database) -> dict[str, str]:
    stored = dict(database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'").fetchall())
    return {name: statement for name, statement in _views().items() if stored.get(name) != statement}
