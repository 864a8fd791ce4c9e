"""Biomarkers that select patients: which marker, in which state, and how they combine.

Markers joined by "or" are alternatives and share a group; everything else is required and has its own group.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from extract.facts import Biomarker
from extract.rules import check_keys, compiled, load_rules
from extract.spans import Span, outside
from extract.statements import Statement
from extract.vocabulary import MarkerMatch, Vocabulary

_BRACKET = re.compile(r"\s*[(\[][^()\[\]]{0,60}[)\]]")
_OPENS = re.compile(r"\s*[(\[]\s*")
_GOES_ON = re.compile(r"[^.;,]{0,40}\b(?:or|nor|and)\s+$", re.I)
_NO_CUTOFF = re.compile(r"[.;]\s|\b(?:who|prior|mutations?|have|patients|years|after)\b", re.I)
_REACH = 60

States = list[tuple[str, int]]
"""States with the place where the words that say so end."""
Stated = tuple[MarkerMatch, States]
_OR = re.compile(
    r"[\s,)\]]*(?:\b(?:or|and/or)\b|/)\s*(?:(?:an?|other|with|have|positive for|exon \d+)\s+)*[(\[]?\s*", re.I
)
_COMMA = re.compile(r"[\s)\]]*,\s*")
_SHARED = re.compile(r"^[\s,/()-]*(?:or|and|and/or|,)[\s,/()-]*$", re.I)


@dataclass(frozen=True, slots=True)
class _Rules:
    after: tuple[tuple[str, re.Pattern[str]], ...]
    before: tuple[tuple[str, re.Pattern[str]], ...]
    variant: re.Pattern[str]
    between: re.Pattern[str]
    cutoff: re.Pattern[str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    data = load_rules("biomarker_states")
    check_keys("biomarker_states.toml", data, ("after", "before", "variant", "cutoff"))

    def states(key: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
        return tuple((t["state"], compiled(key, "|".join(f"(?:{p})" for p in t["patterns"]))) for t in data[key])

    return _Rules(
        after=states("after"),
        before=states("before"),
        variant=re.compile(data["variant"]["pattern"]),
        between=re.compile(data["variant"]["between"], re.I),
        cutoff=compiled("cutoff", data["cutoff"]["pattern"]),
    )


def read_biomarkers(statement: Statement, masked: list[Span], vocabulary: Vocabulary) -> tuple[Biomarker, ...]:
    """Biomarkers of a statement, in reading order. A marker whose state is not said is left out: no state, no fact."""
    text = statement.text
    markers = _joined(text, [m for m in vocabulary.markers(text) if outside((m.start, m.end), masked)])
    read: list[Stated] = []
    for marker, states in zip(markers, _all_states(text, markers), strict=True):
        if states and not (read and _explains(text, read[-1][0], marker)):
            read.append((marker, states))
    found = [
        Biomarker(statement.evidence(marker.start, end), marker.name, state, marker.gene, group)
        for (marker, states), group in zip(read, _groups(text, read), strict=True)
        for state, end in states
    ]
    return _once(found)


def _groups(text: str, read: list[Stated]) -> list[int]:
    """Number the groups of alternatives; the commas of a list mean what its last connector means.

    "no EGFR or ALK aberrations" asks that both be absent: what is absent is no alternative.
    """
    between = [
        text[max(before.end, states[-1][1]) : marker.start]
        for (before, states), (marker, _) in itertools.pairwise(read)
    ]
    joins = [
        bool(_OR.fullmatch(gap)) and states[0][0] != "absent"
        for gap, (_, states) in zip(between, read[1:], strict=True)
    ]
    for i in reversed(range(len(joins) - 1)):
        joins[i] |= bool(_COMMA.fullmatch(between[i])) and joins[i + 1]
    return list(itertools.accumulate((not join for join in joins), initial=1))[: len(read)]


def _explains(text: str, last: MarkerMatch, marker: MarkerMatch) -> bool:
    """Tell a bracket that spells out the state before it: "HER2-negative (IHC 0, IHC 1+ or IHC 2+/ISH-)"."""
    between = text[last.end : marker.start]
    opened = sum(map(between.count, "([")) - sum(map(between.count, ")]"))
    return marker.name == last.name and opened > 0


def _joined(text: str, markers: list[MarkerMatch]) -> list[MarkerMatch]:
    """Make one marker of a name and its short form: "epidermal growth factor receptor (EGFR)"."""
    joined: list[MarkerMatch] = []
    for marker in markers:
        before = joined[-1] if joined else None
        if before and before.name == marker.name and _OPENS.fullmatch(text[before.end : marker.start]):
            end = marker.end + (text[marker.end : marker.end + 1] in ("]", ")"))
            state = marker.state or before.state
            joined[-1] = replace(before, end=end, text=text[before.start : end], state=state)
        else:
            joined.append(marker)
    return joined


def _all_states(text: str, markers: list[MarkerMatch]) -> list[States]:
    """The states of each marker; a coordinated marker without one of its own takes its neighbour's."""
    ends = [0, *(m.end for m in markers)]
    starts = [*(m.start for m in markers[1:]), len(text)]
    states = [_states(text, m, after, upto) for m, after, upto in zip(markers, ends, starts, strict=False)]
    for i in range(1, len(markers)):  # "no EGFR mutations or ALK aberrations": the negation goes on
        if (
            states[i - 1][:1]
            and states[i - 1][0][0] == "absent"
            and _GOES_ON.match(text[markers[i - 1].end : markers[i].start])
        ):
            states[i] = [("absent", markers[i].end)]
    for i in reversed(range(len(markers) - 1)):  # "PIK3CA, AKT1 or PTEN alterations": the last one's counts for all
        if not states[i] and _SHARED.match(text[markers[i].end : markers[i + 1].start]):
            states[i] = [(state, markers[i].end) for state, _ in states[i + 1][:1]]
    return states


