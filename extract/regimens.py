"""What the drug is given with: regimens of partners, and whether it may be given alone.

"or" binds closer than "and" ("abiraterone and prednisone or prednisolone"), so partners form slots of
alternatives, and the regimens are the ways to fill the slots; only where both sides of the "or" are pairs
("lenalidomide and dexamethasone or bortezomib and dexamethasone") it parts regimens. A comma means what the list's
last connector means.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, cast

from extract.facts import Ids, Partner, PartnerKind, Regimen, Role
from extract.rules import any_of, check_keys, compiled, load_rules
from extract.sentences import trimmed
from extract.spans import Span, outside, overlaps
from extract.statements import Statement
from extract.vocabulary import Match, Vocabulary

_MOST_REGIMENS = 12
_LONGEST_NAME, _SHORTEST_NAME = 9, 4  # words; characters
_SHORT = 3
_CONNECTOR = re.compile(
    r"\s*(?:,\s*(?:and/or|and|or|plus)\b|,|(?<!-)\s(?:and/or|and|or|plus)\b|(?<=\w)/(?=[a-z]{4}))\s*", re.I
)
_AGAIN = re.compile(r",?\s*(?:and/or|or)\s+(?:in\s+combination\s+)?with\s+", re.I)
"""Where another regimen begins: "in combination with A and B, or with C"."""
_SUSPENDED = re.compile(r"(?P<one>\S+)-\s+or\s+(?P<other>\S+)-(?P<rest>(?:based|containing)\s+.+)", re.I)
"""Two classes that share their end: "X- or Y-based chemotherapy"."""
_EXAMPLES = re.compile(r"[(\[]\s*(?:e\.?g\b|such as|for example|including|i\.?e\b|see\b)", re.I)
_COMMON_STEM = 5
_COLON = re.compile(r"[\s:•]*")
_EITHER = re.compile(r"\beither\s+", re.I)
_WITH_SLASH = re.compile(r"[\w-]+(?:/[\w-]+)+")
_PARENTHESIS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]|[®™]")


@dataclass(frozen=True, slots=True)
class Opening:
    """A rule that opens the naming of partners."""

    role: Role
    optional: bool
    known: bool
    """The words are so common that only partners which the vocabulary knows count."""
    pattern: re.Pattern[str]


class _Named(NamedTuple):
    name: str
    kind: PartnerKind
    ids: Ids


_Placed = tuple[Partner, int]
"""A partner and where its naming ends."""


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
    background: re.Pattern[str]
    leading: re.Pattern[str]
    class_ends: frozenset[str]
    fillers: re.Pattern[str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    data = load_rules("regimens")
    check_keys("regimens.toml", data, ("opening", "end", "single", "background", "words"))
    openings = []
    for table in data["opening"]:
        check_keys("regimens.toml [[opening]]", table, ("role", "optional", "known", "patterns"))
        role, pattern = cast("Role", table["role"]), _any("opening", table["patterns"])
        openings.append(Opening(role, bool(table["optional"]), bool(table.get("known")), pattern))
    check_keys("regimens.toml [words]", data["words"], ("leading", "class_ends", "fillers"))
    leading = "|".join(sorted(data["words"]["leading"], key=len, reverse=True))
    return _Rules(
        openings=tuple(openings),
        end=_any("end", data["end"]["patterns"]),
        single=_any("single", data["single"]["patterns"]),
        background=_any("background", data["background"]["patterns"]),
        leading=re.compile(rf"(?:(?:{leading})\s+)+(?=\S)", re.I),
        class_ends=frozenset(data["words"]["class_ends"]),
        fillers=re.compile(
            rf"^(?:(?:{'|'.join(data['words']['fillers'])})\s+)+|(?:\s+(?:{'|'.join(data['words']['fillers'])}))+$",
            re.I,
        ),
    )


def _any(where: str, patterns: list[str]) -> re.Pattern[str]:
    return compiled(f"regimens.toml {where}", any_of(patterns))


def read_regimens(statement: Statement, masked: list[Span], *, own: frozenset[str], vocabulary: Vocabulary) -> Reading:
    """Read the regimens of a statement. ``own`` are the label's own drug names, in lower case: never partners."""
    text = statement.text
    reader = _Reader(statement, own, vocabulary)
    regimens: list[Regimen] = []
    spans: list[Span] = []
    for opening, match in _own_adjuncts(statement, _openings(text, masked)):
        if any(overlaps(match.span(), s) for s in spans):
            continue
        found, stop = reader.read(opening, match.end())
        if found:
            regimens += found
            spans.append((match.start(), stop))
    alone = any(outside(m.span(), masked) for m in _rules().single.finditer(text))
    return Reading(tuple(regimens), alone, tuple(spans))


