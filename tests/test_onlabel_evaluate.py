"""``onlabel evaluate``: what it shows, when it fails, and how floors are kept."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.support_evaluation import CROUP, GOUT, write_set
from tests.support_onlabel import assert_one_line, run


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """A folder with one annotated set, of which one condition cannot be found and one is too much."""
    folder = tmp_path / "gold"
    folder.mkdir()
    write_set(folder / "tiny.dev.jsonl", GOUT, CROUP)
    write_set(folder / "plain.dev.jsonl", {"id": 1, "text": "no annotation"})
    return folder


@pytest.fixture
def floors(tmp_path: Path) -> Path:
    path = tmp_path / "floors.json"
    path.write_text("{}")
    return path


def test_figures_of_every_set(gold: Path) -> None:
    result = run("evaluate", gold)
    assert result.exit_code == 0
    assert result.stdout.startswith("tiny: 2 records, sha256 ")
    assert ["conditions", "0.667", "0.667", "0.667", "3", "3"] in [line.split() for line in result.stdout.splitlines()]
    assert result.stderr == ""


def test_figures_as_json(gold: Path) -> None:
    told = json.loads(run("evaluate", gold, "--json", "--kinds", "--folds", "2").stdout)
    assert told["problems"] == []
    tiny = told["sets"]["tiny"]
    assert tiny["figures"]["conditions"]["gold"] == 3
    assert tiny["records"] == {"gold": 2, "without a prediction": 0}
    assert len(tiny["folds"]) == 2
    assert {kind["side"] for kind in tiny["kinds"]} == {"missed", "extra"}


def test_predictions_of_a_file(gold: Path, tmp_path: Path) -> None:
    told = write_set(tmp_path / "told.jsonl", {"id": 1, "indications": []})
    result = run("evaluate", gold, "--predictions", told)
    assert result.exit_code == 1
    assert result.stderr == "tiny: 1 records have no prediction; the first, b: no prediction\n"


def test_the_output_of_extract_gives_the_same_figures(gold: Path, tmp_path: Path) -> None:
    told = tmp_path / "told.jsonl"
    told.write_text(run("extract", "--jsonl", stdin=(gold / "tiny.dev.jsonl").read_bytes()).stdout)
    own, given = run("evaluate", gold, "--json"), run("evaluate", gold, "--predictions", told, "--json")
    assert own.stdout == given.stdout


def test_errors_by_kind_with_their_text(gold: Path) -> None:
    told = run("evaluate", gold, "--errors", "1", "--kinds", "--folds", "2").stdout
    assert "Fictamab is indicated for hypertension and »croup«." in told
    assert "conditions, missed: not in these words in the text (1)" in told
    assert "tiny: errors by kind" in told
    assert "tiny: what was read instead: none" in told
    assert "tiny: 2 folds by drug" in told


def test_better_and_worse(gold: Path, tmp_path: Path) -> None:
    kept = tmp_path / "run.json"
    assert run("evaluate", gold, "--save", kept).exit_code == 0
    assert "against the earlier run: none" in run("evaluate", gold, "--against", kept).stdout
    told = write_set(tmp_path / "told.jsonl", {"id": 1}, {"id": "b", "indications": []})
    result = run("evaluate", gold, "--against", kept, "--predictions", told)
    assert "worse: 1\n  1\n    new     conditions missed: gout" in result.stdout
    assert "mended  conditions extra: croup" in result.stdout
    as_json = run("evaluate", gold, "--against", kept, "--predictions", told, "--json").stdout
    assert json.loads(as_json)["sets"]["tiny"]["changes"] == {"better": [], "worse": ["1"], "other": ["b"]}
    write_set(gold / "tiny.dev.jsonl", GOUT)
    assert "over another file" in run("evaluate", gold, "--against", kept).stderr
    kept.write_text('{"format": 1, "sets": {}}')
    assert "not in the earlier run" in run("evaluate", gold, "--against", kept).stderr


def test_without_doubtful_records(tmp_path: Path) -> None:
    rows = [GOUT | {"id": n} for n in range(19)] + [CROUP]
    path = write_set(tmp_path / "many.jsonl", *rows)
    doubtful = tmp_path / "doubtful.tsv"
    doubtful.write_text("set\tid\treason\nmany\tb\tnamed after another text\n")
    told = run("evaluate", path, "--without", doubtful).stdout
    (line,) = (line.split() for line in told.splitlines() if line.startswith("conditions"))
    assert line[3] == "0.952"
    assert line[-1] == "1.000"
    figures = json.loads(run("evaluate", path, "--without", doubtful, "--json").stdout)["sets"]["many"]
    assert figures["figures without doubtful"]["conditions"]["f1"] == 1
    doubtful.write_text("set\tid\treason\nmany\tb\tx\nmany\t1\tx\n")
    result = run("evaluate", path, "--without", doubtful)
    assert result.exit_code == 2
    assert_one_line(result)


def test_floors(gold: Path, floors: Path) -> None:
    assert run("evaluate", gold, "--floors", floors).exit_code == 0
    assert run("evaluate", gold, "--floors", floors, "--raise").exit_code == 0
    kept = json.loads(floors.read_text())
    assert kept["tiny"]["floors"] == {"conditions.f1": 0.661, "whole record right.accuracy": 0.495}
    result = run("evaluate", gold, "--floors", floors)
    assert result.exit_code == 0
    assert result.stderr == "every figure is at or above its floor\n"
    kept["tiny"]["floors"]["conditions.f1"] = 0.7
    floors.write_text(json.dumps(kept))
    result = run("evaluate", gold, "--floors", floors)
    assert result.exit_code == 1
    assert result.stderr == "tiny: conditions.f1: 0.667 is below 0.700\n"
    assert "0.700 (below)" in result.stdout
    run("evaluate", gold, "--floors", floors, "--raise")
    assert json.loads(floors.read_text()) == kept
    run("evaluate", gold, "--floors", floors, "--raise", "--allow-lower")
    assert json.loads(floors.read_text())["tiny"]["floors"]["conditions.f1"] == 0.661


def test_floors_hold_for_the_file_they_were_measured_on(gold: Path, floors: Path) -> None:
    run("evaluate", gold, "--floors", floors, "--raise")
    before = floors.read_text()
    write_set(gold / "tiny.dev.jsonl", GOUT)
    for arguments in ((), ("--raise",)):
        result = run("evaluate", gold, "--floors", floors, *arguments)
        assert result.exit_code == 1
        assert "measured on another file" in result.stderr
        assert floors.read_text() == before
    assert run("evaluate", gold, "--floors", floors, "--raise", "--allow-lower").exit_code == 0
    other = write_set(gold / "other.dev.jsonl", GOUT)
    (gold / "tiny.dev.jsonl").unlink()
    assert "tiny: has floors, and its file is gone" in run("evaluate", gold, "--floors", floors).stderr
    assert run("evaluate", other, "--floors", floors).exit_code == 0


def test_confidence_is_measured_on_sets_that_may_be_used(gold: Path, tmp_path: Path) -> None:
    table = tmp_path / "confidence.toml"
    result = run("evaluate", gold, "--calibrate", table)
    assert result.exit_code == 2
    assert "sets that may be used" in result.stderr
    assert not table.exists()
    rows = [GOUT | {"id": n, "drug": {"generic": f"drug {n}"}} for n in range(12)]
    write_set(gold / "labeledin.dev.jsonl", *rows)
    pulse = {"parameter": "heart rate", "evidence": "Monitor heart rate weekly."}
    watched = {"id": 1, "text": "Monitor heart rate weekly.", "section": "warnings", "gold": [pulse]}
    write_set(gold / "monitoring.dev.jsonl", *(watched | {"id": n} for n in range(5)))
    result = run("evaluate", gold, "--calibrate", table)
    assert result.exit_code == 0
    assert "confidence, cross-validated by drug" in result.stdout
    assert '"name, one, sentence" = { share = 1.000, seen = 12 }' in table.read_text()
    assert "tiny" not in table.read_text()


def test_reliability_of_the_confidence_that_facts_carry(gold: Path) -> None:
    told = run("evaluate", gold, "--reliability").stdout
    assert "tiny: confidence beside what is right" in told
    bins = json.loads(run("evaluate", gold, "--reliability", "--json").stdout)["sets"]["tiny"]["reliability"]
    assert sum(one["facts"] for one in bins) == 2


@pytest.mark.parametrize(
    "arguments",
    [("--raise",), ("--floors", "FLOORS", "--allow-lower"), ("--folds", "1"), ("--errors", "0"), ("--without", "none"),
     ("--floors", "FLOORS", "--raise", "--predictions", "FLOORS"), ("--against", "FLOORS")],
)  # fmt: skip
def test_wrong_use(gold: Path, floors: Path, arguments: tuple[str, ...]) -> None:
    result = run("evaluate", gold, *(str(floors) if a == "FLOORS" else a for a in arguments))
    assert result.exit_code == 2
    assert_one_line(result)


def test_predictions_are_of_one_set(gold: Path, floors: Path) -> None:
    write_set(gold / "other.dev.jsonl", GOUT)
    result = run("evaluate", gold, "--predictions", floors)
    assert result.exit_code == 2
    assert "2 are given" in result.stderr


def test_what_is_no_gold_is_wrong_use(gold: Path, tmp_path: Path) -> None:
    for path in (gold / "plain.dev.jsonl", tmp_path / "nothing", write_set(tmp_path / "empty.jsonl")):
        result = run("evaluate", path)
        assert result.exit_code == 2, path
        assert_one_line(result)


def test_make_eval_without_annotated_texts_says_so(tmp_path: Path) -> None:
    root = Path(__file__).parent.parent
    ready = tmp_path / "ready"
    ready.touch()
    command = ["make", "-s", "eval", f"SHARED={tmp_path}", f"READY={ready}"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, check=True)
    assert "nothing evaluated" in done.stderr
