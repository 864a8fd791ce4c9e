"""Labels and facts as table rows. Pure: the same label and facts give the same rows in any database."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from extract import facts as said
from extract.facts import (
    Age,
    Condition,
    DoseModification,
    Evidence,
    Facts,
    Indication,
    Monitoring,
    Population,
    Unparsed,
)
from labels.model import Label, Product, Section

Row = dict[str, Any]
Rows = dict[str, list[Row]]
Place = Callable[[Evidence], Row]
Fact = Indication | Monitoring | said.Warning | Condition | DoseModification | Unparsed

CONDITION_IDS = ("MONDO", "MESH", "DOID", "HP", "ICD10CM")
KINDS = {
    "indications": "indication",
    "monitoring": "monitoring",
    "warnings": "warning",
    "contraindications": "contraindication",
    "dose_modifications": "dose modification",
    "unparsed": "unparsed",
}
_LABEL_TABLES = ("labels", "products", "ingredients", "names", "codes", "sections", "facts")
_FACT_TABLES = ("indications", "conditions", "monitoring", "warnings", "dose_modifications", "unparsed")
_OF_LABEL = "set_id = ? AND version = ?"
_OF_FACTS = f"fact_id IN (SELECT fact_id FROM facts WHERE {_OF_LABEL})"  # noqa: S608 - our own text
TABLES = dict.fromkeys(_LABEL_TABLES, _OF_LABEL) | dict.fromkeys(_FACT_TABLES, _OF_FACTS)
"""The tables that a label fills, parents first, each with the condition that finds a label version's rows."""

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def rows_of(label: Label, facts: Facts, *, sha256: str) -> Rows:
    """All rows of one label version, by table. A document that is no drug label has no sections and no facts.

    NUL characters and lone surrogates, which SQLite cannot count or hold, become U+FFFD one for one, so that
    offsets stay true.
    """
    rows: Rows = defaultdict(list)
    key = {"set_id": label.set_id.lower(), "version": label.version}
    rows["labels"].append(key | _identity(label) | {"sha256": sha256})
    _add_products(rows, key, label.products)
    if label.not_a_label is None:
        _add_sections(rows, key, label.sections)
        _add_facts(rows, key, facts)
    return {table: [_storable(row) for row in rows[table]] for table in TABLES}


def stable_id(*parts: object) -> str:
    """16 hexadecimal digits that depend on the parts alone."""
    told = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return hashlib.sha256(told).hexdigest()[:16]


def _storable(row: Row) -> Row:
    return {k: _UNSTORABLE.sub("\ufffd", v) if isinstance(v, str) else v for k, v in row.items()}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _identity(label: Label) -> Row:
    names = (
        "document_id", "effective_date", "document_code", "document_type", "title", "labeler", "brand",
        "generic", "source", "sample", "not_a_label",
    )  # fmt: skip
    return {name: getattr(label, name) for name in names} | {"format": str(label.format)}


# Products, and what a drug is looked up by


def _add_products(rows: Rows, key: Row, products: tuple[Product, ...]) -> None:
    names: dict[tuple[str, str], None] = {}
    codes: dict[tuple[str, str], None] = {}
    for position, (parent, product) in enumerate(_flattened(products)):
        rows["products"].append(key | {"position": position, "parent": parent} | _product(product))
        for n, ingredient in enumerate(product.ingredients):
            told = {name: getattr(ingredient, name) for name in ("name", "unii", "active", "strength")}
            place = {"product": position, "position": n, "moieties": _json(ingredient.moieties)}
            rows["ingredients"].append(key | place | told)
        names |= dict.fromkeys((kind, name) for kind, name in _names(product) if name)
        codes |= dict.fromkeys((kind, code.upper()) for kind, code in _codes(product) if code)
    rows["names"] = [key | {"kind": kind, "name": name} for kind, name in names]
    rows["codes"] = [key | {"kind": kind, "code": code} for kind, code in codes]


def _flattened(products: Iterable[Product]) -> list[tuple[int | None, Product]]:
    """Products in reading order, each with the position of the kit that it is a part of."""
    flat: list[tuple[int | None, Product]] = []

    def walk(siblings: Iterable[Product], parent: int | None) -> None:
        for product in siblings:
            flat.append((parent, product))
            walk(product.parts, len(flat) - 1)

    walk(products, None)
    return flat