def read_background(statement: Statement, *, own: frozenset[str], vocabulary: Vocabulary) -> tuple[Regimen, ...]:
    """Read what a sentence behind an indication asks to give with the drug: "X must be used with a restricted diet"."""
    match = _rules().background.search(statement.text)
    if match is None:
        return ()
    opening = Opening("combination", optional=False, known=True, pattern=_rules().background)
    found, _ = _Reader(statement, own, vocabulary).read(opening, match.end())
    return tuple(found)


def _openings(text: str, masked: list[Span]) -> list[tuple[Opening, re.Match[str]]]:
    found = [(o, m) for o in _rules().openings for m in o.pattern.finditer(text) if outside(m.span(), masked)]
    found.sort(key=lambda pair: (pair[1].start(), -pair[1].end()))
    kept: list[tuple[Opening, re.Match[str]]] = []
    for pair in found:
        if not kept or pair[1].start() >= kept[-1][1].end():
            kept.append(pair)
    return kept


def _own_adjuncts(
    statement: Statement, openings: list[tuple[Opening, re.Match[str]]]
) -> list[tuple[Opening, re.Match[str]]]:
    """Drop what a lead-in is an adjunct to where its item says anew what it is an adjunct to."""
    item = statement.pieces[-1].at
    again = any(o.role == "adjunct" and m.start() >= item for o, m in openings)
    return [(o, m) for o, m in openings if not (again and o.role == "adjunct" and m.start() < item)]


def _after_colon(text: str, at: int) -> int:
    colon = _COLON.match(text, at)
    return colon.end() if colon else at


def _end(text: str, start: int) -> int:
    match = _rules().end.search(text, start)
    end = match.start() if match else len(text)
    return min(end, _closing(text, start, end))


