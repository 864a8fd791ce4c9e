"""Where a text names markers: by the table, across short brackets, in lists of numbers, and genes by their symbols."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from extract.spans import cut_out, overlaps
from extract.vocabulary import MarkerMatch, Vocabulary

_SHORT_BRACKET = re.compile(r"\s*\([^()\d]{1,12}\)(?=\s)|(?<=\s)\((?=[A-Z]\d+[A-Z]\))|(?<=\d[A-Z])\)(?=\s)")
"""A short form inside a name, "claudin (CLDN) 18.2", and the brackets around a variant, "exon 21 (L858R)"."""
_ALLELE = re.compile(r"(?<=-[A-Z])\*(?=\d)|(?<=\d):(?=\d)")
_OPENS = re.compile(r"\s*(?:(?:gene|protein)\s*)?[(\[]\s*")
_CLOSES = re.compile(r"\s*[)\]]")
_NUMBERED = re.compile(r"\d+[a-z]?$")
_NEXT_NUMBER = re.compile(
    r"(?:\s*,\s*(?:(?:and/or|and|or)\s+)?|\s+(?:and/or|and|or)\s+)(?P<number>\d+[a-z]?)\b(?!\.\d|\s*(?:%|/|or more|"
    r"prior|previous|mg|kg|years?|months?|weeks?|days?|lines?|doses?|additional|other|regimens?|therap))"
)
_ABERRATION = r"(?:mutations?|mutated|mutant|variants?|fusions?|rearrange\w*|alterations?|deletions?)"
_GENE = re.compile(
    rf"\b(?P<one>[A-Z][A-Z0-9]{{2,9}})\b[)\]]?(?: genes?)?[- ](?:\w+ )?{_ABERRATION}\b"
    rf"|\b{_ABERRATION}(?:\(s\))? (?:in|of|on) (?:the |either the )?(?:[\w ,-]{{1,60}}[(\[])?"
    r"(?P<two>[A-Z][A-Z0-9]{2,9})\b[)\]]? genes?"
)


def find_markers(text: str, vocabulary: Vocabulary) -> list[MarkerMatch]:
    """The markers of a text in reading order; a name with its short form in brackets is one."""
    joint = _ALLELE.sub(" ", text)  # its signs would end the name: "HLA-A*02:01"
    bridged = list(_across_brackets(joint, vocabulary))
    named = bridged + _outside(vocabulary.markers(joint), bridged)
    named += _outside(_genes(text, vocabulary), named)
    named = _joined(text, sorted(named, key=lambda m: m.start))
    return [one for m in named for one in (m, *_numbers(text, m, vocabulary))]


def _outside(found: Iterator[MarkerMatch] | list[MarkerMatch], taken: list[MarkerMatch]) -> list[MarkerMatch]:
    return [m for m in found if not any(overlaps((m.start, m.end), (t.start, t.end)) for t in taken)]


def _across_brackets(text: str, vocabulary: Vocabulary) -> Iterator[MarkerMatch]:
    """Markers whose name a bracket interrupts."""
    cut = [m.span() for m in _SHORT_BRACKET.finditer(text)]
    if not cut:
        return
    kept, places = cut_out(text, cut)
    for m in vocabulary.markers(kept):
        start, end = places[m.start], places[m.end - 1] + 1
        if end - start > m.end - m.start:
            yield replace(m, start=start, end=end, text=text[start:end])


def _joined(text: str, markers: list[MarkerMatch]) -> list[MarkerMatch]:
    """Make one marker of a name and its short form: "epidermal growth factor receptor (EGFR)"."""
    joined: list[MarkerMatch] = []
    for marker in markers:
        before = joined[-1] if joined else None
        if before and before.name == marker.name and _OPENS.fullmatch(text[before.end : marker.start]):
            closing = _CLOSES.match(text, marker.end)
            end = closing.end() if closing else marker.end
            state = marker.state or before.state
            joined[-1] = replace(before, end=end, text=text[before.start : end], state=state)
        else:
            joined.append(marker)
    return joined


def _numbers(text: str, marker: MarkerMatch, vocabulary: Vocabulary) -> Iterator[MarkerMatch]:
    """Markers of which only the number is said again: "genotype 1, 2 or 3", "IDH1 or 2"."""
    stem = _NUMBERED.sub("", marker.text)
    at = marker.end
    while stem != marker.text and (match := _NEXT_NUMBER.match(text, at)):
        whole = stem + match["number"]
        known = next((m for m in vocabulary.markers(whole) if m.text == whole), None)
        if known is None:
            return
        at = match.end()
        yield replace(known, start=match.start("number"), end=at, text=match["number"])


def _genes(text: str, vocabulary: Vocabulary) -> Iterator[MarkerMatch]:
    """Genes that our table lacks, by approved symbol, where the words say that it is one: "the XYZ1 gene"."""
    for match in _GENE.finditer(text):
        group = "one" if match["one"] else "two"
        gene = vocabulary.gene(match[group])
        if gene and gene.symbol == match[group] and gene.id.startswith("HGNC:"):
            start, end = match.span(group)
            yield MarkerMatch(start, end, match[group], gene.symbol, {"HGNC": gene.id}, "name", gene.id)
