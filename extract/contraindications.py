"""Contraindications as conditions (21 CFR 201.57(c)(5)): what the patient must not have, with ids where known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from extract.blocks import Block
from extract.conditions import Abbreviations, mentions
from extract.facts import Condition
from extract.rules import any_of, check_keys, compiled, load_rules
from extract.sentences import CROSS_REFERENCE, sentences
from extract.spans import Span, outside
from extract.statements import Statement
from extract.vocabulary import Vocabulary

_NONE = re.compile(r"^\W*none\b", re.I)
_KEYS = ("aside", "reaction")


@lru_cache(maxsize=1)
def _rules() -> dict[str, re.Pattern[str]]:
    data = load_rules("contraindications")
    check_keys("contraindications.toml", data, _KEYS)
    return {key: compiled(key, any_of(data[key]["patterns"])) for key in _KEYS}


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
    asides = (CROSS_REFERENCE, _rules()["aside"])
    aside: list[Span] = [m.span() for pattern in asides for m in pattern.finditer(text)]
    statement = Statement.of("other", block.section, start, text)
    named = [m for m in mentions(text, short, vocabulary) if outside((m.start, m.end), aside) and m.specific]
    kept = [m for m in named if not _rules()["reaction"].search(m.text)]
    return [Condition(statement.evidence(m.start, m.end), m.name, dict(m.ids)) for m in kept]
