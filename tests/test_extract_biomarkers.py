from __future__ import annotations

import pytest

from extract import extract_text
from extract.coordination import coordinated
from extract.vocabulary import Vocabulary

HEAD = "SAMPLIX is indicated for the treatment of metastatic cancer in adults "


def read(tail: str) -> list[tuple[str, str, int]]:
    (found,) = extract_text(HEAD + tail).indications
    return [(b.marker, b.state, b.group) for b in found.biomarkers]


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("whose tumors are HER2-positive.", [("HER2", "positive", 1)]),
        ("whose tumors overexpress HER2.", [("HER2", "positive", 1)]),
        ("who were tested for HER2.", []),  # no state is said: nothing is guessed
        ("with no EGFR or ALK genomic tumor aberrations.", [("EGFR", "absent", 1), ("ALK", "absent", 2)]),
        (
            "with no sensitizing epidermal growth factor receptor (EGFR) mutations or ALK genomic aberrations.",
            [("EGFR", "absent", 1), ("ALK", "absent", 2)],
        ),
        ("that is HR-positive, HER2-negative, with a PIK3CA mutation.",
         [("HR", "positive", 1), ("HER2", "negative", 2), ("PIK3CA", "mutated", 3)]),
        ("that is HER2-negative (IHC 0, IHC 1+ or IHC 2+/ISH-).", [("HER2", "negative", 1)]),
        ("that is RAS wild-type and HER2-positive.", [("RAS", "wild-type", 1), ("HER2", "positive", 2)]),
        ("with a BRAF V600E or V600K mutation.", [("BRAF", "V600E", 1), ("BRAF", "V600K", 1)]),
        ("whose tumors express PD-L1 (CPS ≥10).", [("PD-L1", "CPS ≥10", 1)]),
        ("with a mutation in EGFR after at least 2 prior regimens.", [("EGFR", "mutated", 1)]),
    ],
)  # fmt: skip
def test_markers_states_and_groups(tail: str, expected: list[tuple[str, str, int]]) -> None:
    assert read(tail) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("recurrent ovarian, fallopian tube, or primary peritoneal cancer", {"ovarian", "fallopian tube"}),
        ("rheumatoid and psoriatic arthritis", {"rheumatoid"}),
        ("tinea pedis or cruris", {"cruris"}),
        ("diabetes and heart failure", set()),  # "diabetes failure" is nothing: no head is shared
    ],
)
def test_conditions_that_share_a_word(text: str, expected: set[str]) -> None:
    vocabulary = Vocabulary.load()
    whole = vocabulary.conditions(text)
    found = coordinated(text, whole, vocabulary)
    assert {m.text for m in found} - {m.text for m in whole} == expected
    assert all(text[m.start : m.end] == m.text for m in found)


def test_each_coordinated_condition_has_its_words_and_the_shared_ones() -> None:
    text = "SAMPLIX is indicated for rheumatoid and psoriatic arthritis."
    (found,) = extract_text(text).indications
    assert [(c.name, c.evidence.text) for c in found.conditions] == [
        ("rheumatoid arthritis", "rheumatoid and psoriatic arthritis"),
        ("psoriatic arthritis", "psoriatic arthritis"),
    ]
