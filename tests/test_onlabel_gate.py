"""The evaluation gate: floors hold, rise, and are lowered only on demand; and only for the file they belong to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import eval_gate

SCORER = """
import json
print(json.dumps({"conditions": {"f1": FIGURE, "gold": 3}, "line": {"accuracy": 1.0, "records": 1},
                  "empty": {"f1": None}, "records": {"gold": 1, "without a prediction": MISSING}}))
"""
GOLD = {"id": 1, "text": "X is indicated for gout.", "drug": {"brand": "X"}, "gold": {"conditions": []}}


@pytest.fixture
def material(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like ../shared with one gold set, an unannotated one, and a scorer whose figure a test sets."""
    monkeypatch.setattr(eval_gate, "FLOORS", tmp_path / "floors.json")
    monkeypatch.setattr(eval_gate, "predict", lambda _gold, predictions: predictions.write_text(""))
    (tmp_path / "floors.json").write_text("{}")
    (tmp_path / "gold").mkdir()
    (tmp_path / "gold" / "tiny.dev.jsonl").write_text(json.dumps(GOLD))
    (tmp_path / "gold" / "plain.dev.jsonl").write_text('{"id": 1, "text": "x"}')
    measure(tmp_path, 0.9)
    return tmp_path


def measure(material: Path, figure: float, *, missing: int = 0) -> None:
    text = SCORER.replace("FIGURE", str(figure)).replace("MISSING", str(missing))
    (material / "score.py").write_text(text)


def gate(material: Path, *, lift: bool = False, allow_lower: bool = False) -> list[str]:
    return eval_gate.gate(material, lift=lift, allow_lower=allow_lower)


def floor(material: Path) -> float:
    kept = json.loads((material / "floors.json").read_text())
    return float(kept["tiny"]["floors"]["conditions.f1"])


def test_without_floors_everything_passes(material: Path) -> None:
    assert gate(material) == []


def test_floors_lie_a_little_under_what_was_measured(material: Path) -> None:
    gate(material, lift=True)
    assert floor(material) == pytest.approx(0.895)
    assert gate(material) == []


def test_below_a_floor_fails(material: Path) -> None:
    gate(material, lift=True)
    measure(material, 0.8)
    assert gate(material) == ["tiny: conditions.f1: 0.800 is below 0.895"]


def test_floors_rise_and_do_not_sink(material: Path) -> None:
    gate(material, lift=True)
    measure(material, 0.8)
    gate(material, lift=True)
    assert floor(material) == pytest.approx(0.895)
    measure(material, 0.95)
    gate(material, lift=True)
    assert floor(material) == pytest.approx(0.945)


def test_floors_sink_on_demand(material: Path) -> None:
    gate(material, lift=True)
    measure(material, 0.8)
    gate(material, lift=True, allow_lower=True)
    assert floor(material) == pytest.approx(0.795)


def test_another_file_is_refused(material: Path) -> None:
    gate(material, lift=True)
    path = material / "gold" / "tiny.dev.jsonl"
    path.write_text(path.read_text() + "\n")
    assert "measured on another file" in gate(material)[0]
    assert "measured on another file" in gate(material, lift=True)[0]
    path.unlink()
    assert gate(material) == ["tiny: has floors, and its file is gone"]


def test_records_without_a_prediction_fail(material: Path) -> None:
    measure(material, 0.9, missing=2)
    assert gate(material, lift=True) == ["tiny: 2 records have no prediction"]


def test_predictions_are_those_of_the_command(tmp_path: Path) -> None:
    gold, predictions = tmp_path / "gold.jsonl", tmp_path / "predictions.jsonl"
    gold.write_text(json.dumps(GOLD) + "\n")
    eval_gate.predict(gold, predictions)
    told = json.loads(predictions.read_text())
    assert told["id"] == 1
    assert [c["name"] for i in told["indications"] for c in i["conditions"]] == ["gout"]


def test_the_real_floors_are_for_the_real_files(shared: Path) -> None:
    path = Path(eval_gate.__file__).with_name("eval_floors.json")
    for name, known in json.loads(path.read_text(encoding="utf-8")).items():
        assert known["sha256"] == eval_gate.checksum(shared / "gold" / f"{name}.dev.jsonl")
        assert all(0 <= figure <= 1 for figure in known["floors"].values())
