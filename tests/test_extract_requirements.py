"""What a requirement says, part by part: when, of whom, past which value, and what to do then."""

from __future__ import annotations

import time
from typing import Any

import pytest

from extract.actions import actions, with_thresholds
from extract.facts import Evidence, Monitoring
from extract.monitoring import read_monitoring
from extract.occasions import part_of_patients
from extract.schedule import schedule
from extract.thresholds import threshold, thresholds


def piece(text: str) -> Evidence:
    return Evidence(0, 0, len(text), text)


def said(fact: Any) -> dict[str, Any]:
    """What a part says, without what it leaves open."""
    told = fact.to_dict()
    return {k: v for k, v in told.items() if v not in (None, False, []) and k not in {"text", "start", "end"}}


def amount(value: float, unit: str, to: float | None = None, bound: str | None = None, **more: int) -> dict[str, Any]:
    return {"value": value, "to": to, "unit": unit, "bound": bound} | more


@pytest.mark.parametrize(
    ("phrase", "wanted"),
    [
        ("prior to and during treatment", {"baseline": True, "during": True}),
        ("every 2 to 4 weeks", {"every": amount(2, "week", 4, times=1)}),
        ("every other week", {"every": amount(2, "week", times=1)}),
        ("twice a week", {"every": amount(1, "week", times=2)}),
        ("at 3-month intervals", {"every": amount(3, "month", times=1)}),
        ("on a monthly basis", {"every": amount(1, "month", times=1)}),
        ("prior to each infusion", {"every": amount(1, "infusion", times=1)}),
        (
            "weekly for the first 3 months",
            {"every": amount(1, "week", times=1), "lasting": amount(3, "month")},
        ),
        (
            "monthly during the first year",
            {"during": True, "every": amount(1, "month", times=1), "lasting": amount(1, "year")},
        ),
        (
            "at the beginning of the first 6 cycles",
            {"every": amount(1, "cycle", times=1), "lasting": amount(6, "cycle")},
        ),
        ("for at least 8 hours after the dose", {"after": True, "lasting": amount(8, "hour", bound="at least")}),
        ("within 5 days", {"lasting": amount(5, "day", bound="up to")}),
        ("on days 1 and 15", {"at": [amount(1, "day"), amount(15, "day")]}),
        ("2, 6 and 12 weeks after starting", {"after": True, "at": [amount(n, "week") for n in (2, 6, 12)]}),
        ("4 to 8 weeks after the first dose", {"after": True, "at": [amount(4, "week", 8)]}),
        ("if fever develops", {"event": "if fever develops"}),
        ("weekly until the count recovers", {"every": amount(1, "week", times=1), "until": "until the count recovers"}),
        ("as clinically indicated", {"as_needed": True}),
        ("biweekly", {}),  # twice a week, or every two weeks
        ("regularly", {}),
    ],
)
def test_a_timing_phrase_is_read_part_by_part(phrase: str, wanted: dict[str, Any]) -> None:
    assert said(schedule(piece(phrase))) == wanted


@pytest.mark.parametrize(
    ("phrase", "wanted"),
    [
        ("ALT > 3 x ULN", {"of": "ALT", "comparator": ">", "value": 3, "unit": "× ULN"}),
        ("bilirubin rises above two times the upper limit of normal",
         {"of": "bilirubin", "comparator": ">", "value": 2, "unit": "× ULN"}),
        ("platelets are less than 50,000/mm3", {"of": "platelet count", "comparator": "<", "value": 50000,
                                                "unit": "/mm³"}),
        ("ANC < 1.0 x 10⁹/L", {"of": "absolute neutrophil count", "comparator": "<", "value": 1, "unit": "× 10⁹/L"}),
        ("greater than or equal to 480 msec", {"comparator": "≥", "value": 480, "unit": "ms"}),
        ("10% or greater", {"comparator": "≥", "value": 10, "unit": "%"}),
        ("Grade 3 or 4", {"grade": [3, 4], "scale": "CTCAE"}),
        ("Grade 2 or higher", {"grade": [2, 5], "scale": "CTCAE"}),
        ("NYHA class III or IV", {"grade": [3, 4], "scale": "NYHA"}),
    ],
)  # fmt: skip
def test_a_threshold_is_read_into_value_unit_and_grade(phrase: str, wanted: dict[str, Any]) -> None:
    assert thresholds(phrase) == [(0, len(phrase))]
    assert said(threshold(piece(phrase))) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "Withhold for Grade 3 rash and permanently discontinue for Grade 4 rash.",
            [("withhold", ["Grade 3"]), ("permanently discontinue", ["Grade 4"])],
        ),
        ("Interrupt or discontinue for Grade 4.", [("interrupt", ["Grade 4"]), ("discontinue", ["Grade 4"])]),
        ("If LVEF is below 40%, withhold it and consult a cardiologist.",
         [("withhold", ["LVEF is below 40%"]), ("consult", ["LVEF is below 40%"])]),
        ("Treat promptly.", [("treat", [])]),
    ],
)  # fmt: skip
def test_each_order_goes_by_its_own_thresholds(text: str, wanted: list[tuple[str, list[str]]]) -> None:
    read = list(with_thresholds(text, actions(text), thresholds(text)))
    assert [(order.name, [text[a:b] for a, b in own]) for order, own in read] == wanted


