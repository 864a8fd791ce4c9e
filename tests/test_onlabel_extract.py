"""``extract``: the contract's JSON lines, label files, and all stored documents again."""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support_ingest import tiny_spl
from tests.support_onlabel import assert_one_line, run, start

TEXT = (
    "In adult patients, Exemplin, in combination with fulvestrant, is indicated for the treatment of "
    "metastatic breast cancer that is HR-positive and HER2-negative."
)


def line(**record: Any) -> bytes:
    return json.dumps({"id": 1, "text": TEXT} | record).encode() + b"\n"


def facts(*lines: bytes, code: int = 0) -> list[dict[str, Any]]:
    result = run("extract", "--jsonl", stdin=b"".join(lines))
    assert result.exit_code == code, result.stderr
    return [json.loads(told) for told in result.stdout.rstrip().split("\n") if told]


def test_a_line_in_is_a_line_out_by_the_contract() -> None:
    (told,) = facts(line(id="a", drug={"brand": "Exemplin", "generic": "exemplinib"}, section="indications"))
    assert told["id"] == "a"
    assert {"indications", "monitoring", "warnings", "contraindications"} <= set(told)
    (indication,) = told["indications"]
    assert indication["statement"] == TEXT[indication["start"] : indication["end"]]
    (condition,) = indication["conditions"]
    assert condition["name"] == "breast cancer"
    assert condition["ids"]["MONDO"] == "MONDO:0007254"
    assert {(b["marker"], b["state"]) for b in indication["biomarkers"]} == {
        ("HR", "positive"),
        ("HER2", "negative"),
    }
    assert [[p["name"] for p in r["partners"]] for r in indication["regimens"]] == [["fulvestrant"]]
    assert indication["population"]["adult"] is True


@pytest.mark.parametrize("given", [7, "x", None, ["a"], {"b": 1}])
def test_the_id_comes_back_as_it_is(given: object) -> None:
    assert facts(line(id=given))[0]["id"] == given


def test_empty_lines_are_passed_over() -> None:
    assert len(facts(b"\n", line(), b"   \n", line())) == 2


def test_nothing_in_is_nothing_out() -> None:
    assert facts() == []


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"{not json\n", ""),
        (b"[1, 2]\n", '"text"'),
        (b'{"id": 1}\n', '"text"'),
        (b'{"id": 1, "text": 5}\n', '"text"'),
        (b'{"text": "x", "drug": "kisqali"}\n', '"drug"'),
        (b'{"text": "\xff"}\n', "utf-8"),
        (b"[" * 100_000 + b"\n", "recursion"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_on(bad: bytes, reason: str) -> None:
    result = run("extract", "--jsonl", stdin=line(id=1) + b"\n" + bad + line(id=4))
    assert result.exit_code == 1
    assert [json.loads(told)["id"] for told in result.stdout.splitlines()] == [1, 4]
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("line 3: ")
    assert reason in result.stderr
    assert "Traceback" not in result.stderr


def test_odd_characters_come_out_as_json() -> None:
    (told,) = facts(line(id="\ud800 \u2028 é", text=f"{TEXT} é \u2028 x"))
    assert told["id"] == "\ud800 \u2028 é"


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    with start("extract", "--jsonl", cwd=tmp_path) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(line())
        process.stdin.flush()
        assert process.stdout.readline()
        process.stdout.close()
        with suppress(BrokenPipeError):  # it has stopped reading: as it should
            process.stdin.write(line() * 50)
            process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_a_label_file_as_a_table_and_as_json(tmp_path: Path) -> None:
    path = tmp_path / "label.xml"
    path.write_bytes(tiny_spl(1, text=TEXT))
    table = run("extract", path)
    assert table.exit_code == 0
    assert "breast cancer" in table.stdout
    told = json.loads(run("extract", path, "--json").stdout)
    assert (told["brand"], told["version"]) == ("Exemplin", 1)
    assert told["indications"][0]["statement"] == TEXT
    assert list(tmp_path.iterdir()) == [path], "nothing is stored"


def test_a_bad_file_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "bad.xml").write_bytes(b"<document")
    (tmp_path / "good.xml").write_bytes(tiny_spl(1, text=TEXT))
    result = run("extract", tmp_path, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["brand"] == "Exemplin"
    assert result.stderr.startswith("failed: bad.xml: ")


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    result = run("extract", tmp_path / "none.xml")
    assert result.exit_code == 2
    assert_one_line(result)


def test_stored_documents_are_read_again(samples_copy: Path) -> None:
    count = "SELECT count(*) FROM current_indications"
    connection = sqlite3.connect(samples_copy)
    before = connection.execute(count).fetchone()
    with connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM facts")
    result = run("extract", "--stored", "--db", samples_copy)
    assert result.exit_code == 0, result.stderr
    assert connection.execute(count).fetchone() == before
    assert before > (10,)
    again = run("extract", "--stored", "--db", samples_copy)
    assert "updated" not in again.stderr
    connection.close()


def test_a_pipeline_of_processes(tmp_path: Path) -> None:
    with start("extract", "--jsonl", cwd=tmp_path) as process:
        stdout, stderr = process.communicate(line() * 3, timeout=60)
    assert (process.returncode, stderr) == (0, b"")
    assert len(stdout.splitlines()) == 3
