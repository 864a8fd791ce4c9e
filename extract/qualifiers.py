"""Stages of disease and settings of treatment: words that qualify an indication (``data/qualifiers.tsv``)."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from extract.rules import RuleError
from extract.spans import Span

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import PhraseMatcher

KINDS = ("stage", "setting")


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


def _rows() -> list[tuple[str, str, str]]:
    lines = files("extract").joinpath("data", "qualifiers.tsv").read_text(encoding="utf-8").splitlines()
    rows = [tuple(line.split("\t")) for line in lines[1:]]
    for row in rows:
        if len(row) != 3 or row[0] not in KINDS:
            raise RuleError(f"extract/data/qualifiers.tsv: {row!r} is no kind, name and surface")
    return [(row[0], row[1], row[2]) for row in rows]


def find_terms(text: str) -> list[Term]:
    """Qualifiers in a text, the longest where they overlap, in reading order."""
    from spacy.util import filter_spans  # noqa: PLC0415

    nlp, matcher, names = _matcher()
    spans = filter_spans(matcher(nlp.make_doc(text), as_spans=True))
    return [Term(*names[s.label_], (s.start_char, s.end_char)) for s in spans]
