"""One flat openFDA section string, split back into what the label had.

openFDA runs a section's heading, own text, Highlights summary and subsections together in one line. The signs
left are: section numbers, which rise; the Highlights' references to sections, "( 5.1 )", where the full text
writes "[see Warnings and Precautions (5.1)]"; and words said twice. Where no sign tells, text stays together.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from labels.headings import Heading, names_pattern, read_heading, title_end
from labels.model import Telling

_SUMMED_UP = frozenset("12345678")
"""Numbers of the sections that the Highlights sum up (21 CFR 201.57(a)); boxed warnings have no number."""
_PART = r"\d{1,2}(?:\s?\.\s?\d{1,2}){0,3}"
_REFERENCE = re.compile(rf"\(\s*{_PART}(?:\s*(?:[,;–-]|and)\s*{_PART})*\s*\)")
_DOTTED = re.compile(r"\d\s?\.\s?\d")
_BRACKETED = re.compile(r"\[[^\[\]]{0,600}\]|\([^()]{0,300}\)")
_SEE = re.compile(r"\[\s*s\s?ee\b[^\[\]]{0,600}[\])]", re.IGNORECASE)
_NAMED_SECTION = re.compile(
    r"(?:administration|adverse reactions|boxed warning|contraindications|description|guide|handling|"
    r"information|interactions|overdosage|pharmacology|populations|precautions|sections?|strengths|studies|"
    r"study|usage|warnings?|toxicology|dependence|tables?|figures?)\s*$",
    re.IGNORECASE,
)
_NOT_BEFORE_NUMBER = re.compile(
    r"(?:[(\[,;–—<>=≥≤~±/$]|\b(?:sections?|tables?|figures?|see|and|or|to|of|than|by|through|versus|vs|"
    r"version|least|about|approximately|from|between|in|with|was|were|is|are|grade|study|step|day|week))\s*$",
    re.IGNORECASE,
)
_NOT_AFTER_NUMBER = re.compile(
    r"\s*(?:%|×|x\s|±|to\s|(?:m?g|mcg|µg|kg|m?l|units?|iu|meq|mmol|hours?|hr|days?|weeks?|months?|years?|"
    r"fold|times)\b)",
    re.IGNORECASE,
)
_BOXED = re.compile(r"see full prescribing information for complete boxed warning", re.IGNORECASE)
_REPORT_LINE = re.compile(r"\s*To report SUSPECTED ADVERSE REACTIONS.{0,300}?medwatch\)?\s?\.?", re.I)
_PUNCTUATION = re.compile(r"[\s.,;:)\]*†‡]*")
_SMALL_WORD = re.compile(r"\b(?!(?:and|for|from|the|with)\b)[a-z]{3,}")
_BOUNDARY = re.compile(r"(?<=[.!?:;)\]])\s+(?=[A-Z0-9•“\"(-])|\s(?=[•●])|\n")
_FIRST_WORD = re.compile(r"[\s:]*([A-Z][\w-]*)")
_SUBJECT = re.compile(r"[^.;:]{0,60}?\b(?:is|are)\b")
_CLASSED = re.compile(r"[^.;:]{0,80}?\b(?:is|are)\s+(?!indicated|not\b)[^.;:]{3,200}?\bindicated\b")
_WORD = re.compile(r"[a-z0-9]+(?:[.'-][a-z0-9]+)*", re.IGNORECASE)
_LEAD = re.compile(r"[\s:]*")
_MOST_NUMBERS = 400


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a flat section: ``text[start:end]`` is its text, without number and title."""

    number: str | None
    title: str | None
    telling: Telling
    start: int
    end: int


def split_flat(text: str, *, names: Sequence[str] = ()) -> list[Block]:
    """Split a section into its own text, its Highlights telling and its numbered subsections, in order.

    ``names`` are brand and generic names: a heading ends where one begins a sentence. Blocks never overlap,
    and hold all words but numbers and titles. Where a heading has no text of its own its block is empty, unless
    the Highlights bear the heading; text without any sign is one block.
    """
    pattern = names_pattern(names)
    heading = read_heading(text, pattern)
    subsections = list(_subsections(text, heading, pattern))
    begins = [begin for begin, _ in subsections] + [len(text)]
    blocks = [
        _block(text, heading, telling, start, end)
        for telling, start, end in _tellings(text, heading, begins[0], pattern)
    ]
    told = [block for block in blocks if block.start < block.end]
    if not told and (heading.number or heading.title or not subsections):
        told = [_block(text, heading, "full", begins[0], begins[0])]
    return told + [
        _block(text, sub, "full", sub.end, end) for (_, sub), end in zip(subsections, begins[1:], strict=True)
    ]


