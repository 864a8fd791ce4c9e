"""How facts are worded. The names are the stored ones; what is added is "with", "or", "as a single agent"."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from articles.claims import Cited, Claim, ConditionName, Partners, longest
from articles.matching import EARLY_SETTINGS, TRIPLE, alternatives
from articles.names import is_kind_of
from extract.question import Topic

NO_BIOMARKER = "No biomarker stated in the indication"
ONLY_TEST = "Selected by a test that the label requires"
_LEADS = {"combination": "with ", "adjunct": "as an adjunct to ", "sequence": "followed by "}
_HYPHENED = frozenset({"positive", "negative", "low", "high", "mutated", "deficient", "amplified"})
# Classes that one says without an article: plurals, and what cannot be counted.
_UNCOUNTED = re.compile(
    r"(?:s|therapy|treatment|insulin|diet|exercise|care|radiation|surgery|support|counseling|supplementation"
    r"|transplantation|corticotropin)$",
    re.I,
)
_BARE = re.compile(r"^((?:adult|pediatric)(?: (?:and|or) (?:adult|pediatric))?)$", re.I)
_SPELLED = re.compile(r"[a-z]{3}")
_BEHIND = re.compile(r" of |phase$|^stage |cirrhosis$|risk$")


def listed(names: Sequence[str], word: str = "or") -> str:
    """ "a", "a or b", "a, b or c"."""
    return f" {word} ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def drug_names(labels: Iterable[Cited]) -> str:
    """Labels by their drugs' names, equal products together: "Herceptin, Ogivri (trastuzumab), Kisqali"."""
    by_ingredient: dict[str, list[Cited]] = defaultdict(list)
    for label in labels:
        by_ingredient[label.ingredient].append(label)
    return ", ".join(sorted((_product_names(of_one) for of_one in by_ingredient.values()), key=sort_key))


def _product_names(labels: Iterable[Cited]) -> str:
    brands = {name.casefold(): name for c in labels if (name := c.brand or c.generic or c.key.set_id)}
    generics = {c.generic.casefold(): c.generic for c in labels if c.generic}
    told = ", ".join(sorted(brands.values(), key=sort_key))
    others = ", ".join(sorted((generics[low] for low in generics.keys() - brands.keys()), key=sort_key))
    return f"{told} ({others})" if others else told


def sort_key(name: str) -> tuple[str, str]:
    """Alphabetical, capitals or not; equal but for capitals: in one fixed order."""
    return name.casefold(), name


# Biomarkers


def profile_key(claim: Claim) -> object:
    """What makes two profiles the same, whatever the order on the label."""
    return frozenset(frozenset(group) for group in alternatives(claim.biomarkers)) or title(claim)


def title(claim: Claim) -> str:
    """The heading for uses with these biomarkers."""
    return profile(alternatives(claim.biomarkers)) or (ONLY_TEST if claim.test_required else NO_BIOMARKER)


def test(claim: Claim) -> str:
    """What a required test selects for, as far as the indication names it."""
    return f"{profile(alternatives(claim.biomarkers))}, by a required test" if claim.biomarkers else ONLY_TEST


def required(claim: Claim) -> tuple[tuple[str, ...], ...]:
    """The required biomarkers one by one: of each tuple, one is enough."""
    return tuple(tuple(_marker(*one) for one in group) for group in alternatives(claim.biomarkers))


def profile(groups: Iterable[Sequence[tuple[str, str]]]) -> str:
    """The required biomarkers in words: "HR-positive, HER2-negative", "BRAF V600E or V600K"."""
    return ", ".join(map(_any_of, groups))


def _any_of(group: Sequence[tuple[str, str]]) -> str:
    markers = {marker for marker, _ in group}
    if len(markers) == 1 and len(group) > 1:
        told = [_marker(*group[0]), *(state for _, state in group[1:])]
    else:
        told = [_marker(marker, state) for marker, state in group]
    return listed(told)


def _marker(marker: str, state: str) -> str:
    if marker == TRIPLE:
        return f"triple-{state}"
    if state == "wild-type":
        return f"wild-type {marker}"
    if state == "germline mutated":
        return f"germline {marker}-mutated"
    return f"{marker}-{state}" if state in _HYPHENED else f"{marker} {state}"


# Partners


