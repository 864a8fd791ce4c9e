"""Builders of labels and facts for the tests of what is stored. All texts are made up; none is a label's."""

from __future__ import annotations

from typing import Any

from extract import facts as said
from extract.facts import (
    Age,
    Biomarker,
    Condition,
    Evidence,
    Facts,
    Indication,
    Monitoring,
    Partner,
    Population,
    Regimen,
    Unparsed,
)
from labels.model import Ingredient, Label, LabelFormat, Product, Section

SET_ID = "11111111-aaaa-4bbb-8ccc-000000000001"
USE = (
    "Zorvanib, together with an aromatase blocker or with fulvarex, treats adults whose metastatic mammary "
    "tumor is HR-positive and HER2-negative after earlier hormone therapy. Limits: of no proven value in men."
)
BOXED = "Can injure the heart. Check heart output before the first dose; hold treatment below 40%."
NOT_FOR = "Do not give in QT prolongation."


def section(index: int, text: str, **fields: Any) -> Section:
    told = {
        "parent": None,
        "depth": 0,
        "loinc": None,
        "code": None,
        "number": None,
        "title": None,
        "telling": "full",
    }
    return Section(index=index, text=text, **(told | fields))


def label(*, sections: tuple[Section, ...] | None = None, **fields: Any) -> Label:
    told: dict[str, Any] = {
        "set_id": SET_ID, "document_id": "doc-1", "version": 1, "effective_date": "2024-02-01",
        "document_code": "34391-3", "document_type": "HUMAN PRESCRIPTION DRUG LABEL", "title": "ZORVANIB",
        "labeler": "Example Works", "format": LabelFormat.PLR, "source": "spl", "products": (product(),),
    }  # fmt: skip
    return Label(**(told | {"sections": default_sections() if sections is None else sections} | fields))


def default_sections() -> tuple[Section, ...]:
    return (
        section(0, BOXED, loinc="34066-1", title="WARNING: HEART INJURY"),
        section(1, "", loinc="34067-9", code="34067-9", number="1", title="INDICATIONS"),
        section(2, USE, loinc="34067-9", parent=1, depth=1, number="1.1", title="Mammary Tumor"),
        section(3, NOT_FOR, loinc="34070-3", parent=None, number="4", title="CONTRAINDICATIONS"),
    )


def product(name: str | None = "Zorvex", generic: str | None = "zorvanib", **fields: Any) -> Product:
    told: dict[str, Any] = {
        "form": "TABLET", "routes": ("ORAL",), "ndcs": ("0099-0123", "0099-0123-42"),
        "application_number": "NDA999001",
        "ingredients": (
            Ingredient("zorvanib succinate", unii="ZZ00000001", moieties=(("zorvanib", "ZZ00000002"),)),
            Ingredient("lactose", unii="ZZ00000009", active=False),
        ),
    }  # fmt: skip
    return Product(name=name, generic=generic, **(told | fields))


def at(where: Section, words: str, *, nth: int = 0) -> Evidence:
    """The ``nth`` place of these words in a section."""
    start = -1
    for _ in range(nth + 1):
        start = where.text.index(words, start + 1)
    return Evidence(where.index, start, start + len(words), words)


def indication(where: Section, **fields: Any) -> Indication:
    """An indication that uses every field, over the text of ``USE``."""
    told: dict[str, Any] = {
        "statement": at(where, USE[: USE.index(" Limits")]),
        "intent": "treatment",
        "conditions": (
            Condition(at(where, "mammary tumor"), "mammary tumor", {"DOID": "DOID:1", "MONDO": "MONDO:0000001"}),
        ),
        "parts": (at(where, USE[: USE.index(" Limits")]),),
        "stages": ("metastatic",),
        "biomarkers": (
            Biomarker(at(where, "HR-positive"), "HR", "positive", group=1),
            Biomarker(at(where, "HER2-negative"), "HER2", "negative", "HGNC:3430", group=2),
        ),
        "population": Population((at(where, "adults"),), adult=True, pediatric=False, min_age=Age(18, "year")),
        "line": "subsequent",
        "line_evidence": (at(where, "after earlier"),),
        "prior_therapies": (at(where, "hormone therapy"),),
        "regimens": (
            Regimen("combination", (Partner(at(where, "aromatase blocker"), "aromatase blocker", "class"),)),
            Regimen(
                "combination",
                (Partner(at(where, "fulvarex"), "fulvarex", "ingredient", {"UNII": "ZZ00000003"}),),
            ),
        ),
        "limitations": (at(where, "of no proven value in men"),),
        "test_required": True,
    }
    return Indication(**(told | fields))


def facts(of: Label, **fields: Any) -> Facts:
    """Facts of every kind on a label with the default sections."""
    boxed, _, use, not_for = of.sections[:4]
    told: dict[str, Any] = {
        "indications": (indication(use),),
        "monitoring": (
            Monitoring(
                at(boxed, "Check heart output before the first dose"), "heart output", "heart injury",
                ("before the first dose",), "below 40%", "hold", boxed=True,
            ),
        ),
        "warnings": (said.Warning(at(boxed, "Can injure the heart."), "Heart injury", boxed=True),),
        "contraindications": (Condition(at(not_for, "QT prolongation"), "long QT", {"MESH": "D008133"}),),
        "unparsed": (Unparsed(at(use, "Limits"), "no verb"),),
    }  # fmt: skip
    return Facts(**(told | fields))
