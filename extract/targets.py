"""What a phrase asks to watch, by name: "patients for signs of infection" → "signs and symptoms of infection".

A parameter of the table goes by its canonical name, a risk that is watched by a test by that test, and anything else by
the label's own words. Where nothing is named but the patient, the risk of the section is what to watch.
"""

from __future__ import annotations

import re
from functools import lru_cache

from extract.cues import Demand
from extract.hazards import is_risk
from extract.parameters import Mention, mentions, watched_by
from extract.patterns import Patterns, load_patterns, pattern, words
from extract.rules import load_rules

_PATTERNS = {
    "about", "again", "changed", "dangling", "determiner", "finding", "finding_of", "generic", "modifier", "not_first",
    "not_for", "not_in_name", "not_object", "people", "pronoun", "purpose", "signs", "stop", "test_head", "with_test",
}  # fmt: skip
CLINICAL_STATUS = "clinical status"
_MAX_WORDS = 14
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[()\[\]]")
_BETWEEN_ITEMS = re.compile(r",?\s+and/or\s+|,?\s+and\s+|,?\s+or\s+|,\s+")
# "symptoms (such as X) and laboratory tests"
_ALSO = re.compile(r"\s*(?:\([^()]*\)\s*)?(?:and|or)\s+(?P<what>.+)")
_BLANKED = re.compile(r"\s{4,}")
_OF = re.compile(r"\s+of\s")
_SAID = re.compile(r"\b(?!(?:and|or|then|thereafter)\b)\w", re.IGNORECASE)
_EDGE = " ,;:.–—•*-"


def targets(phrase: str, demand: Demand, hazard: str | None) -> list[str]:
    """Names of what a phrase asks to watch, in order, each once; none where it asks for no test or observation.

    ``phrase`` is what a cue governs, with its timing phrases blanked out.
    """
    text = _bare(phrase) if _SAID.search(phrase) else ""
    person = _patterns()["people"].match(text)
    found = _of_person(text, person.end(), demand, hazard) if person else _of_thing(text, demand, hazard)
    named = [name for name in found if not _patterns()["pronoun"].match(name)]
    return list(dict.fromkeys(named or (by_default(hazard) if found else [])))


def _bare(phrase: str) -> str:
    """A phrase without the adverbs at its edges."""
    at_start, at_end = _adverbs()
    return at_start.sub("", at_end.sub("", phrase.strip(_EDGE))).strip(_EDGE)


def is_again(phrase: str) -> bool:
    """True for "values", "these tests", "them": what the sentence before asked for."""
    return bool(_patterns()["again"].fullmatch(_cut(phrase.strip(_EDGE))))


def thing_name(text: str) -> str | None:
    """Name of the test at the end of a text, in the label's words ("a skin test"); None for "close monitoring"."""
    words_before = re.split(r"[^\w/’'-]+", text.strip())[-5:]
    start = max((n for n, word in enumerate(words_before) if _ends_name(word)), default=-1)
    name = _clean(" ".join(words_before[start + 1 :]))
    return None if _patterns()["generic"].fullmatch(name) else name


def _ends_name(word: str) -> bool:
    return word.lower() in _not_in_name() or bool(_patterns()["not_in_name"].fullmatch(word))


def by_default(hazard: str | None) -> list[str]:
    """What to watch where only the patient is named: the risk, or what its name says is measured; else how they are."""
    if not hazard:
        return [CLINICAL_STATUS]
    changed = _patterns()["changed"].sub("", hazard)
    measured = [m for m in mentions(changed, tests_only=True) if m.start == 0 and _ends_with(changed, m.end)]
    return [m.parameter.name for m in measured] or [f"signs and symptoms of {hazard}"]


def _of_person(text: str, end: int, demand: Demand, hazard: str | None) -> list[str]:
    watched = _watched_for(text, end)
    tests = _patterns()["with_test"].search(text, end)
    if tests and (named := mentions(tests["what"], tests_only=True)):
        return [m.parameter.name for m in named]
    if watched is not None:
        return _risks(watched, hazard) or by_default(hazard)
    if demand == "carry":
        return []
    finding = _patterns()["finding_of"].search(text, end) if demand == "judge" else None
    return (_things(finding["what"], "judge", hazard) if finding else []) or by_default(hazard)


def _of_thing(text: str, demand: Demand, hazard: str | None) -> list[str]:
    if not text:
        return by_default(hazard) if demand != "carry" else []
    if text.startswith("for "):
        return (_risks(text[4:], hazard) if not _patterns()["purpose"].match(text, 4) else []) or by_default(hazard)
    watched = _watched_for(text, 0)
    if demand == "carry" and watched and _patterns()["generic"].fullmatch(_clean(_cut(text))):
        known = [m.parameter.name for m in mentions(_cut(watched))]
        return known or [f"{_clean(_cut(text))} for {_clean(_cut(watched))}"]
    found = _things(text, demand, hazard)
    return found or (_risks(watched, hazard) if watched else [])


def _watched_for(text: str, start: int) -> str | None:
    for match in re.finditer(r"\bfor\s+", text[start:]):
        behind = text[start + match.end() :]
        purpose = _patterns()["purpose"].match(behind) or _patterns()["people"].match(behind)
        if not purpose and not _patterns()["not_for"].search(text[: start + match.start()] + " "):
            return behind
    return None


