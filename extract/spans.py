"""Small arithmetic on character spans."""

from __future__ import annotations

from collections.abc import Iterable

Span = tuple[int, int]


def outside(span: Span, masked: Iterable[Span]) -> bool:
    """True where a span begins in none of the masked ones."""
    return not any(a <= span[0] < b for a, b in masked)


def overlaps(span: Span, other: Span) -> bool:
    """True where two spans share a character."""
    return span[0] < other[1] and other[0] < span[1]


def blanked(text: str, spans: Iterable[Span]) -> str:
    """The text with spans of it blanked out, each other character in its place."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def clipped(spans: Iterable[Span], cuts: Iterable[int]) -> list[Span]:
    """Spans that end at the first cut inside them: a clause of a lead-in does not run on into the item."""
    places = sorted(cuts)
    return [(a, next((cut for cut in places if a < cut < b), b)) for a, b in spans]


def cut_out(text: str, spans: Iterable[Span]) -> tuple[str, list[int]]:
    """The text without the spans, and where each character that is left stands in it."""
    cut = list(spans)
    places = [n for n in range(len(text)) if not any(a <= n < b for a, b in cut)]
    return "".join(text[n] for n in places), places
