"""Scores one record: its annotation against what was predicted for its text.

Attributes that the annotation leaves out (null) are not scored. The rules are those by which the annotated sets are
meant to be used; :mod:`evaluation.matching` says when two items are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from evaluation.gold import Record
from evaluation.matching import (
    in_slot,
    marker_keys,
    same_biomarker,
    same_condition,
    same_or_within,
    same_parameter,
    same_partner,
    same_place,
    same_words,
    state_class,
)
from evaluation.outcome import Check, Item, Listed, Outcome, compared
from evaluation.words import partner_core, plain

Json = Mapping[str, Any]
T = TypeVar("T")
_AGES = ("min_age", "max_age")
_FLAGS = ("adult", "pediatric")


def score(record: Record, prediction: Json | None) -> Outcome:
    """Compare one record with its prediction; None: there is none, and everything annotated is missed."""
    told = prediction or {}
    scored = _Scored(record, told)
    scored.run()
    return Outcome(record, told, tuple(scored.lists), tuple(scored.checks), predicted=prediction is not None)


class _Scored:
    """The comparisons of one record, as they are made."""

    def __init__(self, record: Record, prediction: Json) -> None:
        self.record, self.gold, self.prediction = record, record.gold, prediction
        self.indications: list[Json] = list(prediction.get("indications") or ())
        self.lists: list[Listed] = []
        self.checks: list[Check] = []

    def run(self) -> None:
        if "monitoring" in self.gold:
            self._monitoring()
            return
        for attribute, compare in (
            ("conditions", self._conditions),
            ("biomarkers", self._biomarkers),
            ("partners", self._partners),
        ):
            if self.gold.get(attribute) is not None:
                compare()
        whole = all(one.right for one in self.lists)
        self._line()
        self._population()
        if self.gold.get("contraindicated_conditions") is not None:
            self._contraindications()
            return
        for number, one in enumerate(self.gold.get("indications") or ()):
            self.checks += indication_checks(one, self.indications, self.record, str(number))
        self._check("whole record right", right=whole)

    def _list(self, attribute: str, wanted: Sequence[Item], got: Iterable[Item], same: Callable[..., bool]) -> None:
        self.lists.append(compared(attribute, self.record, wanted, got, same))

    def _check(self, name: str, *, right: bool, wanted: str = "yes", got: str = "") -> None:
        self.checks.append(Check(name, right, wanted, got))

    def _conditions(self) -> None:
        told = (c for i in self.indications for c in i.get("conditions") or ())
        self._list("conditions", _conditions(self.gold["conditions"]), _told_conditions(told), same_condition)

    def _biomarkers(self) -> None:
        told = first_of_each((b for i in self.indications for b in i.get("biomarkers") or ()), _marker_and_state)
        self._list("biomarkers", _numbered(self.gold["biomarkers"], _marker), _named(told, _marker), same_biomarker)

    def _partners(self) -> None:
        own = {plain(n) for n in (*self.record.drug_names, *self.record.ingredients)}
        slots = (tuple(n for n in names_in([s]) if plain(n) not in own) for s in self.gold["partners"])
        kept = first_of_each((s for s in slots if s), lambda slot: sorted(map(partner_core, slot)))
        beside = [self.gold, *(self.gold.get("indications") or ())]
        optional = [n for one in beside for n in names_in(one.get("partners_optional"))]
        told = first_of_each((n for i in self.indications for n in partners_of(i)), partner_core)
        counted = (
            n
            for n in told
            if plain(n) not in own
            and (any(in_slot(s, n) for s in kept) or not any(same_partner(o, n) for o in optional))
        )
        self._list("partners", _numbered(kept, " or ".join), _named(counted, str), in_slot)

    def _line(self) -> None:
        gold = self.gold.get("line")
        if not isinstance(gold, Mapping):
            return
        got = {i["line"] for i in self.indications if i.get("line")}
        wanted = gold.get("line")
        both = wanted == "first-line or subsequent" and {"first-line", "subsequent"} <= got
        self._check("line", right=wanted in got or both if wanted else not got, wanted=_word(wanted), got=_words(got))
        for attribute, key, same in (("settings", "setting", same_words), ("stages", "stage", same_or_within)):
            told = first_of_each((s for i in self.indications for s in i.get(attribute) or ()), plain)
            self._list(attribute, _numbered(gold.get(key) or (), str), _named(told, str), same)

    def _population(self) -> None:
        gold = self.gold.get("population")
        if not isinstance(gold, Mapping) or "adult" not in gold:
            return
        told = [i.get("population") or {} for i in self.indications]
        for key in _FLAGS:
            if (wanted := gold.get(key)) is not None:
                got = any(bool(p.get(key)) for p in told)
                self._check(key, right=got == bool(wanted), wanted=_word(wanted), got=_word(got))
        if _has_value(gold.get("min_age")):
            right = any(_same_age(gold["min_age"], p.get("min_age")) for p in told)
            shown = {_age(p.get("min_age")) for p in told}
            self._check("min_age", right=right, wanted=_age(gold["min_age"]), got=_words(shown - {"none"}))

    def _contraindications(self) -> None:
        wanted = _conditions(self.gold["contraindicated_conditions"])
        told = _told_conditions(self.prediction.get("contraindications") or ())
        self._list("contraindications", wanted, told, same_condition)
        none = not self.indications
        self._check("no false indication", right=none, wanted="none", got=_word(len(self.indications) or None))

    def _monitoring(self) -> None:
        text, golds = self.record.text, self.gold["monitoring"]
        aside = [{"evidence": words} for words in self.record.borderline]
        told = [
            p
            for p in self.prediction.get("monitoring") or ()
            if not any(same_place(text, e, p) for e in aside) or any(same_place(text, g, p) for g in golds)
        ]

        def same(gold: Json, one: Json) -> bool:
            return same_place(text, gold, one) and same_parameter(gold, one)

        self._list("monitoring", _numbered(golds, _parameter), _named(told, _parameter), same)
        for number, gold in enumerate(golds):
            if matched := [p for p in told if same(gold, p)]:
                self._details(gold, matched, str(number))

    def _details(self, gold: Json, matched: Sequence[Json], number: str) -> None:
        """When, and what to do: asked only of a requirement that was found."""
        times = [t for p in matched for t in p.get("timing") or ()]
        wanted = [Item(f"{number}.{i.key}", i.shown, i.value) for i in _numbered(gold.get("timing") or (), str)]
        got = [Item(f"{number}.{t}", t, t) for t in times]
        self._list("timing", wanted, got, same_or_within)
        if gold.get("action"):
            acts = any(p.get("action") for p in matched)
            self.checks.append(Check("action found", acts, gold["action"], _word(acts), number))


def indication_checks(gold: Json, indications: Sequence[Json], record: Record, key: str) -> Iterator[Check]:
    """How far one annotated indication is found: partners, population and intent must be right in one predicted one."""
    wanted = [c for c in gold["conditions"] if not c.get("optional")] or gold["conditions"]
    near = [i for i in indications if any(_names_it(i, c) for c in gold["conditions"])]
    found = all(any(_names_it(i, c) for i in near) for c in wanted)
    own = {plain(name) for name in record.drug_names}
    partners = [_partners_right(gold, i, own) for i in near]
    population = [_population_right(gold, i.get("population") or {}) for i in near]
    intents = {str(i.get("intent")) for i in near}
    shown = ", ".join(c.get("name") or c.get("text") or "" for c in wanted)
    yield Check("indication found", found, shown, _word(bool(near)), key)
    yield Check("its partners right", any(partners), shown, "", key)
    yield Check("its population right", any(population), shown, "", key)
    yield Check("its intent right", str(gold.get("intent")) in intents, str(gold.get("intent")), _words(intents), key)
    both = any(a and b for a, b in zip(partners, population, strict=True))
    yield Check("whole indication right", found and both, shown, "", key)


def _names_it(indication: Json, condition: Json) -> bool:
    return any(same_condition(condition, c) for c in indication.get("conditions") or ())


def _partners_right(gold: Json, indication: Json, own: set[str]) -> bool:
    """Every slot is filled, and nothing is named that the annotation does not allow."""
    got = [n for n in partners_of(indication) if plain(n) not in own]
    slots = [list(names_in([slot])) for slot in gold.get("partners") or ()]
    allowed = [n for slot in slots for n in slot] + list(names_in(gold.get("partners_optional")))
    return all(any(in_slot(slot, n) for n in got) for slot in slots) and all(in_slot(allowed, n) for n in got)


def _population_right(gold: Json, told: Json) -> bool:
    flags = all(gold.get(k) is None or bool(told.get(k)) == gold[k] for k in _FLAGS)
    ages = all(not _has_value(gold.get(k)) or _same_age(gold[k], told.get(k)) for k in _AGES)
    return flags and ages and (not gold.get("sex") or told.get("sex") == gold["sex"])


def _has_value(age: Json | None) -> bool:
    return bool(age and age.get("value"))


def _same_age(gold: Json, told: Json | None) -> bool:
    age = told or {}
    return bool(age.get("value") == gold["value"]) and _unit(age) == _unit(gold)


def _unit(age: Json) -> str:
    return str(age.get("unit", "")).rstrip("s")


def partners_of(indication: Json) -> Iterator[str]:
    """Names of the partners of an indication's regimens, but those of one drug alone."""
    for regimen in indication.get("regimens") or ():
        if regimen.get("role") != "single":
            yield from names_in(regimen.get("partners"))


