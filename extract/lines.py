"""Line of therapy, prior therapies and the response to them, each with the words that say so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from extract.facts import Evidence
from extract.rules import any_of, check_keys, compiled, load_rules
from extract.spans import Span, outside, overlaps
from extract.statements import Statement

_OPENING_CLAUSE = re.compile(r",\s")
"""A clause that opens the sentence ends at its comma: "After surgery, the drug is indicated for …"."""
_LOOSE_END = re.compile(r"[\s,.;]+(?:(?:and|or)\s*)?$", re.IGNORECASE)
_UNTREATED = re.compile(r"\b(?:no|not|never|untreated|na[iï]ve|newly)\b", re.IGNORECASE)
"""A clause on earlier treatment names the first line only where it says that there was none."""


@dataclass(frozen=True, slots=True)
class Line:
    """The line of therapy (None where the label names none) and its evidence."""

    name: str | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class _Rules:
    prior: re.Pattern[str]
    aside: re.Pattern[str]
    prior_end: re.Pattern[str]
    lines: tuple[tuple[str, re.Pattern[str]], ...]
    responses: tuple[tuple[str, re.Pattern[str]], ...]
    no_line: frozenset[str]
    open_line: re.Pattern[str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    data = load_rules("lines")
    check_keys("lines.toml", data, ("prior", "aside", "prior_end", "line", "response", "no_line"))
    return _Rules(
        prior=_any(data["prior"]["patterns"]),
        aside=_any(data["aside"]["patterns"]),
        prior_end=_any(data["prior_end"]["patterns"]),
        lines=tuple((table["name"], _any(table["patterns"])) for table in data["line"]),
        responses=tuple((table["name"], _any(table["patterns"])) for table in data["response"]),
        no_line=frozenset(data["no_line"]["settings"]),
        open_line=_any(data["no_line"]["patterns"]),
    )


def _any(patterns: list[str]) -> re.Pattern[str]:
    return compiled("lines.toml", any_of(patterns))


def prior_spans(text: str) -> list[Span]:
    """Clauses of a statement that speak of earlier treatment: nothing in them is what the drug is for."""
    return _clauses(text, _rules().prior)


def aside_spans(text: str) -> list[Span]:
    """Clauses on what patients need or cannot have: no earlier treatment, but not what the drug is for either."""
    return _clauses(text, _rules().aside)


def _clauses(text: str, opening: re.Pattern[str]) -> list[Span]:
    found: list[Span] = []
    for match in opening.finditer(text):
        if found and match.start() < found[-1][1]:
            continue
        end = _OPENING_CLAUSE.search(text, match.end()) if not text[: match.start()].strip() else None
        end = end or _rules().prior_end.search(text, match.end())
        clause = text[match.start() : end.start() if end else len(text)]
        found.append((match.start(), match.start() + len(_LOOSE_END.sub("", clause))))
    return found


def read_line(statement: Statement, plan: tuple[str, ...], *, priors: list[Span], masked: list[Span]) -> Line:
    """Read the line of therapy.

    ``plan``: the settings and the intent, of which some have no lines. ``masked`` spans (partners) do not count,
    ``priors`` (:func:`prior_spans`) do.
    """
    text = statement.text
    rules = _rules()
    said_nothing = [*masked, *(m.span() for m in rules.open_line.finditer(text))]
    found = {name: [m.span() for m in p.finditer(text) if outside(m.span(), said_nothing)] for name, p in rules.lines}
    firsts, laters = found["first-line"], found["subsequent"]
    laters = [s for s in laters if not any(overlaps(s, f) for f in firsts)]
    firsts = [s for s in firsts if outside(s, priors) or _UNTREATED.search(text[s[0] : s[1]])]
    if rules.no_line.intersection(plan):
        laters = []
    names = [name for name, spans in (("first-line", firsts), ("subsequent", laters)) if spans]
    evidence = tuple(statement.evidence(*span) for span in sorted(firsts + laters))
    return Line(" or ".join(names) or None, evidence)


def read_response(text: str, priors: list[Span]) -> tuple[str, ...]:
    """How the disease responded to earlier treatment, as the clauses on it (:func:`prior_spans`) say."""
    return tuple(name for name, p in _rules().responses if any(p.search(text, *span) for span in priors))