def _states(text: str, marker: MarkerMatch, after: int, upto: int) -> States:
    if _before(text, marker, after, ("absent",)):
        return [("absent", marker.end)]
    if marker.state:
        return [(marker.state, marker.end)]
    found = _cutoffs(text, marker, upto) or _variants(text, marker, upto) or _after(text, marker)
    earlier = _before(text, marker, after, None)
    if not earlier or (found and earlier != "germline mutated"):
        return found
    return [(earlier, found[0][1] if found else marker.end)]


def _before(text: str, marker: MarkerMatch, after: int, wanted: tuple[str, ...] | None) -> str | None:
    stretch = text[max(after, marker.start - _REACH) : marker.start]
    for state, pattern in _rules().before:
        if (wanted is None or state in wanted) and pattern.search(stretch):
            return state
    return None


def _after(text: str, marker: MarkerMatch) -> States:
    bracket = _BRACKET.match(text, marker.end)
    for at in (marker.end, bracket.end() if bracket else marker.end):
        for state, pattern in _rules().after:
            if match := pattern.match(text, at):
                return [(state, match.end())]
    return []


def _variants(text: str, marker: MarkerMatch, limit: int) -> States:
    rules = _rules()
    found: States = []
    for match in rules.variant.finditer(text, marker.end, min(limit, marker.end + 2 * _REACH)):
        if rules.between.match(text[marker.end : match.start()]) or found:
            found.append((" ".join(match["name"].split()), match.end()))
    return found


def _cutoffs(text: str, marker: MarkerMatch, limit: int) -> States:
    match = _rules().cutoff.search(text, marker.end, min(limit, marker.end + 2 * _REACH))
    if not match or _NO_CUTOFF.search(text[marker.end : match.start()]):
        return []
    score = f"{match['score'].upper()} " if match["score"] else ""
    return [(f"{score}≥{match['value']}{match['unit'] or ''}", match.end())]


def _once(found: list[Biomarker]) -> tuple[Biomarker, ...]:
    kept: dict[tuple[str, str], Biomarker] = {}
    for one in found:
        kept.setdefault((one.marker, one.state), one)
    numbers = {group: n for n, group in enumerate(sorted({b.group for b in kept.values()}), start=1)}
    return tuple(replace(b, group=numbers[b.group]) for b in kept.values())
