"""The risks that a label warns of, one row each, with the text that says so.

A numbered subsection is one risk. A boxed warning and the older format's WARNINGS and PRECAUTIONS are split at their
risk headings, else at their bullets, else they are one row: where there is text, there is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from extract.facts import Evidence, Warning
from extract.hazards import RiskBlock, hazard_name, is_section_name, risk_blocks, without_warning
from extract.sentences import BULLET, sentences, trimmed

_BULLET = re.compile(rf"(?:(?<=\s)|^){BULLET}\s+")
_LISTED = re.compile(r"\s*[,;]\s*(?:and\s+)?", re.IGNORECASE)
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_SUMMARY_HEAD = re.compile(r"\W*WARNINGS?\s*:.{0,400}?complete\s+boxed\s+warning\s*\.?\s*", re.DOTALL | re.IGNORECASE)
_WORD = re.compile(r"[a-z]{2}")


def read_warnings(
    text: str,
    *,
    section: int = 0,
    title: str | None = None,
    boxed: bool = False,
    start: int = 0,
    end: int | None = None,
) -> list[Warning]:
    """Warned risks of ``text[start:end]``, in reading order; none only where there is no text.

    ``title`` is the heading of the stretch: that of a risk makes the stretch one row (21 CFR 201.57(c)(6)); a section's
    own ("WARNINGS") or a boxed warning's (21 CFR 201.57(c)(1)) does not.
    """
    stop = len(text) if end is None else end
    if not text[start:stop].strip():
        return []
    head = _SUMMARY_HEAD.match(text, start, stop) if boxed else None
    start = head.end() if head and text[head.end() : stop].strip() else start
    blocks = _blocks(text, start, stop, title, boxed=boxed)
    rows = [_row(text, block, section, boxed=boxed) for block in blocks]
    return rows or [_row(text, RiskBlock(_own(title), start, stop), section, boxed=boxed)]


def _row(text: str, block: RiskBlock, section: int, *, boxed: bool) -> Warning:
    a, b = trimmed(text, block.start, block.end)
    return Warning(Evidence(section, a, b, text[a:b]), without_warning(block.title) if block.title else None, boxed)


def _blocks(text: str, start: int, end: int, title: str | None, *, boxed: bool) -> list[RiskBlock]:
    if not boxed and title and hazard_name(title):
        return [RiskBlock(title, start, end)]
    split = list(_by_names(text, start, end, title)) if boxed and title else []
    split = split or [b for b in risk_blocks(text, start, end) if _is_warning(text, b)]
    if boxed and len(split) < 2:
        split = list(_by_bullets(text, start, end, title)) or split
    return [RiskBlock(b.title or _own(title), b.start, b.end) for b in split]


def _is_warning(text: str, block: RiskBlock) -> bool:
    """Whether a block says something, under the heading of a risk or under none."""
    piece = text[block.start : block.end]
    said = _WORD.search(piece) and ("." in piece or ":" in piece)
    return bool(said) and (block.title is None or block.hazard is not None)


def _own(title: str | None) -> str | None:
    return title if title and not is_section_name(title) else None


def _by_names(text: str, start: int, end: int, title: str) -> Iterator[RiskBlock]:
    """Split a boxed warning where a sentence begins with a risk that its title names: "WARNING: X, Y and Z"."""
    listed = _LISTED.split(without_warning(title))
    names = {name for name in (*listed, *_AND.split(listed[-1])) if len(name) > 3}
    any_name = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    one = re.compile(rf"\W*(?P<name>(?i:(?:{any_name})(?:[,;]?\s+(?:and\s+)?(?:{any_name}))*))\b[\s:.]*(?=[A-Z•])")
    found = [(start + a, m) for a, b in sentences(text[start:end]) if (m := one.match(text[start + a : start + b]))]
    if len({m["name"].lower() for _, m in found}) < 2:
        return
    stops = [*(at for at, _ in found[1:]), end]
    for (at, match), stop in zip(found, stops, strict=True):
        if text[at + match.end() : stop].strip():
            yield RiskBlock(match["name"], at + match.end(), stop)


def _by_bullets(text: str, start: int, end: int, title: str | None) -> Iterator[RiskBlock]:
    marks = list(_BULLET.finditer(text, start, end))
    if len(marks) < 2:
        return
    stops = [*(m.start() for m in marks[1:]), end]
    for mark, stop in zip(marks, stops, strict=True):
        if text[mark.end() : stop].strip():
            yield from risk_blocks(text, mark.end(), stop, title=_own(title))
