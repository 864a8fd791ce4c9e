"""Sentences of label text.

Labels break the usual rules: "approx.", "i.v.", "1.1 Title", list items that begin in lower case, and in
openFDA's flat strings bullets and "( 5.1 )" references are all that is left of the lines. So the boundaries
are our own; the words that do not end a sentence are data (``data/sentences.toml``).
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

from extract.rules import load_rules

Span = tuple[int, int]

BULLET = r"[•●▪■◦‣·○∘⁃*]"
REFERENCE = r"\(\s*\d{1,2}(?:\.\d{1,2})*(?:\s*,\s*\d{1,2}(?:\.\d{1,2})*)*\s*\)"
"""A Highlights reference to sections: "( 1 )", "(1.1, 5.2)"."""

CROSS_REFERENCE = re.compile(r"\[\s*see\b[^\]]*\]|\(\s*see\b[^)]*\)", re.IGNORECASE)
"""A reference in the full text: "[see Warnings and Precautions (5.1)]"."""

_STOP = re.compile(rf"[.!?][\"”’)\]]*(?:\s*{REFERENCE})*(?=\s+\S)(?!\s*{REFERENCE})")
_GLUED_STOP = re.compile(r"(?:(?<=[a-z]{3})|(?<=-\d)|(?<=[%)\]®]))\.(?=[A-Z][a-z]+ )")
"""A full stop whose space got lost, as where openFDA joins the cells of a table: "as needed.Interrupt it until"."""
_AFTER_REFERENCE = re.compile(rf"{REFERENCE}\.?(?=\s+\S)(?!\s*{REFERENCE})")
_BEFORE_BULLET = re.compile(rf"(?<=\s)(?={BULLET}\s+\S)")
_BARE_NUMBER = re.compile(r"\(\s*(\d{1,2})\s*\)")
_BEFORE_ENUMERATED = re.compile(r"(?:[;,:]|\b(?:and|or|for|with|in|of|to|as|by|either|is|are))\s*$")
"""Behind these a number counts the parts of a list: "in patients with (1) gout and (2) hives"."""
_BRACKETS = re.compile(r"\[[^\[\]\n]{0,300}\]|\([^()\n]{0,600}\)")
_LINE = re.compile(r"\n\s*(?=\S)")
_NEW_LINE_START = re.compile(rf"[^a-z(]|{BULLET}")
_LEAD_IN_LINE = re.compile(r"[^\n]{3,120}:\s*\n")
_WORD_BEFORE = re.compile(r"(\S+)$")
FAR = 200
"""Characters to look ahead or back for the next word: a look at all the rest would take ever longer."""


def sentences(text: str, *, run_on: bool = False) -> list[Span]:
    """Spans (start, end) of the sentences and list items of a text, in order, without outer white space.

    ``run_on`` also cuts where a sentence begins without a full stop before it, as behind a list that has lost its
    bullets; a heading that runs into its text is then cut off, too.
    """
    cuts = [0, *_boundaries(text, run_on=run_on), len(text)]
    return [span for a, b in itertools.pairwise(cuts) if (span := trimmed(text, a, b))[0] < span[1]]


def continues(after: str) -> bool:
    """Whether what follows a reference carries its sentence on: a stop, or a word that begins no item."""
    rules = load_rules("sentences")
    words = tuple(f"{word} " for word in (*rules["continuations"], *rules["relatives"], *rules["prepositions"]))
    return after.lstrip().startswith((*words, *",.;:)]"))


def trimmed(text: str, start: int, end: int) -> Span:
    """Narrow a span so that it neither begins nor ends with white space."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))


def _boundaries(text: str, *, run_on: bool) -> list[int]:
    brackets = _bracket_spans(text)
    found = [*_candidates(text), *(_run_on(text) if run_on else ())]
    return sorted({at for at in found if not _is_inside(at, brackets)})


