"""Qualifiers and regimens of indications: what a label in this style says, and how it is read, a case a line.

In ``fixtures/qualifier_cases.tsv`` the words for markers are parted by "|" (alternatives) and "&" (required together);
regimens by "|", partners given together by "+"; "?" marks optional ones, "adjunct:" and "then:" the role.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from extract import extract_text
from extract.facts import Age, Indication

CASES = Path(__file__).parent / "fixtures" / "qualifier_cases.tsv"
SIGNS = {"combination": "", "adjunct": "adjunct: ", "sequence": "then: "}


def cases() -> list[list[str]]:
    return [row.split("\t") for row in CASES.read_text(encoding="utf-8").splitlines()[2:]]


def one(said: str) -> Indication:
    found = extract_text(f"SAMPLIX is indicated {said}", brand="SAMPLIX", generic="samplinib").indications
    assert len(found) == 1, [i.statement.text for i in found]
    return found[0]


def markers(indication: Indication) -> str:
    groups: dict[int, list[str]] = {}
    for b in indication.biomarkers:
        groups.setdefault(b.group, []).append(f"{b.marker} {b.state}")
    return " & ".join(" | ".join(group) for _, group in sorted(groups.items()))


def population(indication: Indication) -> str:
    p = indication.population
    flags = [name for name in ("adult", "pediatric") if getattr(p, name)]
    ages = [f"{sign}{_age(age)}" for sign, age in ((">=", p.min_age), ("<=", p.max_age)) if age]
    weights = [f"{sign}{kg:g} kg" for sign, kg in ((">=", p.min_weight_kg), ("<=", p.max_weight_kg)) if kg]
    return " ".join([*flags, *ages, *weights, *filter(None, (p.sex, p.menopausal))])


def _age(age: Age) -> str:
    return f"{age.value:g} {age.unit}"


def line(indication: Indication) -> str:
    return indication.line or ""


def regimens(indication: Indication) -> str:
    told = ["?" * r.optional + SIGNS[r.role] + " + ".join(p.name for p in r.partners) for r in indication.regimens]
    return " | ".join((["alone"] if indication.single_agent else []) + told)


def terms(indication: Indication) -> str:
    return ", ".join(indication.stages + indication.settings)


READINGS: dict[str, Callable[[Indication], str]] = {f.__name__: f for f in (markers, population, line, regimens, terms)}


@pytest.mark.parametrize(("reading", "said", "expected"), cases())
def test_it_is_read_as_it_is_meant(reading: str, said: str, expected: str) -> None:
    assert READINGS[reading](one(said)) == expected
