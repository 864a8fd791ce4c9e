"""Which of the sentences around a requirement say what to do about what it finds.

The orders of a sentence answer a finding where both speak of the same: of the parameter or of the risk, in the same
words or in words that are kin (``data/kin.toml``), or where the next sentence goes on from it ("if these occur").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import takewhile

from extract.actions import actions
from extract.patterns import Patterns, load_patterns, pattern
from extract.rules import load_rules
from extract.thresholds import thresholds

# How many sentences on, and back, an answer may stand: on one risk, and where no risk is named.
_REACH, _REACH_UNNAMED = (8, 12), (1, 0)
# How far on it may stand where it does not say of what it speaks.
_NEXT = (1, 2)
_STEM = 7


def acting_sentences(
    texts: Sequence[str], number: int, parameter: str, hazard: str | None, asking: Collection[int]
) -> list[int]:
    """Give the numbers of the sentences that say what to do about ``parameter``, asked for in sentence ``number``.

    The sentence itself goes first, then those after it, then those before it. The first that answers counts, and
    those right behind it that speak of the same; none where none answers. ``asking``: the numbers of all sentences
    that ask for something.
    """
    on, back = _REACH if hazard else _REACH_UNNAMED
    ahead = range(number, min(len(texts), number + on + 1))
    behind = range(number - 1, max(-1, number - back - 1), -1)
    subject = f"{parameter} {hazard or ''}"
    next_asking = min((n for n in asking if n > number), default=len(texts))
    ordering = (n for n in (*ahead, *behind) if actions(texts[n]))
    first = next((n for n in ordering if _answers(texts[n], subject, n - number, n > next_asking)), None)
    if first is None:
        return []
    following = range(first + 1, min(len(texts), number + on + 1))
    more = takewhile(lambda n: n not in asking and actions(texts[n]) and _answers_too(texts[n], subject), following)
    return [first, *more]


def _answers(sentence: str, subject: str, distance: int, behind_another: bool) -> bool:
    """``behind_another``: another sentence that asks for something stands between, and would be gone on from."""
    known = _patterns()
    if distance == 0:
        return not known["beforehand"].match(sentence)
    if known["no_answer"].search(sentence) or (distance < 0 and known["at_first"].search(sentence)):
        return False
    if _related(sentence, subject):
        return distance == 1 or _is_conditional(sentence, "finding" if distance > 0 else "condition")
    elsewhere = bool(_kin_of(sentence) and _kin_of(subject))
    return not behind_another and distance in _NEXT and _goes_on(sentence, elsewhere=elsewhere)


def _answers_too(sentence: str, subject: str) -> bool:
    """Whether a sentence goes on with the answer that the one before it began."""
    no_answer = _patterns()["no_answer"].search(sentence)
    return not no_answer and _related(sentence, subject) and _is_conditional(sentence, "finding")


def _related(sentence: str, subject: str) -> bool:
    return bool(_kin_of(sentence) & _kin_of(subject) or _stems(subject) & _stems(sentence))


def _is_conditional(sentence: str, how: str) -> bool:
    """Whether a sentence says on which finding it holds; a value or grade is one."""
    return bool(_patterns()[how].search(sentence) or thresholds(sentence))


def _goes_on(sentence: str, *, elsewhere: bool) -> bool:
    """Whether a sentence goes on from the one before it; ``elsewhere``: it speaks of another organ or risk."""
    known = _patterns()
    return bool(known["again"].search(sentence)) or (not elsewhere and bool(known["order"].match(sentence)))


@lru_cache(maxsize=4096)
def _stems(text: str) -> frozenset[str]:
    known = _patterns()
    words = (m.group() for m in known["word"].finditer(text.lower()))
    return frozenset(word[:_STEM] for word in words if not known["common"].fullmatch(word))


@lru_cache(maxsize=4096)
def _kin_of(text: str) -> frozenset[str]:
    """Names of what a text speaks of, of those in ``data/kin.toml``."""
    return frozenset(name for name, one in _kin() if one.search(text))


@lru_cache(maxsize=1)
def _patterns() -> Patterns:
    names = {"again", "at_first", "beforehand", "common", "condition", "finding", "no_answer", "order", "word"}
    return load_patterns("acting", names)


@lru_cache(maxsize=1)
def _kin() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, pattern(f"kin {name}", source)) for name, source in load_rules("kin").items())
