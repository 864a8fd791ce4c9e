from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.sentences import sentences

CASES = {
    "abbreviations do not end a sentence": (
        "Give approx. 5 mg i.v. once, e.g. at night. Then stop.",
        ["Give approx. 5 mg i.v. once, e.g. at night.", "Then stop."],
    ),
    "numbers keep their points": ("Use 1.5 mg. See 2.1 for more.", ["Use 1.5 mg.", "See 2.1 for more."]),
    "a reference belongs to the sentence before it": (
        "Sampledrug treats gout. ( 1.1 ) It also treats hives. ( 1.2 )",
        ["Sampledrug treats gout. ( 1.1 )", "It also treats hives. ( 1.2 )"],
    ),
    "a reference without a full stop ends an item": (
        "is indicated for: chronic gout ( 1.1 ) acute hives ( 1.2 )",
        ["is indicated for: chronic gout ( 1.1 )", "acute hives ( 1.2 )"],
    ),
    "a reference inside a bracket ends nothing": (
        "Watch the heart [see Warnings ( 5.2 ) and Dosage ( 2.1 )] and lungs.",
        ["Watch the heart [see Warnings ( 5.2 ) and Dosage ( 2.1 )] and lungs."],
    ),
    "a full stop that lost its space ends a sentence": (
        "Rarely seen in 0.8%.Test the blood as needed.Interrupt it until then. Ask e.g.The nurse at www.example.Org",
        [
            "Rarely seen in 0.8%.",
            "Test the blood as needed.",
            "Interrupt it until then.",
            "Ask e.g.The nurse at www.example.Org",
        ],
    ),
    "bullets begin items": ("Treats: • gout • hives", ["Treats:", "• gout", "• hives"]),
    "lines begin items": ("Treats\nGout\nHives", ["Treats", "Gout", "Hives"]),
    "a wrapped line goes on": (
        "The drug treats gout in\nadults who",
        ["The drug treats gout in\nadults who"],
    ),
    "a species name keeps its initial": ("Caused by P. vivax. Stop.", ["Caused by P. vivax.", "Stop."]),
    "an item in lower case follows a full stop": (
        "indicated: with cisplatin for gout. as a single agent for hives.",
        ["indicated: with cisplatin for gout.", "as a single agent for hives."],
    ),
    "a capital opens an item that has lost its bullet": (
        "With paclitaxel for gout As a single agent for hives",
        ["With paclitaxel for gout", "As a single agent for hives"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_sentences(name: str) -> None:
    text, expected = CASES[name]
    assert [text[a:b] for a, b in sentences(text)] == expected


@given(st.text(alphabet=st.sampled_from("aB1 .\n•()[]:;,-"), max_size=200))
def test_spans_are_ordered_and_lose_no_word(text: str) -> None:
    spans = sentences(text)
    assert all(a < b for a, b in spans)
    assert all(x[1] <= y[0] for x, y in itertools.pairwise(spans))
    kept = "".join(text[a:b] for a, b in spans)
    assert "".join(kept.split()) == "".join(text.split())
