"""What a label is: identity, products, and a tree of sections with reading-order text.

Sections are kept flat, in reading order; ``parent`` points to the section that one stands in.
All types are immutable, so a fact may point into a section's text by character offsets for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Telling = Literal["full", "highlights"]
SectionState = Literal["absent", "blank", "present"]


class LabelFormat(StrEnum):
    """How the label is laid out, which decides where its warnings stand."""

    PLR = "plr"  # Physician Labeling Rule, 21 CFR 201.56(d), 201.57
    OLDER = "older"  # 21 CFR 201.56(e), 201.80
    OTC = "otc"  # Drug Facts, 21 CFR 201.66
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A substance in a product; ``strength`` reads like "200 mg / 1 tablet" as far as the label gives it."""

    name: str
    unii: str | None = None
    active: bool = True
    strength: str | None = None
    moieties: tuple[tuple[str, str | None], ...] = ()
    """Active moieties as (name, UNII)."""


@dataclass(frozen=True, slots=True)
class Product:
    """One product of a label; the parts of a kit or co-pack are products too."""

    name: str | None
    generic: str | None = None
    form: str | None = None
    routes: tuple[str, ...] = ()
    ndcs: tuple[str, ...] = ()
    """Product code first, then the package codes."""
    marketing_category: str | None = None
    application_number: str | None = None
    ingredients: tuple[Ingredient, ...] = ()
    parts: tuple[Product, ...] = ()
    source_ndc: str | None = None
    """Set where a repackager names the product that it repackages."""
    pharm_classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A section, or one telling of it.

    ``text`` is the section's own text, without its title and without its subsections.
    ``loinc`` is its own code, or, where it has none or "unclassified" (42229-5), that of the section it
    stands in. A Highlights telling is a section of its own, whose parent is the section that it sums up.
    """

    index: int
    parent: int | None
    depth: int
    loinc: str | None
    code: str | None
    number: str | None
    title: str | None
    telling: Telling
    text: str
    table: bool = False
    """True for tables that stand apart from the text, in which they are flat words: openFDA gives them so."""

    @property
    def blank(self) -> bool:
        """True where the section is there and says nothing."""
        return not self.text.strip()


@dataclass(frozen=True, slots=True)
class Label:
    """A drug label as one document says it."""

    set_id: str
    document_id: str
    version: int
    effective_date: str | None
    """ISO date, YYYY-MM-DD."""
    document_code: str | None
    document_type: str | None
    title: str
    labeler: str | None
    format: LabelFormat
    source: Literal["spl", "openfda"]
    products: tuple[Product, ...] = ()
    sections: tuple[Section, ...] = ()
    not_a_label: str | None = None
    """Why this is no human drug label (an indexing file, a bulk ingredient …); None for drug labels."""
    sample: bool = False
    """True for the documents that come with onlabel: structure as on a label, text not the FDA's."""

    @property
    def brand(self) -> str | None:
        """Brand names of all products, each once, joined with " / "."""
        return _joined(p.name for p in self.products)

    @property
    def generic(self) -> str | None:
        """Generic names of all products, each once, joined with " / "."""
        return _joined(p.generic for p in _leaves(self.products))

    def find(self, loinc: str, *, telling: Telling | None = None) -> tuple[Section, ...]:
        """Sections under a LOINC code, subsections included, in reading order."""
        return tuple(s for s in self.sections if s.loinc == loinc and telling in (None, s.telling))

    def state(self, loinc: str) -> SectionState:
        """Tell an absent section from one that is there but blank."""
        found = self.find(loinc)
        if not found:
            return "absent"
        return "blank" if all(s.blank for s in found) else "present"


def _leaves(products: tuple[Product, ...]) -> list[Product]:
    return [leaf for p in products for leaf in (_leaves(p.parts) if p.parts else [p])]


def _joined(names: object) -> str | None:
    seen: dict[str, str] = {}
    for name in names:  # type: ignore[attr-defined]
        if name:
            seen.setdefault(name.casefold(), name)
    return " / ".join(seen.values()) or None