def _block(text: str, heading: Heading, telling: Telling, start: int, end: int) -> Block:
    """Cut outer white space, and a colon that the heading left."""
    told = text[start:end].rstrip()
    lead = _LEAD.match(told)
    skip = lead.end() if lead else 0
    return Block(heading.number, heading.title, telling, start + skip, start + len(told))


# Subsections


def _subsections(text: str, heading: Heading, names: re.Pattern[str] | None) -> Iterator[tuple[int, Heading]]:
    """Numbered subsections: where each begins, and its heading."""
    found = _rising(list(_numbers(text, heading))[:_MOST_NUMBERS])
    if not found or not (heading.number or _begins_a_section(text, heading, found)):
        return
    stops = [place for _, place, _ in found[1:]] + [len(text)]
    for (number, place, end), stop in zip(found, stops, strict=True):
        cut = title_end(text, end, stop, names)
        title = text[end:cut].strip(" \n:") if cut else None
        yield place, Heading(number, title or None, cut or end)


def _begins_a_section(text: str, heading: Heading, found: list[tuple[str, int, int]]) -> bool:
    """Where the heading has no number, others are sections' only if they begin the text, with the first."""
    return found[0][0].endswith(".1") and not text[heading.end : found[0][1]].strip()


def _numbers(text: str, heading: Heading) -> Iterator[tuple[str, int, int]]:
    """Places of numbers that may begin a subsection: (number, start, end)."""
    parent = r"\s?\.\s?".join(heading.number.split(".")) if heading.number else r"[1-9]\d?"
    begins = r"(?=[“\"‘'*]?[A-Zα-ω]|[a-z]{1,3}[A-Z])"
    pattern = re.compile(rf"(?<!\S)({parent}\s?\.\s?[1-9]\d?)(?:\.?\s+{begins}|(?=[A-Z][a-z]{{3}}))")
    bracketed = [m.span() for m in _BRACKETED.finditer(text)]
    for found in pattern.finditer(text, heading.end):
        place, end = found.span()
        bracket = bracketed[bisect_left(bracketed, (place + 1,)) - 1] if bracketed else (0, 0)
        if bracket[0] <= place < bracket[1] or _NOT_AFTER_NUMBER.match(text, end):
            continue
        if not _NOT_BEFORE_NUMBER.search(text[max(0, place - 40) : place]):
            yield re.sub(r"\s", "", found[1]), place, end


