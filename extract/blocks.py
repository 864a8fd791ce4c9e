"""Blocks: the stretches of a label that are read one by one.

A section's own text is a block, and so is each telling and each numbered part of one of openFDA's flat strings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from labels import loinc
from labels.flat import split_flat
from labels.model import Label, Section, Telling

_FRAMED = frozenset({loinc.DOSAGE, loinc.MEDICATION_GUIDE, loinc.PATIENT_INFORMATION, loinc.PATIENT_PACKAGE_INSERT})


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch ``text[start:end]`` of a section, with the heading it stands under."""

    section: int
    text: str
    start: int
    end: int
    title: str | None
    number: str | None
    telling: Telling
    depth: int = 0
    own_title: bool = True
    """False where the heading is that of the section around it."""

    @property
    def own_text(self) -> str:
        """The stretch itself."""
        return self.text[self.start : self.end]


def label_blocks(label: Label, codes: Collection[str], *, tables: bool = False) -> Iterator[Block]:
    """Blocks of a label's sections under some LOINC codes, in reading order; ``tables``: those that stand apart."""
    for s in label.sections:
        if not s.blank and s.table == tables and _read_as(label, s) in codes:
            title, number = _heading(label, s)
            yield Block(s.index, s.text, 0, len(s.text), title, number, s.telling, s.depth, s.title is not None)


def _read_as(label: Label, section: Section) -> str | None:
    """The code a section is read under: all that stands in section 5 warns (21 CFR 201.57(c)(6)).

    A frame within the dosage or in a patient's leaflet is coded as a boxed warning on some labels, and is none.
    """
    around = [s.loinc for s in _around(label, section)]
    if section.loinc == loinc.BOXED_WARNING:
        return next((code for code in around if code in _FRAMED), section.loinc)
    return loinc.WARNINGS_AND_PRECAUTIONS if loinc.WARNINGS_AND_PRECAUTIONS in around else section.loinc


def _around(label: Label, section: Section) -> Iterator[Section]:
    """The sections that a section stands in, from the inside out."""
    while section.parent is not None:
        section = label.sections[section.parent]
        yield section


def _heading(label: Label, section: Section) -> tuple[str | None, str | None]:
    """Title and number; a section without stands under those of the section around it."""
    path = [s for s in (section, *_around(label, section)) if s.loinc == section.loinc]
    titled = next((s for s in path if s.title is not None or s.number is not None), section)
    return titled.title, next((s.number for s in path if s.number is not None), None)


def text_blocks(text: str, names: Sequence[str]) -> Iterator[Block]:
    """Blocks of one flat text; ``names`` are the drug's names, which help to tell headings from sentences."""
    for b in split_flat(text, names=names):
        depth = b.number.count(".") if b.number else 0
        yield Block(0, text, b.start, b.end, b.title, b.number, b.telling, depth)
