"""What a label says, as records. Every record points to its place on the label.

The one rule of the house: ``section.text[start:end] == text`` for every :class:`Evidence`. A fact without a
place does not exist. ``to_dict`` gives the JSON that other programs rely on; fields may be added to it, never renamed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal

Intent = Literal[
    "treatment", "prevention", "risk reduction", "symptom relief", "diagnosis",
    "maintenance", "adjunct", "replacement", "procedure",
]  # fmt: skip
Role = Literal["combination", "adjunct", "sequence"]
PartnerKind = Literal["class", "ingredient"]
RelatedRole = Literal["component", "cause", "feature", "population"]
"""What a condition is to the treated one: a part of it, its cause or setting, what it is like, who has it."""
Bound = Literal["at least", "up to"]
Ids = dict[str, str]
Basis = tuple[str, ...]
"""What a fact was read from, in the words of :mod:`extract.confidence`. It is kept inside: ``to_dict`` has none."""


def number(value: float | None) -> float | None:
    """A whole number as an int: JSON then has no decimal point."""
    return int(value) if value is not None and value == int(value) else value


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verbatim stretch of a section's text: ``sections[section].text[start:end] == text``."""

    section: int
    start: int
    end: int
    text: str

    def to_dict(self) -> dict[str, Any]:
        """``{"text", "start", "end"}``, with the section where it is not the first."""
        place: dict[str, Any] = {"text": self.text, "start": self.start, "end": self.end}
        return place | ({"section": self.section} if self.section else {})


@dataclass(frozen=True, slots=True)
class Condition:
    """A disease, symptom or procedure; ``ids`` is empty where no vocabulary knows it."""

    evidence: Evidence
    name: str
    ids: Ids = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``conditions`` item."""
        return self.evidence.to_dict() | {"name": self.name, "ids": self.ids}


@dataclass(frozen=True, slots=True)
class Related:
    """A condition that the statement tells beside the one it treats: what shows of it, its cause, its features."""

    evidence: Evidence
    name: str
    role: RelatedRole
    ids: Ids = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """An item of ``related``: a condition with its ``role``."""
        return self.evidence.to_dict() | {"name": self.name, "role": self.role, "ids": self.ids}


@dataclass(frozen=True, slots=True)
class Biomarker:
    """A marker and its state. Same ``group``: alternatives (OR); different groups: all required (AND)."""

    evidence: Evidence
    marker: str
    state: str
    gene: str | None = None
    group: int = 1

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``biomarkers`` item."""
        told = {"marker": self.marker, "state": self.state, "gene": self.gene, "group": self.group}
        return self.evidence.to_dict() | told


@dataclass(frozen=True, slots=True)
class Age:
    """An age bound; ``unit`` is year, month, week or day."""

    value: float
    unit: str

    def to_dict(self) -> dict[str, Any]:
        """``{"value", "unit"}``, whole numbers without a decimal point."""
        return {"value": number(self.value), "unit": self.unit}


@dataclass(frozen=True, slots=True)
class Population:
    """Who is treated. None means: the label does not say."""

    evidence: tuple[Evidence, ...] = ()
    adult: bool | None = None
    pediatric: bool | None = None
    min_age: Age | None = None
    max_age: Age | None = None
    sex: str | None = None
    menopausal: str | None = None
    min_weight_kg: float | None = None
    max_weight_kg: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``population``; bounds of body weight, in kilograms, only where there are any."""
        weights = {"min_weight_kg": self.min_weight_kg, "max_weight_kg": self.max_weight_kg}
        told = {name: kg for name, kg in weights.items() if kg is not None}
        return {
            "text": "; ".join(e.text for e in self.evidence) or None,
            "adult": self.adult,
            "pediatric": self.pediatric,
            "min_age": self.min_age.to_dict() if self.min_age else None,
            "max_age": self.max_age.to_dict() if self.max_age else None,
            "sex": self.sex,
            "menopausal": self.menopausal,
            **told,
        }


@dataclass(frozen=True, slots=True)
class Partner:
    """A drug or a class of drugs that is given together with the label's own drug."""

    evidence: Evidence
    name: str
    kind: PartnerKind
    ids: Ids = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``partners`` item."""
        return {"name": self.name, "kind": self.kind} | self.evidence.to_dict() | {"ids": self.ids}


@dataclass(frozen=True, slots=True)
class Regimen:
    """Partners given together; the regimens of an indication are alternatives."""

    role: Role
    partners: tuple[Partner, ...]
    optional: bool = False
    """True for "with or without": the label allows the drug alone too."""

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``regimens`` item."""
        return {
            "role": self.role,
            "partners": [p.to_dict() for p in self.partners],
            "optional": self.optional,
        }


