"""Stages of disease and settings of treatment: words that qualify an indication (``data/qualifiers.tsv``)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from extract.rules import RuleError
from extract.spans import Span, outside, overlaps
from extract.vocabulary import Vocabulary

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import PhraseMatcher

KINDS = ("stage", "course", "setting", "none")
"""A course ("acute", "severe") is a stage that may also be part of a name; "none" are phrases to pass over."""
_PART_BEFORE = re.compile(
    r"\b(?P<part>[A-Za-z]+)-?\s*(?:,\s*(?:(?:and|or)\s+)?|\s(?:and|or|to)\s+)(?:\w+ or \w+ )?$", re.I
)
_PART_BEHIND = re.compile(
    r"\s*(?:\([^()]*\)|bulky)?\s*(?:,\s*(?:(?:and|or)\s+)?|-|–|\b(?:and|or|to|through)\s+)(?P<part>[A-Za-z]+)\b", re.I
)
_WORD = re.compile(r"\w+")
_OPEN = re.compile(
    r"\b(?:with or without|regardless of|irrespective of|with and without|family history of)\b[^,.;)]*", re.I
)
_SIZES = re.compile(r"\([^()]*\d\s*(?:cm|mm)\b[^()]*\)")
"""A bracket with measures lists criteria, not what all patients have: "(tumors at least 4 cm or node positive)"."""


class Term(NamedTuple):
    """A qualifier in a text."""

    kind: str
    name: str
    span: Span


@lru_cache(maxsize=1)
def _matcher() -> tuple[Language, PhraseMatcher, dict[str, tuple[str, str]]]:
    import spacy  # noqa: PLC0415 - takes a second, which `onlabel --help` must not pay
    from spacy.matcher import PhraseMatcher  # noqa: PLC0415

    nlp = spacy.blank("en")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    rows = {str(n): (kind, name, surface) for n, (kind, name, surface) in enumerate(_rows())}
    for key, (_, _, surface) in rows.items():
        matcher.add(key, [nlp.make_doc(surface)])
    return nlp, matcher, {key: row[:2] for key, row in rows.items()}


@lru_cache(maxsize=1)
def _surfaces() -> dict[str, tuple[str, str]]:
    return {surface.replace("-", " "): (kind, name) for kind, name, surface in _rows()}


@lru_cache(maxsize=1)
def _first_words() -> frozenset[str]:
    return frozenset(_WORD.findall(surface.lower())[0] for _, _, surface in _rows())


@lru_cache(maxsize=1)
def _rows() -> list[tuple[str, str, str]]:
    lines = files("extract").joinpath("data", "qualifiers.tsv").read_text(encoding="utf-8").splitlines()
    rows = [tuple(line.split("\t")) for line in lines[1:]]
    for row in rows:
        if len(row) != 3 or row[0] not in KINDS:
            raise RuleError(f"extract/data/qualifiers.tsv: {row!r} is no kind, name and surface")
    return [(row[0], row[1], row[2]) for row in rows]


def find_terms(text: str) -> list[Term]:
    """Qualifiers in a text, the longest where they overlap, in reading order."""
    if _first_words().isdisjoint(_WORD.findall(text.lower())):
        return []  # most of the start-up time is spaCy's: only a text that may need it waits for it
    from spacy.util import filter_spans  # noqa: PLC0415

    nlp, matcher, names = _matcher()
    spans = filter_spans(matcher(nlp.make_doc(text), as_spans=True))
    found = [Term(*names[s.label_], (s.start_char, s.end_char)) for s in spans]
    shared = [part for term in found for part in _sharing(text, term)]
    found = [t for t in found if not any(overlaps(t.span, s.span) for s in shared)] + shared
    return sorted((t for t in found if t.kind != "none"), key=lambda t: t.span)


def _sharing(text: str, term: Term) -> Iterator[Term]:
    """Terms of a list that share a word with one: "chronic, accelerated or blast phase", "stage II or III"."""
    start, end = term.span
    words = re.split(r"[\s-]+", text[start:end].lower())
    first, last = words[0], words[-1]
    while first != last and (match := _PART_BEFORE.search(text, 0, start)):
        known = _surfaces().get(f"{match['part'].lower()} {last}")
        if known is None:
            break
        start = match.start()
        yield Term(*known, match.span("part"))
    while first != last and (match := _PART_BEHIND.match(text, end)):
        known = _surfaces().get(f"{first} {match['part'].lower()}")
        if known is None:
            break
        end = match.end()
        yield Term(*known, match.span("part"))


def read_qualifiers(
    text: str,
    *,
    priors: Sequence[Span],
    partners: Sequence[Span],
    names: Collection[tuple[str, str]],
    vocabulary: Vocabulary,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Stages and settings of a statement.

    ``names`` are the conditions as the text and as the vocabulary has them: in "acute myeloid leukemia" the first word
    belongs to the name, and that of another disease ("in patients with chronic liver disease") says nothing.
    Partners say nothing of the stage, but of the setting: "with induction chemotherapy".
    """
    terms = find_terms(text)
    named = _named_courses(text, names, vocabulary) if any(t.kind == "course" for t in terms) else []
    criteria = [m.span() for pattern in (_SIZES, _OPEN) for m in pattern.finditer(text)]
    kept: dict[str, list[str]] = {"stage": [], "setting": []}
    for kind, name, span in terms:
        masked = [*priors, *criteria] if kind == "setting" else [*priors, *criteria, *partners]
        column = kept["setting" if kind == "setting" else "stage"]
        if outside(span, masked) and not (kind == "course" and _within(span, name, named)) and name not in column:
            column.append(name)
    return tuple(kept["stage"]), tuple(kept["setting"])


def _named_courses(text: str, names: Collection[tuple[str, str]], vocabulary: Vocabulary) -> list[tuple[Span, str]]:
    """Where diseases are named, with the words of those names that are no stages; all words of other diseases."""
    own = {words.lower(): name.lower() for words, name in names}
    found = [(m.span(), name) for words, name in own.items() for m in re.finditer(re.escape(words), text, re.I)]
    others = [m for m in vocabulary.conditions(text) if m.text.lower() not in own]
    return found + [
        ((m.start, m.end), m.text.lower()) for m in others if not any(overlaps((m.start, m.end), f[0]) for f in found)
    ]


def _within(span: Span, name: str, named: list[tuple[Span, str]]) -> bool:
    return any(a <= span[0] < b and name in re.findall(r"\w+", words) for (a, b), words in named)
