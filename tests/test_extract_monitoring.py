"""What a sentence asks to watch, when, and what to do: our own sentences, one behaviour each."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract import cues, hazards, parameters, patterns, targets, timing
from extract.abbreviations import defined_in, expanded
from extract.actions import actions
from extract.facts import Monitoring
from extract.hazards import hazard_name, risk_blocks
from extract.monitoring import read_monitoring
from extract.parameters import mentions, watched_by
from extract.rules import RuleError
from extract.thresholds import thresholds
from extract.timing import timings


def asked(text: str, **options: str | None) -> dict[str, tuple[str, ...]]:
    """Parameters of a text with their timing phrases."""
    return {m.parameter: m.timing for m in read_monitoring(text, **options)}  # type: ignore[arg-type]


ORDERS = [
    ("Monitor blood pressure at every visit.", {"blood pressure": ("at every visit",)}),
    ("Obtain an ECG before the first dose.", {"ECG": ("before the first dose",)}),
    ("Check TSH and free T4 yearly.", {"TSH": ("yearly",), "thyroid function": ("yearly",)}),
    ("Perform an eye exam when vision changes.", {"ophthalmologic examination": ("when vision changes",)}),
    ("Verify pregnancy status of women before treatment.", {"pregnancy status": ("before treatment",)}),
    ("Exclude pregnancy before starting Examplinib.", {"pregnancy status": ("before starting Examplinib",)}),
    ("Screen all patients for hepatitis B before treatment.", {"hepatitis B virus test": ("before treatment",)}),
    ("Closely watch patients for signs of sepsis.", {"signs and symptoms of sepsis": ()}),
    ("Monitor patients for hypertension and weight gain.", {"blood pressure": (), "weight": ()}),
    ("Watch for the development of jaundice.", {"jaundice": ()}),
    ("Monitor changes in renal function monthly.", {"renal function": ("monthly",)}),
    ("Repeat the platelet count within 3 days.", {"platelet count": ("within 3 days",)}),
    ("Clinicians should assess LVEF every 3 months.", {"left ventricular ejection fraction": ("every 3 months",)}),
    ("It is prudent to check serum lipase weekly.", {"lipase": ("weekly",)}),
    ("Advise caregivers of young children to watch for rash.", {"rash": ()}),
    ("Consider monitoring bone mineral density.", {"bone mineral density": ()}),
    ("Consider an echocardiogram in older adults.", {"echocardiogram": ()}),
    ("Evaluate patients presenting with chest pain.", {"chest pain": ()}),
    ("Conduct blood type and screen tests first.", {"blood type and screen": ()}),
    ("Obtain a sweat chloride test at baseline.", {"sweat chloride test": ("at baseline",)}),
    (
        "Watch neuromuscular transmission throughout the procedure.",
        {"neuromuscular function": ("throughout the procedure",)},
    ),
]

PASSIVES = [
    ("Serum potassium should be measured twice weekly.", {"serum potassium": ("twice weekly",)}),
    ("Patients must be observed for bleeding.", {"bleeding": ()}),
    ("Before each cycle, hemoglobin should be checked.", {"hemoglobin": ("Before each cycle",)}),
    ("It is recommended that infants be screened for anemia.", {"hemoglobin": ()}),
    ("Adults should have their lipids measured annually.", {"lipids": ("annually",)}),
    ("Spirometry should be performed every 6 months.", {"pulmonary function": ("every 6 months",)}),
    ("Because rash is common, the patient should be watched for fever.", {"fever": ()}),
]

THINGS = [
    ("Periodic monitoring of renal function is advised.", {"renal function": ("Periodic",)}),
    ("Frequent ECG monitoring is required during infusion.", {"ECG": ("Frequent", "during infusion")}),
    ("An ECG before treatment is recommended.", {"ECG": ("before treatment",)}),
    ("Use Examplinib with close monitoring of glucose.", {"blood glucose": ()}),
    ("Patients should undergo colonoscopy within 6 months.", {"colonoscopy": ("within 6 months",)}),
    ("Rising ALT should prompt more frequent monitoring.", {"ALT": ("more frequent",)}),
    ("A skin examination may be useful in fair-skinned people.", {"skin examination": ()}),
]


@pytest.mark.parametrize(("text", "wanted"), [*ORDERS, *PASSIVES, *THINGS])
def test_a_sentence_that_asks(text: str, wanted: dict[str, tuple[str, ...]]) -> None:
    assert asked(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "ECGs were monitored in both trials.",
        "In a study of 40 adults, blood pressure was measured weekly.",
        "Renal function has not been evaluated in children.",
        "The effect on growth has not been assessed.",
        "Hypertension occurred in 4% of patients.",
        "[see Warnings and Precautions (5.2)]",
        "Laboratory Tests",
        "Test results may be falsely positive for glucose.",
        "Routine monitoring of platelets is not recommended.",
        "Serum levels do not require monitoring.",
        "Available only through the Examplinib Risk Evaluation and Mitigation Strategy (REMS).",
        "Patients should not drive until they know how they react.",
        "Assess the benefit of further treatment.",
        "Caution should be observed in older adults.",
        "Elevated creatinine is common with Examplinib.",
        "A lower dose is recommended in patients with low calcium.",
        "Do not monitor plasma levels.",
        "Inspect the vial for particles and test the syringe.",
        "Follow the dosing schedule and measure the prescribed dose.",
        "Check that the solution is clear.",
        "The benefit must be weighed against the harm.",
        "Examplinib phosphate is recommended for malaria.",
        "Skin tests are performed with a small needle.",
        "Evaluate the benefit-risk for Grade 4 toxicity.",
    ],
)
def test_a_sentence_that_asks_for_nothing(text: str) -> None:
    assert read_monitoring(text, hazard="Rash") == []


def test_a_coordination_gives_each_parameter_the_timings_that_all_share() -> None:
    told = ("prior to the first dose", "at the beginning of each cycle", "as clinically indicated")
    text = f"Monitor ECGs and electrolytes {told[0]}, {told[1]}, and {told[2]}."
    assert asked(text) == {"ECG": told, "serum electrolytes": told}


def test_parameters_that_have_each_their_own_time_keep_it() -> None:
    text = "During treatment, monitor ALT every month, and serum calcium and magnesium every 3 months."
    rarely = ("During treatment", "every 3 months")
    assert asked(text) == {
        "ALT": ("During treatment", "every month"),
        "serum calcium": rarely,
        "serum magnesium": rarely,
    }


def test_two_clauses_keep_their_own_timings() -> None:
    text = "Measure the ANC before therapy and, during therapy, regularly watch for fever."
    assert asked(text) == {"absolute neutrophil count": ("before therapy",), "fever": ("during therapy", "regularly")}


def test_the_time_of_another_order_is_not_that_of_the_watching() -> None:
    text = "Give an antihistamine before each infusion, and monitor patients for itching throughout the infusion."
    assert asked(text) == {"itching": ("throughout the infusion",)}


def test_the_time_of_the_patients_story_is_not_that_of_the_watching() -> None:
    assert asked("Watch patients who had seizures during treatment for drowsiness.") == {"drowsiness": ()}


def test_examples_in_brackets_belong_to_their_timing() -> None:
    text = "Check LVEF at regular intervals (e.g., every 3 months) during treatment."
    assert asked(text)["left ventricular ejection fraction"] == (
        "at regular intervals (e.g., every 3 months) during treatment",
    )


def test_a_general_test_gives_way_to_what_its_brackets_name() -> None:
    assert list(asked("Check laboratory tests (ALT, AST, and bilirubin) monthly.")) == ["ALT", "AST", "bilirubin"]
    assert list(asked("Check liver function tests (ALT and AST) monthly.")) == ["liver function tests"]


def test_where_only_the_patient_is_named_the_risk_is_what_to_watch() -> None:
    assert list(asked("Monitor patients closely.", hazard="5.4 Serious Bleeding")) == ["signs and symptoms of bleeding"]
    assert list(asked("Monitor and treat as appropriate.", hazard="Increased Cholesterol")) == ["cholesterol"]
    assert list(asked("Monitor patients closely.")) == ["clinical status"]


def test_values_and_a_silent_order_stand_for_what_was_asked_before() -> None:
    text = "Monitor serum creatinine. Values should be obtained weekly. Thereafter, monitor every month."
    assert [(m.parameter, m.timing) for m in read_monitoring(text)] == [
        ("serum creatinine", ()),
        ("serum creatinine", ("weekly",)),
        ("serum creatinine", ("every month",)),
    ]


def test_highlights_prefixes_name_the_risk_of_what_follows() -> None:
    text = "Bone Marrow Failure: Monitor CBC weekly. (5.1) Rash: Watch patients closely. (5.2)"
    found = read_monitoring(text)
    assert [(m.hazard, m.parameter) for m in found] == [
        ("bone marrow failure", "complete blood count"),
        ("rash", "signs and symptoms of rash"),
    ]


def test_abbreviations_that_the_text_defines_are_spelled_out() -> None:
    text = "Progressive multifocal leukoencephalopathy (PML) can occur. Watch for signs of PML."
    assert list(asked(text)) == ["signs and symptoms of progressive multifocal leukoencephalopathy"]


def only(text: str, **options: str | bool) -> Monitoring:
    (found,) = read_monitoring(text, **options)  # type: ignore[arg-type]
    return found


def test_the_action_may_stand_in_the_same_sentence() -> None:
    found = only("Monitor ALT and withhold Examplinib if it rises above 5 times the ULN.")
    assert (found.action, found.threshold) == ("withhold", "rises above 5 times the ULN")


def test_the_action_may_stand_in_the_next_sentence_on_the_same_risk() -> None:
    found = only(
        "Monitor QTc monthly. Arrhythmias can be fatal. Permanently discontinue Examplinib if QTcF > 520 ms.",
        hazard="QT Prolongation",
    )
    assert (found.action, found.threshold) == ("permanently discontinue", "QTcF > 520 ms")
    assert found.action_evidence is not None
    assert found.action_evidence.text == "Permanently discontinue Examplinib if QTcF > 520 ms."


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Monitor ALT. Consider a lower dose of digoxin. Withhold Examplinib for severe hepatitis.", "withhold"),
        ("Monitor ALT. Hypertension was common. Treat hypertension promptly.", None),
        ("Monitor ALT. If these findings occur, interrupt treatment.", "interrupt"),
        (
            "Premedicate with an antihistamine before each dose and monitor ALT. Reduce the dose if needed.",
            "reduce dose",
        ),
        ("Monitor ALT. Do not administer it to patients with a history of stroke.", None),
        ("Discontinue Examplinib for liver failure before it worsens. Monitor ALT.", None),
        ("Discontinue Examplinib if liver failure develops. Monitor ALT.", "discontinue"),
    ],
)
def test_an_action_answers_what_was_asked_for(text: str, wanted: str | None) -> None:
    (found, *_) = read_monitoring(text, hazard="Toxicity")
    assert found.action == wanted


def test_the_action_of_another_risk_is_not_taken() -> None:
    text = "Anemia: Monitor hemoglobin. (5.1) Rash: Discontinue Examplinib. (5.2)"
    assert only(text).action is None


def test_the_threshold_of_another_parameter_is_not_taken() -> None:
    text = "Monitor bilirubin. Interrupt treatment for platelets < 50,000/mm3."
    assert only(text, hazard="Toxicity").threshold is None


def test_boxed_section_and_range_are_kept() -> None:
    text = "Outside: Monitor ALT.\nInside\nMonitor AST weekly in everyone who is treated."
    start = text.index("Inside")
    found = read_monitoring(text, section=7, boxed=True, start=start)
    assert [(m.parameter, m.boxed, m.evidence.section) for m in found] == [("AST", True, 7)]


CUES = "Monitor monitor patients for ALT and ECG should be measured weekly if when prior to during the first dose Rash:"
MORE = [
    "signs of",
    "withhold",
    "Grade 3",
    "> 5 x ULN",
    "recommended",
    "testing",
    ",",
    ".",
    "(",
    "5.1",
    ")",
    "\n",
    "•",
    "",
]
WORDS = st.sampled_from([*CUES.split(), *MORE])


@given(st.lists(WORDS, max_size=40), st.integers(0, 5))
def test_evidence_is_always_verbatim(words: list[str], lead: int) -> None:
    text = "~" * lead + " ".join(words)
    for found in read_monitoring(text, hazard="Rash", start=lead):
        for place in (found.evidence, found.action_evidence):
            assert place is None or text[place.start : place.end] == place.text
        assert found.parameter.strip() == found.parameter != ""
        assert all(phrase in text.replace("\n", " ") for phrase in found.timing)
        json.dumps(found.to_dict())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("every 2 weeks for the first 2 cycles, then monthly", ["every 2 weeks for the first 2 cycles", "monthly"]),
        ("at baseline and periodically thereafter", ["at baseline", "periodically thereafter"]),
        ("prior to and during treatment", ["prior to and during treatment"]),
        ("for 60 minutes after the first infusion", ["for 60 minutes after the first infusion"]),
        ("until signs and symptoms resolve", ["until signs and symptoms resolve"]),
        ("on Day 15 of each cycle", ["on Day 15 of each cycle"]),
        ("at 48- to 72-hour intervals", ["at 48- to 72-hour intervals"]),
        ("if rash occurs, or as clinically indicated", ["if rash occurs", "as clinically indicated"]),
        ("for infusion-related reactions", []),
        ("according to the following schedule", []),
    ],
)
def test_timing_phrases(text: str, wanted: list[str]) -> None:
    assert [text[t.start : t.end] for t in timings(text)] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "Withhold, reduce the dose, or permanently discontinue it.",
            ["withhold", "reduce dose", "permanently discontinue"],
        ),
        ("Examplinib should be temporarily discontinued.", ["withhold"]),
        ("Dose interruption or reduction may be required.", ["interrupt", "reduce dose"]),
        ("Consider stopping treatment.", ["discontinue"]),
        ("Treat promptly.", ["treat"]),
        ("Correct hypokalemia before treatment.", ["treat"]),
        ("Refer the patient to a cardiologist.", ["consult"]),
        ("Do not discontinue abruptly.", []),
        ("Treatment was discontinued in 2% of patients.", []),
        ("Discontinuation due to rash occurred in 3%.", []),
        ("Recovery may be delayed.", []),
        ("Dosing may be delayed.", ["withhold"]),
        ("Drugs known to decrease sodium are given to treat seizures.", []),
        ("If treatment must be initiated, use caution.", []),
        ("Patients should be monitored for rash and treated.", ["treat"]),
        ("No dosage adjustment is required.", []),
        ("Lower mortality was seen.", []),
    ],
)
def test_actions(text: str, wanted: list[str]) -> None:
    assert list(dict.fromkeys(a.name for a in actions(text))) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Stop if ALT > 8 times ULN.", "ALT > 8 times ULN"),
        ("Stop if LVEF falls below 40%.", "LVEF falls below 40%"),
        ("Reduce for Grade 3 or 4 rash.", "Grade 3 or 4"),
        ("Interrupt when platelets are less than 25,000/mm3.", "platelets are less than 25,000/mm3"),
        ("Take 2 tablets daily.", None),
    ],
)
def test_thresholds(text: str, wanted: str | None) -> None:
    spans = thresholds(text)
    assert ([text[a:b] for a, b in spans] or [None])[0] == wanted


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("5.3 Risk of QTc Prolongation", "QT interval prolongation"),
        ("WARNING: SERIOUS INFECTIONS", "serious infections"),
        ("Interstitial Lung Disease (ILD) or Pneumonitis", "interstitial lung disease/pneumonitis"),
        ("Use in Patients with Liver Disease", None),
        ("Information for Patients", None),
        ("General", None),
    ],
)
def test_the_risk_that_a_title_names(title: str, wanted: str | None) -> None:
    assert hazard_name(title) == wanted


def test_headings_on_lines_and_run_into_the_text_begin_a_risk() -> None:
    text = (
        "Malignant Hyperthermia In some persons the temperature rises fast. "
        "Respiratory Depression Examplinib slows breathing.\n"
        "Driving and Machines\nExamplinib makes people sleepy, so that driving may be dangerous for hours after a dose."
    )
    titles = [block.title for block in risk_blocks(text, 0, len(text))]
    assert titles == ["Malignant Hyperthermia", "Respiratory Depression", "Driving and Machines"]


def test_parameters_are_found_in_every_form_and_by_the_longest() -> None:
    text = "ECGs, complete blood cell (CBC) counts, serum ALT levels, hemoglobin A1c"
    assert [m.parameter.name for m in mentions(text)] == ["ECG", "complete blood count", "ALT", "HbA1c"]
    assert [m.parameter.name for m in mentions("pt and alt")] == []


def test_a_salt_is_no_parameter_and_a_hyphen_is_read_as_printed() -> None:
    assert [m.parameter.name for m in mentions("warfarin sodium and serum sodium")] == ["serum sodium"]
    assert [m.parameter.name for m in mentions("the HLA ‑ B*5701 allele")] == ["genotype"]


def test_a_risk_is_watched_by_its_test() -> None:
    found = watched_by("Hypokalemia")
    assert found is not None
    assert found.name == "serum potassium"
    assert watched_by("rash") is None


def test_abbreviations_need_their_letters() -> None:
    text = "Infusion-related reactions (IRR), and something else entirely (XYZ)"
    assert defined_in(text) == {"IRR": "infusion-related reactions"}
    assert expanded("signs of IRRs", defined_in(text)) == "signs of infusion-related reactions"


READERS = [
    (parameters, "parameters", parameters.parameters, {"ecg": {"name": "ECG", "forms": [], "colour": "red"}}),
    (timing, "timing", timing._patterns, {"rule": [{"kind": "never", "pattern": "x"}], "fragments": {}}),
    (hazards, "hazards", hazards._rules, {"befor": []}),
    (patterns, "cues", cues._patterns, {"patterns": {"ordr": "x"}, "words": {}, "fragments": {}}),
    (patterns, "targets", targets._patterns, {"patterns": {}, "words": {"unused": ["x"]}, "fragments": {}}),
]


@pytest.mark.parametrize(("module", "name", "reader", "rules"), READERS, ids=[name for _, name, _, _ in READERS])
def test_rules_that_nobody_reads_are_refused(monkeypatch, module, name, reader, rules) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(module, "load_rules", lambda _: rules)
    with pytest.raises(RuleError):
        reader.__wrapped__()
