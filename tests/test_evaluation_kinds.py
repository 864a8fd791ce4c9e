"""Errors told apart: where they stand, what is near, what the words around them say."""

from __future__ import annotations

from typing import Any

import pytest

from evaluation.kinds import confusions, counted, wrong_items
from evaluation.outcome import Check
from evaluation.report import confusion_table, error_lines, excerpt, kind_table
from tests.support_evaluation import outcome

TEXT = "Exemplin is indicated for gout and croup. Not indicated for asthma. Other words on scurvy follow here."
SENTENCE = TEXT.index("Not") - 1


def at(words: str, text: str = TEXT) -> dict[str, Any]:
    start = text.index(words)
    return {"name": words, "start": start, "end": start + len(words)}


def read(*conditions: str, text: str = TEXT, **more: Any) -> dict[str, Any]:
    one = {"conditions": [at(c, text) for c in conditions], "parts": [{"start": 0, "end": SENTENCE}]}
    return {"indications": [one | more]}


def kinds(gold: list[dict[str, Any]], prediction: dict[str, Any], text: str = TEXT) -> list[tuple[str, str]]:
    return [(w.side, w.kind) for w in wrong_items(outcome({"conditions": gold}, prediction, text))]


@pytest.mark.parametrize(
    ("gold", "prediction", "kind"),
    [
        ("croup", read("gout"), "text read, mention not taken"),
        ("scurvy", read("gout"), "outside every statement read"),
        ("scurvy", {}, "no statement read at all"),
        ("scurvy", {"unparsed": [{"start": SENTENCE, "end": len(TEXT)}]}, "in a statement not understood"),
        ("asthma", read("gout", limitations=["Not indicated for asthma."]), "in a limitation or negated statement"),
        ("plague", read("gout"), "not in these words in the text"),
        ("gout and croup", read("gout"), "near: overlaps one of the other side"),
    ],
)
def test_missed_conditions(gold: str, prediction: dict[str, Any], kind: str) -> None:
    assert ("missed", kind) in kinds([{"name": gold}], prediction)


def test_near_by_words() -> None:
    prediction = {"indications": [{"conditions": [{"name": "allergic asthma"}]}]}
    assert kinds([{"name": "asthma"}], prediction, "x")[0] == (
        "missed",
        "near: wider or narrower than one of the other side",
    )
    assert kinds([{"name": "asthma attack"}], prediction, "x")[0] == (
        "missed",
        "near: shares a word with one of the other side",
    )
    assert kinds([{"name": "lung cancer"}], {"indications": [{"conditions": [{"name": "skin cancer"}]}]}, "x")[0] == (
        "missed",
        "not in these words in the text",
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Exemplin treats edema associated with scurvy.", "after a cause word (due to, associated with)"),
        ("Exemplin treats deficiencies such as scurvy.", "as an example (such as, including)"),
        ("Exemplin treats pain in adults with scurvy.", "as the patients' setting (in patients with)"),
        ("Exemplin is for those with a history of scurvy.", "as history or exclusion (history of, without)"),
        ("Exemplin is given after scurvy.", "as a procedure's or event's time (after, following)"),
        ("Exemplin lowers the risk of scurvy.", "as what may follow (risk of)"),
        ("Exemplin is not indicated for scurvy.", "in a limitation or negated sentence"),
        ("Exemplin is for scurvy.", "nothing is annotated in this text"),
    ],
)
def test_extra_conditions_by_the_words_before(text: str, kind: str) -> None:
    prediction = {"indications": [{"conditions": [at("scurvy", text)], "parts": [{"start": 0, "end": len(text)}]}]}
    assert kinds([], prediction, text) == [("extra", kind)]


def test_extra_conditions_by_their_statement() -> None:
    assert kinds([{"name": "gout"}], read("gout", "croup")) == [("extra", "beside annotated ones")]
    assert ("extra", "in a statement without an annotated condition") in kinds([{"name": "scurvy"}], read("croup"))


def test_other_attributes() -> None:
    gold = {
        "biomarkers": [{"marker": "HER2", "state": "positive"}, {"marker": "KRAS", "state": "mutated"}],
        "partners": [["aromatase inhibitor"]],
    }
    told = {
        "indications": [
            {
                "biomarkers": [{"marker": "HER2", "state": "negative"}],
                "regimens": [{"partners": [{"name": "proteasome inhibitor"}, {"name": "aspirin"}]}],
            }
        ]
    }
    assert counted(wrong_items(outcome(gold, told))) == {
        ("biomarkers", "missed", "the marker in another state"): 1,
        ("biomarkers", "missed", "nothing like it read"): 1,
        ("biomarkers", "extra", "the marker in another state"): 1,
        ("partners", "missed", "near: shares words"): 1,
        ("partners", "extra", "near: shares words"): 1,
        ("partners", "extra", "nothing like it annotated"): 1,
    }


def test_monitoring() -> None:
    text = "Check the pulse. Weigh patients. Count cells."
    gold = [{"parameter": "pulse", "evidence": "Check the pulse."}, {"parameter": "cells", "evidence": "Count cells."}]
    told = {
        "monitoring": [{"parameter": "heart", "start": 0, "end": 16}, {"parameter": "cells", "start": 17, "end": 32}]
    }
    assert [(w.side, w.kind) for w in wrong_items(outcome(gold, told, text))] == [
        ("missed", "same sentence, another parameter"),
        ("missed", "same parameter, another sentence"),
        ("extra", "same sentence, another parameter"),
        ("extra", "same parameter, another sentence"),
    ]


def test_confusions_are_of_wrong_checks() -> None:
    checks = [
        Check("line", right=False, wanted="first-line", got="none"),
        Check("line", right=True, wanted="x", got="y"),
    ]
    assert confusions(checks) == {("line", "first-line", "none"): 1}


def test_excerpts_mark_the_place() -> None:
    text = "a " * 100 + "gout" + " b" * 100
    told = excerpt(text, (200, 204))
    assert "a »gout« b" in told
    assert told.startswith("… a")
    assert told.endswith("b …")
    assert excerpt("short\ntext", None) == "short text"
    assert excerpt("x" * 500, None).endswith("x …")


def test_tables_and_lines() -> None:
    one = outcome({"conditions": [{"name": "croup"}], "line": {"line": "first-line"}}, read("gout"), TEXT)
    wrong = list(wrong_items(one))
    _, rows = kind_table(wrong)
    assert ["conditions", "missed", "text read, mention not taken", "1"] in rows
    assert confusion_table([one])[1] == [["line", "first-line", "none", "1"]]
    lines = list(error_lines([one], wrong, 1))
    assert "conditions, missed: text read, mention not taken (1)" in lines
    assert any("»croup«" in line for line in lines)
    assert "line (1)" in lines
