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
