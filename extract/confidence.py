"""How sure a fact is: the share of facts read in the same way that annotators agree with.

What a fact was read from is its basis: a few words, the widest class first. The shares of these classes are measured on
annotated texts (``data/confidence.toml``, written by ``onlabel evaluate GOLD --calibrate FILE``); a class that was seen
too seldom has the share of the wider one. They are probabilities for such texts, which the rules were made with, and an
order in which to review facts for any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from extract.facts import Basis, Condition
from extract.rules import RuleError, check_keys, load_rules
from extract.vocabulary import Vocabulary

FEATURES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "indication": (("name", "label", "composed", "text"), ("one", "two", "several"), ("sentence", "item", "uncued")),
    "monitoring": (("known", "text"),),
}
"""The words of a basis, by kind of fact. Of an indication: the least sure way in which a condition of it was named (by
a vocabulary, by our own table of label phrasing, by words put together, by its text alone); how many conditions; and
whether a sentence gives the use, a list item does, or no word says that it is one. Of monitoring: whether our table
knows what is monitored."""

ANY = "any"
"""The class of all facts of a kind."""

_NAMED = {"name": "name", "synonym": "name", "abbreviation": "name", "brand": "name"}
_OURS = ("label", "generic", "procedure")


@dataclass(frozen=True, slots=True)
class Share:
    """The share of a class that is right, drawn towards that of the wider class; ``seen`` is how many there were."""

    share: float
    seen: int


class Shares:
    """The classes of one kind of fact, each by the first words of its basis."""

    def __init__(self, classes: Mapping[Basis, Share]) -> None:
        """``classes``: that of () is the class of all. Raises RuleError where it is missing."""
        if () not in classes:
            raise RuleError(f"confidence: no class {ANY}")
        self.classes = dict(classes)

    def of(self, basis: Basis) -> float:
        """The share of the narrowest class known."""
        sizes = range(len(basis), -1, -1)
        return next(self.classes[basis[:n]].share for n in sizes if basis[:n] in self.classes)


def confidence(kind: str, basis: Basis) -> float:
    """How sure a fact of this kind is, between 0 and 1, in hundredths. Raises RuleError for a wrong table."""
    return round(_tables()[kind].of(basis), 2)


def indication_basis(conditions: Sequence[Condition], vocabulary: Vocabulary, *, cued: bool, parts: int) -> Basis:
    """What an indication was read from: so many ``parts`` of a statement, and words that say that it is a use."""
    many = ("one", "two")[len(conditions) - 1] if len(conditions) <= 2 else "several"
    ways = FEATURES["indication"][0]
    named = max((_naming(c, vocabulary) for c in conditions), key=ways.index)
    return named, many, ("item" if parts > 1 else "sentence") if cued else "uncued"


def _naming(condition: Condition, vocabulary: Vocabulary) -> str:
    if not condition.ids:
        return "text"
    entry = vocabulary.condition(condition.evidence.text)
    status = entry.status if entry else ""
    return "label" if status in _OURS else _NAMED.get(status, "composed")


@lru_cache(maxsize=1)
def _tables() -> dict[str, Shares]:
    rules = load_rules("confidence")
    check_keys("confidence.toml", rules, FEATURES)
    return {kind: Shares(dict(_class(kind, *row) for row in rules.get(kind, {}).items())) for kind in FEATURES}


def _class(kind: str, name: str, row: Mapping[str, Any]) -> tuple[Basis, Share]:
    check_keys(f"confidence.toml: {kind}: {name}", row, ("share", "seen"))
    basis = () if name == ANY else tuple(name.split(", "))
    if len(basis) > len(FEATURES[kind]) or any(word not in FEATURES[kind][n] for n, word in enumerate(basis)):
        raise RuleError(f"confidence.toml: {kind}: unknown class {name!r}")
    if not 0 <= row["share"] <= 1:
        raise RuleError(f"confidence.toml: {kind}: {name}: {row['share']} is no share")
    return basis, Share(float(row["share"]), int(row["seen"]))