def names_in(value: Iterable[Any] | None) -> Iterator[str]:
    """All names in a list of names, of objects with a name, or of such lists."""
    for one in value or ():
        if isinstance(one, list | tuple):
            yield from names_in(one)
        else:
            yield (one.get("name") or "") if isinstance(one, Mapping) else str(one)


def first_of_each(items: Iterable[T], key: Callable[[T], object]) -> list[T]:
    """Drop what has the key of an earlier one."""
    first: dict[str, T] = {}
    for item in items:
        first.setdefault(repr(key(item)), item)
    return list(first.values())


def _conditions(golds: Iterable[Json]) -> list[Item]:
    return _numbered(golds, _condition)


def _told_conditions(told: Iterable[Json]) -> Iterator[Item]:
    return _named(first_of_each(told, lambda c: plain(_condition(c))), _condition)


def _numbered(golds: Iterable[Any], shown: Callable[[Any], str]) -> list[Item]:
    """Annotated items are known by their place in the annotation."""
    return [Item(str(n), shown(one), one) for n, one in enumerate(golds)]


def _named(told: Iterable[Any], shown: Callable[[Any], str]) -> Iterator[Item]:
    """Predicted items are known by what they say."""
    return (Item(shown(one), shown(one), one) for one in told)


def _condition(condition: Json) -> str:
    return condition.get("name") or condition.get("text") or ""


def _marker(biomarker: Json) -> str:
    return f"{biomarker.get('marker')} {biomarker.get('state')}"


def _marker_and_state(biomarker: Json) -> object:
    return sorted(marker_keys(biomarker.get("marker"))), state_class(biomarker.get("state"))


def _parameter(item: Json) -> str:
    return str(item.get("parameter"))


def _word(value: object) -> str:
    if value is None:
        return "none"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _words(values: Iterable[str]) -> str:
    return ", ".join(sorted(values)) or "none"


def _age(age: Json | None) -> str:
    return f"{age['value']} {_unit(age)}" if age and age.get("value") is not None else "none"
