"""A stored version of a label as :mod:`db.changes` compares it: facts field by field, and the words behind them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Literal, NamedTuple

from sqlite_utils import Database

from db.rows import Row
from extract.normalize import key, words

Kind = Literal["indication", "boxed warning", "monitoring"]


class Value(NamedTuple):
    """One thing that a field says: how to show it, and the words it was read from, where they are its own."""

    shown: str
    words: str = ""


Values = Mapping[str, Value]
"""What a field says, by what is compared. Nothing said is empty."""

_REFERENCE = re.compile(
    r"[\[(]\s*see\b[^\[\]()]*(?:\([^()]*\)[^\[\]()]*)*[\])]"  # [see Warnings (5.1)]
    r"|\(\s*\d+(?:\.\d+)*(?:\s*,\s*\d+(?:\.\d+)*)*\s*\)"  # ( 5.1, 5.2 )
    r"|(?<=\btable)\s*\d+|(?<=\bsection)\s*\d+(?:\.\d+)*"
    r"|(?<!\d)\d{1,2}\.\d{1,2}(?=\s+(?-i:[A-Z][a-z]))",  # 5.1 Heading
    re.IGNORECASE,
)
_SMALL = words("a an and are as at be been by can for from have in is it may of on or that the this to with")
_LONGEST = 2000
"""Characters of a fact that are compared: a bound for labels made to harm."""
BOUNDS = ("adult", "pediatric", "sex", "menopausal", "min_age", "max_age", "min_weight_kg", "max_weight_kg")
"""What bounds the population of an indication."""


@dataclass(frozen=True)
class Said:
    """A fact of one version. ``pieces`` are all the words it was read from; ``fields`` what may change of it."""

    fact_id: str
    kind: Kind
    subject: str
    position: int
    pieces: tuple[str, ...]
    fields: Mapping[str, Values] = field(default_factory=dict)
    who: tuple[Any, ...] = ()
    """The ``BOUNDS`` of an indication's population, ages in years."""

    @cached_property
    def about(self) -> tuple[Kind, str]:
        """The same for facts of one kind and subject."""
        return self.kind, key(self.subject)

    @cached_property
    def meaning(self) -> tuple[object, ...]:
        """The same for facts that say the same."""
        return *self.about, *((n, frozenset(v)) for n, v in sorted(self.fields.items()) if v)

    @cached_property
    def told(self) -> str:
        """All of them, to compare."""
        return " ".join(map(_plain, self.pieces))[:_LONGEST]

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """Its words, sentence by sentence: a label that lost its breaks runs some together."""
        sentences = (letters(part) for piece in self.pieces for part in re.split("[.;:•]", _plain(piece)))
        return tuple(filter(None, sentences))


@dataclass(frozen=True)
class Version:
    """The facts of one version, and a way to the text of the sections in which facts of a kind stand."""

    facts: tuple[Said, ...]
    text: Callable[[Kind], str]

    @cached_property
    def about(self) -> Mapping[tuple[Kind, str], list[Said]]:
        """Its facts by kind and subject."""
        found: dict[tuple[Kind, str], list[Said]] = {}
        for fact in self.facts:
            found.setdefault(fact.about, []).append(fact)
        return found

    @cached_property
    def _letters(self) -> dict[Kind, str]:
        return {}

    def letters(self, kind: Kind) -> str:
        """The text as :func:`letters` gives it."""
        if kind not in self._letters:
            self._letters[kind] = letters(self.text(kind))
        return self._letters[kind]

    def tells(self, fact: Said) -> bool:
        """Whether the words of a fact stand in this version."""
        return all(piece in self.letters(fact.kind) for piece in fact.letters)


def letters(text: str) -> str:
    """The letters and digits of a text alone, without its cross-references: the same however it is set."""
    return re.sub(r"[\W_]+", "", _plain(text))


def _plain(text: str) -> str:
    return _REFERENCE.sub(" ", text).casefold()


def read_version(database: Database, set_id: str, version: int) -> Version:
    """The facts of a stored version that are compared."""
    of_one = [set_id, version]
    names: dict[str, list[Value]] = {}
    for row in database.query(_CONDITIONS, of_one):
        names.setdefault(row["fact_id"], []).append(Value(row["name"], row["text"]))
    facts = [_indication(row, names.get(row["fact_id"], [])) for row in database.query(_INDICATIONS, of_one)]
    facts += [_boxed_warning(row) for row in database.query(_BOXED_WARNINGS, of_one)]
    facts += [_monitoring(row) for row in database.query(_MONITORING, of_one)]

    @lru_cache
    def text(kind: Kind) -> str:
        given = {"set_id": set_id, "version": version, "kind": _FACT_KINDS.get(kind), "loinc": _SECTIONS.get(kind)}
        return "\n".join(row["text"] for row in database.query(_TEXTS, given))

    return Version(tuple(facts), text)


_FACTS = """
    SELECT f.text, f.position, of_kind.* FROM facts f JOIN {} of_kind USING (fact_id)
    WHERE f.set_id = ? AND f.version = ?
"""
_INDICATIONS, _MONITORING = _FACTS.format("indications"), _FACTS.format("monitoring")
_BOXED_WARNINGS = _FACTS.format("warnings") + " AND boxed"
_CONDITIONS = """
    SELECT c.fact_id, c.name, c.text FROM facts f JOIN conditions c USING (fact_id)
    WHERE f.set_id = ? AND f.version = ? AND f.kind = 'indication'
"""
_FACT_KINDS = {"indication": "indication", "boxed warning": "warning"}
_SECTIONS = {"indication": "34067-9", "boxed warning": "34066-1"}
_TEXTS = """
    SELECT coalesce(number || ' ', '') || coalesce(title || ' ', '') || text AS text FROM sections
    WHERE set_id = :set_id AND version = :version AND (:kind IS NULL OR loinc = :loinc OR section_id IN (
        SELECT f.section_id FROM facts f LEFT JOIN warnings w USING (fact_id)
        WHERE f.set_id = :set_id AND f.version = :version AND f.kind = :kind AND coalesce(w.boxed, 1)))
    ORDER BY position
"""


