"""The cheap hostile inputs, through ``load`` in this process; ``python -m tests.soak.hostile`` tries all."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from ingest import connections
from ingest.documents import sniff
from ingest.errors import SourceError
from tests.soak.hostile_answers import ANSWERS, AnswerCase, Rogue
from tests.soak.hostile_files import FILES, INSIDE, FileCase
from tests.support_ingest import quick_session, set_id, tiny_spl
from tests.support_onlabel import run

QUICK = [case for case in FILES if case.quick]


@pytest.mark.parametrize("case", QUICK, ids=lambda case: f"{case.kind}: {case.name}")
def test_hostile_input_is_named_and_its_neighbours_are_stored(case: FileCase, tmp_path: Path) -> None:
    given, database = tmp_path / "given", tmp_path / "labels.db"
    given.mkdir()
    (tmp_path / "canary.txt").write_text("untouched")
    case.put(given)
    for number, name in ((101, "aa.xml"), (102, "zz.xml")):
        (given / name).write_bytes(tiny_spl(number))
    result = run("load", given, "--db", database)
    assert result.exit_code in {0, 1}, result.output
    assert "Traceback" not in result.stderr
    assert "unexpected" not in result.stderr
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", result.stderr)
    assert {path.name for path in tmp_path.iterdir()} <= {
        "given",
        "canary.txt",
        "labels.db",
        "labels.db-wal",
        "labels.db-shm",
    }
    wanted = {set_id(number) for number in (101, 102, *([INSIDE] if case.keeps else []))}
    with closing(sqlite3.connect(database)) as connection:
        assert wanted <= {own for (own,) in connection.execute("SELECT set_id FROM labels")}


ANSWERED = [
    case for case in ANSWERS if re.match("endless|an endless|a drip|a redirect|a length|a chunk|no HTTP", case.name)
]


@pytest.mark.parametrize("case", [c for c in ANSWERED if "listing" in c.name], ids=lambda case: case.name)
def test_a_hostile_answer_is_an_error_with_a_reason(case: AnswerCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """In time, too: a server that never ends its answer is cut off."""
    monkeypatch.setattr(connections, "PATIENCE", 0.3)
    with Rogue(case) as rogue, suppress(SourceError):
        session = quick_session(tries=1)
        with closing(session._session):
            began = time.monotonic()
            answer = session.get(rogue.url + case.match)
            assert len(answer.body) < 100
    assert time.monotonic() - began < 10


def test_many_comments_do_not_hold_up_the_look_at_a_file() -> None:
    assert sniff(b"<!---->" * 500 + b"<x/>") == "xml"
    assert sniff(b"<!---->" * 500 + b"<html>") == "html"
