"""Warned risks, a row each."""

from __future__ import annotations

from extract.facts import Evidence, Warning
from extract.sentences import trimmed


def read_warnings(text: str, *, section: int, title: str | None, boxed: bool, start: int, end: int) -> list[Warning]:
    """One row for a stretch of a warnings section."""
    a, b = trimmed(text, start, end)
    return [Warning(Evidence(section, a, b, text[a:b]), title, boxed)] if b > a else []