def _indication(row: Row, conditions: list[Value]) -> Said:
    lists = {name: json.loads(row[name]) for name in _LISTS}
    who = tuple(_years(row, name) if name.endswith("age") else row[name] for name in BOUNDS)
    limitations = [_verbatim(item["text"]) for item in lists["limitations"]]
    said = [item["text"] for item in lists["parts"]] or [row["text"]]
    return Said(
        row["fact_id"], "indication", "; ".join(sorted({c.shown for c in conditions})) or row["text"], row["position"],
        (*said, *(limitation.words for limitation in limitations)),
        {
            "condition": _values(conditions),
            "intent": _values([Value(row["intent"])]),
            "population": {json.dumps(who): Value(row["population"] or "")} if any(b is not None for b in who) else {},
            "line": _values([Value(row["line"] or "")]),
            "prior therapy": _values(_verbatim(item["text"]) for item in lists["prior_therapies"]),
            "stage": _values(map(_verbatim, lists["stages"])),
            "setting": _values(map(_verbatim, lists["settings"])),
            "biomarker": _values(_biomarkers(lists["biomarkers"])),
            "partner": _values(map(_regimen, lists["regimens"])),
            "single agent": _flag(row["single_agent"]),
            "limitation": _values(limitations),
            "approval": _flag(row["accelerated_approval"]),
            "test": _flag(row["test_required"]),
        }, who,
    )  # fmt: skip


_LISTS = ("parts", "prior_therapies", "limitations", "stages", "settings", "biomarkers", "regimens")


def _monitoring(row: Row) -> Said:
    orders = json.loads(row["actions"])
    return Said(
        row["fact_id"], "monitoring", row["parameter"], row["position"], _asking_words(row, orders),
        {
            "parameter": _values([Value(row["parameter_id"] or "")]),
            "timing": _values(map(_verbatim, json.loads(row["timing"])), same=_as_treatment),
            "threshold": _values(_limits(row, orders), same=_tight),
            "action": _values(_actions(row, orders)),
            "population": _values([_verbatim(row["population"] or "")]),
        },
    )  # fmt: skip


def _asking_words(row: Row, orders: list[Row]) -> tuple[str, ...]:
    """The words that ask for it and those that say what to do, each once."""
    answer = row["action_evidence"] and json.loads(row["action_evidence"])["text"]
    told = [row["text"], answer or "", *(order["text"] for order in orders)]
    return tuple(one for n, one in enumerate(told) if not any(one in other for other in told[:n]))


def _limits(row: Row, orders: list[Row]) -> Iterator[Value]:
    """The thresholds of all orders, grade by grade: "Grade 3 or 4" is the same as "Grade 3 or Grade 4"."""
    limits = [limit for order in orders for limit in order["thresholds"]]
    for limit in limits:
        grades = limit["grade"] and range(limit["grade"][0], limit["grade"][1] + 1)
        yield from (Value(f"Grade {grade}") for grade in grades) if grades else (_verbatim(limit["text"]),)
    if not limits and row["threshold"]:
        yield _verbatim(row["threshold"])


def _actions(row: Row, orders: list[Row]) -> Iterator[Value]:
    if orders:
        yield from (Value(order["class"], order["text"]) for order in orders)
    else:
        yield from map(Value, (row["action"] or "").split(", "))


def _boxed_warning(row: Row) -> Said:
    """What a boxed warning says is its words: any that comes or goes, but for the small ones, is a change."""
    plain = re.findall(r"[^\W_]+", _plain(row["text"]))
    told = {re.sub(r"(?:e|es|s|ed|ing)$", "", word): Value(word) for word in plain if word not in _SMALL}
    subject = row["title"] or "boxed warning"
    return Said(row["fact_id"], "boxed warning", subject, row["position"], (row["text"],), {"text": told})


def _verbatim(text: str) -> Value:
    return Value(" ".join(text.split()), text)


def _values(told: Iterable[Value], *, same: Callable[[str], str] = key) -> Values:
    return {same(_REFERENCE.sub(" ", one.shown)): one for one in told if one.shown}


def _tight(text: str) -> str:
    return re.sub(r"\s", "", text.casefold())


def _as_treatment(text: str) -> str:
    """A time as it is compared: labels say treatment and therapy for the same."""
    return re.sub(r"\btherapy\b", "treatment", key(text))


def _flag(value: object) -> Values:
    return {"yes": Value("")} if value else {}


def _biomarkers(markers: list[Row]) -> Iterator[Value]:
    """Alternatives as one: "ER positive or PR positive"."""
    groups: dict[int, list[Row]] = {}
    for marker in markers:
        groups.setdefault(marker["group"], []).append(marker)
    for group in groups.values():
        shown = sorted({f"{marker['marker']} {marker['state']}" for marker in group})
        yield Value(" or ".join(shown), group[0]["text"])


def _regimen(regimen: Row) -> Value:
    role = "" if regimen["role"] == "combination" else f" ({regimen['role']})"
    shown = " + ".join(sorted(p["name"] for p in regimen["partners"])) + role + " (optional)" * regimen["optional"]
    return Value(shown)


_PER_YEAR = {"year": 1, "month": 12, "week": 52.1775, "day": 365.25}


def _years(row: Row, name: str) -> float | None:
    return None if row[name] is None else row[name] / _PER_YEAR[row[f"{name}_unit"]]
