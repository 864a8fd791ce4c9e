"""Biomarkers that select patients: which marker, in which state, and how they combine.

Markers joined by "or" are alternatives and share a group; everything else is required and has its own group.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from extract.facts import Biomarker
from extract.rules import check_keys, compiled, load_rules
from extract.spans import Span, outside
from extract.statements import Statement
from extract.vocabulary import MarkerMatch, Vocabulary

_BRACKET = re.compile(r"\s*[(\[][^()\[\]]{0,60}[)\]]")
_REACH = 60
_OR = re.compile(r"^[^.;]{0,60}?\b(?:or|and/or)\b[^.;]{0,20}$|^\s*/\s*$", re.I)
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
    found: list[Biomarker] = []
    last: MarkerMatch | None = None
    group = 0
    markers = [m for m in vocabulary.markers(text) if outside((m.start, m.end), masked)]
    for i, marker in enumerate(markers):
        limit = markers[i + 1].start if i + 1 < len(markers) else len(text)
        states = _states(text, marker, limit) or _shared_state(text, markers, i)
        if not states:
            continue
        alternative = last is not None and bool(_OR.match(text[last.end : marker.start]))
        group = group if alternative else group + 1
        for state, end in states:
            evidence = statement.evidence(marker.start, end)
            found.append(Biomarker(evidence, marker.name, state, marker.gene, group))
        last = marker
    return _once(found)


def _states(text: str, marker: MarkerMatch, limit: int) -> list[tuple[str, int]]:
    if marker.state:
        return [(marker.state, marker.end)]
    return _cutoffs(text, marker, limit) or _variants(text, marker, limit) or _plain(text, marker)


def _plain(text: str, marker: MarkerMatch) -> list[tuple[str, int]]:
    rules = _rules()
    for state, pattern in rules.before:
        if pattern.search(text[max(0, marker.start - _REACH) : marker.start]):
            return [(state, marker.end)]
    bracket = _BRACKET.match(text, marker.end)
    for at in (marker.end, bracket.end() if bracket else marker.end):
        for state, pattern in rules.after:
            if match := pattern.match(text, at):
                return [(state, match.end())]
    return []


def _variants(text: str, marker: MarkerMatch, limit: int) -> list[tuple[str, int]]:
    rules = _rules()
    found: list[tuple[str, int]] = []
    for match in rules.variant.finditer(text, marker.end, min(limit, marker.end + 2 * _REACH)):
        if rules.between.match(text[marker.end : match.start()]) or found:
            found.append((" ".join(match["name"].split()), match.end()))
    return found


def _cutoffs(text: str, marker: MarkerMatch, limit: int) -> list[tuple[str, int]]:
    match = _rules().cutoff.search(text, marker.end, min(limit, marker.end + 2 * _REACH))
    if not match or re.search(r"[.;]\s", text[marker.end : match.start()]):
        return []
    return [(f"≥{match['value']}{match['unit'] or ''}", match.end())]


def _shared_state(text: str, markers: list[MarkerMatch], i: int) -> list[tuple[str, int]]:
    """Give "EGFR or ALK genomic tumor aberrations" one state for both: the nearest later marker's."""
    if i + 1 >= len(markers) or not _SHARED.match(text[markers[i].end : markers[i + 1].start]):
        return []
    following = _states(text, markers[i + 1], len(text)) or _shared_state(text, markers, i + 1)
    return [(state, markers[i].end) for state, _ in following[:1]]


def _once(found: list[Biomarker]) -> tuple[Biomarker, ...]:
    kept: dict[tuple[str, str], Biomarker] = {}
    for one in found:
        kept.setdefault((one.marker, one.state), one)
    numbers = {group: n for n, group in enumerate(sorted({b.group for b in kept.values()}), start=1)}
    return tuple(replace(b, group=numbers[b.group]) for b in kept.values())
