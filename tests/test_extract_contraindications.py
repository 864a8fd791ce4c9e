"""Conditions that a contraindications section names, and what it names that is none."""

from __future__ import annotations

import pytest

from extract import extract_text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SAMPLIX is contraindicated in patients with severe asthma or glaucoma.", ["asthma", "glaucoma"]),
        ("Do not give SAMPLIX in porphyria because it may lead to seizures.", ["porphyria"]),
        ("Hypersensitivity to samplinib: reactions have included angioedema and urticaria.", []),
        ("Known allergic reaction to any component, such as anaphylaxis.", []),
        ("None.", []),
    ],
)
def test_conditions_and_asides(text: str, names: list[str]) -> None:
    facts = extract_text(text, section="contraindications", brand="SAMPLIX", generic="samplinib")
    assert [c.name for c in facts.contraindications] == names
    assert facts.indications == ()
    for c in facts.contraindications:
        assert text[c.evidence.start : c.evidence.end] == c.evidence.text
