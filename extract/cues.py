"""Where a sentence asks for a test or an observation: the cues, and how each asks.

Three ways of asking are read (``data/monitoring.toml``): an order ("Monitor X"), a passive ("X should be monitored"),
and a thing ("Periodic monitoring of X is recommended", "consider X monitoring"). What was done in a trial, and what is
advised against, is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from extract.parameters import mentions
from extract.patterns import Patterns, load_patterns
from extract.rules import load_rules

Kind = Literal["order", "passive", "thing"]
Demand = Literal["watch", "judge", "carry"]

# Nothing of a clause stands before it.
_BEGINS = re.compile(r"(?:^|[.,;:)])\W*$")
_OF_ONE = re.compile(r"\s+of(?:\s+(?!(?:and|or|with)\b)[\w/-]+){1,4}\s+", re.IGNORECASE)
# No test of the table has a longer name.
_TEST_NAME = 60
_PATTERNS = {
    "another", "any_cue", "before_to", "begun", "beside", "capital", "consider", "considered_test", "denied",
    "describing", "elided", "finite", "gerund", "governed", "have", "kept", "listed", "modal", "modified", "negated",
    "next_clause", "next_subject", "not_before", "not_subject", "order", "order_here", "other_order", "passive", "past",
    "professional", "recommended", "second", "selected", "test", "to",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cue:
    """The words that ask, at ``sentence[start:end]``, adverbs included.

    What is asked for stands before a passive and behind an order; a thing has it on either side.
    """

    kind: Kind
    demand: Demand
    start: int
    end: int
    parameter: str | None = None
    """The parameter that the cue itself names: "ECG is recommended"."""
    subject: tuple[int, int] | None = None
    """Of a passive: what stands before it, as far back as is known; (0, end) where nothing limits it."""


@lru_cache(maxsize=1)
def _patterns() -> Patterns:
    return load_patterns("monitoring", _PATTERNS)


@lru_cache(maxsize=1)
def _demands() -> dict[str, Demand]:
    """What the verbs of ``data/monitoring.toml`` demand, by verb and participle."""
    lists = load_rules("monitoring")["words"]
    kinds: tuple[tuple[str, Demand], ...] = (
        ("watch", "watch"), ("watched", "watch"), ("judge", "judge"), ("judged", "judge"),
        ("carry", "carry"), ("carried", "carry"), ("finish", "carry"),
    )  # fmt: skip
    return {verb: demand for name, demand in kinds for verb in lists[name]}


def asks(sentence: str) -> bool:
    """Whether a sentence has a word that could ask for something: a fast look before the slow one."""
    return bool(_patterns()["any_cue"].search(sentence))


def find_cues(sentence: str, times: Iterable[tuple[int, int]] = ()) -> list[Cue]:
    """Cues of a sentence in reading order; where two overlap, the one that begins first is kept.

    ``times`` are the spans of its timing phrases, where they are known.
    """
    kept: list[Cue] = []
    found = [*_orders(sentence), *_behind_times(sentence, times), *_passives(sentence), *_things(sentence)]
    for cue in sorted(found, key=lambda c: (c.start, -c.end)):
        if not kept or (cue.start >= kept[-1].end and not _within(sentence, kept[-1], cue)):
            kept.append(cue)
    return kept


def _within(sentence: str, first: Cue, thing: Cue) -> bool:
    """Whether a thing is what another cue is about: "undergo diagnostic testing", "monitoring of liver tests"."""
    between = sentence[first.end : thing.start]
    if thing.kind != "thing" or first.kind == "passive":
        return False
    if first.kind == "thing":
        return bool(_OF_ONE.fullmatch(between))
    apart = r"[,;:]" if first.demand == "carry" else r"[,;:]|\b(?:and|with|or)\b"
    return not re.search(apart, between)


def clause_end(sentence: str, cue: Cue, end: int) -> int:
    """Where a cue's clause ends: before "and" with another order or subject, a semicolon, or ``end``."""
    names = ("next_clause",) if cue.kind == "thing" else ("next_clause", "next_subject")
    found = [_patterns()[name].search(sentence, cue.end, end) for name in names]
    return min((match.start() for match in found if match), default=end)


def orders_else(clause: str) -> bool:
    """Whether a clause, up to a cue, begins with an order for something else: "Administer X before …, and"."""
    return bool(_patterns()["other_order"].match(clause))