def _risks(text: str, hazard: str | None) -> list[str]:
    """Names of what is watched *for*."""
    about = _patterns()["about"].match(text.strip())
    signs = _signs(text.strip(), hazard)
    core = _cut(text.strip()[about.end() :] if about else text)
    if signs:
        return signs
    found: list[str] = []
    for item in _items(core):
        table = watched_by(_clean(item))
        named = [m.parameter.name for m in mentions(item) if about or _is_all(item, m)]
        found += [table.name] if table else named or [_clean(item)]
    return [name for name in found if name]


def _things(text: str, demand: Demand, hazard: str | None) -> list[str]:
    """Names of what is itself watched, judged or carried out."""
    known = _patterns()
    about = known["about"].match(text)
    signs, core = _signs(text.strip(), hazard), _cut(text[about.end() :] if about else text)
    if signs:
        return signs
    if demand != "carry" and known["not_object"].match(core):
        return []
    return _measured(text, core) or _verbatim(text, _clean(core), demand, hazard)


def _verbatim(text: str, name: str, demand: Demand, hazard: str | None) -> list[str]:
    """Name what no row of the table names, in the label's own words; a test needs the word for a test."""
    known = _patterns()
    if demand == "carry":
        heads = list(known["test_head"].finditer(name))
        if not heads:
            return [m.parameter.name for m in mentions(text, tests_only=True)]
        name = name[: heads[-1].end()]
        if known["again"].fullmatch(name):
            return by_default(hazard)
        return [f"{name} for {hazard}"] if hazard and known["generic"].fullmatch(name) else [name]
    if known["again"].fullmatch(name):
        return by_default(hazard)
    said = re.search(r"[A-Za-z]{3}", name) and not known["not_first"].match(name)
    return [name] if said and (demand == "watch" or known["finding"].search(name)) else []


def _measured(text: str, core: str) -> list[str]:
    """Parameters that a phrase names; those in brackets where none stands outside, or only a general one does."""
    found = mentions(core)
    outside = [m.parameter for m in found if not (m.parameter.general and len(found) > 1 and _OF.match(core, m.end))]
    inside = [m.parameter for m in mentions(_bracketed(text))]
    if inside and (not outside or any(p.general for p in outside)):
        outside = [p for p in outside if not p.general] + inside
    return [p.name for p in outside]


def _signs(text: str, hazard: str | None) -> list[str]:
    """Read "signs and symptoms of X"; "signs and symptoms" alone are those of the hazard."""
    match = _patterns()["signs"].match(text)
    if not match:
        return []
    rest = _cut(f" {text[match.end() :]}")
    if rest.strip(_EDGE) and not match["of"]:
        also = _ALSO.match(text, match.end())
        return [*by_default(hazard), *_things(also["what"], "watch", hazard)] if also else []
    what = _clean(rest)
    if match.group().lower().startswith("evidence") and (named := mentions(what)):
        return [m.parameter.name for m in named]
    return [f"signs and symptoms of {what}"] if what else by_default(hazard)


def _items(text: str) -> list[str]:
    """Split a list of risks at its commas and conjunctions; a list of adjectives before one noun stays whole."""
    items = [item for item in _BETWEEN_ITEMS.split(text) if item.strip(_EDGE)]
    whole = all(is_risk(_clean(item)) or watched_by(_clean(item)) or mentions(item) for item in items)
    return items if whole else [text]


def _is_all(item: str, mention: Mention) -> bool:
    """Whether an item of a list says nothing but the mention: "worsening depression", not "respiratory depression"."""
    return _ends_with(item, mention.end) and not _patterns()["modifier"].sub("", item[: mention.start]).strip(_EDGE)


def _ends_with(item: str, end: int) -> bool:
    return not re.search(r"[a-z]{3}", item[end:])


def _cut(text: str) -> str:
    bare = _BRACKETS.sub(lambda m: " " * len(m.group()), text)
    stop = _patterns()["stop"].search(bare, 1)
    return bare[: stop.start()] if stop else bare


def _bracketed(text: str) -> str:
    bare = _BRACKETS.sub(lambda m: " " * len(m.group()), text)
    stop = _patterns()["stop"].search(bare, 1)
    return " ".join(m.group() for m in _BRACKETS.finditer(text[: stop.start()] if stop else text))


def _clean(text: str) -> str:
    name = " ".join(_BLANKED.split(text.strip(_EDGE))[0].split()).strip(_EDGE)
    for _ in range(4):
        name = _patterns()["determiner"].sub("", name).strip(_EDGE)
    name = _patterns()["dangling"].sub("", " ".join(name.split()[:_MAX_WORDS])).strip(_EDGE)
    return name if name[1:2].isupper() or name[:1].islower() else name[:1].lower() + name[1:]


@lru_cache(maxsize=1)
def _patterns() -> Patterns:
    return load_patterns("targets", _PATTERNS)


@lru_cache(maxsize=1)
def _adverbs() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Adverbs that say how to watch, at the beginning and at the end of a phrase."""
    adverb = words(load_rules("monitoring")["words"]["adverbs"])
    return (
        pattern("adverbs", rf"^(?:{adverb}(?:,? and)?[ ,]+)*(?:{adverb}$)?"),
        pattern("adverbs", rf"[ ,]+{adverb}$"),
    )


@lru_cache(maxsize=1)
def _not_in_name() -> frozenset[str]:
    """Single words of the cues that are no part of a test's name: "require", "close"."""
    lists = load_rules("monitoring")["words"]
    phrases = [phrase for name in ("governors", "care", "carry") for phrase in lists[name]]
    return frozenset(word for phrase in phrases for word in phrase.split())
