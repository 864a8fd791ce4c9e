"""Opening a database: new, current, newer, damaged, somebody else's, unwritable, or all at once."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database

from db import (
    DatabaseError,
    LockedDatabase,
    MissingDatabase,
    NewerDatabase,
    NotOurs,
    UnwritableDatabase,
    migrations,
    open_database,
    record_failure,
    writing,
)

ROOT = Path(__file__).absolute().parent.parent
NOBODY = 65534


@contextmanager
def unprivileged() -> Iterator[None]:
    """Without the rights of root, whom no permission stops."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that an unprivileged user reaches too, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def names(database: Database, kind: str = "table") -> set[str]:
    sql = "SELECT name FROM sqlite_master WHERE type = ?"
    return {name for (name,) in database.execute(sql, [kind]).fetchall()}


def test_a_new_database_has_its_tables_views_and_settings(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "new.db")) as database:
        assert names(database) >= {"documents", "labels", "sections", "facts", "reviews", "sections_fts"}
        assert names(database, "view") >= {"current_indications", "label_changes"}
        assert database.journal_mode == "wal"
        assert database.execute("PRAGMA foreign_keys").fetchone() == (1,)
        applied = [migration.name for migration in migrations.MIGRATIONS.applied(database)]
        assert applied == sorted(migrations.KNOWN)


def test_opening_again_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "twice.db"
    open_database(path).close()
    before = path.read_bytes()
    with closing(open_database(path)) as database:
        assert database.conn.total_changes == 0
    with closing(open_database(path, create=False)) as database:
        assert database.conn.total_changes == 0
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["twice.db"]


def test_all_our_tables_are_strict() -> None:
    with closing(open_database(":memory:")) as database:
        rows = database.execute("PRAGMA table_list").fetchall()
        own = {row[1]: row[5] for row in rows if row[2] == "table" and not row[1].startswith(("sqlite_", "_"))}
        assert len(own) >= 12
        assert set(own.values()) == {1}


def test_strict_types_checks_and_foreign_keys_hold() -> None:
    with closing(open_database(":memory:")) as database:
        document = ["0" * 64, "files", "o", "n", "spl", "2024-01-01", 1, b""]
        with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value"):
            database.execute("INSERT INTO documents VALUES (?,?,?,?,?,?,?,?)", [*document[:6], "many", b""])
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            database.execute("INSERT INTO documents VALUES (?,?,?,?,?,?,?,?)", [*document[:4], "pdf", *document[5:]])
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            database.execute("INSERT INTO names (set_id, version, kind, name) VALUES ('x', 1, 'brand', 'y')")
        assert not database.conn.in_transaction


def test_a_view_that_differs_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "views.db"
    with closing(open_database(path)) as database:
        database.execute("DROP VIEW current_labels")
        database.execute("CREATE VIEW current_labels AS SELECT 1 AS old")
    with closing(open_database(path)) as database:
        assert "set_id" in database["current_labels"].columns_dict


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    with closing(open_database(path)) as database:
        note = {"migration_set": "onlabel", "name": "9999_from_the_future", "applied_at": "2099"}
        database.table("_sqlite_migrations").insert(note)
    before = path.read_bytes()
    with pytest.raises(NewerDatabase, match=r"newer\.db was written by a newer onlabel .*9999_from_the_future"):
        open_database(path)
    assert path.read_bytes() == before


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(database: Database) -> None:
        database.execute("CREATE TABLE half (a TEXT)")
        raise RuntimeError("broken on purpose")

    path = tmp_path / "half.db"
    last = migrations.MIGRATIONS._migrations[-1]
    monkeypatch.setattr(last, "fn", fail)
    with pytest.raises(RuntimeError, match="on purpose"):
        open_database(path)
    monkeypatch.undo()
    with closing(open_database(path)) as database:
        assert "half" not in names(database)
        assert "facts" in names(database)


