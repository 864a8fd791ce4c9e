"""Which uses answer a question. What a label leaves open stays in; what it says otherwise is left out.

Some things must be stated, not merely left open: a setting that is asked for ("adjuvant") and use in
children, because silence is no approval for them; and, where biomarkers are both asked for and stated, one of
those asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from articles.claims import Claim, ConditionName, Marker
from articles.names import is_kind_of
from extract.facts import Age, Condition, Population
from extract.question import Topic

Alternatives = list[tuple[str, str]]
"""(marker, state), of which one is enough."""

EARLY = frozenset({"early", "resectable", "limited-stage", "stage i", "stage ii", "non-metastatic"})
LOCAL = frozenset({"locally advanced", "locally recurrent", "stage iii", "stage ii-iii", "inflammatory"})
SPREAD = frozenset({"metastatic", "advanced", "primary advanced", "unresectable", "recurrent", "extensive-stage"})
EXTENT = EARLY | LOCAL | SPREAD
EARLY_SETTINGS = frozenset({"adjuvant", "extended adjuvant", "neoadjuvant", "perioperative"})
FORESTALLING = frozenset({"prevention", "risk reduction"})
_ACCEPTED = {
    "metastatic": SPREAD,
    "extensive-stage": SPREAD,
    "recurrent": SPREAD | {"locally recurrent"},
    "advanced": SPREAD | LOCAL,
    "primary advanced": SPREAD | LOCAL,
    "unresectable": SPREAD | LOCAL,
    "locally advanced": LOCAL | {"advanced", "unresectable"},
    "stage iii": LOCAL | {"advanced", "unresectable"},
    "stage ii-iii": LOCAL | EARLY,
    "stage ii": EARLY | {"locally advanced", "stage ii-iii"},
}
_OPPOSED = (
    frozenset({"castration-resistant", "castration-sensitive"}),
    frozenset({"newly diagnosed", "relapsed", "refractory"}),
    frozenset({"chronic phase", "accelerated phase", "blast phase"}),
    frozenset({"high-risk", "intermediate-risk", "low-risk"}),
    frozenset({"mild", "moderate", "severe"}),
    frozenset({"acute", "chronic"}),
    frozenset({"node-positive", "node-negative"}),
)
_HORMONE_RECEPTORS = frozenset({"HR", "ER", "PR", "ER/PR"})
TRIPLE = "ER/PR/HER2"
"""The marker that labels call triple-negative."""
_TRIPLE_NEGATIVE: list[Alternatives] = [[("HR", "negative")], [("HER2", "negative")]]
_KINDS = {
    "none": {"negative", "absent", "wild-type"},
    "mutation": {"mutated", "germline mutated"},
    "fusion": {"fusion", "rearrangement", "fusion or rearrangement"},
    "expression": {"high", "amplified"},
}
_MEASURED = re.compile(r"(?:^|\s)[≥>≤<]")
"""A share of cells or a score, "≥50%" or "CPS ≥10": one tumor can reach several."""
_IN_YEARS = {"year": 1.0, "month": 12.0, "week": 52.1775, "day": 365.25}


def matching_conditions(topic: Topic, claim: Claim) -> list[ConditionName]:
    """The conditions of the claim that were asked for."""
    return [given for given in claim.conditions if any(_answers(asked, given) for asked in topic.conditions)]


def _answers(asked: Condition, given: ConditionName) -> bool:
    if given.ids & {*asked.ids.values()}:
        return True
    return any(is_kind_of(name, asked.name) for name in (given.name, given.text))


def reason_left_out(topic: Topic, claim: Claim) -> str | None:
    """Why a use of the right condition does not answer; None where it does."""
    checks = (_other_extent, _opposed_stage, _other_setting, _other_biomarker, _other_line, _other_population)
    return next((reason for check in checks if (reason := check(topic, claim))), None)


# Stage and setting


def _other_extent(topic: Topic, claim: Claim) -> str | None:
    """How far the disease has spread. Several stages asked for ("advanced or metastatic"): one is enough."""
    asked = EXTENT.intersection(map(str.casefold, topic.stages))
    if not asked:
        return None
    stated = EXTENT.intersection(map(str.casefold, claim.stages))
    early_settings = EARLY_SETTINGS.intersection(claim.settings)
    if not asked & SPREAD:
        return None if early_settings else _unaccepted(asked, stated)
    if early_settings and "metastatic" not in stated:
        return f"for {_listed(early_settings)} use"
    if claim.intent in FORESTALLING:
        return f"for {claim.intent}"
    if "stage iii" in stated and not stated & {"metastatic", "advanced", *asked}:
        return f"for {_listed(stated)} disease"
    return _unaccepted(asked, stated)


def _unaccepted(asked: frozenset[str], stated: frozenset[str]) -> str | None:
    accepted = frozenset().union(*(_ACCEPTED.get(one, EARLY) for one in asked))
    return f"for {_listed(stated)} disease" if stated and not stated & accepted else None


def _opposed_stage(topic: Topic, claim: Claim) -> str | None:
    for axis in _OPPOSED:
        asked, stated = axis.intersection(topic.stages), axis.intersection(claim.stages)
        if asked and stated and not asked & stated:
            return f"for {_listed(stated)} disease"
    return None


def _other_setting(topic: Topic, claim: Claim) -> str | None:
    if not topic.settings or {*claim.settings, claim.intent}.intersection(topic.settings):
        return None
    return f"not stated for {_listed(topic.settings)} use"


# Biomarkers


def _other_biomarker(topic: Topic, claim: Claim) -> str | None:
    asked = [one for group in asked_markers(topic) for one in group]
    stated = stated_markers(claim)
    if not asked or not stated:
        return None
    for group in stated:
        if all(any(_excludes(one, other) for one in asked) for other in group):
            return "for " + " or ".join(f"{marker} {state}" for marker, state in group)
    named = {marker for group in stated for marker, _ in group}
    return None if named & {marker for marker, _ in asked} else f"asks for {_listed(named)} instead"


def asked_markers(topic: Topic) -> list[Alternatives]:
    """The biomarkers of the question, hormone receptors as HR, triple-negative as what it means."""
    markers = [Marker(m.marker, m.state, m.group) for m in topic.biomarkers]
    return _spelled_out(markers, [c.name for c in topic.conditions])


def stated_markers(claim: Claim) -> list[Alternatives]:
    """The biomarkers of a use: all groups are required."""
    return _spelled_out(claim.biomarkers, [name for c in claim.conditions for name in (c.name, c.text)])


def alternatives(markers: Iterable[Marker]) -> list[Alternatives]:
    """Biomarkers by their groups."""
    by_group = groupby(sorted(markers, key=lambda m: m.group), key=lambda m: m.group)
    return [[(m.marker, m.state) for m in group] for _, group in by_group]


def _spelled_out(markers: Iterable[Marker], names: Sequence[str]) -> list[Alternatives]:
    groups = [[("HR" if m in _HORMONE_RECEPTORS else m, s) for m, s in group] for group in alternatives(markers)]
    plain = [g for g in groups if g[0][0] != TRIPLE]
    triple = len(plain) < len(groups) or any("triple" in name.casefold() for name in names)
    return plain + (_TRIPLE_NEGATIVE if triple else [])


def _excludes(asked: tuple[str, str], stated: tuple[str, str]) -> bool:
    """True where a tumor cannot be both, as far as the states say; "positive" leaves open by what."""
    if asked[0] != stated[0] or asked[1] == stated[1]:
        return False
    one, other = _kind(asked[1]), _kind(stated[1])
    if one == other:
        return one == "variant"
    if {one, other} in ({"low", "none"}, {"mutation", "variant"}):
        return False
    return "positive" not in (one, other) or bool({one, other} & {"none", "low", "unknown"})


def _kind(state: str) -> str:
    if state in ("positive", "low", "unknown"):
        return state
    if _MEASURED.search(state):
        return "expression"
    return next((kind for kind, states in _KINDS.items() if state in states), "variant")


# Line and population


def _other_line(topic: Topic, claim: Claim) -> str | None:
    if topic.line and not claim.line and (early := EARLY_SETTINGS.intersection(claim.settings)):
        return f"for {_listed(early)} use"  # part of a curative plan, which has no lines
    if not topic.line or not claim.line or {*topic.line.split(" or ")} & {*claim.line.split(" or ")}:
        return None
    return f"for {claim.line} use"


def _other_population(topic: Topic, claim: Claim) -> str | None:
    asked, stated = topic.population, claim.population
    for one, other in ((asked.sex, stated.sex), (asked.menopausal, stated.menopausal)):
        if one and other and one != other:
            return f"for {other} patients"
    if asked.pediatric and not asked.adult and not stated.pediatric:
        return "not stated for pediatric patients"
    if asked.adult and not asked.pediatric and stated.adult is False:
        return "for pediatric patients"
    return None if _ages_meet(asked, stated) else "for another age"


def _ages_meet(asked: Population, stated: Population) -> bool:
    def below(high: Age | None, low: Age | None) -> bool:
        return high is not None and low is not None and _years(high) < _years(low)

    return not below(asked.max_age, stated.min_age) and not below(stated.max_age, asked.min_age)


def _years(age: Age) -> float:
    return age.value / _IN_YEARS[age.unit]


def _listed(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))