def _rising(found: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """The longest run of numbers that rise within one section; of equal ones, that which comes last."""
    keys = [tuple(map(int, number.split("."))) for number, _, _ in found]
    best: list[list[int]] = []
    for i, key in enumerate(keys):
        before = [run for j, run in enumerate(best) if keys[j][:-1] == key[:-1] and keys[j] < key]
        best.append([*max(reversed(before), key=len, default=[]), i])
    return [found[i] for i in max(reversed(best), key=len, default=[])]


# Tellings


def _tellings(text: str, heading: Heading, end: int, names: re.Pattern[str] | None) -> list[tuple[Telling, int, int]]:
    """Part what stands before the first subsection into the full telling and the Highlights."""
    start = heading.end
    references = [m for m in _REFERENCE.finditer(text, start, end) if _sums_up(text, m, heading)]
    boxed = _BOXED.search(text, start, end)
    if boxed:
        return _boxed_tellings(text, start, end, boxed.start(), references)
    if heading.number not in _SUMMED_UP:
        return [("full", start, end)]
    if references:
        return _marked_tellings(text, start, end, references, names)
    cut = _unmarked_highlights(text, start, end, names)
    return [("full", start, cut), ("highlights", cut, end)]


def _sums_up(text: str, found: re.Match[str], heading: Heading) -> bool:
    """True for a Highlights reference: in no bracket, behind no section's name, no "(1)" of a list."""
    before = text[max(0, found.start() - 60) : found.start()]
    if before.rfind("[") > before.rfind("]") or _NAMED_SECTION.search(before):
        return False
    if _DOTTED.search(found[0]):
        return True
    return bool(heading.number) and all(1 <= int(n) <= 17 for n in re.findall(r"\d+", found[0]))


def _boxed_tellings(
    text: str, start: int, end: int, boxed: int, references: list[re.Match[str]]
) -> list[tuple[Telling, int, int]]:
    """In a boxed warning the summary bears prescribed words, and before them its title in capitals."""
    title = text.rfind("WARNING", start, boxed)
    cut = title if title >= 0 and not _SMALL_WORD.search(text, title, boxed) else boxed
    behind = [found.end() for found in references if found.start() > boxed]
    if not behind or text[start:cut].strip():
        return [("full", start, cut), ("highlights", cut, end)]
    tail = _after(text, behind[-1], end)
    return [("highlights", cut, tail), ("full", tail, end)]


def _marked_tellings(
    text: str, start: int, end: int, references: list[re.Match[str]], names: re.Pattern[str] | None
) -> list[tuple[Telling, int, int]]:
    """The Highlights reach from behind the full telling, if that comes first, to the last reference."""
    first, tail = references[0].start(), _after(text, references[-1].end(), end)
    seen = [m.end() for m in _SEE.finditer(text, start, first)]
    floor = _after(text, seen[-1], first) if seen else start
    starts = _sentence_starts(text, start, first, names)
    cuts = [cut for cut in starts if cut >= floor]
    cut = (
        _classed(text, start, starts, tail)
        or _said_twice(text, start, cuts, tail)
        or _said_twice(text, start, cuts, first, share=0.75)
        or floor
    )
    if not _ends_highlights(text, cut, tail, end):
        tail = end
    return [("full", start, cut), ("highlights", cut, tail), ("full", tail, end)]


def _unmarked_highlights(text: str, start: int, end: int, names: re.Pattern[str] | None) -> int:
    """Where Highlights without references begin: all is said again, in about as many words; else the end."""
    starts = _sentence_starts(text, start, end, names)
    cut = _classed(text, start, starts, end) or _said_twice(text, start, starts, end, share=0.8)
    full, again = len(_words(text, start, cut or end)), len(_words(text, cut or end, end))
    return cut if cut and again > 0.4 * full else end


def _after(text: str, place: int, end: int) -> int:
    """Go past the punctuation behind a reference, and the line on reporting (21 CFR 201.57(a)(11))."""
    found = _PUNCTUATION.match(text, place, end)
    place = found.end() if found else place
    line = _REPORT_LINE.match(text, place, end)
    return line.end() if line else place


def _ends_highlights(text: str, cut: int, tail: int, end: int) -> bool:
    """True where the text behind the last reference is full text: it refers with "see", or repeats."""
    said = {word for word, _ in _words(text, cut, tail)}
    again = [word in said for word, _ in _words(text, tail, end)]
    reported = text[cut:tail].rstrip(". )").endswith("medwatch")
    return reported or bool(_SEE.search(text, tail, end)) or sum(again) >= 0.7 * len(again)


def _classed(text: str, start: int, cuts: list[int], end: int) -> int | None:
    """The sentence "FOO is a kinase inhibitor indicated for …", which begins the Highlights.

    Much in it may be new; but it begins the full text of some labels, so that a part must have been said before.
    """
    shares = _shares_said_before(text, start, cuts, end)
    found = [cut for cut, share in shares.items() if share >= 0.3 and _CLASSED.match(text, cut)]
    return found[-1] if found else None


def _said_twice(text: str, start: int, cuts: list[int], end: int, *, share: float = 0.6) -> int | None:
    """The first of the places from which the text says again what it said before them, if there is one."""
    shares = _shares_said_before(text, start, cuts, end)
    least = max(share, max(shares.values(), default=0) - 0.02)
    return next((cut for cut, found in shares.items() if found >= least), None)


def _shares_said_before(text: str, start: int, cuts: list[int], end: int) -> dict[int, float]:
    """For each place the share of the words behind it, up to ``end``, that stand before it too."""
    words = _words(text, start, end)
    first: dict[str, int] = {}
    changes = [0] * (len(words) + 2)
    for i, (word, _) in enumerate(words):
        if first.setdefault(word, i) < i:  # counts for the places behind its first telling, up to this one
            changes[first[word] + 1] += 1
            changes[i + 1] -= 1
    told = list(accumulate(changes))
    places = [place for _, place in words]
    at = {cut: bisect_left(places, cut) for cut in cuts if cut > start}
    return {cut: told[i] / (len(words) - i) for cut, i in at.items() if i < len(words)}


def _sentence_starts(text: str, start: int, end: int, names: re.Pattern[str] | None) -> list[int]:
    places = {start} | {m.end() for m in _BOUNDARY.finditer(text, start, end)}
    lead = _FIRST_WORD.match(text, start, end)
    pattern = names or (re.compile(rf"\b{re.escape(lead[1])}\b") if lead else None)
    if pattern:
        found = pattern.finditer(text, start, end)
        places |= {m.start() for m in found if m[0][0].isupper() and _SUBJECT.match(text, m.end())}
    return sorted(places)


def _words(text: str, start: int, end: int) -> list[tuple[str, int]]:
    """Words and their places; references to sections are none."""
    told = _REFERENCE.sub(lambda m: " " * len(m[0]), text[start:end])
    return [(m[0].lower(), start + m.start()) for m in _WORD.finditer(told)]
