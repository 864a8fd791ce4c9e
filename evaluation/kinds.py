"""What kind of error a missed or an extra item is: where it stands, what stands near it, what the words around it say.

Kinds help a person to see what to mend first. They change no figure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

from evaluation.matching import condition_spans, markers_of, places, same_parameter, same_place, surface_forms
from evaluation.outcome import Check, Item, Listed, Outcome
from evaluation.rules import load_rules
from evaluation.words import condition_core, plain

Json = Mapping[str, Any]
Span = tuple[int, int]
Side = Literal["missed", "extra"]

_BEFORE = 120
"""Characters before a condition whose words may say how it is meant."""
_CONDITIONS = ("conditions", "contraindications")
_ALONE: dict[Side, str] = {"missed": "nothing like it read", "extra": "nothing like it annotated"}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One error: of which kind, of which item, and where it stands in the text, where that is known."""

    id: str
    attribute: str
    side: Side
    kind: str
    item: Item
    place: Span | None


def wrong_items(outcome: Outcome) -> Iterator[Wrong]:
    """All errors of a record's list attributes, with their kinds."""
    view = _View(outcome)
    sides: tuple[Side, Side] = ("missed", "extra")
    for one in outcome.lists:
        for side in sides:
            for item in one.missed if side == "missed" else one.extra:
                kind, place = view.kind(one, side, item)
                yield Wrong(outcome.record.id, one.attribute, side, kind, item, place)


def counted(wrong: Iterable[Wrong]) -> Counter[tuple[str, Side, str]]:
    """How many errors there are of each attribute, side and kind."""
    return Counter((w.attribute, w.side, w.kind) for w in wrong)


def confusions(checks: Iterable[Check]) -> Counter[tuple[str, str, str]]:
    """Of wrong checks: how often what was wanted came out as what, by (attribute, wanted, got)."""
    return Counter((c.name, c.wanted, c.got) for c in checks if not c.right and c.got)


@lru_cache(maxsize=1)
def _rules() -> tuple[frozenset[str], re.Pattern[str], dict[str, re.Pattern[str]]]:
    data = load_rules("kinds", ("common", "negated", "relations"))
    relations = {kind: _compiled(source) for kind, source in data["relations"].items()}
    return frozenset(data["common"]), _compiled(data["negated"]), relations


def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source.replace(" ", r"\s+"), re.IGNORECASE)


class _View:
    """One record as its errors are looked at: what was read where."""

    def __init__(self, outcome: Outcome) -> None:
        self.text, self.prediction, self.outcome = outcome.record.text, outcome.prediction, outcome

    def kind(self, listed: Listed, side: Side, item: Item) -> tuple[str, Span | None]:
        """The kind of an error, and the first place of its item."""
        if listed.attribute in _CONDITIONS:
            found = condition_places(self.text, item.value)
            name = self._missed_condition if side == "missed" else self._extra_condition
            return name(listed, item, found), next(iter(found), None)
        others = [o.value for o in (listed.got if side == "missed" else listed.wanted)]
        if listed.attribute == "monitoring":
            place = next(iter(places(self.text, item.value)), None)
            return self._monitoring(item.value, others, side), place
        if listed.attribute == "biomarkers":
            near = any(markers_of(item.value) & markers_of(o) for o in others)
            return ("the marker in another state" if near else _ALONE[side]), _find(self.text, item.value.get("text"))
        shown = [o.shown for o in (listed.got if side == "missed" else listed.wanted)]
        near = any(_words(item.shown) & _words(other) for other in shown)
        return ("near: shares words" if near else _ALONE[side]), _find(self.text, item.shown)

    def _missed_condition(self, listed: Listed, item: Item, found: list[Span]) -> str:
        if near := _near(item, found, listed.got, self.text):
            return near
        if not found:
            return "not in these words in the text"
        if listed.attribute == "contraindications" or self._inside(found, self._statements):
            return "text read, mention not taken"
        if self._inside(found, self._limitations):
            return "in a limitation or negated statement"
        if self._inside(found, self._unparsed):
            return "in a statement not understood"
        return "outside every statement read" if self._statements else "no statement read at all"

    def _extra_condition(self, listed: Listed, item: Item, found: list[Span]) -> str:
        start = found[0][0] if found else 0
        before = self.text[max(0, start - _BEFORE) : start]
        _, negated, relations = _rules()
        own = listed.attribute == "conditions"
        if own and (self._inside(found, self._limitations) or negated.search(_last_sentence(before))):
            return "in a limitation or negated sentence"
        if near := _near(item, found, listed.wanted, self.text):
            return near
        for kind, pattern in relations.items():
            if pattern.search(_last_sentence(before)):
                return kind
        if not listed.wanted:
            return "nothing is annotated in this text"
        gold = [span for w in listed.wanted for span in condition_places(self.text, w.value)]
        around = [s for s in self._statements if self._inside(found, [s])] if own else []
        alone = around and not self._inside(gold, around)
        return "in a statement without an annotated condition" if alone else "beside annotated ones"

    def _monitoring(self, item: Json, others: list[Any], side: Side) -> str:
        if any(same_place(self.text, item, o) for o in others):
            return "same sentence, another parameter"
        same: Callable[[Json], bool] = (
            (lambda o: same_parameter(item, o)) if side == "missed" else (lambda o: same_parameter(o, item))
        )
        return "same parameter, another sentence" if any(map(same, others)) else _ALONE[side]

    @staticmethod
    def _inside(found: Iterable[Span], spans: Iterable[Span]) -> bool:
        return any(a <= x < b for x, _ in found for a, b in spans)

    @cached_property
    def _statements(self) -> list[Span]:
        read = self.prediction.get("indications") or ()
        return [span for i in read for p in (i.get("parts") or [i]) for span in condition_spans(p)]

    @cached_property
    def _unparsed(self) -> list[Span]:
        return [(u["start"], u["end"]) for u in self.prediction.get("unparsed") or ()]

    @cached_property
    def _limitations(self) -> list[Span]:
        told = {t for i in self.prediction.get("indications") or () for t in i.get("limitations") or ()}
        return [(at, at + len(t)) for t in told if (at := self.text.find(t)) >= 0]


def condition_places(text: str, condition: Json) -> list[Span]:
    """Where a condition stands: its own offsets, else wherever the text has one of its names."""
    return condition_spans(condition) or sorted(
        match.span() for name in set(surface_forms(condition)) for match in _written(name).finditer(text)
    )


def _written(name: str) -> re.Pattern[str]:
    words = r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", name.strip())))
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)


def _find(text: str, words: str | None) -> Span | None:
    match = _written(words).search(text) if words else None
    return match.span() if match else None


def _near(item: Item, found: list[Span], others: Iterable[Item], text: str) -> str | None:
    """What stands near on the other side: at the same place, wider, narrower, or sharing a word that tells."""
    told = list(others)
    if any(a < y and x < b for o in told for a, b in condition_places(text, o.value) for x, y in found):
        return "near: overlaps one of the other side"
    own = condition_core(item.shown)
    cores = [condition_core(o.shown) for o in told]
    if own and any(core and (core < own or own < core) for core in cores):
        return "near: wider or narrower than one of the other side"
    return "near: shares a word with one of the other side" if any(_words(item.shown) & c for c in cores) else None


def _words(name: str) -> frozenset[str]:
    """The words of a name that tell it from others."""
    return (condition_core(name) or frozenset(plain(name).split())) - _rules()[0]


def _last_sentence(before: str) -> str:
    return re.split(r"[.;•]\s", before)[-1]
