"""The risks that a label warns of, one row each, with the text that says so.

A numbered subsection is one risk. A boxed warning is split at the risks that its title names; the older format's
WARNINGS and PRECAUTIONS at their headings. What cannot be split is one row: where there is text, there is a warning.
"""

from __future__ import annotations

import re

from extract.actions import actions
from extract.boxes import boxed_risks
from extract.facts import Evidence, Warning
from extract.hazards import (
    RiskBlock,
    hazard_name,
    is_section_name,
    own_title,
    risk_blocks,
    risk_heads,
    warns,
    without_warning,
)
from extract.sentences import sentences, trimmed

_WORD = re.compile(r"[a-z]{2}")


def read_warnings(
    text: str,
    *,
    section: int = 0,
    title: str | None = None,
    number: str | None = None,
    inherited: bool = False,
    boxed: bool = False,
    start: int = 0,
    end: int | None = None,
) -> list[Warning]:
    """Warned risks of ``text[start:end]``, in reading order; none only where there is no text.

    ``title`` is the heading of the stretch: that of a risk makes the stretch one row (21 CFR 201.57(c)(6)); a section's
    own ("WARNINGS"), one ``inherited`` from the section around, or a boxed warning's does not.
    """
    stop = len(text) if end is None else end
    if not text[start:stop].strip():
        return []
    if boxed:
        blocks = boxed_risks(text, start, stop, title)
    elif title and not is_section_name(title) and (number or (own_title(title) and hazard_name(title))):
        blocks = [_titled(text, start, stop, title, inherited=inherited)]
    else:
        split = [b for b in risk_blocks(text, start, stop) if _is_warning(text, b)]
        blocks = [RiskBlock(own_title(b.title) or own_title(title), b.start, b.end) for b in split]
    return [_row(text, b, section, number, boxed=boxed) for b in blocks or [RiskBlock(own_title(title), start, stop)]]


def _row(text: str, block: RiskBlock, section: int, number: str | None, *, boxed: bool) -> Warning:
    a, b = trimmed(text, block.start, block.end)
    title = without_warning(block.title) if block.title else None
    return Warning(Evidence(section, a, b, text[a:b]), title, boxed, number, _ordered(text[a:b]))


def _ordered(text: str) -> tuple[str, ...]:
    """Classes of what a text orders, each once, in reading order."""
    return tuple(dict.fromkeys(action.name for a, b in sentences(text) for action in actions(text[a:b])))


def _titled(text: str, start: int, end: int, title: str, *, inherited: bool) -> RiskBlock:
    """A stretch under a title; where that is the outer section's, it may begin with a heading of its own."""
    head = next(iter(risk_heads(text, start, end, title=title)), None) if inherited else None
    if head and not text[start : head[0]].strip():
        return RiskBlock(head[2], head[1], end)
    return RiskBlock(title, start, end)


def _is_warning(text: str, block: RiskBlock) -> bool:
    """Whether a block says something, and not under a heading that warns of nothing."""
    piece = text[block.start : block.end]
    said = _WORD.search(piece) and ("." in piece or ":" in piece)
    return bool(said) and (block.title is None or warns(block.title))
