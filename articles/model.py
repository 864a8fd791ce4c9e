"""What a section of an article is: plain records that the templates print and ``json`` writes as they are.

Every claim carries the numbers of the labels that make it; a label has one number in the whole section.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

REVIEW_STEPS = ("Submitted", "Under Review", "Approved")
LEFT_OUT = "[…]"
DISCLAIMER = (
    "For health care professionals. This section repeats what the cited drug labels say, as the program read "
    "them; it is no medical advice and does not replace the full prescribing information, clinical judgment "
    "or current guidelines. Check every statement against the cited label before you rely on it."
)
SAMPLE_NOTICE = (
    "Sample labels are cited here: their text was written for onlabel and is not FDA-approved labeling. "
    "Do not use it for patients."
)
UNREVIEWED_NOTICE = "For educational purposes only; content pending human review."
REVIEWED_NOTICE = "For educational purposes only."


@dataclass(frozen=True, slots=True)
class Review:
    """How far people have reviewed the facts: the lowest step among those used."""

    current: str = REVIEW_STEPS[0]
    steps: tuple[str, ...] = REVIEW_STEPS


@dataclass(frozen=True, slots=True)
class Note:
    """One short claim and the labels that make it."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """The label's own words: a lead-in and those of its bullets that answer; ``[…]`` for what is left out."""

    text: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DrugStatements:
    """What one drug's label, or several equal ones, is quoted with."""

    drug: str
    citations: tuple[int, ...]
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One way a drug may be used: ``use`` says with what it is given, ``qualifiers`` for whom and when."""

    drug: str
    use: str
    qualifiers: tuple[str, ...]
    accelerated_approval: bool
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """Options that ask for the same biomarkers: one of each of ``biomarkers``; none where it is empty."""

    profile: str
    biomarkers: tuple[tuple[str, ...], ...]
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Hazard:
    """What is watched for one risk, and what the label says to do then."""

    name: str
    boxed: bool
    checks: tuple[Note, ...]
    actions: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class DrugConsiderations:
    """What one drug's labels ask to keep in mind; ``further``: hazards that ``hazards`` has no room for."""

    drug: str
    boxed_warnings: tuple[Note, ...]
    hazards: tuple[Hazard, ...]
    further: tuple[Note, ...]
    dose_changes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A use of the asked-for condition or drug that does not answer the question, and why."""

    drug: str
    statement: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A cited label version. ``url`` is None where there is no page to look at."""

    number: int
    brand: str | None
    generic: str | None
    labeler: str | None
    sections: tuple[str, ...]
    set_id: str
    version: int
    effective_date: str | None
    url: str | None
    sample: bool

    @property
    def text(self) -> str:
        """The reference in one line, without its link."""
        brand, generic = self.brand or self.generic or self.set_id, self.generic
        name = brand if not generic or generic.casefold() == brand.casefold() else f"{brand} ({generic})"
        sections = f"Section {self.sections[0]}" if len(self.sections) == 1 else f"Sections {', '.join(self.sections)}"
        dated = f"Version {self.version}" + (f", effective {self.effective_date}" if self.effective_date else "")
        told = [name, self.labeler, sections if self.sections else None, dated]
        sample = " Sample label written for onlabel: not FDA text." if self.sample else ""
        return ". ".join(part.rstrip(".") for part in told if part) + "." + sample


@dataclass(frozen=True, slots=True)
class Article:
    """The section *From the FDA Drug Label* for one question. ``problem`` says why there are no options."""

    title: str
    understood: str
    last_updated: str | None = None
    written: str | None = None
    review: Review = field(default_factory=Review)
    notices: tuple[str, ...] = ()
    problem: str | None = None
    advice: tuple[str, ...] = ()
    statements: tuple[DrugStatements, ...] = ()
    lead: str | None = None
    groups: tuple[OptionGroup, ...] = ()
    selection: tuple[Note, ...] = ()
    considerations: tuple[DrugConsiderations, ...] = ()
    limitations: tuple[Note, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    references: tuple[Reference, ...] = ()
    disclaimer: str = DISCLAIMER

    @property
    def options(self) -> tuple[Option, ...]:
        """All options, group by group; empty where nothing answers."""
        return tuple(option for group in self.groups for option in group.options)

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON-ready values; keys stay as they are named here."""
        return asdict(self)
