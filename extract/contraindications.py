"""Contraindications as conditions (21 CFR 201.57(c)(5)): what the patient must not have, with ids where known."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extract.blocks import Block
from extract.conditions import Abbreviations, mentions
from extract.facts import Condition
from extract.sentences import CROSS_REFERENCE, sentences
from extract.spans import Span, outside
from extract.statements import Statement
from extract.vocabulary import Vocabulary

_ASIDE = re.compile(
    CROSS_REFERENCE.pattern
    + r"|\b(?:because|since|as this|which may|may (?:cause|result|lead)|can (?:cause|result)|resulting in)\b[^.;]*",
    re.IGNORECASE,
)
_NONE = re.compile(r"^\W*none\b", re.I)


def read_contraindications(
    blocks: Sequence[Block], short: Abbreviations, vocabulary: Vocabulary
) -> tuple[Condition, ...]:
    """Conditions that a contraindications section names, the full telling first, each once."""
    found: dict[str, Condition] = {}
    for block in sorted(blocks, key=lambda b: b.telling != "full"):
        for a, b in sentences(block.own_text):
            for condition in _read(block, block.start + a, block.start + b, short, vocabulary):
                found.setdefault(condition.name, condition)
    return tuple(found.values())


def _read(block: Block, start: int, end: int, short: Abbreviations, vocabulary: Vocabulary) -> list[Condition]:
    text = block.text[start:end]
    if _NONE.match(text):
        return []
    aside: list[Span] = [m.span() for m in _ASIDE.finditer(text)]
    statement = Statement.of("other", block.section, start, text)
    kept = [m for m in mentions(text, short, vocabulary) if outside((m.start, m.end), aside) and m.specific]
    return [Condition(statement.evidence(m.start, m.end), m.name, dict(m.ids)) for m in kept]
