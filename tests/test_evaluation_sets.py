"""Gold files, floors, folds, kept runs and lists of doubtful records: read whole, or refused with a reason."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from evaluation import predict
from evaluation.compare import changes, read_run, run_to_json
from evaluation.doubtful import Doubtful
from evaluation.errors import EvaluationError, FileError, GoldError, RuleError
from evaluation.floors import Floors
from evaluation.folds import by_fold, fold_of, spread
from evaluation.gold import GoldSet, gold_sets, read_set
from evaluation.predict import predicted, read_predictions
from evaluation.rules import load_rules
from evaluation.run import evaluate
from extract import Facts
from tests.support_evaluation import CROUP, GOUT, names, outcome, record, write_set


@pytest.fixture
def tiny(tmp_path: Path) -> GoldSet:
    return read_set(write_set(tmp_path / "tiny.dev.jsonl", GOUT, CROUP))


def test_a_set_is_known_by_name_and_checksum(tiny: GoldSet, tmp_path: Path) -> None:
    assert (tiny.name, [r.id for r in tiny.records]) == ("tiny", ["1", "b"])
    assert tiny.sha256 == hashlib.sha256((tmp_path / "tiny.dev.jsonl").read_bytes()).hexdigest()


def test_a_folder_gives_its_annotated_dev_sets(tmp_path: Path) -> None:
    write_set(tmp_path / "b.dev.jsonl", GOUT)
    write_set(tmp_path / "b.jsonl", GOUT)
    write_set(tmp_path / "plain.dev.jsonl", {"id": 1, "text": "no annotation"})
    assert [one.name for one in gold_sets([tmp_path])] == ["b"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "line 1 is no JSON"),
        ("[]", "line 1 is no object"),
        ('{"id": 1, "text": "x"}', 'record 1 has no "id", "text" and "gold"'),
        ('{"id": 1, "text": "x", "gold": {}}\n\n{"id": "1", "text": "x", "gold": {}}', "two records have one id"),
    ],
)
def test_no_gold_file(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(content)
    with pytest.raises(GoldError, match=f"x.jsonl: {reason}"):
        read_set(path)


def test_folders_without_sets_and_sets_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="no annotated texts"):
        list(gold_sets([tmp_path]))
    path = write_set(tmp_path / "x.jsonl", GOUT)
    with pytest.raises(GoldError, match="already a set x"):
        list(gold_sets([path, path]))


def test_one_text_that_fails_does_not_stop_the_others(tiny: GoldSet, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str, **_names: str) -> Facts:
        if text.startswith("Exemplin"):
            raise RecursionError("too deep")
        return Facts()

    monkeypatch.setattr(predict, "extract_text", broken)
    run = evaluate(tiny)
    assert run.failures == {"1": "RecursionError: too deep"}
    assert [o.predicted for o in run.outcomes] == [False, True]


def test_predictions_of_a_file(tmp_path: Path, tiny: GoldSet) -> None:
    path = write_set(tmp_path / "told.jsonl", {"id": 1, "indications": [names("gout")]})
    run = evaluate(tiny, read_predictions(path))
    assert run.failures == {"b": "no prediction"}
    assert list(run.outcomes[0].wrong()) == []
    with pytest.raises(FileError, match='no "id"'):
        read_predictions(write_set(path, {"indications": []}))
    path.write_text("?")
    with pytest.raises(FileError, match="no JSON"):
        read_predictions(path)


def test_floors_rise_and_sink_only_on_demand(tiny: GoldSet) -> None:
    floors = Floors({})
    floors.lift(tiny, {"conditions.f1": 0.9, "line.accuracy": 0.002}, allow_lower=False)
    assert floors.of(tiny) == {"conditions.f1": 0.895, "line.accuracy": 0.0}
    floors.lift(tiny, {"conditions.f1": 0.8}, allow_lower=False)
    assert floors.of(tiny)["conditions.f1"] == 0.895
    floors.lift(tiny, {"conditions.f1": 0.95}, allow_lower=False)
    assert floors.of(tiny)["conditions.f1"] == 0.945
    floors.lift(tiny, {"conditions.f1": 0.8}, allow_lower=True)
    assert floors.of(tiny) == {"conditions.f1": 0.795}


def test_below_a_floor_or_not_measured(tiny: GoldSet) -> None:
    floors = Floors({})
    floors.lift(tiny, {"conditions.f1": 0.9, "line.accuracy": 0.9}, allow_lower=False)
    assert floors.below(tiny, {"conditions.f1": 0.895, "line.accuracy": 1.0}) == []
    assert floors.below(tiny, {"conditions.f1": 0.8949}) == [
        "tiny: conditions.f1: 0.895 is below 0.895",
        "tiny: line.accuracy: not measured",
    ]


def test_floors_are_kept_and_read(tiny: GoldSet, tmp_path: Path) -> None:
    floors, path = Floors({}), tmp_path / "floors.json"
    floors.lift(tiny, {"conditions.f1": 0.9}, allow_lower=False)
    path.write_text(floors.to_json())
    assert Floors.read(path).sets == floors.sets
    assert Floors.read(path).foreign(tiny) == []
    other = GoldSet(tiny.name, "0" * 64, tiny.records)
    assert "measured on another file" in Floors.read(path).foreign(other)[0]


@pytest.mark.parametrize("content", ["", "[]", '{"a": {"floors": {}}}', '{"a": {"sha256": "x", "floors": {"f": 2}}}'])
def test_no_file_of_floors(tmp_path: Path, content: str) -> None:
    path = tmp_path / "floors.json"
    path.write_text(content)
    with pytest.raises(FileError, match="no file of floors"):
        Floors.read(path)


def test_the_real_floors_are_for_the_real_files(shared: Path) -> None:
    floors = Floors.read(Path(__file__).with_name("eval_floors.json"))
    sets = {gold.name: gold for gold in gold_sets([shared / "gold"])}
    assert floors.sets.keys() == sets.keys()
    assert not [line for gold in sets.values() for line in floors.foreign(gold)]


def test_folds_go_by_drug() -> None:
    one = record(gold={}, drug={"brand": "A", "ingredients": ["Fictamab", "other"]})
    same = record(gold={}, drug={"generic": "fictamab"})
    assert fold_of(one, 7) == fold_of(same, 7)
    drugs = [record(gold={}, id=n, drug={}) for n in range(60)]
    assert {fold_of(r, 3) for r in drugs} == {0, 1, 2}


def test_the_folds_are_the_whole() -> None:
    outcomes = [
        outcome({"conditions": [{"name": "gout"}]}, {"indications": [names("gout")]}, drug={"brand": f"Brand {n}"})
        for n in range(20)
    ]
    assert by_fold(outcomes, 2) == [{"conditions.f1": 1.0, "whole record right.accuracy": 1.0}] * 2
    assert spread([0.0, 1.0]) == {"mean": 0.5, "sd": 0.5, "least": 0.0, "greatest": 1.0}


def test_a_kept_run_tells_what_changed(tiny: GoldSet, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    made = predicted(tiny.records)
    path.write_text(run_to_json([(tiny, evaluate(tiny, made).outcomes)]))
    assert "Fictamab is" not in path.read_text()
    before = read_run(path)["tiny"]
    assert changes(before, evaluate(tiny, made).outcomes) == []
    made.by_id["1"] = {"indications": [names("croup")]}
    made.by_id["b"] = {"indications": [names("hypertension")]}
    worse, better = changes(before, evaluate(tiny, made).outcomes)
    assert (worse.id, worse.verdict, worse.new) == (
        "1",
        "worse",
        ("conditions extra: croup", "conditions missed: gout"),
    )
    assert (better.id, better.verdict, better.mended) == ("b", "better", ("conditions extra: croup",))


def test_as_much_new_as_mended_is_neither(tiny: GoldSet, tmp_path: Path) -> None:
    path, made = tmp_path / "run.json", predicted(tiny.records)
    path.write_text(run_to_json([(tiny, evaluate(tiny, made).outcomes)]))
    made.by_id["b"] = {"indications": [names("hypertension", "asthma")]}
    (change,) = changes(read_run(path)["tiny"], evaluate(tiny, made).outcomes)
    assert change.verdict == "other"


@pytest.mark.parametrize("content", ["", "{}", '{"format": 0, "sets": {}}', '{"format": 1, "sets": {"a": {}}}'])
def test_no_kept_run(tmp_path: Path, content: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(content)
    with pytest.raises(FileError, match="run"):
        read_run(path)


def doubtful(tmp_path: Path, *lines: str) -> Doubtful:
    path = tmp_path / "doubtful.tsv"
    path.write_text("\n".join(lines) + "\n")
    return Doubtful(path)


def test_doubtful_records_are_few_and_have_a_reason(tmp_path: Path) -> None:
    twenty = GoldSet("tiny", "", tuple(record(gold={}, id=n) for n in range(20)))
    header = "set\tid\treason"
    assert doubtful(tmp_path, header, "tiny\t3\tanother drug's text", "b\t1\tempty").ids(twenty) == {"3"}
    with pytest.raises(FileError, match="2 of 20 records of tiny are more than 5%"):
        doubtful(tmp_path, header, "tiny\t3\tx", "tiny\t4\tx").ids(twenty)
    with pytest.raises(FileError, match="tiny has no record 20"):
        doubtful(tmp_path, header, "tiny\t20\tx").ids(twenty)
    for lines, reason in (
        (["id"], "must name the columns"),
        ([header, "tiny\t3\t "], "line 2: a set, an id and a reason"),
        ([header, "a\t3\tx", "a\t3\ty"], "line 3: 3 is there twice"),
    ):
        with pytest.raises(FileError, match=reason):
            doubtful(tmp_path, *lines)


def test_data_files_have_no_unknown_keys() -> None:
    with pytest.raises(RuleError, match=r"kinds.toml: missing or unknown: negated, relations"):
        load_rules("kinds", ("common",))
    assert issubclass(RuleError, EvaluationError)


def test_a_run_is_json(tiny: GoldSet) -> None:
    told = json.loads(run_to_json([(tiny, evaluate(tiny).outcomes)]))
    assert told["sets"]["tiny"]["wrong"] == {"b": [["conditions", "extra", "croup"], ["conditions", "missed", "1"]]}