@pytest.mark.parametrize("content", [b"no database at all\n" * 100, b"<?xml version='1.0'?><document/>" * 40])
def test_another_kind_of_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "label.xml"
    path.write_bytes(content)
    with pytest.raises(NotOurs, match=r"label\.xml is not an SQLite database; name another file$"):
        open_database(path)
    assert path.read_bytes() == content


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    open_database(path).close()
    data = bytearray(path.read_bytes())
    data[100:4096] = b"\xff" * 3996
    path.write_bytes(data)
    with pytest.raises(NotOurs, match=r"damaged\.db is damaged"):
        open_database(path)


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE labels (colour TEXT)")
    with pytest.raises(NotOurs, match="another program's database"):
        open_database(path)


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    with closing(open_database(path)) as database:
        assert "labels" in names(database)


def test_odd_file_names_are_taken_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a?mode=ro#b %41é.db"
    open_database(path).close()
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("name", "create", "error", "message"),
    [
        ("none.db", False, MissingDatabase, "there is no database .*; ingest or load labels first"),
        ("no/folder/new.db", True, MissingDatabase, "there is no folder .*folder; make it first"),
        ("", True, NotOurs, "is a folder; name a database file in it"),
    ],
)
def test_a_place_without_a_database(
    tmp_path: Path, name: str, create: bool, error: type[DatabaseError], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        open_database(tmp_path / name, create=create)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_database_can_be_read_but_not_written(open_folder: Path) -> None:
    path = open_folder / "read.db"
    open_database(path).close()
    path.chmod(0o444)
    open_folder.chmod(0o555)
    with unprivileged():
        with pytest.raises(UnwritableDatabase, match="cannot be written; change its permissions"):
            open_database(path)
        with pytest.raises(UnwritableDatabase, match="cannot be written"):
            open_database(open_folder / "another.db")
        with closing(open_database(path, create=False)) as database:
            assert database["current_labels"].count == 0
            with pytest.raises(UnwritableDatabase, match="cannot be written"):
                record_failure(database, source="files", origin="o", name="n", reason="r")
    open_folder.chmod(0o755)


def test_a_locked_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "busy.db"
    with closing(open_database(path)) as first, closing(open_database(path, timeout=0.05)) as second:
        busy = pytest.raises(LockedDatabase, match=r"busy\.db is in use by another program")
        with writing(first), busy, writing(second):
            pass
        with writing(second):
            assert second.conn.in_transaction


def test_an_error_in_sql_stays_what_it_is() -> None:
    with closing(open_database(":memory:")) as database:
        with pytest.raises(sqlite3.OperationalError, match="no such table"), writing(database):
            database.execute("SELECT * FROM nowhere")
        assert not database.conn.in_transaction


def test_writing_nests_and_keeps_what_is_outside() -> None:
    note = "INSERT INTO failures VALUES ('o', ?, 's', 'r', NULL, 'now')"

    def interrupted(database: Database) -> None:
        with writing(database):
            database.execute(note, ["lost"])
            raise KeyboardInterrupt

    with closing(open_database(":memory:")) as database:
        with writing(database):
            database.execute(note, ["kept"])
            with pytest.raises(KeyboardInterrupt):
                interrupted(database)
        assert [row["name"] for row in database["failures"].rows] == ["kept"]


def test_many_processes_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom db import open_database, record_failure\n"
        "print('ready', flush=True)\nsys.stdin.readline()\n"
        "database = open_database(sys.argv[1])\n"
        "record_failure(database, source='files', origin='o', name=sys.argv[2], reason='r')\n"
        "print(database['current_labels'].count)\ndatabase.close()"
    )
    path = tmp_path / "rush.db"
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code, str(path), str(n)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        )
        for n in range(4)
    ]  # fmt: skip
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:  # let all go before any is waited for
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    told = [(*process.communicate(timeout=60), process.returncode) for process in started]
    assert told == [("0\n", "", 0)] * 4
    with closing(open_database(path, create=False)) as database:
        assert database["failures"].count == 4
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
