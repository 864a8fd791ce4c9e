"""Conditions that share a head: "ovarian, fallopian tube, or primary peritoneal cancer" names three cancers.

The vocabulary finds the last, whole one. To its left stand modifiers that lack the head; each counts only where
it makes a known name with the end of the whole one: nothing is made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from extract.lexicon import Entry, Match
from extract.vocabulary import Vocabulary

_CONJUNCT = re.compile(
    r"(?P<words>[A-Za-z][\w'’-]*(?:\s[A-Za-z][\w'’-]*){0,4})\s*(?:\([^()]*\)\s*)?"
    r"(?:,\s*(?:and/or|and|or)?|\s(?:and/or|and|or)|/)\s*$"
)
_MOST = 8


def coordinated(text: str, mentions: list[Match], vocabulary: Vocabulary) -> list[Match]:
    """Give the conditions that modifiers before a mention name together with its head."""
    return [found for mention in mentions for found in _before(text, mention, vocabulary)]


def _before(text: str, mention: Match, vocabulary: Vocabulary) -> Iterator[Match]:
    heads = _heads(mention.text)
    end = mention.start
    for _ in range(_MOST if heads else 0):
        conjunct = _CONJUNCT.search(text, max(0, end - 120), end)
        made = _made(conjunct["words"], heads, vocabulary) if conjunct else None
        if not conjunct or not made:
            return
        entry, words = made
        start = conjunct.end("words") - len(words)
        yield Match(
            start, conjunct.end("words"), text[start : conjunct.end("words")], entry.name, entry.ids, entry.status
        )
        end = start


def _heads(name: str) -> list[str]:
    """Ends of a name that others may share, the longest first: "cell carcinoma", "carcinoma"."""
    words = name.split()
    return [" ".join(words[n:]) for n in range(1, len(words))]


def _made(words: str, heads: list[str], vocabulary: Vocabulary) -> tuple[Entry, str] | None:
    """Give the name that the last words of a conjunct make with a head: the more words, the better."""
    parts = words.split(" ")
    for n in range(len(parts)):
        modifier = " ".join(parts[n:])
        for head in heads:
            entry = vocabulary.condition(f"{modifier} {head}")
            if entry and entry.status != "generic":
                return entry, modifier
    return None
