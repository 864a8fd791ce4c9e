"""Names made comparable: case, signs, spelling, number, and words that carry no meaning of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from evaluation.rules import load_rules

_BRACKETED = re.compile(r"\([^)]*\)")
_NO_WORD = re.compile(r"[^a-z0-9]+")
_UNINFLECTED = ("ss", "us", "is")


def rules() -> Mapping[str, Any]:
    """What ``data/matching.toml`` says."""
    return load_rules("matching", ("letters", "spelling", "same", "words", "states", "markers"))


@lru_cache(maxsize=1)
def _letters() -> dict[int, str]:
    return str.maketrans(dict(rules()["letters"]))


@lru_cache(maxsize=1 << 16)
def plain(text: str | None) -> str:
    """The words of a name in lower case and singular, without what stands in brackets."""
    told = _BRACKETED.sub(" ", (text or "").lower().translate(_letters()))
    for spelled, ours in rules()["spelling"].items():
        told = told.replace(spelled, ours)
    return " ".join(map(_singular, _NO_WORD.sub(" ", told).split()))


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    plural = len(word) > 3 and word.endswith("s") and not word.endswith(_UNINFLECTED)
    return word[:-1] if plural else word


@lru_cache(maxsize=8)
def _fillers(kind: str) -> frozenset[str]:
    return frozenset(rules()["words"][kind])


def _kept(text: str | None, kind: str) -> list[str]:
    return [word for word in plain(text).split() if word not in _fillers(kind)]


@lru_cache(maxsize=1 << 16)
def condition_core(text: str | None) -> frozenset[str]:
    """The words by which a condition differs from others, whatever its stage and severity."""
    same = rules()["same"]
    return frozenset(same.get(word, word) for word in _kept(text, "condition"))


@lru_cache(maxsize=1 << 14)
def partner_core(text: str | None) -> tuple[str, ...]:
    """The words of a partner drug or class, sorted, without those that only say that it is a treatment."""
    return tuple(sorted(_kept(text, "partner")))


@lru_cache(maxsize=1 << 14)
def parameter_core(text: str | None) -> frozenset[str]:
    """The words of what is monitored, without those that only say that it is a test."""
    return frozenset(_kept(text, "parameter"))
