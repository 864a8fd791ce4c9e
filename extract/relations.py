"""How the conditions that a statement names belong together: which is treated, which is only told beside it.

"Hallucinations and delusions associated with Parkinson's disease psychosis": the disease is treated, the two are what
shows of it. "Pain such as that due to surgery, cancer or burns": pain is treated, the others are causes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from extract.facts import RelatedRole
from extract.rules import any_of, check_keys, compiled, load_rules
from extract.vocabulary import Match

Role = Literal["treated"] | RelatedRole
_LINKS = ("cause", "weak_cause", "comorbid", "example", "feature")
_CLOSE = (*_LINKS, "belongs")
_KEYS = (*_CLOSE, "component", "population", "between", "list")


@dataclass(frozen=True, slots=True)
class _Group:
    """Mentions of one list, and the words that open it."""

    opening: str
    mentions: tuple[Match, ...]


@lru_cache(maxsize=1)
def _rules() -> dict[str, re.Pattern[str]]:
    data = load_rules("relations")
    check_keys("relations.toml", data, _KEYS)
    told = {name: any_of(data[name]["patterns"]) for name in _KEYS}
    told |= {name: f"(?:{told[name]}){told['between']}" for name in _CLOSE}  # close to the disease, that is
    return {name: compiled(name, pattern) for name, pattern in told.items()}


def roles(text: str, mentions: Sequence[Match]) -> list[Role]:
    """The role of each mention of a statement, in the order given (reading order)."""
    told: dict[int, Role] = {}
    previous: _Group | None = None
    role: Role = "treated"
    for group in _groups(text, [m for m in mentions if m.specific or not _rules()["component"].search(m.text)]):
        role = _role_of(group, previous, role)
        if role == "treated" and previous and _belongs(group, previous):
            told |= {m.start: "component" for m in previous.mentions}
        told |= {m.start: role for m in group.mentions}
        previous = group
    return [_of_population(text, m, told.get(m.start, "treated")) for m in mentions]


def _groups(text: str, mentions: Sequence[Match]) -> list[_Group]:
    rules = _rules()
    found: list[_Group] = []
    end = 0
    for mention in mentions:
        between = text[end : mention.start]
        linked = between.count(")") > between.count("(") or any(rules[link].search(between) for link in _LINKS)
        if found and rules["list"].match(between) and not linked:
            found[-1] = _Group(found[-1].opening, (*found[-1].mentions, mention))
        else:
            found.append(_Group(between, (mention,)))
        end = mention.end
    return found


def _role_of(group: _Group, previous: _Group | None, before: Role) -> Role:
    rules = _rules()
    if rules["example"].search(group.opening):
        openings = [group.opening, _head(group.opening), previous.opening if previous else ""]
        return "cause" if any(rules["weak_cause"].search(o) for o in openings) else before
    if previous is None or _begins_anew(group):
        return "treated"
    vague = not any(m.specific for m in group.mentions)  # "due to conditions such as"
    if rules["cause"].search(group.opening) or (vague and rules["weak_cause"].search(group.opening)):
        return "cause"
    if rules["comorbid"].search(group.opening):
        return "population"
    return "feature" if rules["feature"].search(group.opening) else "treated"


def _begins_anew(group: _Group) -> bool:
    """True where a capital tells that a new item begins: the lists of old labels have lost their stops."""
    words = group.opening.split()
    first = group.mentions[0].text
    return first[0].isupper() and not first[1:2].isupper() and len(words) > 2 and words[-1][-1].isalpha()


def _head(opening: str) -> str:
    """The words before "such as"."""
    found = _rules()["example"].search(opening)
    return opening[: found.start()] if found else opening


def _belongs(group: _Group, previous: _Group) -> bool:
    rules = _rules()
    shown = all(rules["component"].search(m.text) for m in previous.mentions)
    return shown and bool(rules["belongs"].match(group.opening.lstrip(" ,(")))


def _of_population(text: str, mention: Match, role: Role) -> Role:
    """A treated disease that stands before "patients" only says what kind of patients is meant."""
    return "population" if role == "treated" and _rules()["population"].match(text, mention.end) else role