def test_the_words_of_an_order_end_with_its_clause() -> None:
    text = "Withhold Examplinib until it resolves, and discontinue it for Grade 4; then inform the patient."
    read = [text[order.start : order.end] for order, _ in with_thresholds(text, actions(text), [])]
    assert read == ["Withhold Examplinib until it resolves", "discontinue it for Grade 4"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Monitor patients with moderate to severe renal impairment closely.",
         "patients with moderate to severe renal impairment"),
        ("Verify pregnancy status in females of reproductive potential before use.",
         "females of reproductive potential"),
        ("In elderly patients, monitor renal function.", "elderly patients"),
        ("Patients who develop a fever should be evaluated.", "Patients who develop a fever"),
        ("Monitor blood pressure in patients receiving other drugs that lower it.",
         "patients receiving other drugs that lower it"),
        ("Monitor all patients for rash.", None),
        ("Monitor patients at regular intervals.", None),
        ("Patients receiving Examplinib should be monitored.", None),
        ("Monitor for infection, including in patients with a negative test.", None),
    ],
)  # fmt: skip
def test_of_whom_it_is_asked_where_not_of_all(text: str, wanted: str | None) -> None:
    found = part_of_patients(text, 0, len(text), text.lower().find("monitor"))
    assert (text[slice(*found)] if found else None) == wanted


def only(text: str) -> Monitoring:
    [found] = read_monitoring(text, hazard="Hepatotoxicity")
    return found


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Monitor liver tests monthly.", "routine"),
        ("Monitor liver tests before treatment and as clinically indicated.", "routine"),
        ("Monitor liver tests monthly and if symptoms occur.", "routine"),
        ("Obtain liver tests if symptoms of hepatitis occur.", "conditional"),
        ("If symptoms of hepatitis occur, obtain liver tests weekly.", "conditional"),
        ("Monitor liver tests in patients with cirrhosis.", "conditional"),
        ("Monitor liver tests weekly until they return to baseline.", "conditional"),
        ("Monitor liver tests more frequently.", "conditional"),
    ],
)
def test_a_routine_is_told_from_what_is_asked_on_occasion(text: str, kind: str) -> None:
    assert only(text).to_dict()["kind"] == kind


def test_these_patients_are_those_of_the_sentence_before() -> None:
    text = "Levels rise in patients with cirrhosis. Monitor liver tests in these patients monthly."
    found = only(text)
    assert found.population is not None
    assert found.population.text == text[found.population.start : found.population.end] == "patients with cirrhosis"


def test_a_requirement_says_which_row_of_the_table_it_is() -> None:
    assert only("Monitor LFTs monthly.").parameter_id == "lft"
    assert only("Monitor patients for jaundice.").parameter_id is None


def test_every_part_stands_where_it_says() -> None:
    text = (
        "Measure ALT before treatment and every 2 weeks [see Dosage (2.1)] in patients with cirrhosis. "
        "Withhold for ALT > 5 x ULN and discontinue for Grade 4."
    )
    found = only(text)
    places = [found.population, found.action_evidence, *(s.evidence for s in found.schedule)]
    places += [p for o in found.orders for p in (o.evidence, *(t.evidence for t in o.thresholds))]
    assert len(places) == 8
    assert all(p is not None and text[p.start : p.end] == p.text for p in places)


def test_orders_go_on_over_the_sentences_that_speak_of_the_same() -> None:
    text = (
        "Monitor liver tests monthly. Interrupt Examplinib for hepatotoxicity of Grade 3. "
        "Discontinue it for liver failure. Withhold it before surgery."
    )
    found = only(text)
    assert found.action == "interrupt, discontinue"
    assert [[t.grade for t in order.thresholds] for order in found.orders] == [[(3, 3)], []]


def test_a_decrease_that_was_seen_is_no_order() -> None:
    assert only("Monitor LVEF monthly. An LVEF decrease has been seen with other therapies.").action is None


@pytest.mark.parametrize("piece_of", ["patients with ", "patients receiving other ", "every 2 to 4 ", "Grade 3 or "])
def test_long_repeats_are_read_in_bounded_time(piece_of: str) -> None:
    text = "Monitor liver tests in " + piece_of * (4900 // len(piece_of)) + "."
    started = time.process_time()
    read_monitoring(text)
    schedule(piece(text))
    assert time.process_time() - started < 3