def _product(product: Product) -> Row:
    plain = ("name", "generic", "form", "marketing_category", "application_number", "source_ndc")
    lists = ("routes", "ndcs", "pharm_classes")
    return {name: getattr(product, name) for name in plain} | {n: _json(getattr(product, n)) for n in lists}


def _names(product: Product) -> Iterator[tuple[str, str | None]]:
    yield "brand", product.name
    yield "generic", product.generic
    for ingredient in product.ingredients:
        if ingredient.active:
            yield "ingredient", ingredient.name
            yield from (("moiety", name) for name, _ in ingredient.moieties)


def _codes(product: Product) -> Iterator[tuple[str, str | None]]:
    yield "application", product.application_number
    for ndc in product.ndcs:
        yield from (("NDC", form) for form in ndc_forms(ndc))
    for ingredient in product.ingredients:
        if ingredient.active:
            yield "UNII", ingredient.unii
            yield from (("UNII", unii) for _, unii in ingredient.moieties)


def ndc_forms(ndc: str) -> tuple[str, ...]:
    """Ways to write a National Drug Code: as it is, its digits, and both padded to 5-4-2 (billing form)."""
    parts = ndc.split("-")
    padded = [part.zfill(width) for part, width in zip(parts, (5, 4, 2), strict=False)]
    return ndc, "".join(parts), "-".join(padded), "".join(padded)


# Sections


def _section_id(key: Row, index: int) -> str:
    return stable_id("section", key["set_id"], key["version"], index)


def _add_sections(rows: Rows, key: Row, sections: tuple[Section, ...]) -> None:
    by_index = {section.index: section for section in sections}
    names = ("parent", "depth", "number", "loinc", "code", "title", "telling", "text")
    for section in sections:
        ids = {"section_id": _section_id(key, section.index), "position": section.index}
        told = {name: getattr(section, name) for name in names}
        rows["sections"].append(key | ids | told | {"heading": _heading(section, by_index)})


def _heading(section: Section, by_index: Mapping[int, Section]) -> str | None:
    """Number and title as a person would cite them; those of the section around it where it has neither."""
    title = section.title or ""
    number = section.number if section.number and not title.startswith(section.number) else ""
    if own := f"{number} {title}".strip():
        return own
    return None if section.parent is None else _heading(by_index[section.parent], by_index)


# Facts


def _add_facts(rows: Rows, key: Row, facts: Facts) -> None:
    seen: Counter[tuple[object, ...]] = Counter()

    def place(e: Evidence) -> Row:
        return {"section_id": _section_id(key, e.section), "start": e.start, "end": e.end, "text": e.text}

    for group, kind in KINDS.items():
        for position, fact in enumerate(getattr(facts, group)):
            evidence: Evidence = fact.statement if isinstance(fact, Indication) else fact.evidence
            where = (kind, *key.values(), evidence.section, evidence.start, evidence.end)
            fact_id = stable_id(*where, seen[where])
            seen[where] += 1
            told = {"fact_id": fact_id, "kind": kind, "position": position, "digest": _digest(fact, *where)}
            rows["facts"].append(key | told | place(evidence))
            _ADD[kind](rows, {"fact_id": fact_id}, fact, place)


def _digest(fact: Fact, *where: object) -> str:
    """What a reviewer agrees to: all that the fact says, but not how sure the extractor was of it."""
    # What is not said is left out, so that a field that later comes to the records ends no review by itself.
    told = {n: v for n, v in fact.to_dict().items() if n != "confidence" and v is not None and v != []}
    return stable_id(*where, json.dumps(told, sort_keys=True))


def _add_indication(rows: Rows, key: Row, fact: Indication, place: Place) -> None:
    told = {name: getattr(fact, name) for name in _PLAIN}
    lists = {name: _placed(value, place) for name, value in _lists(fact).items()}
    told |= {name: getattr(fact.population, name) for name in _WEIGHTS}
    told |= _population(fact.population) | {"population": fact.population.to_dict()["text"]}
    rows["indications"].append(key | told | {name: _json(value) for name, value in lists.items()})
    for position, condition in enumerate(fact.conditions):
        _add_condition(rows, key, condition, place, position)


