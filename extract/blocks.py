"""Blocks: the stretches of a label that are read one by one.

A section's own text is a block, and so is each telling and each numbered part of one of openFDA's flat strings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from labels.flat import split_flat
from labels.model import Label, Section, Telling


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

    @property
    def own_text(self) -> str:
        """The stretch itself."""
        return self.text[self.start : self.end]


def label_blocks(label: Label, codes: Collection[str]) -> Iterator[Block]:
    """Blocks of a label's sections under some LOINC codes, in reading order."""
    for s in label.sections:
        if s.loinc in codes and not s.blank:
            yield Block(s.index, s.text, 0, len(s.text), _title(label, s), s.number, s.telling, s.depth)


def _title(label: Label, section: Section) -> str | None:
    """A section's title; one without a title stands under that of the section around it."""
    while section.title is None and section.number is None and section.parent is not None:
        section = label.sections[section.parent]
    return section.title


def text_blocks(text: str, names: Sequence[str]) -> Iterator[Block]:
    """Blocks of one flat text; ``names`` are the drug's names, which help to tell headings from sentences."""
    for b in split_flat(text, names=names):
        depth = b.number.count(".") if b.number else 0
        yield Block(0, text, b.start, b.end, b.title, b.number, b.telling, depth)
