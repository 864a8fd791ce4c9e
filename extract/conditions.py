"""The conditions that a statement is for.

Vocabulary mentions after the cue count, unless they stand in a clause about something else (earlier treatment,
partners, exclusions). Where a vocabulary has none, the phrase that the verb governs is kept by its text, with
no id: an id is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from extract.abbreviations import defined_in
from extract.coordination import coordinated
from extract.facts import Condition, Related, RelatedRole
from extract.relations import roles
from extract.rules import any_of, check_keys, compiled, load_rules
from extract.sentences import sentences, trimmed
from extract.spans import Span, clipped, cut_out, outside, overlaps
from extract.statements import Statement, use_cue
from extract.vocabulary import Match, Vocabulary

Abbreviations = Mapping[str, Match]

_DEFINED = re.compile(r"\s*\(\s*(?P<short>[A-Z][A-Za-z0-9/-]{1,9}s?)\s*[),;]")
_BRACKET = re.compile(r"\s*\([^()]{1,40}\)(?=\s+[a-z])")
_LONGEST_SHORT_FORM = 10
_NUMBERED = re.compile(r"\d-$")
_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9/-]*")


@dataclass(frozen=True, slots=True)
class _Rules:
    mask: re.Pattern[str]
    mask_end: re.Pattern[str]
    object: re.Pattern[str]
    object_end: re.Pattern[str]
    no_name: re.Pattern[str]
    head: re.Pattern[str]
    ending: re.Pattern[str]
    opening: re.Pattern[str]
    leading: frozenset[str]
    banned: frozenset[str]
    heads: frozenset[str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    data = load_rules("conditions")
    tables = ("mask", "mask_end", "object", "object_end", "no_name", "head", "ending", "opening")
    check_keys("conditions.toml", data, (*tables, "words"))
    made = {name: compiled(name, any_of(data[name]["patterns"])) for name in tables}
    leading, banned, heads = (frozenset(data["words"][name]) for name in ("leading", "banned", "heads"))
    return _Rules(**made, leading=leading, banned=banned, heads=heads)


def excluded_spans(text: str) -> list[Span]:
    """Clauses whose diseases are not indicated: exclusions, explanations, cross-references."""
    masks = [m.span() for m in _rules().mask.finditer(text)]
    ends = [m.start() for m in _rules().mask_end.finditer(text)] if masks else []
    return [
        (start, next((at for at in ends if at >= behind and not _in_bracket(text, behind, at)), len(text)))
        for start, behind in masks
    ]


def _in_bracket(text: str, start: int, at: int) -> bool:
    """True inside a bracket that opened after ``start``: what it holds belongs to the words before it."""
    return _count(text, "([", start, at) > _count(text, ")]", start, at + 1)


def _count(text: str, characters: str, start: int, end: int) -> int:
    return sum(text.count(c, start, end) for c in characters)


def abbreviations(texts: Sequence[str], vocabulary: Vocabulary) -> dict[str, Match]:
    """Short forms that the texts define behind a condition: "immune thrombocytopenia (ITP)"."""
    found: dict[str, Match] = {}
    for sentence in _defining(texts):
        for match in vocabulary.conditions(sentence):
            if defined := _DEFINED.match(sentence, match.end):
                found.setdefault(defined["short"], match)
    return found


def _defining(texts: Sequence[str]) -> Iterator[str]:
    """Sentences that may define a short form: looking all words up in the others would double the reading time."""
    for text in texts:
        for a, b in sentences(text):
            if _DEFINED.search(text, a, b):
                yield text[a:b]


def read_conditions(
    statement: Statement, masked: list[Span], short: Abbreviations, vocabulary: Vocabulary
) -> tuple[tuple[Condition, ...], tuple[Related, ...]]:
    """Conditions that a statement treats, and those that it tells beside them; in reading order, each once.

    ``masked`` are clauses on other matters (earlier treatment, partners): a condition there counts only where
    the statement names no other.
    """
    text = statement.text
    start = _start(text)
    excluded = clipped(excluded_spans(text), statement.joints)
    named = [m for m in mentions(text, short, vocabulary) if outside((m.start, m.end), excluded)]
    clear = [m for m in named if outside((m.start, m.end), masked)]
    behind = [m for m in clear if m.start >= start]
    for found in (behind, clear):
        if any(m.specific for m in found):
            treated, beside = _told_apart(statement, found)
            related = tuple(_related(statement, m, role) for m, role in beside)
            return _once(_condition(statement, m) for m in treated), related
    if span := _object(text, start, masked + excluded):
        return (_unknown(statement, span),), ()
    told = [m for m in named if m.specific and m.start >= start]
    told = told or [m for m in behind if m.status == "procedure" and roles(text, [m]) == ["treated"]]
    if not told and (span := _by_its_ending(text, start, masked + excluded)):
        return (_unknown(statement, span),), ()
    return _once(_condition(statement, m) for m in told), ()


def _start(text: str) -> int:
    """Where conditions begin to count: behind the cue, or at "In acute leukemia, the drug is indicated …"."""
    cue = use_cue(text)
    return 0 if cue is None or _rules().opening.match(text) else cue.end()


def _told_apart(statement: Statement, found: list[Match]) -> tuple[list[Match], list[tuple[Match, RelatedRole]]]:
    """Those that are treated, and those beside them. Where all are told beside something that no vocabulary has, they
    count as treated, but for a heading that only names a kind of patients ("Dialysis patients").
    """
    told = [(m, role) for m, role in zip(found, roles(statement.text, found), strict=True) if m.specific]
    treated = [m for m, role in told if role == "treated"]
    if treated:
        return treated, [(m, role) for m, role in told if role != "treated"]
    heading = statement.kind != "indication"
    patients = [m for m, role in told if role == "population" and not heading]
    return patients or [m for m, role in told if role != "population"], []


def _once(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Each condition once, by the mention that comes nearest to its name: "obesity" rather than "weight reduction"."""
    best: dict[str, Condition] = {}
    for condition in conditions:
        name = condition.name
        if name not in best or _named(condition) > _named(best[name]):
            best[name] = condition
    return tuple(best.values())


