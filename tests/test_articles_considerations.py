"""Key considerations: what to watch, boxed first, few words, every claim cited."""

from __future__ import annotations

import pytest

from articles import Article, build
from articles.model import DrugConsiderations
from tests.support_articles import Use, Watch, database_of

USE = Use("It treats metastatic breast cancer.")
BLOOD = [
    Watch("Count blood cells before treatment.", "blood count", "low counts", ("before treatment",), "withhold"),
    Watch("Count blood cells monthly.", "blood count", "low counts", ("monthly",), "reduce dose", "below 500"),
    Watch("Check platelets at both times.", "platelets", "low counts", ("before treatment", "monthly")),
]
HEART = Watch("Check the heart first.", "heart output", "heart injury", ("first",), "discontinue", boxed=True)


def considerations(*watches: Watch, **options: object) -> DrugConsiderations:
    database = database_of(("Vexa", [USE], {"watches": list(watches), **options}))
    [told] = build(database, "breast cancer").considerations
    return told


def test_rows_of_one_hazard_are_merged_and_the_boxed_one_comes_first() -> None:
    told = considerations(*BLOOD, HEART)
    assert [(h.name, h.boxed) for h in told.hazards] == [("heart injury", True), ("low counts", False)]
    [check] = told.hazards[1].checks
    assert check.text == "blood count and platelets: before treatment, monthly"
    assert check.citations == (1,)


def test_dose_changes_name_their_hazards_once() -> None:
    told = considerations(*BLOOD, HEART)
    assert [note.text for note in told.dose_changes] == [
        "withhold or reduce dose for low counts",
        "discontinue for heart injury",
    ]
    assert [a.text for a in told.hazards[1].actions] == ["withhold", "reduce dose (below 500)"]


def test_a_boxed_warning_is_told_without_saying_warning_twice() -> None:
    told = considerations(HEART, boxed="WARNING: HEART INJURY")
    assert [note.text for note in told.boxed_warnings] == ["HEART INJURY"]


def test_hazards_beyond_the_room_are_told_in_short() -> None:
    watches = [Watch(f"Watch risk {n} daily.", f"test {n}", f"risk {n}", ("daily",)) for n in range(7)]
    told = considerations(*watches)
    assert [h.name for h in told.hazards] == ["risk 0", "risk 1", "risk 2", "risk 3"]
    assert [note.text for note in told.further] == [
        "risk 4 – test 4: daily",
        "risk 5 – test 5: daily",
        "risk 6 – test 6: daily",
    ]


def test_what_is_watched_for_no_named_hazard_is_told_last() -> None:
    told = considerations(Watch("Check weight.", "weight", action="interrupt"), *BLOOD)
    assert [h.name for h in told.hazards] == ["low counts", "Also monitor"]
    assert [n.text for n in told.dose_changes] == ["interrupt for weight", "withhold or reduce dose for low counts"]


def two_labels(*, same: bool) -> Article:
    second = BLOOD if same else [Watch("Count cells weekly.", "blood count", "Low counts", ("weekly",))]
    return build(
        database_of(
            ("Vexa", [USE], {"generic": "vexamab", "watches": BLOOD}),
            ("Vexi", [USE], {"generic": "vexamab-abcd", "watches": second}),
        ),
        "breast cancer",
    )


@pytest.mark.parametrize(
    ("same", "checks"),
    [
        (True, [("blood count and platelets: before treatment, monthly", (1, 2))]),
        (False, [("blood count and platelets: before treatment, monthly", (1,)), ("blood count: weekly", (2,))]),
    ],
)
def test_equal_products_share_a_block_and_each_check_cites_who_says_it(
    same: bool, checks: list[tuple[str, tuple[int, ...]]]
) -> None:
    [told] = two_labels(same=same).considerations
    assert told.drug == "Vexa, Vexi (vexamab, vexamab-abcd)"
    assert [(c.text, c.citations) for c in told.hazards[0].checks] == checks


def test_required_tests_and_limitations_are_told_by_drug() -> None:
    use = Use(
        "It treats HER2-positive breast cancer. Of no proven value in men.",
        markers=(("HER2", "positive", 1),),
        limits="Of no proven value in men.",
        more=(("test_required", True),),
    )
    article = build(database_of(("Vexa", [use], {"generic": "vexamab"})), "breast cancer")
    assert [n.text for n in article.selection] == ["HER2-positive, by a required test: Vexa (vexamab)"]
    assert [n.text for n in article.limitations] == ["Vexa (vexamab): Of no proven value in men."]


def test_a_required_test_whose_marker_was_not_read_is_not_called_no_biomarker() -> None:
    use = Use("It treats breast cancer that a test selects.", more=(("test_required", True),))
    article = build(database_of(("Vexa", [use], {})), "breast cancer")
    assert [group.profile for group in article.groups] == ["Selected by a test that the label requires"]
