"""``query``, ``export``, ``article``, ``status`` and ``demo`` over the bundled samples."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from pathlib import Path

import pytest

from onlabel.options import VIEWS
from onlabel.tables import COLUMNS
from tests.support_onlabel import assert_one_line, run, start

QUESTION = "What are the treatment options for stage 4 breast cancer in the US?"


@pytest.mark.parametrize("view", [view for view in VIEWS if view != "failures"])
def test_every_view_has_a_table_and_json(stored_samples: Path, view: str) -> None:
    drug = "eliquis" if view == "contraindications" else "kisqali"
    table = run("query", view, "--drug", drug, "--db", stored_samples)
    assert table.exit_code == 0, table.stderr
    assert drug.upper() in table.stdout
    rows = json.loads(run("query", view, "--drug", drug, "--json", "--db", stored_samples).stdout)
    assert {row["brand"] for row in rows} >= {drug.upper()}
    assert set(COLUMNS[view]) - {"citation", "disease"} <= set(rows[0])


def test_indications_are_the_default_view(stored_samples: Path) -> None:
    plain = run("query", "--drug", "kisqali", "--json", "--db", stored_samples).stdout
    assert plain == run("query", "indications", "--drug", "kisqali", "--json", "--db", stored_samples).stdout


def test_what_a_person_reads(stored_samples: Path) -> None:
    told = run("query", "--drug", "kisqali", "--db", stored_samples, env={"COLUMNS": "250"}).stdout
    for words in ("HR positive, HER2 negative", "+ aromatase inhibitor", "+ fulvestrant", "breast cancer"):
        assert words in told
    assert '"marker"' not in told


def test_a_narrow_terminal_gets_blocks_of_lines(stored_samples: Path) -> None:
    told = run("query", "labels", "--drug", "ogivri", "--db", stored_samples, env={"COLUMNS": "72"}).stdout
    lines = dict(line.split(maxsplit=1) for line in told.splitlines() if line.strip())
    assert lines["brand"].strip() == "OGIVRI"
    assert max(map(len, told.splitlines())) <= 72


@pytest.mark.parametrize(
    ("arguments", "column", "value"),
    [
        (["--condition", "MONDO:0007254"], "condition_id", "MONDO:0007254"),
        (["--drug", "ogivri", "--condition", "breast"], "condition", "breast cancer"),
        (["combinations", "--partner", "fulvestrant"], "partner", "fulvestrant"),
        (["warnings", "--boxed"], "boxed", True),
        (["warnings", "--not-boxed"], "boxed", False),
        (
            ["monitoring", "--parameter", "ejection fraction"],
            "parameter",
            "left ventricular ejection fraction",
        ),
    ],
)
def test_filters(stored_samples: Path, arguments: list[str], column: str, value: object) -> None:
    rows = json.loads(run("query", *arguments, "--json", "--db", stored_samples).stdout)
    assert rows
    assert {row[column] for row in rows} == {value}


def test_no_failures_is_good_news(stored_samples: Path) -> None:
    result = run("query", "failures", "--db", stored_samples)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "no failures\n")


def test_search_and_limit(stored_samples: Path) -> None:
    result = run("query", "sections", "--search", "QT prolongation", "--limit", "2", "--db", stored_samples)
    assert result.exit_code == 0
    assert "[QT] [prolongation]" in " ".join(result.stdout.split())
    rows = json.loads(run("query", "--limit", "3", "--json", "--db", stored_samples).stdout)
    assert len(rows) == 3


@pytest.mark.parametrize("command", ["query", "export"])
def test_an_unknown_drug_tells_near_names(stored_samples: Path, command: str) -> None:
    result = run(command, "--drug", "kisqaly", "--db", stored_samples)
    assert result.exit_code == 1
    assert_one_line(result)
    assert "nothing found for 'kisqaly'; did you mean: KISQALI" in result.stderr


def test_a_name_like_no_other(stored_samples: Path) -> None:
    result = run("query", "--drug", "zzzzqqqq", "--db", stored_samples)
    assert result.exit_code == 1
    assert result.stderr == "onlabel: nothing found for 'zzzzqqqq'\n"


def test_a_known_drug_without_what_was_asked(stored_samples: Path) -> None:
    result = run("query", "--drug", "kisqali", "--condition", "gout", "--db", stored_samples)
    assert result.exit_code == 1
    assert result.stderr == "onlabel: nothing found in indications for drug 'kisqali', condition 'gout'\n"


def test_nothing_found_is_an_empty_list_for_programs(stored_samples: Path) -> None:
    result = run("query", "--drug", "kisqaly", "--json", "--db", stored_samples)
    assert (result.exit_code, json.loads(result.stdout)) == (1, [])


@pytest.mark.parametrize("drug", ["%", "_", "'; DROP TABLE labels; --", "\ud800", "", '"', "*", "kisqali OR 1"])
def test_names_are_never_code(stored_samples: Path, drug: str) -> None:
    result = run("query", f"--drug={drug}", "--db", stored_samples)
    assert result.exit_code == 1
    assert "nothing found" in result.stderr
    assert run("query", "labels", "--db", stored_samples).exit_code == 0


# export


def test_export_formats(stored_samples: Path, tmp_path: Path) -> None:
    told = {}
    for layout in ("csv", "json", "md"):
        path = tmp_path / f"out.{layout}"
        result = run("export", "combinations", "-f", layout, "-o", path, "--db", stored_samples)
        assert (result.exit_code, result.stdout) == (0, "")
        told[layout] = path.read_text(encoding="utf-8")
    rows = json.loads(told["json"])
    read = list(csv.DictReader(io.StringIO(told["csv"])))
    assert [row["partner"] for row in read] == [row["partner"] for row in rows]
    assert len(told["md"].splitlines()) == len(rows) + 2
    assert f"{len(rows)} rows" in result.stderr


def test_export_to_stdout_is_the_data_alone(stored_samples: Path) -> None:
    result = run("export", "labels", "--format", "json", "--db", stored_samples)
    assert len(json.loads(result.stdout)) >= 10
    assert result.stderr == ""


def test_an_output_is_replaced_whole_or_not_at_all(
    stored_samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    write = Path.write_text

    def half(self: Path, text: str, **options: object) -> int:
        write(self, text[: len(text) // 2], **options)  # type: ignore[arg-type]
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_text", half)
    result = run("export", "-o", path, "--db", stored_samples)
    assert result.exit_code == 2
    assert_one_line(result)
    assert "No space left on device" in result.stderr
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_output_in_a_folder_that_is_not_there(stored_samples: Path, tmp_path: Path) -> None:
    result = run("export", "-o", tmp_path / "none" / "out.csv", "--db", stored_samples)
    assert result.exit_code == 2
    assert_one_line(result)


def test_a_device_is_written_to_and_not_replaced(stored_samples: Path) -> None:
    result = run("export", "-o", os.devnull, "--db", stored_samples)
    assert result.exit_code == 0
    assert Path(os.devnull).is_char_device()


def test_a_link_stays_a_link(stored_samples: Path, tmp_path: Path) -> None:
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    link.symlink_to(target)
    assert run("export", "-o", link, "--db", stored_samples).exit_code == 0
    assert link.is_symlink()
    assert target.read_text().startswith("indication_id,")


@pytest.mark.parametrize("arguments", [["export", "sections", "--format", "json"], ["query", "sections"]])
def test_a_reader_that_goes_away_is_no_error(stored_samples: Path, tmp_path: Path, arguments: list[str]) -> None:
    with start(*arguments, "--db", stored_samples, cwd=tmp_path) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


# article


def test_the_article_cites_what_it_says(stored_samples: Path) -> None:
    told = run("article", QUESTION, "--db", stored_samples)
    assert told.exit_code == 0, told.stderr
    for words in ("KISQALI", "OGIVRI", "From the FDA Drug Label", "sample"):
        assert words in told.stdout
    article = json.loads(run("article", QUESTION, "--format", "json", "--db", stored_samples).stdout)
    numbers = [reference["number"] for reference in article["references"]]
    assert numbers == list(range(1, len(numbers) + 1))


def test_citations_run_on_through_a_page(stored_samples: Path) -> None:
    given = ("article", QUESTION, "--format", "json", "--first-citation", "7")
    article = json.loads(run(*given, "--db", stored_samples).stdout)
    assert article["references"][0]["number"] == 7


def test_an_article_as_a_file(stored_samples: Path, tmp_path: Path) -> None:
    path = tmp_path / "section.html"
    result = run("article", QUESTION, "-f", "html", "-o", path, "--db", stored_samples)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "<" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("question", ["gout", "what shall we have for dinner?", ""])
def test_a_question_that_no_label_answers(stored_samples: Path, tmp_path: Path, question: str) -> None:
    path = tmp_path / "old.md"
    path.write_text("old")
    result = run("article", question, "-o", path, "--db", stored_samples)
    assert result.exit_code == 1
    assert_one_line(result)
    assert path.read_text() == "old"
    assert run("article", question, "--db", stored_samples).exit_code == 1


# status and demo


def test_status_counts(stored_samples: Path) -> None:
    told = json.loads(run("status", "--json", "--db", stored_samples).stdout)
    assert told["labels"] == told["samples"] >= 10
    assert told["failures"] == 0
    assert f"{told['indications']}" in run("status", "--db", stored_samples).stdout


def test_the_demo_ends_with_the_article_and_what_to_do_next(tmp_path: Path) -> None:
    began = time.monotonic()
    with start("demo", cwd=tmp_path) as process:
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    assert "From the FDA Drug Label" in stdout.decode()
    assert b"onlabel ingest" in stderr
    assert time.monotonic() - began < 60
    assert not list(tmp_path.iterdir()), "a demo without --db leaves nothing behind"


def test_the_demo_can_keep_its_database(tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    assert run("demo", "--db", path).exit_code == 0
    assert run("query", "--drug", "ogivri", "--db", path).exit_code == 0


def test_the_demo_leaves_the_users_database_alone(tmp_path: Path) -> None:
    path = tmp_path / "mine.db"
    assert run("demo", env={"ONLABEL_DB": str(path)}).exit_code == 0
    assert not path.exists()