@dataclass(frozen=True, slots=True)
class Indication:
    """One use that the label gives the drug.

    ``statement`` is what to quote. ``parts`` are the exact pieces read: one sentence, or a lead-in and its bullet.
    """

    statement: Evidence
    intent: Intent
    conditions: tuple[Condition, ...]
    related: tuple[Related, ...] = ()
    parts: tuple[Evidence, ...] = ()
    stages: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    biomarkers: tuple[Biomarker, ...] = ()
    population: Population = field(default_factory=Population)
    line: str | None = None
    line_evidence: tuple[Evidence, ...] = ()
    prior_therapies: tuple[Evidence, ...] = ()
    response_status: tuple[str, ...] = ()
    """How the disease responded to the prior therapies, whose words are the evidence."""
    single_agent: bool = False
    regimens: tuple[Regimen, ...] = ()
    limitations: tuple[Evidence, ...] = ()
    accelerated_approval: bool = False
    test_required: bool = False
    confidence: float = 1.0
    basis: Basis = ()

    @property
    def cued(self) -> bool:
        """Whether words of the label say that it is a use, and not only its place there."""
        return "uncued" not in self.basis

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``indications`` item."""
        statement = self.statement.to_dict()
        return {
            "statement": statement.pop("text"),
            **statement,
            "parts": [p.to_dict() for p in self.parts],
            "intent": self.intent,
            "conditions": [c.to_dict() for c in self.conditions],
            "related": [r.to_dict() for r in self.related],
            "stages": list(self.stages),
            "settings": list(self.settings),
            "biomarkers": [b.to_dict() for b in self.biomarkers],
            "population": self.population.to_dict(),
            "line": self.line,
            "line_evidence": [e.to_dict() for e in self.line_evidence],
            "prior_therapies": [e.to_dict() for e in self.prior_therapies],
            "response_status": list(self.response_status),
            "single_agent": self.single_agent,
            "regimens": [r.to_dict() for r in self.regimens],
            "limitations": [e.text for e in self.limitations],
            "accelerated_approval": self.accelerated_approval,
            "test_required": self.test_required,
            "confidence": self.confidence,
        }


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount of time, or of what labels count: 2 weeks, 4 to 8 weeks (``to``), "at least 6 cycles" (``bound``)."""

    value: float
    unit: str
    to: float | None = None
    bound: Bound | None = None

    def to_dict(self) -> dict[str, Any]:
        """``{"value", "to", "unit", "bound"}``, whole numbers without a decimal point."""
        return {"value": number(self.value), "to": number(self.to), "unit": self.unit, "bound": self.bound}


@dataclass(frozen=True, slots=True)
class Schedule:
    """A timing phrase and what it says of when to monitor; what it leaves open is None, False or empty."""

    evidence: Evidence
    baseline: bool = False
    """Before the first dose, or at its time."""
    during: bool = False
    after: bool = False
    every: Quantity | None = None
    """The interval: "every 2 weeks"; ``times`` a week, a month …"""
    times: int = 1
    lasting: Quantity | None = None
    """For how long, or within which time: "for the first 3 months"."""
    at: tuple[Quantity, ...] = ()
    """Points in time: "on day 14", "at weeks 4 and 8"."""
    event: str | None = None
    """What sets it off, in the label's words: "if syncope occurs"."""
    until: str | None = None
    as_needed: bool = False

    def to_dict(self) -> dict[str, Any]:
        """An item of ``schedule``: the phrase's place, and these fields."""
        return self.evidence.to_dict() | {
            "baseline": self.baseline,
            "during": self.during,
            "after": self.after,
            "every": self.every.to_dict() | {"times": self.times} if self.every else None,
            "lasting": self.lasting.to_dict() if self.lasting else None,
            "at": [point.to_dict() for point in self.at],
            "event": self.event,
            "until": self.until,
            "as_needed": self.as_needed,
        }


@dataclass(frozen=True, slots=True)
class Threshold:
    """A value or grade past which something is done: "ALT > 5 times ULN", "Grade 3 or 4".

    ``of`` is the parameter that is measured, where the phrase names it; ``grade`` the lowest and highest grade, on the
    scale "CTCAE" where the label names no other ("NYHA").
    """

    evidence: Evidence
    of: str | None = None
    comparator: Literal["<", "≤", ">", "≥", "="] | None = None
    value: float | None = None
    to: float | None = None
    unit: str | None = None
    grade: tuple[int, int] | None = None
    scale: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """An item of ``thresholds``: the phrase's place, and these fields."""
        return self.evidence.to_dict() | {
            "of": self.of,
            "comparator": self.comparator,
            "value": number(self.value),
            "to": number(self.to),
            "unit": self.unit,
            "grade": list(self.grade) if self.grade else None,
            "scale": self.scale,
        }


