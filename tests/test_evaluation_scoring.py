"""What counts as found and as right, attribute by attribute; and that the common scorer says the very same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evaluation.figures import figures, headlines
from evaluation.gold import GoldSet, gold_sets
from evaluation.outcome import Outcome
from evaluation.predict import predicted
from evaluation.scoring import score
from tests.support_evaluation import names, outcome


def figures_of(one: Outcome) -> dict[str, float]:
    return headlines(figures([one]))


def wrong(one: Outcome) -> list[tuple[str, str, str]]:
    return list(one.wrong())


def told(*indications: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"indications": list(indications)} | more


def regimen(*partners: str, role: str = "combination") -> dict[str, Any]:
    return {"role": role, "partners": [{"name": name} for name in partners]}


def test_conditions_missed_and_extra() -> None:
    one = outcome({"conditions": [{"name": "gout"}, {"name": "croup"}]}, told(names("gout", "asthma"), names("Gout")))
    assert wrong(one) == [("conditions", "missed", "1"), ("conditions", "extra", "asthma")]
    (figure,) = (f for name, f in figures([one]).items() if name == "conditions")
    assert figure.to_dict() == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "gold": 2, "predicted": 2}
    assert figures_of(one)["whole record right.accuracy"] == 0


def test_what_is_not_annotated_is_not_scored() -> None:
    one = outcome({"conditions": None, "partners": None, "line": None, "population": {"text": ["adults"]}}, told())
    assert [c.name for c in one.checks] == ["whole record right"]
    assert not one.lists


def test_optional_conditions_cost_nothing() -> None:
    gold = {"conditions": [{"name": "gout"}, {"name": "croup", "optional": True}]}
    assert wrong(outcome(gold, told(names("gout")))) == []
    assert wrong(outcome(gold, told(names("gout", "croup")))) == []


def test_incomplete_annotations_count_for_recall_only() -> None:
    one = outcome({"conditions": [{"name": "gout"}]}, told(names("gout", "croup")), complete_by_lexicon=False)
    assert wrong(one) == []
    assert figures_of(one)["conditions.f1"] == 1


def test_nothing_predicted_is_no_precision() -> None:
    assert figures_of(outcome({"conditions": [{"name": "gout"}]}, None))["conditions.f1"] == 0
    assert "conditions.f1" not in figures_of(outcome({"conditions": []}, told()))


def test_partners_fill_slots() -> None:
    gold = {"partners": [["tamoxifen", "aromatase inhibitor"], ["Exemplin"]], "partners_optional": ["goserelin"]}
    right = told({"regimens": [regimen("aromatase inhibitors", "exemplin", "goserelin")]})
    assert wrong(outcome(gold, right)) == []
    assert wrong(outcome(gold, told({"regimens": [regimen("tamoxifen", role="single")]}))) == [
        ("partners", "missed", "0")
    ]
    extra = told({"regimens": [regimen("tamoxifen"), regimen("carboplatin")]})
    assert wrong(outcome(gold, extra)) == [("partners", "extra", "carboplatin")]


@pytest.mark.parametrize(
    ("wanted", "lines", "right"),
    [
        (None, [], True),
        (None, ["first-line"], False),
        ("first-line", ["first-line", "subsequent"], True),
        ("first-line or subsequent", ["first-line", "subsequent"], True),
        ("first-line or subsequent", ["first-line"], False),
    ],
)
def test_line(wanted: str | None, lines: list[str], *, right: bool) -> None:
    one = outcome({"line": {"line": wanted}}, told(*({"line": line} for line in lines)))
    assert figures_of(one)["line.accuracy"] == right


def test_settings_are_the_same_and_stages_may_be_within() -> None:
    gold = {"line": {"setting": ["adjuvant"], "stage": ["metastatic"]}}
    one = outcome(gold, told({"settings": ["neoadjuvant"], "stages": ["metastatic disease"]}))
    assert wrong(one) == [("settings", "missed", "0"), ("settings", "extra", "neoadjuvant")]


def test_population() -> None:
    gold = {"population": {"adult": True, "pediatric": False, "min_age": {"value": 12, "unit": "years"}}}
    right = {"population": {"adult": True, "min_age": {"value": 12, "unit": "year"}}}
    assert wrong(outcome(gold, told(right))) == []
    other = {"population": {"pediatric": True, "min_age": {"value": 12, "unit": "month"}}}
    assert {name for name, _, _ in wrong(outcome(gold, told(other)))} == {"adult", "pediatric", "min_age"}


def test_contraindications_are_no_indications() -> None:
    gold = {"contraindicated_conditions": [{"name": "anuria"}]}
    one = outcome(gold, told(names("gout"), contraindications=[{"name": "anuria"}, {"name": "gout"}]))
    assert wrong(one) == [("contraindications", "extra", "gout"), ("no false indication", "wrong", "")]
    assert one.record.section == "contraindications"


def test_an_indication_is_right_as_a_whole() -> None:
    one = {"conditions": [{"name": "gout"}], "partners": [["allopurinol"]], "adult": True, "intent": "treatment"}
    gold = {"indications": [one]}
    population = {"population": {"adult": True}}
    apart = told(names("gout", regimens=[regimen("allopurinol")]), names("gout", **population))
    assert {name for name, _, _ in wrong(outcome(gold, apart))} == {"its intent right"}
    assert figures_of(outcome(gold, apart))["whole indication right.accuracy"] == 0
    together = told(names("gout", regimens=[regimen("allopurinol")], intent="treatment", **population))
    assert wrong(outcome(gold, together)) == []
    assert figures_of(outcome(gold, together))["whole indication right.accuracy"] == 1


def test_monitoring_needs_place_and_parameter() -> None:
    text = "Check the pulse daily and stop if slow. Weigh patients."
    gold = [{"parameter": "pulse", "evidence": text[:39], "timing": ["daily"], "action": "stop"}]
    read = [
        {"parameter": "pulse", "start": 0, "end": 39, "timing": ["daily"], "action": None},
        {"parameter": "weight", "start": 40, "end": 55},
    ]
    one = outcome(gold, {"monitoring": read}, text)
    assert wrong(one) == [("monitoring", "extra", "weight"), ("action found", "wrong", "0")]
    aside = outcome(gold, {"monitoring": read}, text, ignore_evidence="Weigh patients.")
    assert wrong(aside) == [("action found", "wrong", "0")]


@pytest.fixture(scope="module")
def read_sets(shared: Path) -> list[tuple[GoldSet, dict[str, Any]]]:
    """All annotated sets with what is read in them."""
    return [(gold, dict(predicted(gold.records).by_id)) for gold in gold_sets([shared / "gold"])]


@pytest.mark.parametrize("shift", [0, 1])
def test_the_common_scorer_says_the_same(
    read_sets: list[tuple[GoldSet, dict[str, Any]]], shared: Path, tmp_path: Path, shift: int
) -> None:
    """To the last digit, on every annotated set; once with predictions that belong to the record before."""
    assert len(read_sets) >= 9
    for gold, made in read_sets:
        ids = list(made)
        moved = {id_: made[ids[n - shift]] | {"id": id_} for n, id_ in enumerate(ids)}
        path = tmp_path / f"{gold.name}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in moved.values()), encoding="utf-8")
        command = [sys.executable, str(shared / "score.py"), str(shared / "gold" / f"{gold.name}.dev.jsonl"), str(path)]
        expected = json.loads(subprocess.run([*command, "--json"], check=True, capture_output=True).stdout)
        del expected["records"]
        ours = figures([score(record, moved[record.id]) for record in gold.records])
        assert {name: figure.to_dict() for name, figure in ours.items()} == expected, gold.name