def _named(condition: Condition) -> bool:
    return bool(set(condition.name.lower().split()) & set(condition.evidence.text.lower().split()))


def _condition(statement: Statement, mention: Match) -> Condition:
    start, end = mention.whole or (mention.start, mention.end)
    return Condition(statement.evidence(start, end), mention.name, dict(mention.ids))


def _related(statement: Statement, mention: Match, role: RelatedRole) -> Related:
    return Related(statement.evidence(mention.start, mention.end), mention.name, role, dict(mention.ids))


def mentions(text: str, short: Abbreviations, vocabulary: Vocabulary) -> list[Match]:
    """Conditions named in a text, by the vocabulary or by a short form that the label defines."""
    markers = [(m.start, m.end) for m in vocabulary.markers(text)]
    found = _across_brackets(text, vocabulary)
    found += [m for m in vocabulary.conditions(text) if not _meets(m.start, m.end, found)]
    found = [d for m in found if not _defined_otherwise(text, d := _as_defined(m, short))]
    found = coordinated(text, found, vocabulary)
    for token in _TOKEN.finditer(text):
        known = short.get(token.group())
        if known and not _meets(token.start(), token.end(), found):
            found.append(replace(known, start=token.start(), end=token.end(), text=token.group()))
    kept = [m for m in found if not _part_of_marker(m, markers) and not _part_of_name(text, m)]
    ordered = sorted(kept, key=lambda m: m.start)
    ends = {m.end for m in ordered if m.specific}
    return [m for m in ordered if not _is_gloss(text, m, ends)]


def _is_gloss(text: str, mention: Match, ends: set[int]) -> bool:
    """Whether a short form in brackets repeats the condition before it: "mast cell leukemia (MCL)"."""
    short = len(mention.text) <= _LONGEST_SHORT_FORM and sum(c.isupper() for c in mention.text) > 1
    before = text[: mention.start].rstrip()
    opened = before.endswith("(") and len(before[:-1].rstrip()) in ends
    return short and opened and text[mention.end :].lstrip()[:1] in (")", ";")


