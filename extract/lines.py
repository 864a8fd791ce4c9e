"""Line of therapy and prior therapies, each with the words that say so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from extract.facts import Evidence
from extract.rules import check_keys, compiled, load_rules
from extract.spans import Span, outside, overlaps
from extract.statements import Statement

_OPENING_CLAUSE = re.compile(r",\s")
"""A clause that opens the sentence ends at its comma: "After surgery, the drug is indicated for …"."""
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
    prior_end: re.Pattern[str]
    lines: tuple[tuple[str, re.Pattern[str]], ...]
    no_line: frozenset[str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    data = load_rules("lines")
    check_keys("lines.toml", data, ("prior", "prior_end", "line", "no_line"))
    return _Rules(
        prior=_any(data["prior"]["patterns"]),
        prior_end=_any(data["prior_end"]["patterns"]),
        lines=tuple((table["name"], _any(table["patterns"])) for table in data["line"]),
        no_line=frozenset(data["no_line"]["settings"]),
    )


def _any(patterns: list[str]) -> re.Pattern[str]:
    return compiled("lines.toml", "|".join(f"(?:{p})" for p in patterns))


def prior_spans(text: str) -> list[Span]:
    """Clauses of a statement that speak of earlier treatment: nothing in them is what the drug is for."""
    rules = _rules()
    found: list[Span] = []
    for match in rules.prior.finditer(text):
        if found and match.start() < found[-1][1]:
            continue
        end = _OPENING_CLAUSE.search(text, match.end()) if not text[: match.start()].strip() else None
        end = end or rules.prior_end.search(text, match.end())
        found.append((match.start(), end.start() if end else len(text.rstrip(" ."))))
    return found


def read_line(statement: Statement, settings: tuple[str, ...], *, priors: list[Span], masked: list[Span]) -> Line:
    """Read the line of therapy; ``masked`` spans (partners) do not count, ``priors`` (:func:`prior_spans`) do."""
    text = statement.text
    rules = _rules()
    found = {name: [m.span() for m in p.finditer(text) if outside(m.span(), masked)] for name, p in rules.lines}
    firsts, laters = found["first-line"], found["subsequent"]
    laters = [s for s in laters if not any(overlaps(s, f) for f in firsts)]
    firsts = [s for s in firsts if outside(s, priors) or _UNTREATED.search(text[s[0] : s[1]])]
    if rules.no_line.intersection(settings):
        laters = []
    names = [name for name, spans in (("first-line", firsts), ("subsequent", laters)) if spans]
    evidence = tuple(statement.evidence(*span) for span in sorted(firsts + laters))
    return Line(" or ".join(names) or None, evidence)