def use(claim: Claim) -> str:
    """With what the drug is given: "with an aromatase inhibitor", "as a single agent, or with docetaxel"."""
    ways = ["as a single agent"] if claim.single_agent else []
    optional = any(r.optional for r in claim.regimens) and not claim.single_agent
    for role, lead in _LEADS.items():
        regimens = [r for r in claim.regimens if r.role == role]
        if regimens:
            ways.append(("alone or " if optional else "") + _regimens(regimens, lead))
    return ", or ".join(ways)


def _regimens(regimens: Sequence[Partners], lead: str) -> str:
    told = list(dict.fromkeys(listed([_partner(*drug) for drug in r.drugs], "and") for r in regimens))
    if all(len(r.drugs) == 1 for r in regimens):
        return lead + listed(told)
    return ", or ".join(lead + one for one in told)


def _partner(name: str, kind: str) -> str:
    if kind != "class" or _UNCOUNTED.search(name):
        return name
    vowel = name[0].casefold() in "aeio" or re.match(r"[AEFHILMNORSX][A-Z]|HER2|un|um", name)
    return f"{'an' if vowel else 'a'} {name}"


# Qualifiers


def qualifiers(claim: Claim, conditions: Sequence[ConditionName]) -> tuple[str, ...]:
    """For whom and when, in stored words: condition, stage, setting, line, earlier treatment, population."""
    about = disease(claim.stages, _conditions(conditions, claim.stages))
    # "After adjuvant therapy" is no setting of a metastatic disease.
    early = EARLY_SETTINGS if "metastatic" in claim.stages else frozenset()
    return (
        about if claim.intent == "treatment" else f"{about} ({claim.intent})",
        *(f"{setting} treatment" for setting in claim.settings if setting not in {claim.intent, *early}),
        *_line(claim),
        *(_BARE.sub(r"\1 patients", who) for who in longest(claim.population_words)),
    )


def _line(claim: Claim) -> tuple[str, ...]:
    """Line and earlier treatments; several lines, "initial … or following …", are alternatives."""
    told = longest([*(claim.line_words or filter(None, [claim.line])), *claim.prior])
    return (" or ".join(told),) if claim.line and " or " in claim.line else told


def _conditions(conditions: Sequence[ConditionName], stages: Sequence[str]) -> list[str]:
    """The label's words for them; the names, where the words are an abbreviation or hold the stage.

    An abbreviation behind the words that it stands for, "non-squamous non-small cell lung cancer (NSCLC)", is no
    second condition.
    """
    spelled = [c.text for c in conditions if _SPELLED.search(c.text)]
    return [
        c.name if c.text not in spelled or any(stage in c.text.casefold() for stage in stages) else c.text
        for c in conditions
        if c.text in spelled or not any(is_kind_of(text, c.name) for text in spelled)
    ]


def disease(stages: Sequence[str], names: Iterable[str]) -> str:
    """A disease with its stages: "advanced or metastatic breast cancer", "… (high risk of recurrence)"."""
    name = listed(list(dict.fromkeys(names)))
    before = [s for s in stages if not _BEHIND.search(s) and s not in name]
    behind = [s for s in stages if _BEHIND.search(s)]
    return " ".join(filter(None, [listed(before), name, f"({', '.join(behind)})" if behind else ""]))


# The question


def subject(topic: Topic, drug: str | None) -> str:
    """What was asked for, in the program's own terms: "HER2-positive metastatic breast cancer"."""
    markers = profile([(m.marker, m.state)] for m in topic.biomarkers)
    about = disease(topic.stages, [c.name for c in topic.conditions])
    whom = listed([e.text for e in topic.population.evidence], "and")
    told = " ".join(filter(None, [drug and (f"{drug} in" if about else drug), *topic.settings, markers, about]))
    told = f"{topic.line} {told}" if topic.line else told
    return f"{told} in {whom}" if whom else told


def understood(topic: Topic, drug: str | None) -> str:
    """What the program made of the question, part by part; empty where it made nothing of it."""
    conditions = [
        f"{c.name} ({cited})" if (cited := next(iter(c.ids.values()), "")) else c.name for c in topic.conditions
    ]
    parts = {
        "drug": [drug] if drug else [],
        "condition": conditions,
        "stage": topic.stages,
        "setting": topic.settings,
        "biomarker": [profile([[(m.marker, m.state)]]) for m in topic.biomarkers],
        "line": [topic.line] if topic.line else [],
        "population": [e.text for e in topic.population.evidence],
    }
    return "; ".join(f"{name}: {', '.join(found)}" for name, found in parts.items() if found)
