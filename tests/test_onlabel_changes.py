"""``onlabel changes``: its formats, filters and exits, over two versions of a label."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from db import open_database
from onlabel import api
from tests.support_onlabel import assert_one_line, run
from tests.test_db_changes import save, uses

ENTRY = "{http://www.w3.org/2005/Atom}entry"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("changes") / "a.db"
    with closing(open_database(path)) as database:
        save(database, *uses(1, ("Treats gout.", {}), ("Eases hives.", {"condition": "hives"})))
        changed = ("Treats gout, at first only.", {"line": "first-line"})
        save(database, *uses(2, changed, ("Can ease hives.", {"condition": "hives"})))
    return path


def test_a_table_for_people(stored: Path) -> None:
    result = run("changes", "zorvex", "--db", stored, env={"COLUMNS": "200"})
    assert (result.exit_code, result.stderr) == (0, "")
    for words in ("2024-02-01", "1 → 2", "indication changed", "line added: first-line", "Treats gout, at first only."):
        assert words in result.stdout
    assert "hives" not in result.stdout
    assert "hives" in run("changes", "--all", "--db", stored).stdout


def test_data_for_programs(stored: Path) -> None:
    (row,) = json.loads(run("changes", "--format", "json", "--db", stored).stdout)
    assert (row["kind"], row["from_version"], row["to_version"]) == ("indication changed", 1, 2)
    assert [item["field"] for item in row["fields"]] == ["line"]
    assert row["before_start"] == row["after_start"] == 0
    rows = json.loads(run("changes", "--all", "--format", "json", "--db", stored).stdout)
    assert {row["kind"]: row["textual"] for row in rows} == {"indication changed": False, "indication reworded": True}
    with closing(open_database(stored)) as database:
        assert api.changes(database, drug="zorvex")["kind"].tolist() == ["indication changed"]


def test_markdown_and_a_feed(stored: Path, tmp_path: Path) -> None:
    told = run("changes", "-f", "md", "--db", stored).stdout.splitlines()
    assert len(told) == 3
    assert "line added: first-line" in told[2]
    feed = tmp_path / "feed.xml"
    assert run("changes", "--format", "atom", "--output", feed, "--db", stored).exit_code == 0
    assert len(ET.fromstring(feed.read_text(encoding="utf-8")).findall(ENTRY)) == 1


def test_nothing_changed_is_no_failure(stored: Path) -> None:
    result = run("changes", "zorvex", "--since", "2024-02-02", "--db", stored)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "no changes between stored versions\n")
    empty = run("changes", "zorvex", "--since", "2024-02-02", "--format", "atom", "--db", stored)
    assert ET.fromstring(empty.stdout).findall(ENTRY) == []
    assert json.loads(run("changes", "--since", "2024-02-02", "--format", "json", "--db", stored).stdout) == []


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["zorvax"], 1, "did you mean: Zorvex"),
        (["--since", "May"], 2, "--since"),
        (["--format", "csv"], 2, "--format"),
        (["--output", "x.txt"], 2, "--output needs --format"),
    ],
)
def test_wrong_use_is_one_line(stored: Path, arguments: list[str], exit_code: int, words: str) -> None:
    result = run("changes", *arguments, "--db", stored)
    assert result.exit_code == exit_code
    assert_one_line(result)
    assert words in result.stderr
