"""When to monitor: the timing phrases of a sentence, verbatim, with their kind.

The phrases are data (``data/timing.toml``). Overlapping finds give way to the longest, and neighbours with nothing
but a blank between them are one phrase: "every 2 weeks" + "for the first 2 cycles".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from extract.patterns import pattern
from extract.rules import RuleError, check_keys, load_rules

KINDS = ("baseline", "interval", "duration", "during", "after", "end", "event", "manner", "need")

_BRACKET = re.compile(r"\s*\((?:e\.g\.|i\.e\.|eg|for example|at|every)[^()]*\)")


@dataclass(frozen=True, slots=True)
class Timing:
    """A timing phrase at ``text[start:end]``; ``kinds`` as in ``data/timing.toml``, in reading order."""

    start: int
    end: int
    kinds: tuple[str, ...]

    @property
    def event(self) -> bool:
        """True for "if …" and "when …", which say on what occasion rather than how often."""
        return self.kinds == ("event",)


def timings(text: str) -> list[Timing]:
    """Timing phrases of a sentence in reading order; they never overlap."""
    return _merged(text, _with_examples(text, _longest(_candidates(text))))


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rules = load_rules("timing")
    check_keys("timing", rules, {"fragments", "rule"})
    return tuple(_pattern(f"timing rule {at + 1}", rule, rules["fragments"]) for at, rule in enumerate(rules["rule"]))


def _pattern(where: str, rule: dict[str, str], fragments: dict[str, str]) -> tuple[str, re.Pattern[str]]:
    check_keys(where, rule, {"kind", "pattern"})
    if rule["kind"] not in KINDS:
        raise RuleError(f"{where}: unknown kind {rule['kind']}")
    return rule["kind"], pattern(where, rf"(?<!\w)(?:{rule['pattern']})(?![\w-])", fragments)


def _candidates(text: str) -> list[Timing]:
    return [
        Timing(m.start(), m.start() + len(m.group().rstrip()), (kind,))
        for kind, one in _patterns()
        for m in one.finditer(text)
    ]


def _longest(found: list[Timing]) -> list[Timing]:
    kept: list[Timing] = []
    for one in sorted(found, key=lambda t: (t.start - t.end, t.event, t.start)):
        if all(one.end <= k.start or one.start >= k.end for k in kept):
            kept.append(one)
    return sorted(kept, key=lambda t: t.start)


def _with_examples(text: str, found: list[Timing]) -> list[Timing]:
    """Take a bracket of timings into the timing that it explains: "at regular intervals (e.g., every 3 months)"."""
    kept: list[Timing] = []
    for one in found:
        last = kept[-1] if kept else None
        bracket = _BRACKET.match(text, last.end) if last else None
        if last and bracket and bracket.start() < one.start < bracket.end():
            kept[-1] = Timing(last.start, max(bracket.end(), one.end), last.kinds)
        elif not last or one.start >= last.end:
            kept.append(one)
    return kept


def _merged(text: str, found: list[Timing]) -> list[Timing]:
    merged: list[Timing] = []
    for one in found:
        last = merged[-1] if merged else None
        if last and not text[last.end : one.start].strip() and not (last.event or one.event):
            merged[-1] = Timing(last.start, one.end, last.kinds + one.kinds)
        else:
            merged.append(one)
    return merged