def _orders(sentence: str) -> Iterator[Cue]:
    known = _patterns()
    for match in known["capital"].finditer(sentence):
        yield Cue("order", _demand(match["verb"]), match.start("cue"), match.end("cue"))
    for match in known["selected"].finditer(sentence):
        yield Cue("order", "judge", match.start("cue"), match.end("cue"))
    for match in known["order"].finditer(sentence):
        before = sentence[: match.start("cue")]
        to = known["to"].search(before)
        if to and not known["before_to"].search(before[: to.start()]):
            continue
        if known["not_before"].search(before) or _within_test(sentence, match.start("cue")):
            continue
        yield Cue("order", _demand(match["verb"]), match.start("cue"), match.end("cue"))


def _behind_times(sentence: str, times: Iterable[tuple[int, int]]) -> Iterator[Cue]:
    known = _patterns()
    for start, end in times:
        match = known["order_here"].match(sentence, end)
        if match and _BEGINS.search(sentence[:start]):
            yield Cue("order", _demand(match["verb"]), match.start("cue"), match.end("cue"))


def _within_test(sentence: str, at: int) -> bool:
    """Whether a word is part of a test's name: "blood type and screen"."""
    if not sentence.endswith("and ", 0, at):
        return False
    near = max(0, at - _TEST_NAME)
    return any(m.start < at - near < m.end for m in mentions(sentence[near : at + _TEST_NAME]))


def _passives(sentence: str) -> Iterator[Cue]:
    known = _patterns()
    for match in known["passive"].finditer(sentence):
        subject = match.span("subject") if match["subject"] else (0, match.start())
        yield Cue("passive", _demand(match["verb"]), match.start("cue"), match.end(), None, subject)
    for match in known["have"].finditer(sentence):
        yield Cue("passive", "watch", match.start("verb"), match.end(), None, match.span("object"))
    for match in known["elided"].finditer(sentence):
        yield Cue("passive", _demand(match["verb"]), match.start("cue"), match.end(), None, match.span("object"))
    modal = known["modal"].search(sentence)
    for match in known["second"].finditer(sentence, modal.end()) if modal else ():
        if modal and (modal["be"] or match["be"]):
            yield Cue("passive", _demand(match["verb"]), match.start("cue"), match.end("cue"), None, (0, modal.start()))


def _things(sentence: str) -> Iterator[Cue]:
    known = _patterns()
    heads = (m for m in known["test"].finditer(sentence) if not known["modified"].match(sentence, m.end()))
    for match in [*heads, *known["gerund"].finditer(sentence)]:
        before = sentence[: match.start()]
        told_when = match["cue"].lower() == "following" and not known["consider"].search(before)
        if told_when or _in_brackets(before) or known["professional"].match(sentence, match.start()):
            continue
        if _asked(sentence, match.start(), match.end()):
            yield Cue("thing", "watch", match.start(), match.end())


def _asked(sentence: str, start: int, end: int) -> bool:
    """Whether a thing at this place is asked for: governed by a word before it, or recommended behind it."""
    known = _patterns()
    governed = known["governed"].search(sentence[:start])
    denied = governed and known["denied"].search(sentence[: governed.start()])
    told_before = known["past"].search(re.split(r"[;,]", sentence[:start])[-1])
    told_behind = known["listed"].match(sentence, end) or known["begun"].match(sentence, end)
    if ((governed and not denied) or told_behind) and not told_before:
        return True
    told = known["recommended"].search(sentence, end)
    if not told or ";" in sentence[end : told.start()] or known["negated"].search(told.group()):
        return False
    between = known["beside"].sub("", sentence[end : told.start()])
    return not any(known[name].search(between) for name in ("past", "negated", "finite", "another"))


def named_tests(sentence: str) -> Iterator[Cue]:
    """Tests that a sentence asks for by their name alone: "ECG before treatment is recommended", "consider an ECG"."""
    known = _patterns()
    told = known["recommended"].search(sentence)
    subject = sentence[: told.start()] if told else ""
    kept = told and known["kept"].search(told.group())
    if kept or known["not_subject"].search(subject) or known["past"].search(subject):
        subject = ""
    for mention in mentions(sentence, tests_only=True):
        before, behind = sentence[: mention.start], sentence[mention.end :]
        considered = known["considered_test"].search(before) and not known["modified"].match(behind)
        if considered or (mention.end <= len(subject) and _is_subject(before, subject[mention.end :])):
            yield Cue("thing", "carry", mention.start, mention.end, mention.parameter.name)


def _is_subject(before: str, behind: str) -> bool:
    """Whether a test between these words is what the recommendation behind them is about."""
    known = _patterns()
    if _in_brackets(before) or known["describing"].search(before):
        return False
    return not (known["finite"].search(behind) or ";" in behind or known["modified"].match(f"{behind} is"))


def _in_brackets(before: str) -> bool:
    return before.count("(") > before.count(")")


def _demand(verb: str) -> Demand:
    return _demands()[" ".join(verb.lower().split())]
