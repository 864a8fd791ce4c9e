"""``load`` and ``ingest``: what is bad is named, the rest is stored, nothing is half-written."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import sqlite3
import time
import zipfile
from pathlib import Path

import pytest

from ingest.http import PoliteSession
from tests.replica import Fault, Replica
from tests.support_ingest import record, tiny, tiny_spl
from tests.support_onlabel import assert_one_line, run, start

BAD_FILES = {
    "empty.xml": b"",
    "truncated.xml": tiny_spl(1)[:700],
    "malformed.xml": tiny_spl(1).replace(b"</title>", b"</heading>", 1),
    "error-page.xml": b"<!DOCTYPE html><html><body>Service unavailable</body></html>",
    "bomb.xml": b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><d>&b;</d>',
    "wrong-encoding.xml": tiny_spl(1).replace(b"UTF-8", b"US-ASCII", 1).replace(b"adults", "adultés".encode()),
    "other-keys.json": b'{"drug": "x"}',
    "not-json.json": b'{"set_id": ',
    "pictures.zip": b"",
}


def zipped(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, data)
    return out.getvalue()


@pytest.fixture
def mixed_folder(tmp_path: Path) -> Path:
    """Three good labels among all that is bad."""
    folder = tmp_path / "labels"
    folder.mkdir()
    for name, data in BAD_FILES.items():
        (folder / name).write_bytes(data)
    (folder / "pictures.zip").write_bytes(zipped("logo.png", b"\x89PNG"))
    (folder / "good.xml").write_bytes(tiny_spl(1))
    (folder / "good.zip").write_bytes(zipped("label.xml", tiny_spl(2, name="Otherin")))
    lines = "\n".join([json.dumps(record(3)), "{broken"])
    (folder / "records.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    return folder


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_bad_files_are_named_and_the_rest_is_stored(mixed_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    result = run("load", mixed_folder, "--db", path)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert rows(path, "SELECT count(*) FROM current_labels") == [(3,)]
    failed = {str(name) for (name,) in rows(path, "SELECT name FROM failures")}
    assert failed == {*BAD_FILES, "records.jsonl.gz:2"}
    for name in failed:
        assert f"failed: {name}: " in result.stderr
    assert "Traceback" not in result.stderr
    assert "3 new" in result.stderr
    assert run("query", "failures", "--db", path).exit_code == 0


def test_a_second_load_changes_nothing(mixed_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    run("load", mixed_folder, "--db", path)
    # That it ran is all that is noted.
    tables = {str(name) for (name,) in rows(path, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    tables -= {"runs", "sqlite_sequence"}
    before = {name: rows(path, f"SELECT * FROM [{name}]") for name in tables}
    result = run("load", mixed_folder, "--db", path)
    assert "3 unchanged" in result.stderr
    assert {name: rows(path, f"SELECT * FROM [{name}]") for name in tables} == before


def test_a_load_tells_programs_what_it_did(mixed_folder: Path, tmp_path: Path) -> None:
    result = run("load", mixed_folder, "--db", tmp_path / "some.db", "--json", "--log", "json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["command"], told["source"], told["outcome"]) == ("load", "files", "done")
    assert (told["new"], told["failed"], told["seen"]) == (3, len(BAD_FILES) + 1, len(BAD_FILES) + 4)
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["document"] * told["seen"] + ["ended"]
    assert {line["name"] for line in lines if line.get("outcome") == "new"} == {
        "good.xml", "good.zip", "records.jsonl.gz:1",
    }  # fmt: skip
    assert all(line["reason"] for line in lines if line.get("outcome") == "failed")


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    result = run("load", tmp_path / "none.xml", "--db", tmp_path / "some.db")
    assert result.exit_code == 2
    assert_one_line(result)
    assert "none.xml" in result.stderr
    assert not (tmp_path / "some.db").exists()


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    result = run("load", tmp_path / "labels", "--db", tmp_path / "some.db")
    assert result.exit_code == 1
    assert "0 documents" in result.stderr


def test_a_database_in_a_folder_that_is_not_there(mixed_folder: Path, tmp_path: Path) -> None:
    result = run("load", mixed_folder, "--db", tmp_path / "none" / "some.db")
    assert result.exit_code == 2
    assert_one_line(result)


def test_an_unwritable_database(mixed_folder: Path, samples_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples_copy.chmod(0o444)
    if os.geteuid() == 0:  # root may write anywhere: say what another user would be told
        monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)
    before = samples_copy.read_bytes()
    result = run("load", mixed_folder, "--db", samples_copy)
    assert result.exit_code == 2
    assert_one_line(result)
    assert "cannot be written" in result.stderr
    assert samples_copy.read_bytes() == before


def test_ctrl_c_leaves_whole_labels(tmp_path: Path) -> None:
    folder = tmp_path / "labels"
    folder.mkdir()
    for number in range(400):
        (folder / f"{number:03}.xml").write_bytes(tiny_spl(number, name=f"Name{number}"))
    path = tmp_path / "some.db"
    with start("load", folder, "--db", path, cwd=tmp_path) as process:
        wait_for_labels(path, 3)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert stdout == b""
    assert len(stderr.splitlines()) == 1
    ((stored,),) = rows(path, "SELECT count(*) FROM labels")
    assert isinstance(stored, int)
    assert 3 <= stored < 400
    assert rows(path, "SELECT count(DISTINCT set_id || version) FROM sections") == [(stored,)]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(path, "PRAGMA foreign_key_check") == []


def wait_for_labels(path: Path, count: int) -> None:
    """Wait until another process has stored some labels."""
    for _ in range(600):
        try:
            if path.exists() and rows(path, "SELECT count(*) FROM labels")[0][0] >= count:  # type: ignore[operator]
                return
        except sqlite3.OperationalError:
            pass  # the tables are being made
        time.sleep(0.05)
    raise AssertionError("no labels were stored in 30 seconds")


def test_ingest_from_the_samples_by_name(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    result = run("ingest", "kisqali", "--source", "sample", "--db", path)
    assert result.exit_code == 0, result.stderr
    assert rows(path, "SELECT brand, sample FROM current_labels ORDER BY brand") == [
        ("KISQALI", 1),
        ("KISQALI FEMARA CO-PACK", 1),
    ]


def test_ingest_of_an_unknown_name_tells_near_ones(tmp_path: Path) -> None:
    result = run("ingest", "kisqaly", "ogivri", "--source", "sample", "--db", tmp_path / "some.db")
    assert result.exit_code == 1
    assert "nothing found for 'kisqaly'" in result.stderr
    assert "KISQALI" in result.stderr
    assert "1 new" in result.stderr


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask as often as ever, and do not wait in between."""
    monkeypatch.setitem(PoliteSession.__init__.__kwdefaults__, "sleep", lambda _seconds: None)


@pytest.mark.usefixtures("no_waiting")
def test_ingest_from_dailymed_through_faults(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    faults = [Fault("503", 1, ".xml", retry_after="0"), Fault("cut", 1, ".xml")]
    with Replica([tiny(1), tiny(2, name="Otherin", generic="otherinib")], faults=faults) as replica:
        env = {"ONLABEL_DAILYMED_URL": replica.url}
        result = run("ingest", "exemplin", "otherin", "--source", "dailymed", "--db", path, env=env)
    assert result.exit_code == 0, result.stderr
    assert rows(path, "SELECT brand FROM current_labels ORDER BY brand") == [("Exemplin",), ("Otherin",)]


@pytest.mark.usefixtures("no_waiting")
def test_ingest_with_nobody_there(tmp_path: Path) -> None:
    env = {"ONLABEL_OPENFDA_URL": "http://127.0.0.1:9"}
    result = run("ingest", "exemplin", "--source", "openfda", "--db", tmp_path / "some.db", env=env)
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