def _as_defined(mention: Match, short: Abbreviations) -> Match:
    """A short form as the label defines it where that is something else: "panic disorder (PD)".

    What shares a word is the same, less well told: in "non-squamous non-small cell lung cancer (NSCLC)" or, behind what
    no vocabulary has, "… deficiency disorder (…)".
    """
    known = short.get(mention.text) if mention.status == "abbreviation" else None
    if known is None or known.ids == mention.ids:
        return mention
    if _telling_words(f"{known.name} {known.text}") & _telling_words(mention.name):
        return mention
    return replace(known, start=mention.start, end=mention.end, text=mention.text, whole=None)


def _defined_otherwise(text: str, mention: Match) -> bool:
    """Tell the "(PMs)" of "poor metabolizers (PMs)" from the disease that it mostly stands for."""
    if mention.status != "abbreviation":
        return False
    stands_for = defined_in(text).get(mention.text.rstrip("s"), mention.name)
    return not _telling_words(stands_for) & _telling_words(mention.name)


def _telling_words(name: str) -> set[str]:
    return set(_TOKEN.findall(name.lower())) - _rules().heads


def _part_of_name(text: str, mention: Match) -> bool:
    """Tell "PD" in "PD-1" from Parkinson's disease, and "HT 1" in "5-HT 1 agonist" from a tyrosinemia."""
    whole = not re.match(r"-\w", text[mention.end : mention.end + 2]) and not _NUMBERED.search(text, 0, mention.start)
    return mention.text.isupper() and not whole


def _part_of_marker(mention: Match, markers: list[Span]) -> bool:
    """Tell "lymphoma" in "anaplastic lymphoma kinase"; a marker that is a whole condition ("TNBC") stays one."""
    return any(a <= mention.start and mention.end <= b and mention.end - mention.start < b - a for a, b in markers)


def _across_brackets(text: str, vocabulary: Vocabulary) -> list[Match]:
    """Mentions that a short form interrupts: "pyruvate kinase (PK) deficiency"."""
    cut = [m.span() for m in _BRACKET.finditer(text)]
    if not cut:
        return []
    kept, places = cut_out(text, cut)
    found = []
    for m in vocabulary.conditions(kept):
        start, end = places[m.start], places[m.end - 1] + 1
        if end - start > m.end - m.start:
            found.append(replace(m, start=start, end=end, text=text[start:end]))
    return found


def _meets(start: int, end: int, found: list[Match]) -> bool:
    return any(overlaps((start, end), (m.start, m.end)) for m in found)


def _object(text: str, start: int, masked: list[Span]) -> Span | None:
    """The phrase that the verb of the statement governs, where it can be a name."""
    rules = _rules()
    for match in rules.object.finditer(text, max(0, start - 30)):
        if not outside(match.span(), masked):
            continue
        stop = rules.object_end.search(text, match.end() + 1)
        a, b = trimmed(text, match.end(), stop.start() if stop else len(text))
        while (word := re.match(r"\S+\s+", text[a:b])) and word.group().strip().lower() in rules.leading:
            a += word.end()
        phrase = text[a:b].strip(" ,.")
        if rules.no_name.search(phrase) or not rules.head.search(phrase):
            continue
        if len(phrase) > 2 and len(phrase.split()) <= 8 and phrase.lower() not in rules.banned:
            return a, a + len(text[a:b].rstrip(" ,."))
    return None


def _by_its_ending(text: str, start: int, masked: list[Span]) -> Span | None:
    """A word that ends as diseases do, however far from the verb: a name that is misspelt, or that nobody has."""
    found = _rules().ending.finditer(text, start)
    return next((m.span("name") for m in found if outside(m.span("name"), masked)), None)


def _unknown(statement: Statement, span: Span) -> Condition:
    evidence = statement.evidence(*span)
    name = " ".join(evidence.text.split())
    return Condition(evidence, name if name.isupper() and len(name) < 6 else name.lower())
