"""Abbreviations that a text defines: "progressive multifocal leukoencephalopathy (PML)"."""

from __future__ import annotations

import re
from functools import lru_cache

_DEFINED = re.compile(r"(?<![\w/’'-])(?P<long>(?:[\w/’'-]+\s+){1,8})\(\s?(?P<short>[A-Z][A-Za-z/-]{1,9}?)s?\s?\)")


@lru_cache(maxsize=8)
def defined_in(text: str) -> dict[str, str]:
    """Abbreviations with what they stand for, as far as the words' initials bear them out."""
    found: dict[str, str] = {}
    for match in _DEFINED.finditer(text):
        long = _spelled(match["long"].split(), match["short"])
        if long and match["short"].upper() == match["short"]:
            found.setdefault(match["short"], long)
    return found


def expanded(name: str, known: dict[str, str]) -> str:
    """Give a name with the known abbreviations spelled out."""
    return re.sub(r"\b([A-Z][A-Z/-]{1,9})s?\b", lambda m: known.get(m.group(1), m.group()), name)


def _spelled(words: list[str], short: str) -> str | None:
    """Give the last words that hold the abbreviation's letters in order, the fewest (Schwartz and Hearst, 2003)."""
    long = " ".join(words)
    letters = [c.lower() for c in short if c.isalnum()]
    at = len(long)
    for number, letter in enumerate(reversed(letters)):
        first = number == len(letters) - 1
        at -= 1
        while at >= 0 and (long[at].lower() != letter or (first and at > 0 and long[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return None
    run = long[at:].split()
    if len(run) > len(letters) + 3:
        return None
    shouted = [len(w) == 1 or any(sum(c.isupper() for c in part) > 1 for part in re.split(r"[-/]", w)) for w in run]
    return " ".join(w if loud else w.lower() for w, loud in zip(run, shouted, strict=True))
