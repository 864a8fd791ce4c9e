"""What the drug is given with: regimens of partners, and whether it may be given alone.

"or" binds closer than "and" ("abiraterone and prednisone or prednisolone"), so partners form slots of
alternatives, and the regimens are the ways to fill the slots. A comma means what the list's last connector means.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, cast

from extract.facts import Ids, Partner, PartnerKind, Regimen, Role
from extract.rules import check_keys, compiled, load_rules
from extract.sentences import trimmed
from extract.spans import Span, outside, overlaps
from extract.statements import Statement
from extract.vocabulary import Vocabulary

_MOST_REGIMENS = 12
_LONGEST_NAME = 9
_CONNECTOR = re.compile(
    r"\s*(?:,\s*(?:and/or|and|or|plus)\b|,|(?<!-)\s(?:and/or|and|or|plus)\b|(?<=\w)/(?=[a-z]{4}))\s*", re.I
)
_COLON = re.compile(r"[\s:•]*")
_EITHER = re.compile(r"\beither\s+", re.I)
_PARENTHESIS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]|[®™]")


@dataclass(frozen=True, slots=True)
class Opening:
    """A rule that opens the naming of partners."""

    role: Role
    optional: bool
    pattern: re.Pattern[str]


class _Named(NamedTuple):
    name: str
    kind: PartnerKind
    ids: Ids


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the regimens, alone or not, and the spans that name partners."""

    regimens: tuple[Regimen, ...]
    single_agent: bool
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Rules:
    openings: tuple[Opening, ...]
    end: re.Pattern[str]
    single: re.Pattern[str]
    leading: re.Pattern[str]
    class_ends: frozenset[str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    data = load_rules("regimens")
    check_keys("regimens.toml", data, ("opening", "end", "single", "words"))
    openings = []
    for table in data["opening"]:
        check_keys("regimens.toml [[opening]]", table, ("role", "optional", "patterns"))
        openings.append(
            Opening(cast("Role", table["role"]), bool(table["optional"]), _any("opening", table["patterns"]))
        )
    check_keys("regimens.toml [words]", data["words"], ("leading", "class_ends"))
    leading = "|".join(sorted(map(re.escape, data["words"]["leading"]), key=len, reverse=True))
    return _Rules(
        openings=tuple(openings),
        end=_any("end", data["end"]["patterns"]),
        single=_any("single", data["single"]["patterns"]),
        leading=re.compile(rf"(?:(?:{leading})\s+)+(?=\S)", re.I),
        class_ends=frozenset(data["words"]["class_ends"]),
    )


def _any(where: str, patterns: list[str]) -> re.Pattern[str]:
    return compiled(f"regimens.toml {where}", "|".join(f"(?:{p})" for p in patterns))


def read_regimens(statement: Statement, masked: list[Span], *, own: frozenset[str], vocabulary: Vocabulary) -> Reading:
    """Read the regimens of a statement. ``own`` are the label's own drug names, in lower case: never partners."""
    text = statement.text
    regimens: list[Regimen] = []
    spans: list[Span] = []
    for opening, match in _openings(text, masked):
        start = _after_colon(text, match.end())
        stop = _end(text, start)
        if any(overlaps((match.start(), stop), s) for s in spans):
            continue
        slots = _slots(statement, start, stop, own, vocabulary)
        if slots:
            regimens += _fill(slots, opening)
            spans.append((match.start(), stop))
    alone = any(outside(m.span(), masked) for m in _rules().single.finditer(text))
    return Reading(tuple(regimens), alone, tuple(spans))


def _openings(text: str, masked: list[Span]) -> list[tuple[Opening, re.Match[str]]]:
    found = [(o, m) for o in _rules().openings for m in o.pattern.finditer(text) if outside(m.span(), masked)]
    found.sort(key=lambda pair: (pair[1].start(), -pair[1].end()))
    kept: list[tuple[Opening, re.Match[str]]] = []
    for pair in found:
        if not kept or pair[1].start() >= kept[-1][1].end():
            kept.append(pair)
    return kept


def _after_colon(text: str, at: int) -> int:
    colon = _COLON.match(text, at)
    return colon.end() if colon else at


def _end(text: str, start: int) -> int:
    match = _rules().end.search(text, start)
    return match.start() if match else len(text)


def _slots(
    statement: Statement, start: int, end: int, own: frozenset[str], vocabulary: Vocabulary
) -> list[list[Partner]]:
    text = statement.text
    slots: list[list[Partner]] = []
    for slot in _split(text, start, end):
        partners = [p for a, b in slot if (p := _partner(statement, a, b, own, vocabulary))]
        if partners:
            slots.append(partners)
    return slots


def _split(text: str, start: int, end: int) -> list[list[Span]]:
    """Spans of names: an outer list of slots (AND), each a list of alternatives (OR)."""
    elements, connectors = _elements(text, start, end)
    plain = [c for c in connectors if c != ","]
    only_or = bool(plain) and all(c == "or" for c in plain)
    slots: list[list[Span]] = []
    either = False
    for i, element in enumerate(elements):
        before = connectors[i - 1] if i else "and"
        alternative = before == "or" or (before == "," and (only_or or either))
        if alternative and slots:
            slots[-1].append(element)
        else:
            slots.append([element])
        either = bool(_EITHER.match(text[element[0] : element[1]].lstrip())) or (either and alternative)
    return slots


def _elements(text: str, start: int, end: int) -> tuple[list[Span], list[str]]:
    elements: list[Span] = []
    connectors: list[str] = []
    shielded = [m.span() for m in _PARENTHESIS.finditer(text, start, end)]
    at = start
    for match in _CONNECTOR.finditer(text, start, end):
        if any(overlaps(match.span(), s) for s in shielded) or text[match.start() - 1] == "-":
            continue
        if text[at : match.start()].strip():
            elements.append(trimmed(text, at, match.start()))
            word = match.group().strip(" ,\n").lower()
            connectors.append("or" if word in ("or", "and/or", "/") else "and" if word else ",")
        at = match.end()
    if text[at:end].strip():
        elements.append(trimmed(text, at, end))
    return elements, connectors


def _partner(statement: Statement, start: int, end: int, own: frozenset[str], vocabulary: Vocabulary) -> Partner | None:
    text = statement.text
    leading = _rules().leading.match(text, start, end)
    start, end = trimmed(text, leading.end() if leading else start, end)
    phrase = _PARENTHESIS.sub("", text[start:end]).strip(" ,.;:()")
    named = _named(phrase, vocabulary)
    if not named or named.name.lower() in own or phrase.lower() in own:
        return None
    return Partner(statement.evidence(start, end), named.name, named.kind, named.ids)


def _named(phrase: str, vocabulary: Vocabulary) -> _Named | None:
    """What a phrase names as a partner; None for a condition ("with or without agoraphobia") and for no name."""
    words = phrase.split()
    if not any(c.isalpha() for c in phrase) or len(words) > _LONGEST_NAME:
        return None
    if drug := vocabulary.drug(phrase):
        return _Named(drug.name, "ingredient", dict(drug.ids))
    if known := vocabulary.drug_class(phrase):
        return _Named(known.name, "class", dict(known.ids))
    if vocabulary.condition(phrase):
        return None
    return _unknown(phrase, words, vocabulary)


def _unknown(phrase: str, words: list[str], vocabulary: Vocabulary) -> _Named | None:
    name = phrase if phrase.isupper() else phrase.lower()
    if words[-1].lower().strip(",.") in _rules().class_ends:
        return _Named(name, "class", {})
    within = vocabulary.drugs(phrase)
    if len(within) == 1 and len(words) <= 3:
        return _Named(within[0].name, "ingredient", dict(within[0].ids))
    if len(phrase) < 4:
        return None
    return _Named(name, "class" if len(words) > 1 or name.endswith("s") else "ingredient", {})


def _fill(slots: list[list[Partner]], opening: Opening) -> list[Regimen]:
    ways = itertools.islice(itertools.product(*slots), _MOST_REGIMENS)
    return [Regimen(opening.role, partners, opening.optional) for partners in ways]