def _closing(text: str, start: int, end: int) -> int:
    """Where a bracket closes that was opened before the start: "(used in combination with X)"."""
    depth = 0
    for at in range(start, end):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth < 0:
            return at
    return end


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the partners that one statement names."""

    statement: Statement
    own: frozenset[str]
    vocabulary: Vocabulary

    def read(self, opening: Opening, at: int) -> tuple[list[Regimen], int]:
        """The regimens whose naming begins at ``at``, and where the last partner ends."""
        text = self.statement.text
        regimens: list[Regimen] = []
        start = end = _after_colon(text, at)
        while True:
            stop = _end(text, start)
            found, last = self._regimens(opening, start, stop)
            regimens, end = regimens + found, max(end, last)
            again = _AGAIN.match(text, stop) if found else None
            if again is None:
                return regimens, end
            start = again.end()

    def _regimens(self, opening: Opening, start: int, stop: int) -> tuple[list[Regimen], int]:
        found: list[Regimen] = []
        end = start
        elements, connectors = self._elements(start, stop)
        for slots in _ways(self.statement.text, elements, connectors):
            filled: list[list[Partner]] = []
            for slot in slots:
                named = [(p, at) for a, b in slot for p, at in self._partners(a, b, known=opening.known)]
                end = max([end, *(at for _, at in named)])
                filled += [[p for p, _ in named]] if named else []
            found += _fill(filled, opening) if filled else []
        return found, end

    def _elements(self, start: int, end: int) -> tuple[list[Span], list[str]]:
        """The names between the connectors; a slash may stand inside a name."""
        text = self.statement.text
        elements: list[Span] = []
        connectors: list[str] = []
        shielded = [m.span() for m in _PARENTHESIS.finditer(text, start, end)]
        at = start
        for match in _CONNECTOR.finditer(text, start, end):
            if any(overlaps(match.span(), s) for s in shielded) or text[match.start() - 1] == "-":
                continue
            if match.group() == "/" and self._is_one_name(match.start()):
                continue
            if text[at : match.start()].strip():
                elements.append(trimmed(text, at, match.start()))
                connectors.append(_connector(text, match))
            at = match.end()
        if text[at:end].strip():
            elements.append(trimmed(text, at, end))
        return elements, connectors

    def _is_one_name(self, slash: int) -> bool:
        word = _WITH_SLASH.search(self.statement.text, max(0, slash - 40), slash + 40)
        return bool(word and self.vocabulary.drug_class(word.group()))

    def _partners(self, start: int, end: int, *, known: bool) -> list[_Placed]:
        """The partner of a span, or the alternatives that a bracket behind a class names: "a taxane (A or B)"."""
        text = self.statement.text
        for bracket in _PARENTHESIS.finditer(text, start, end):
            inside = self._alternatives(bracket)
            if len(inside) > 1:
                return [(p, end) for p, _ in inside]
        if suspended := _SUSPENDED.match(text[start:end]):
            names = (f"{suspended[part]}-{suspended['rest']}" for part in ("one", "other"))
            evidence = self.statement.evidence(start, end)
            named = [_named(name, self.vocabulary) or _Named(name, "class", {}) for name in names]
            return [(Partner(evidence, one.name, one.kind, one.ids), end) for one in named]
        partner = self._partner(start, end, known=known)
        return [partner] if partner else []

    def _alternatives(self, bracket: re.Match[str]) -> list[_Placed]:
        if _EXAMPLES.match(bracket.group().lstrip()):
            return []
        elements, connectors = self._elements(bracket.start() + bracket.group().find("(") + 1, bracket.end() - 1)
        if set(connectors) - {"or", ","} or "or" not in connectors:
            return []
        found = [p for a, b in elements if (p := self._partner(a, b, known=True))]
        return found if len(found) == len(elements) else []

    def _partner(self, start: int, end: int, *, known: bool) -> _Placed | None:
        text = self.statement.text
        leading = _rules().leading.match(text, start, end)
        start, end = trimmed(text, leading.end() if leading else start, end)
        phrase = _PARENTHESIS.sub("", text[start:end]).strip(" ,.;:()")
        named = _named(phrase, self.vocabulary)
        if not named and known:
            named = _head_class(phrase, self.vocabulary)
        elif not named:
            if drug := self._drug_within(start, end):
                start, end = start + drug.start, start + drug.end
                named = _Named(drug.name, "ingredient", dict(drug.ids))
            else:
                named = _unknown(phrase, self.vocabulary)
        if not named or named.name.lower() in self.own or phrase.lower() in self.own:
            return None
        return Partner(self.statement.evidence(start, end), named.name, named.kind, named.ids), end

    def _drug_within(self, start: int, end: int) -> Match | None:
        """The one drug of a phrase that it begins with or hardly says more than: "oral X", "X every 3 weeks"."""
        phrase = self.statement.text[start:end]
        found = self.vocabulary.drugs(phrase)
        if len(found) != 1:
            return None
        start, stop = found[0].start, found[0].end
        if start == 0 and phrase[stop : stop + 1] != "-":  # "X-based therapy" is a class
            return found[0]
        return found[0] if stop == len(phrase) and len(phrase.split()) <= _SHORT else None


def _ways(text: str, elements: list[Span], connectors: list[str]) -> list[list[list[Span]]]:
    """Alternative regimens, each a list of slots (AND), each a list of alternatives (OR)."""
    for i, connector in enumerate(connectors):
        pairs = "and" in connectors[:i] and connectors[i + 1 : i + 2] == ["and"]
        if connector == "or" and pairs and not _are_forms(text, elements[i], elements[i + 1]):
            before = _slots(text, elements[: i + 1], connectors[:i])
            return [before, *_ways(text, elements[i + 1 :], connectors[i + 1 :])]
    return [_slots(text, elements, connectors)]


def _slots(text: str, elements: list[Span], connectors: list[str]) -> list[list[Span]]:
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


def _connector(text: str, match: re.Match[str]) -> str:
    word = match.group().strip(" ,\n").lower()
    if word == "/":
        pair = _WITH_SLASH.search(text, max(0, match.start() - 40), match.end() + 40)
        return "or" if pair and _alike(*pair.group().split("/")[:2]) else "and"
    if word in ("or", "and/or"):
        return "or"
    if not word:
        return ","
    return "and then" if match.group().lstrip().startswith(",") else "and"


def _are_forms(text: str, one: Span, other: Span) -> bool:
    return _alike(text[slice(*one)].rsplit(maxsplit=1)[-1], text[slice(*other)].split(maxsplit=1)[0])


def _alike(one: str, other: str) -> bool:
    """Tell forms of one drug, which are alternatives wherever they stand: prednisone and prednisolone."""
    return one[:_COMMON_STEM].lower() == other[:_COMMON_STEM].lower()


def _named(phrase: str, vocabulary: Vocabulary) -> _Named | None:
    """What the vocabulary knows a phrase as; a class goes before a drug that has it for another name."""
    for spelled in dict.fromkeys((phrase, _rules().fillers.sub("", phrase))):
        drug, one = vocabulary.drug(spelled), vocabulary.drug_class(spelled)
        if drug and (one is None or drug.name.lower() == spelled.lower()):
            return _Named(drug.name, "ingredient", dict(drug.ids))
        if one:
            return _Named(one.name, "class", dict(one.ids))
    return None


def _head_class(phrase: str, vocabulary: Vocabulary) -> _Named | None:
    """The class that a phrase narrows: "a reduced-sodium diet"."""
    words = phrase.split()
    known = (vocabulary.drug_class(" ".join(words[n:])) for n in range(1, min(len(words), _SHORT + 1)))
    one = next(filter(None, known), None)
    return _Named(one.name, "class", dict(one.ids)) if one else None


def _unknown(phrase: str, vocabulary: Vocabulary) -> _Named | None:
    """A partner by its own words; None for a condition ("with or without agoraphobia") and for no name."""
    words = phrase.split()
    if not any(c.isalpha() for c in phrase) or len(words) > _LONGEST_NAME:
        return None
    name = phrase if phrase.isupper() else phrase.lower()
    if words[-1].lower().strip(",.") in _rules().class_ends:
        return _Named(name, "class", {})
    if len(phrase) < _SHORTEST_NAME or vocabulary.conditions(phrase):
        return None
    return _Named(name, "class" if len(words) > 1 or name.endswith("s") else "ingredient", {})


def _fill(slots: list[list[Partner]], opening: Opening) -> list[Regimen]:
    """The ways to fill the slots; two names of one drug ("paclitaxel or nab-paclitaxel") make one regimen."""
    ways: dict[tuple[str, ...], tuple[Partner, ...]] = {}
    for partners in itertools.islice(itertools.product(*slots), _MOST_REGIMENS):
        once = {p.name: p for p in reversed(partners)}
        names = tuple(dict.fromkeys(p.name for p in partners))
        ways.setdefault(names, tuple(once[name] for name in names))
    return [Regimen(opening.role, partners, opening.optional) for partners in ways.values()]
