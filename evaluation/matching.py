"""When a predicted item is the annotated one. Items are plain values: the annotation's, and those of ``to_dict``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from evaluation.words import condition_core, parameter_core, partner_core, plain, rules

Json = Mapping[str, Any]
Span = tuple[int, int]
Same = Callable[[Any, Any], bool]

_IN_BRACKETS = re.compile(r"\(([^)]+)\)")
_MARKER_CUT = re.compile(r"[/,;&]| AND | OR |::")
_NO_MARKER = re.compile(r"[^A-Z0-9]")
_LEAST_OVERLAP = 0.5
_SHORT_PARTNER = 4
"""Characters up to which a predicted name is too short to be looked for inside an annotated one."""


def same_condition(gold: Json, told: Json) -> bool:
    """An id in common, a name in common (whole, or without stage and severity), or the same place."""
    if cited_ids(gold) & cited_ids(told) or _names(gold) & _names(told):
        return True
    return any(_overlap(a, b) >= _LEAST_OVERLAP for a in condition_spans(gold) for b in condition_spans(told))


def cited_ids(condition: Json) -> set[str]:
    """The ids of a condition, each with its vocabulary: "MONDO:0007254", "MESH:D001943"."""
    found = set()
    for vocabulary, value in (condition.get("ids") or {}).items():
        for one in value if isinstance(value, list) else [value]:
            if one:
                found.add((str(one) if ":" in str(one) else f"{vocabulary}:{one}").upper())
    return found


def _names(condition: Json) -> set[str]:
    """What a condition is called, in full and by its core; what stands in brackets is a name too."""
    written = surface_forms(condition)
    written += [inner for name in written for inner in _IN_BRACKETS.findall(name)]
    told = {form for name in written for form in (plain(name), " ".join(sorted(condition_core(name))))}
    return told - {""}


def surface_forms(condition: Json) -> list[str]:
    """All names that a condition is given."""
    single = [condition.get(key) for key in ("name", "text", "label", "mesh_name")]
    return [n for n in (*single, *(condition.get("aliases") or ()), *(condition.get("surfaces") or ())) if n]


def condition_spans(condition: Json) -> list[Span]:
    """Where a condition stands, as far as the item says it."""
    if condition.get("spans"):
        return [(a, b) for a, b in condition["spans"]]
    start, end = condition.get("start"), condition.get("end")
    return [] if start is None or end is None else [(start, end)]


def _overlap(one: Span, other: Span) -> float:
    """The shared share of what both cover together."""
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return shared / (max(one[1], other[1]) - min(one[0], other[0])) if shared > 0 else 0.0


def same_biomarker(gold: Json, told: Json) -> bool:
    """The same marker in a state of the same class."""
    return same_marker(gold, told) and state_class(gold.get("state")) == state_class(told.get("state"))


def same_marker(gold: Json, told: Json) -> bool:
    """The same marker, in whatever state."""
    return bool(markers_of(gold) & markers_of(told))


def markers_of(item: Json) -> frozenset[str]:
    """The markers that an item names: "BRCA1/BRCA2" are two, and "NTRK" stands for its family."""
    return marker_keys(item.get("marker") or item.get("name"))


@lru_cache(maxsize=1 << 12)
def marker_keys(marker: str | None) -> frozenset[str]:
    """The spellings by which a marker is compared."""
    told, known = (marker or "").upper(), rules()["markers"]
    for spelled, ours in known["spelling"]:
        told = told.replace(spelled, ours)
    told = known["whole"].get(told, told)
    whole = _NO_MARKER.sub("", told)
    parts = {_NO_MARKER.sub("", part) for part in _MARKER_CUT.split(told)}
    return frozenset((parts | {whole, *known["families"].get(whole, ())}) - {""})


@lru_cache(maxsize=1 << 12)
def state_class(state: str | None) -> str:
    """The class of a marker's state: negative, positive, mutated …; else its words."""
    told = (state or "").lower().strip()
    return next((name for name, pattern in rules()["states"].items() if re.search(pattern, told)), told)


def same_partner(gold: str | None, told: str | None) -> bool:
    """The same words, or all words of one among those of the other."""
    one, other = partner_core(gold), partner_core(told)
    if not one or not other:
        return False
    long_enough = len(" ".join(other)) > _SHORT_PARTNER
    return set(one) <= set(other) or (long_enough and set(other) <= set(one))


def in_slot(slot: Iterable[str], told: str) -> bool:
    """Whether a partner is one of a slot's alternatives."""
    return any(same_partner(name, told) for name in slot)


def same_words(gold: str, told: str) -> bool:
    """The same words in the same order."""
    return plain(gold) == plain(told)


def same_or_within(gold: str, told: str) -> bool:
    """The same words, or those of one within the other."""
    one, other = plain(gold), plain(told)
    return one in other or other in one


def same_parameter(gold: Json, told: Json) -> bool:
    """One of the annotated terms: the same name, half of all their words in common, or one within the other."""
    name, words = plain(told.get("parameter")), parameter_core(told.get("parameter"))
    terms = [*(gold.get("parameter_terms") or ()), gold["parameter"]]
    return any(plain(term) == name or _mostly(parameter_core(term), words) for term in terms)


def _mostly(one: frozenset[str], other: frozenset[str]) -> bool:
    if not one or not other:
        return False
    return one <= other or other <= one or len(one & other) >= _LEAST_OVERLAP * len(one | other)


def same_place(text: str, one: Json, other: Json) -> bool:
    """Whether the evidence of one overlaps that of the other by half of the shorter."""
    return any(_half_shared(a, b) for a in places(text, one) for b in places(text, other))


def _half_shared(one: Span, other: Span) -> bool:
    shorter = min(one[1] - one[0], other[1] - other[0])
    return min(one[1], other[1]) - max(one[0], other[0]) >= _LEAST_OVERLAP * shorter > 0


def places(text: str, item: Json) -> list[Span]:
    """Where an item's evidence stands: at its own offsets, else wherever the text has its words."""
    start, end = item.get("start"), item.get("end")
    if start is not None and end is not None:
        return [(start, end)]
    return list(_occurrences(text, item.get("evidence") or ""))


def _occurrences(text: str, words: str) -> Iterator[Span]:
    at = text.find(words) if words else -1
    while at >= 0:
        yield at, at + len(words)
        at = text.find(words, at + 1)
