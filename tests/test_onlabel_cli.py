"""The command line as a whole: help, versions, and every error in one line."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import onlabel
from onlabel.cli import main
from tests.support_onlabel import assert_one_line, run

COMMANDS = {"demo", "ingest", "load", "extract", "query", "article", "export", "status"}
READERS = [["query"], ["export"], ["status"], ["article", "gout"], ["extract", "--stored"]]


def test_version() -> None:
    assert run("--version").stdout.strip() == f"onlabel, version {onlabel.__version__}"


def test_the_commands_of_the_contract_are_there() -> None:
    assert set(main.commands) >= COMMANDS


def test_python_dash_m() -> None:
    command = [sys.executable, "-m", "onlabel", "--version"]
    assert onlabel.__version__ in subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("command", sorted(COMMANDS - {"demo"}))
def test_every_command_takes_db_and_its_variable(command: str) -> None:
    told = run(command, "--help").stdout
    assert "--db" in told
    assert "ONLABEL_DB" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ["query", "--colour"],
        ["query", "recipes"],
        ["query", "--parameter", "x"],
        ["query", "--limit", "0"],
        ["load"],
        ["ingest"],
        ["extract"],
        ["extract", "--jsonl", "--stored"],
        ["article"],
        ["article", "gout", "--first-citation", "0"],
        ["export", "--format", "xlsx"],
        ["nonsense"],
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(arguments: list[str], stored_samples: Path) -> None:
    result = run(*arguments, env={"ONLABEL_DB": str(stored_samples)})
    assert result.exit_code == 2
    assert_one_line(result)
    assert "--help" in result.stderr


@pytest.mark.parametrize("arguments", READERS)
def test_a_database_that_is_not_there(arguments: list[str], tmp_path: Path) -> None:
    result = run(*arguments, "--db", tmp_path / "none.db")
    assert result.exit_code == 2
    assert_one_line(result)
    assert "none.db" in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("arguments", [*READERS, ["load", __file__], ["ingest", "--source", "sample"]])
def test_a_database_of_a_newer_version_is_refused(arguments: list[str], samples_copy: Path) -> None:
    with sqlite3.connect(samples_copy) as connection:
        (table,) = connection.execute("SELECT name FROM sqlite_master WHERE name LIKE '%migrations'").fetchone()
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        named = {"migration_set": "onlabel", "name": "9999_later", "applied_at": "2100-01-01"}
        values = [named.get(column) for column in columns]
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
    connection.close()
    before = samples_copy.read_bytes()
    result = run(*arguments, "--db", samples_copy)
    assert result.exit_code == 2
    assert_one_line(result)
    assert "newer onlabel" in result.stderr
    assert samples_copy.read_bytes() == before


@pytest.mark.parametrize("arguments", READERS)
def test_a_file_that_is_no_database(arguments: list[str]) -> None:
    result = run(*arguments, "--db", __file__)
    assert result.exit_code == 2
    assert_one_line(result)


def test_a_folder_as_database(tmp_path: Path) -> None:
    result = run("status", "--db", tmp_path)
    assert result.exit_code == 2
    assert_one_line(result)


@pytest.fixture
def broken_status(monkeypatch: pytest.MonkeyPatch) -> None:
    """A query that fails in a way that nobody foresaw."""

    def fail(_database: object) -> None:
        raise ZeroDivisionError("nobody\nforesaw this")

    monkeypatch.setattr("db.queries.status", fail)


@pytest.mark.usefixtures("broken_status")
def test_what_nobody_foresaw_is_one_line_too(stored_samples: Path) -> None:
    result = run("status", "--db", stored_samples)
    assert result.exit_code == 1
    assert_one_line(result)
    assert "ZeroDivisionError: nobody foresaw this" in result.stderr


@pytest.mark.usefixtures("broken_status")
@pytest.mark.parametrize("how", ["option", "variable"])
def test_debug_shows_where(stored_samples: Path, how: str) -> None:
    given = ["--debug"] if how == "option" else []
    env = {"ONLABEL_DEBUG": "1"} if how == "variable" else {}
    result = run(*given, "status", "--db", stored_samples, env=env)
    assert isinstance(result.exception, ZeroDivisionError)


def test_ctrl_c_is_one_line(stored_samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_database: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("db.queries.status", interrupt)
    result = run("status", "--db", stored_samples)
    assert result.exit_code == 130
    assert_one_line(result)