_WEIGHTS = ("min_weight_kg", "max_weight_kg")
_PLAIN = ("intent", "line", "single_agent", "accelerated_approval", "test_required", "confidence")


def _lists(fact: Indication) -> dict[str, list[Any]]:
    names = ("stages", "settings", "biomarkers", "regimens", "parts", "line_evidence", "prior_therapies", "related",
             "response_status")  # fmt: skip
    told = fact.to_dict()
    population = [e.to_dict() for e in fact.population.evidence]
    limitations = [e.to_dict() for e in fact.limitations]
    places = {"population_evidence": population, "limitations": limitations}
    return {name: told[name] for name in names} | places


def _placed(told: Any, place: Place) -> Any:
    """The contract's JSON with a ``section_id`` at every place, instead of the section's number."""
    if isinstance(told, list):
        return [_placed(item, place) for item in told]
    if isinstance(told, dict):
        inner = {name: _placed(value, place) for name, value in told.items() if name != "section"}
        if "start" in told:
            found = place(Evidence(told.get("section", 0), told["start"], told["end"], told["text"]))
            inner["section_id"] = found["section_id"]
        return inner
    return _UNSTORABLE.sub("\ufffd", told) if isinstance(told, str) else told


def _population(population: Population) -> Row:
    told = {name: getattr(population, name) for name in ("adult", "pediatric", "sex", "menopausal")}
    return told | _age("min_age", population.min_age) | _age("max_age", population.max_age)


def _age(name: str, age: Age | None) -> Row:
    return {name: float(age.value) if age else None, f"{name}_unit": age.unit if age else None}


def _add_condition(rows: Rows, key: Row, condition: Condition, place: Place, position: int = 0) -> None:
    ids = {"condition_id": preferred_id(condition.ids), "ids": _json(condition.ids)}
    rows["conditions"].append(key | {"position": position, "name": condition.name} | ids | place(condition.evidence))


def preferred_id(ids: Mapping[str, str]) -> str | None:
    """The one id to show of a condition, with its vocabulary: that of the first of ``CONDITION_IDS`` that knows it."""
    name = next((name for name in (*CONDITION_IDS, *sorted(ids)) if ids.get(name)), None)
    if name is None:
        return None
    return ids[name] if ":" in ids[name] else f"{name}:{ids[name]}"


def _add_monitoring(rows: Rows, key: Row, fact: Monitoring, place: Place) -> None:
    names = ("parameter", "parameter_id", "hazard", "threshold", "action", "boxed", "conditional", "confidence")
    told = {name: getattr(fact, name) for name in names}
    lists = {name: _json(_placed(fact.to_dict()[name], place)) for name in ("timing", "schedule", "actions")}
    population = fact.population.text if fact.population else None
    places = {"action_evidence": fact.action_evidence, "population_evidence": fact.population}
    told |= {name: e and _json(_placed(e.to_dict(), place)) for name, e in places.items()}
    rows["monitoring"].append(key | told | lists | {"population": population})


def _add_warning(rows: Rows, key: Row, fact: said.Warning, _place: Place) -> None:
    told = {name: getattr(fact, name) for name in ("title", "boxed", "number")}
    rows["warnings"].append(key | told | {"actions": _json(fact.actions)})


def _add_dose_modification(rows: Rows, key: Row, fact: DoseModification, place: Place) -> None:
    names = ("reaction", "hazard", "severity", "action", "instruction", "drug")
    told = {name: getattr(fact, name) for name in names} | {"table_title": fact.table}
    parts = [_placed(e.to_dict(), place) for e in fact.parts]
    rows["dose_modifications"].append(key | told | {"parts": _json(parts)})


def _add_unparsed(rows: Rows, key: Row, fact: Unparsed, _place: Place) -> None:
    rows["unparsed"].append(key | {"reason": fact.reason})


_ADD: dict[str, Callable[[Rows, Row, Any, Place], None]] = {
    "indication": _add_indication,
    "monitoring": _add_monitoring,
    "warning": _add_warning,
    "contraindication": _add_condition,
    "dose modification": _add_dose_modification,
    "unparsed": _add_unparsed,
}
