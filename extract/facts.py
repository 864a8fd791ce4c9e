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
Ids = dict[str, str]
Basis = tuple[str, ...]
"""What a fact was read from, in the words of :mod:`extract.confidence`. It is kept inside: ``to_dict`` has none."""


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
        value = int(self.value) if self.value == int(self.value) else self.value
        return {"value": value, "unit": self.unit}


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
class Monitoring:
    """Something to watch: what, for which risk, when, and what to do past which threshold."""

    evidence: Evidence
    parameter: str
    hazard: str | None = None
    timing: tuple[str, ...] = ()
    threshold: str | None = None
    action: str | None = None
    boxed: bool = False
    confidence: float = 1.0
    action_evidence: Evidence | None = None
    """The sentence that says what to do, which may be another than the asking one."""
    basis: Basis = ()

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``monitoring`` item."""
        place = self.evidence.to_dict()
        return {
            "parameter": self.parameter,
            "hazard": self.hazard,
            "timing": list(self.timing),
            "threshold": self.threshold,
            "action": self.action,
            "action_evidence": self.action_evidence.to_dict() if self.action_evidence else None,
            "boxed": self.boxed,
            "evidence": place.pop("text"),
            **place,
            "confidence": self.confidence,
        }


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001 - the field's own word, and the contract's
    """One warned risk, with its title where the label gives it one."""

    evidence: Evidence
    title: str | None = None
    boxed: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``warnings`` item."""
        return {"title": self.title, "boxed": self.boxed} | self.evidence.to_dict()


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

    def to_dict(self) -> dict[str, Any]:
        """The contract's JSON, without the ``id`` of the record that was read."""
        return {f.name: [fact.to_dict() for fact in getattr(self, f.name)] for f in fields(self)}

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
