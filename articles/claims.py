"""Stored facts as the article uses them: rows of the views as small records. Rejected facts are not used."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import pandas as pd
from sqlite_utils import Database

from articles.names import search_words
from db import queries
from extract.facts import Age, Population
from extract.question import Topic

Row: TypeAlias = dict[str, Any]


class LabelKey(NamedTuple):
    """A label version."""

    set_id: str
    version: int


class Marker(NamedTuple):
    """A biomarker as stored; same ``group``: alternatives."""

    marker: str
    state: str
    group: int


class Part(NamedTuple):
    """A verbatim piece and its place."""

    section_id: str
    start: int
    end: int
    text: str


class Partners(NamedTuple):
    """One regimen: (name, kind) of the drugs given together."""

    role: str
    optional: bool
    drugs: tuple[tuple[str, str], ...]


class ConditionName(NamedTuple):
    """A condition by its name, the label's words for it, and its ids."""

    name: str
    text: str
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Cited:
    """The label that a fact stands on, as a reference needs it."""

    key: LabelKey
    brand: str | None
    generic: str | None
    labeler: str | None
    effective_date: str | None
    url: str | None
    sample: bool

    @property
    def display(self) -> str:
        """Brand and generic name as stored: "KISQALI (ribociclib)"; one name where they are the same."""
        brand, generic = self.brand or self.generic or self.key.set_id, self.generic
        return brand if not generic or generic.casefold() == brand.casefold() else f"{brand} ({generic})"

    @property
    def ingredient(self) -> str:
        """What equal products share: the generic name without a biologic's four-letter suffix (FDA, 2017)."""
        names = (self.generic or self.brand or self.key.set_id).casefold().split(" / ")
        return " / ".join(sorted(re.sub(r"-[a-z]{4}$", "", name) for name in names))


@dataclass(frozen=True, slots=True)
class Claim:
    """One indication of a current label."""

    fact_id: str
    label: Cited
    section: str | None
    loinc: str | None
    statement: Part
    parts: tuple[Part, ...]
    intent: str
    conditions: tuple[ConditionName, ...]
    stages: tuple[str, ...]
    settings: tuple[str, ...]
    biomarkers: tuple[Marker, ...]
    population: Population
    population_words: tuple[str, ...]
    line: str | None
    line_words: tuple[str, ...]
    prior: tuple[str, ...]
    single_agent: bool
    regimens: tuple[Partners, ...]
    limitations: tuple[str, ...]
    accelerated_approval: bool
    test_required: bool
    review_status: str


def read_claims(database: Database, topic: Topic, drug: str | None) -> list[Claim]:
    """Current indications that may answer: those of the conditions asked for, or else of the drug."""
    if not topic.conditions:
        return _claims([queries.indications(database, drug=drug)])
    wanted = [value for c in topic.conditions for value in (search_words(c.name), *c.ids.values()) if value]
    return _claims([queries.indications(database, condition=value) for value in dict.fromkeys(wanted)])


def claims_of(database: Database, label: Cited) -> list[Claim]:
    """All indications of one label, in its order."""
    found = _claims([queries.indications(database, drug=label.key.set_id)])
    return [claim for claim in found if claim.label.key == label.key]


def _claims(frames: list[pd.DataFrame]) -> list[Claim]:
    rows: dict[str, dict[object, Row]] = {}
    for frame in frames:
        for row in rows_of(frame):
            rows.setdefault(row["indication_id"], {})[row["condition_position"]] = row
    return [_claim(list(of_one.values())) for of_one in rows.values()]


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """A frame's rows with what is missing as None, without those that a reviewer rejected."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(k): v for k, v in row.items()} for row in rows if row.get("review_status") != "rejected"]


def cited(row: Row) -> Cited:
    """The label that a row of any view stands on."""
    names = ("brand", "generic", "labeler", "effective_date", "url")
    told: dict[str, Any] = {name: row[name] for name in names}
    return Cited(LabelKey(row["set_id"], row["version"]), **told, sample=bool(row["sample"]))


def _claim(rows: list[Row]) -> Claim:
    row = rows[0]
    return Claim(
        fact_id=row["indication_id"],
        label=cited(row),
        section=row["section"],
        loinc=row["loinc"],
        statement=Part(row["section_id"], row["start"], row["end"], row["statement"]),
        parts=tuple(Part(p["section_id"], p["start"], p["end"], p["text"]) for p in json.loads(row["parts"])),
        intent=row["intent"],
        conditions=tuple(_condition(r) for r in rows if r["condition"]),
        stages=tuple(json.loads(row["stages"])),
        settings=tuple(json.loads(row["settings"])),
        biomarkers=tuple(Marker(b["marker"], b["state"], b["group"]) for b in json.loads(row["biomarkers"])),
        population=_population(row),
        population_words=_texts(row["population_evidence"]),
        line=row["line"],
        line_words=_texts(row["line_evidence"]),
        prior=_texts(row["prior_therapies"]),
        single_agent=bool(row["single_agent"]),
        regimens=tuple(_regimen(r) for r in json.loads(row["regimens"])),
        limitations=tuple(json.loads(row["limitations"])),
        accelerated_approval=bool(row["accelerated_approval"]),
        test_required=bool(row["test_required"]),
        review_status=row["review_status"],
    )


def _condition(row: Row) -> ConditionName:
    ids = json.loads(row["condition_ids"] or "{}")
    return ConditionName(row["condition"], row["condition_text"], frozenset(ids.values()))


def _population(row: Row) -> Population:
    told: Row = {name: None if row[name] is None else bool(row[name]) for name in ("adult", "pediatric")}
    for name in ("min_age", "max_age"):
        value, unit = row[f"{name}_value"], row[f"{name}_unit"]
        told[name] = None if value is None else Age(value, unit)
    return Population(**told, sex=row["sex"], menopausal=row["menopausal"])


def _regimen(regimen: Row) -> Partners:
    drugs = tuple((p["name"], p["kind"]) for p in regimen["partners"])
    return Partners(regimen["role"], bool(regimen["optional"]), drugs)


def _texts(pieces: str) -> tuple[str, ...]:
    return tuple(piece["text"] for piece in json.loads(pieces))


def once(items: Iterable[str]) -> tuple[str, ...]:
    """Each text once, in order; capitals and white space make no difference."""
    kept: dict[str, str] = {}
    for item in items:
        kept.setdefault(" ".join(item.split()).casefold(), item)
    return tuple(item for key, item in kept.items() if key)


def longest(items: Iterable[str]) -> tuple[str, ...]:
    """Each text once, without those that stand within another: "first-line" within "first-line treatment"."""
    kept = once(items)
    low = [" ".join(item.split()).casefold() for item in kept]
    return tuple(item for item, key in zip(kept, low, strict=True) if not any(key != k and key in k for k in low))
