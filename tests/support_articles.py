"""Small databases for the tests of what is told: labels in made-up words, with the facts that stand on them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from db import open_database, save_document, save_label
from extract.facts import (
    Biomarker,
    Condition,
    Evidence,
    Facts,
    Indication,
    Monitoring,
    Partner,
    Population,
    Regimen,
    Warning,
)
from labels.loinc import BOXED_WARNING, INDICATIONS, WARNINGS_AND_PRECAUTIONS
from labels.model import Label, LabelFormat, Product, Section


@dataclass(frozen=True)
class Use:
    """One indication: its words, which name the condition, and what they mean. Uses may share a ``lead``-in."""

    text: str
    condition: str = "breast cancer"
    ids: tuple[tuple[str, str], ...] = (("MONDO", "MONDO:0007254"),)
    name: str | None = None
    """The condition's name, where its words are others."""
    lead: str | None = None
    stages: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    markers: tuple[tuple[str, str, int], ...] = ()
    partners: tuple[tuple[tuple[str, str], ...], ...] = ()
    role: str = "combination"
    optional: bool = False
    line: str | None = None
    prior: str | None = None
    who: str | None = None
    limits: str | None = None
    more: tuple[tuple[str, Any], ...] = ()
    """Further fields of the indication, as they are."""


@dataclass(frozen=True)
class Watch:
    """One thing to watch: its sentence, and what it is said to mean."""

    text: str
    parameter: str
    hazard: str | None = None
    timing: tuple[str, ...] = ()
    action: str | None = None
    threshold: str | None = None
    boxed: bool = False


def store(
    database: Database,
    brand: str,
    uses: Sequence[Use] = (),
    *,
    generic: str | None = None,
    watches: Sequence[Watch] = (),
    boxed: str | None = None,
    version: int = 1,
    date: str | None = "2024-01-01",
    labeler: str = "Example Works",
    sample: bool = False,
    set_id: str | None = None,
) -> str:
    """Save a label with these facts; gives its set id, which depends on brand and labeler."""
    texts = _texts(uses), " ".join(w.text for w in watches if not w.boxed), _boxed(boxed, watches)
    sections = (
        _section(0, texts[0], INDICATIONS, "1", "INDICATIONS AND USAGE"),
        _section(1, texts[1], WARNINGS_AND_PRECAUTIONS, "5.1", "WARNINGS AND PRECAUTIONS"),
        _section(2, texts[2], BOXED_WARNING, None, "WARNING: SERIOUS HARM"),
    )
    label = Label(
        set_id=set_id or hashlib.sha256(f"{brand} {labeler}".encode()).hexdigest()[:32],
        document_id=f"{brand}-{version}",
        version=version,
        effective_date=date,
        document_code="34391-3",
        document_type="HUMAN PRESCRIPTION DRUG LABEL",
        title=brand,
        labeler=labeler,
        format=LabelFormat.PLR,
        source="spl",
        products=(Product(name=brand, generic=generic or brand.lower()),),
        sections=tuple(s for s in sections if s.text),
        sample=sample,
    )
    sha256 = save_document(database, f"{brand} {labeler} {version}".encode(), source="files", origin="test", name=brand)
    save_label(database, label, _facts(label.sections, uses, watches, boxed), sha256=sha256)
    return label.set_id


OPEN: list[Database] = []


def empty_database() -> Database:
    """A database in memory, which the fixture ``closed_databases`` closes."""
    OPEN.append(open_database(":memory:"))
    return OPEN[-1]


def database_of(*labels: tuple[str, Sequence[Use], dict[str, Any]]) -> Database:
    """A database in memory with these labels: (brand, uses, options of ``store``)."""
    database = empty_database()
    for brand, uses, options in labels:
        store(database, brand, uses, **options)
    return database


def _texts(uses: Sequence[Use]) -> str:
    lines: dict[str, None] = {}
    for use in uses:
        if use.lead:
            lines.setdefault(use.lead)
        lines.setdefault(use.text)
    return "\n".join(lines)


def _boxed(boxed: str | None, watches: Sequence[Watch]) -> str:
    return " ".join(filter(None, [boxed, *(w.text for w in watches if w.boxed)]))


def _section(index: int, text: str, loinc: str, number: str | None, title: str) -> Section:
    return Section(index, None, 0, loinc, loinc, number, title, "full", text)


def _facts(sections: Sequence[Section], uses: Sequence[Use], watches: Sequence[Watch], boxed: str | None) -> Facts:
    by_loinc = {s.loinc: s for s in sections}
    return Facts(
        indications=tuple(_indication(by_loinc[INDICATIONS], use) for use in uses),
        monitoring=tuple(_monitoring(by_loinc, watch) for watch in watches),
        warnings=(Warning(_at(by_loinc[BOXED_WARNING], boxed), boxed, boxed=True),) if boxed else (),
    )


def _monitoring(by_loinc: dict[str | None, Section], watch: Watch) -> Monitoring:
    section = by_loinc[BOXED_WARNING if watch.boxed else WARNINGS_AND_PRECAUTIONS]
    return Monitoring(
        _at(section, watch.text),
        parameter=watch.parameter,
        hazard=watch.hazard,
        timing=watch.timing,
        threshold=watch.threshold,
        action=watch.action,
        boxed=watch.boxed,
    )


def _indication(section: Section, use: Use) -> Indication:
    def at(words: str) -> Evidence:
        return _at(section, words, near=use.text)

    parts = tuple(_at(section, words) for words in (use.lead, use.text) if words)
    partners = [tuple(Partner(at(n), n, k) for n, k in regimen) for regimen in use.partners]  # type: ignore[arg-type]
    told: dict[str, Any] = {
        "stages": use.stages,
        "settings": use.settings,
        "biomarkers": tuple(Biomarker(parts[-1], m, s, group=g) for m, s, g in use.markers),
        "population": Population((at(use.who),), adult=True) if use.who else Population(),
        "line": "first-line" if use.line and "first" in use.line else "subsequent" if use.line else None,
        "line_evidence": (at(use.line),) if use.line else (),
        "prior_therapies": (at(use.prior),) if use.prior else (),
        "regimens": tuple(Regimen(use.role, drugs, use.optional) for drugs in partners),  # type: ignore[arg-type]
        "limitations": (at(use.limits),) if use.limits else (),
    } | dict(use.more)
    condition = Condition(at(use.condition), use.name or use.condition, dict(use.ids))
    return Indication(parts[-1], told.pop("intent", "treatment"), (condition,), parts=parts, **told)


def _at(section: Section, words: str, *, near: str | None = None) -> Evidence:
    start = section.text.index(words, section.text.index(near) if near else 0)
    return Evidence(section.index, start, start + len(words), words)
