"""Conditions that share a word: "ovarian, fallopian tube, or primary peritoneal cancer" names three.

An expansion counts only where the vocabulary knows the full name. Each keeps its own words as its surface, and knows
where they stand together with the shared ones.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter

from extract.lexicon import WEAK, Entry, Match
from extract.normalize import Token, tokens
from extract.vocabulary import Vocabulary

_LONGEST_PART = 4
_CONNECTORS = ("and", "or")
_START = attrgetter("start")


def coordinated(text: str, matches: Sequence[Match], vocabulary: Vocabulary) -> list[Match]:
    """The matches with those that share a head or a beginning with one of them, in reading order.

    "rheumatoid and psoriatic arthritis" shares the head; "carcinoma of the colon or rectum" the beginning. A part that
    is a condition by itself is left as it is.
    """
    row = tokens(text)
    found = [m for m in matches if m.specific]
    weak = [m for m in matches if not m.specific]
    taken = [(m.start, m.end) for m in found]
    added: list[Match] = []
    for match in found:
        for part in _before(text, row, match, vocabulary) + _behind(text, row, match, vocabulary):
            if not _overlaps(part, taken):
                added.append(part)
                taken.append((part.start, part.end))
    kept = [m for m in weak if not _overlaps(m, [(a.start, a.end) for a in added])]
    return sorted(found + added + kept, key=lambda m: m.start)


def _overlaps(match: Match, spans: Sequence[tuple[int, int]]) -> bool:
    return any(match.start < end and start < match.end for start, end in spans)


def _before(text: str, row: Sequence[Token], match: Match, vocabulary: Vocabulary) -> list[Match]:
    """The parts of a list that ends in the match and lack its head."""
    first, behind = _place(row, match)
    words = [t.word for t in row[first:behind]]
    if len(words) < 2 or row[first].start != match.start:
        return []
    found: list[Match] = []
    at: int | None = first
    joined = False
    while at is not None:
        end, conjunction = _connector_before(text, row, at)
        joined = joined or conjunction
        if end is None:
            break
        at = None
        for start in range(max(0, end - _LONGEST_PART), end):
            if not _whole(row, start, end):
                continue
            entry = _with_head([t.word for t in row[start:end]], words, vocabulary)
            if entry is not None:
                found.append(_match(text, row[start], row[end - 1], entry, (row[start].start, match.end)))
                at = start
                break
    return found if joined else []


def _with_head(part: list[str], words: list[str], vocabulary: Vocabulary) -> Entry | None:
    """The entry of the part with the longest end of the words that makes a known name."""
    for head in range(1, len(words)):
        entry = vocabulary.condition(" ".join([*part, *words[head:]]))
        if entry is not None and entry.status not in WEAK:
            return entry
    return None


def _behind(text: str, row: Sequence[Token], match: Match, vocabulary: Vocabulary) -> list[Match]:
    """The parts of a list that begins with "carcinoma of the …" or "tinea …" and go on without that beginning."""
    first, behind = _place(row, match)
    words = [t.word for t in row[first:behind]]
    beginnings = [words[: words.index("of", 1) + 1]] if "of" in words[1:-1] else [words[:1]] if len(words) == 2 else []
    at: int | None = behind
    found: list[Match] = []
    joined = False
    while at is not None and beginnings:
        start, conjunction = _connector_behind(text, row, at)
        joined = joined or conjunction
        if start is None:
            break
        at = None
        for end in range(min(len(row), start + _LONGEST_PART), start, -1):
            if not _whole(row, start, end):
                continue
            entry = vocabulary.condition(" ".join([*beginnings[0], *(t.word for t in row[start:end])]))
            if entry is not None and entry.status not in WEAK:
                found.append(_match(text, row[start], row[end - 1], entry, (match.start, row[end - 1].end)))
                at = end
                break
    return found if joined else []


def _place(row: Sequence[Token], match: Match) -> tuple[int, int]:
    """The tokens of a match: the number of the first, and of the first behind it."""
    first = bisect_left(row, match.start, key=_START)
    return first, bisect_left(row, match.end, lo=first, key=_START)


def _connector_before(text: str, row: Sequence[Token], at: int) -> tuple[int | None, bool]:
    """Where the part before a connector ends (a token number), and whether the connector is a conjunction."""
    if at == 0:
        return None, False
    if row[at - 1].word in _CONNECTORS:
        end = at - 1
        if end and row[end - 1].word in _CONNECTORS:  # and/or
            end -= 1
        return (end, True) if end else (None, False)
    gap = text[row[at - 1].end : row[at].start].strip()
    return (at, gap == "/") if gap in (",", "/") else (None, False)


def _connector_behind(text: str, row: Sequence[Token], at: int) -> tuple[int | None, bool]:
    """Where the part behind a connector starts (a token number), and whether the connector is a conjunction."""
    if at == 0 or at >= len(row):
        return None, False
    gap = text[row[at - 1].end : row[at].start].strip()
    if gap not in ("", ",", "/"):
        return None, False
    start = at
    while start < len(row) and row[start].word in _CONNECTORS:
        start += 1
    if start < len(row) and (start > at or gap):
        return start, start > at
    return None, False


def _whole(row: Sequence[Token], start: int, end: int) -> bool:
    """Whether the tokens are one part: no stop, comma or conjunction between them."""
    inner = row[start:end]
    return not any(t.after_break for t in inner[1:]) and not any(t.word in _CONNECTORS for t in inner)


def _match(text: str, first: Token, last: Token, entry: Entry, whole: tuple[int, int]) -> Match:
    surface = text[first.start : last.end]
    found = Match(first.start, last.end, surface, entry.name, entry.ids, entry.status, whole=whole)
    return replace(found, status="label" if entry.status == "abbreviation" else entry.status)