@dataclass(frozen=True, slots=True)
class Order:
    """What to do on a finding: its class ("withhold"), the label's words, and past which thresholds."""

    name: str
    evidence: Evidence
    thresholds: tuple[Threshold, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """An item of ``actions``: the words' place, the class, and its thresholds."""
        return {"class": self.name} | self.evidence.to_dict() | {"thresholds": [t.to_dict() for t in self.thresholds]}


@dataclass(frozen=True, slots=True)
class Monitoring:
    """Something to watch: what, for which risk, when, and what to do past which threshold.

    ``timing``, ``threshold`` and ``action`` are the short forms of ``schedule`` and ``orders``.
    """

    evidence: Evidence
    parameter: str
    hazard: str | None = None
    timing: tuple[str, ...] = ()
    threshold: str | None = None
    action: str | None = None
    boxed: bool = False
    confidence: float = 1.0
    action_evidence: Evidence | None = None
    """The first sentence that says what to do, which may be another than the asking one."""
    parameter_id: str | None = None
    """The key of the table of parameters; None where the label's own words are all there is."""
    schedule: tuple[Schedule, ...] = ()
    orders: tuple[Order, ...] = ()
    population: Evidence | None = None
    """Whom it is asked for, where that is not every patient: "females of reproductive potential"."""
    conditional: bool = False
    """Asked for on an occasion or of some patients, rather than as a routine."""
    basis: Basis = ()

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``monitoring`` item."""
        place = self.evidence.to_dict()
        return {
            "parameter": self.parameter,
            "parameter_id": self.parameter_id,
            "hazard": self.hazard,
            "timing": list(self.timing),
            "schedule": [one.to_dict() for one in self.schedule],
            "kind": "conditional" if self.conditional else "routine",
            "population": self.population.to_dict() if self.population else None,
            "threshold": self.threshold,
            "action": self.action,
            "actions": [one.to_dict() for one in self.orders],
            "action_evidence": self.action_evidence.to_dict() if self.action_evidence else None,
            "boxed": self.boxed,
            "evidence": place.pop("text"),
            **place,
            "confidence": self.confidence,
        }


@dataclass(frozen=True, slots=True)
class DoseModification:
    """One row of a dose modification table: for which adverse reaction, how severe, what to do.

    ``evidence`` is the row, or the cell where a row says several things; ``parts`` are the cells and lines outside of
    it that tell the rest: a cell that reaches over several rows, a heading, the header with the grade.
    """

    evidence: Evidence
    reaction: str
    """The adverse reaction or finding, in the label's words."""
    instruction: str
    """What to do, verbatim."""
    hazard: str | None = None
    """The reaction by its normalized name, where it is a name."""
    severity: str | None = None
    action: str | None = None
    """Classes of what to do, as in ``Monitoring.action``; None where nothing is to be changed."""
    parts: tuple[Evidence, ...] = ()
    table: str | None = None
    """The table's caption, verbatim."""
    drug: str | None = None
    """Which drug or combination the row is about, where a column says so."""

    def to_dict(self) -> dict[str, Any]:
        """An item of ``dose_modifications``."""
        place = self.evidence.to_dict()
        return {
            "reaction": self.reaction,
            "hazard": self.hazard,
            "severity": self.severity,
            "action": self.action,
            "instruction": self.instruction,
            "drug": self.drug,
            "table": self.table,
            "evidence": place.pop("text"),
            **place,
            "parts": [part.to_dict() for part in self.parts],
        }


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001 - the field's own word, and the contract's
    """One warned risk, with number and title where the label gives it any.

    A subsection without a number has that of the one around it. ``actions`` are the classes of what its own text
    orders, each once, in reading order.
    """

    evidence: Evidence
    title: str | None = None
    boxed: bool = False
    number: str | None = None
    actions: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``warnings`` item; ``monitoring`` is added by the facts that hold it."""
        told = {"number": self.number, "title": self.title, "boxed": self.boxed, "actions": list(self.actions)}
        return told | self.evidence.to_dict()


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A statement that was seen and not understood: kept for a person to read."""

    evidence: Evidence
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """``{"text", "start", "end", "reason"}``."""
        return self.evidence.to_dict() | {"reason": self.reason}


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was read on one label, or in one text."""

    indications: tuple[Indication, ...] = ()
    monitoring: tuple[Monitoring, ...] = ()
    warnings: tuple[Warning, ...] = ()
    contraindications: tuple[Condition, ...] = ()
    unparsed: tuple[Unparsed, ...] = ()
    dose_modifications: tuple[DoseModification, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The contract's JSON, without the ``id`` of the record that was read.

        The ``monitoring`` of a warning holds positions in the list of that name.
        """
        told = {f.name: [fact.to_dict() for fact in getattr(self, f.name)] for f in fields(self)}
        for warning, item in zip(self.warnings, told["warnings"], strict=True):
            item["monitoring"] = self.monitoring_of(warning)
        return told

    def monitoring_of(self, warning: Warning) -> list[int]:
        """Positions, in ``monitoring``, of what the text of a warning asks to watch."""
        place = warning.evidence
        asked = [(i, m.evidence) for i, m in enumerate(self.monitoring)]
        return [i for i, e in asked if e.section == place.section and place.start <= e.start and e.end <= place.end]

    def evidence(self) -> Iterator[Evidence]:
        """Every piece of evidence behind these facts, however deep it stands."""
        return _evidence(self)


def _evidence(value: object) -> Iterator[Evidence]:
    if isinstance(value, Evidence):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _evidence(item)
    elif is_dataclass(value):
        for f in fields(value):
            yield from _evidence(getattr(value, f.name))