def _is_inside(at: int, spans: list[Span]) -> bool:
    """Whether a place lies within one of the spans, which are in order and do not overlap."""
    before = bisect_left(spans, (at, 0)) - 1
    return before >= 0 and at < spans[before][1]


def _candidates(text: str) -> Iterator[int]:
    rules = load_rules("sentences")
    for match in _STOP.finditer(text):
        if _ends_sentence(text, match, frozenset(rules["abbreviations"])):
            yield match.end()
    yield from (match.end() for match in _GLUED_STOP.finditer(text))
    continuations = tuple(f"{word} " for word in rules["continuations"])
    relatives = tuple(f"{word} " for word in rules["relatives"])
    for match in _AFTER_REFERENCE.finditer(text):
        if _enumerates(text, match):
            continue
        after = text[match.end() : match.end() + FAR].lstrip()[:12]
        carried_on = (*continuations, *relatives) if _BARE_NUMBER.match(match[0]) else continuations
        if not after.startswith((*carried_on, ",", ".", ";", ")", "]")):
            yield match.end()
    yield from (match.start() for match in _item_starts(tuple(rules["item_starts"])).finditer(text))
    for pattern in rules["item_start_patterns"]:
        yield from (match.start() for match in re.finditer(pattern, text))
    yield from (match.start() for match in _BEFORE_BULLET.finditer(text))
    for match in _LINE.finditer(text):
        before = text[max(0, match.start() - FAR) : match.start()].rstrip()[-1:]
        if before in ".:;!?" or _NEW_LINE_START.match(text, match.end()) or _LEAD_IN_LINE.match(text, match.end()):
            yield match.end()


def _run_on(text: str) -> Iterator[int]:
    opening = re.compile(rf"(?<=[a-z0-9)\]®][ ])(?<!\b(?:or|of|in)[ ])(?<!and[ ])(?={_opening()})")
    return (match.start() for match in opening.finditer(text))


@lru_cache(maxsize=1)
def _opening() -> str:
    return rf"(?:{'|'.join(load_rules('sentences')['openings'])})\s[a-z]"


@lru_cache(maxsize=1)
def _item_starts(starts: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<=[A-Za-z0-9)\]®%][ ])(?<!or[ ])(?<!and[ ])(?=(?:{'|'.join(map(re.escape, starts))})\b)")


def _enumerates(text: str, reference: re.Match[str]) -> bool:
    """Tell the "(1)" of a list that goes on, "(1) gout; (2) hives", from a reference to section 1."""
    number = _BARE_NUMBER.match(reference[0])
    if not number:
        return False
    following = re.compile(rf"(?:[;,.:]\s*(?:and |or )?|\b(?:and|or)\s+)\(\s*{int(number[1]) + 1}\s*\)")
    after_part = _BEFORE_ENUMERATED.search(text, max(0, reference.start() - 12), reference.start())
    return after_part is not None or following.search(text, reference.end(), reference.end() + 300) is not None


def _ends_sentence(text: str, match: re.Match[str], abbreviations: frozenset[str]) -> bool:
    before = _WORD_BEFORE.search(text, max(0, match.start() - 40), match.start())
    word = before.group(1).strip("(\"“'[").lower() if before else ""
    following = text[match.end() : match.end() + FAR].lstrip()[:1]
    if match.group()[0] != ".":
        return not following.islower()
    if word in abbreviations or (len(word) == 1 and word.isalpha()):
        return len(word) == 1 and re.compile(rf"\s+{_opening()}").match(text, match.end()) is not None
    if (
        word.isdigit()
        and len(word) < 3
        and text[max(0, match.start() - len(word) - 1) : match.start() - len(word)] in ("", "\n")
    ):
        return False  # a numbered list or heading: "1. INDICATIONS"
    return not following.islower() or len(word) > 2


def _bracket_spans(text: str) -> list[Span]:
    return [m.span() for m in _BRACKETS.finditer(text)]
