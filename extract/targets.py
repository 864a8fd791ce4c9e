"""What a phrase asks to watch, by name: "patients for signs of infection" → "signs and symptoms of infection".

A parameter of the table goes by its canonical name, a risk that is watched by a test by that test, and anything else by
the label's own words. Where nothing is named but the patient, the risk of the section is what to watch.
"""

from __future__ import annotations

import re
from functools import lru_cache

from extract.cues import Demand
from extract.hazards import is_risk
from extract.markers import find_markers
from extract.parameters import Mention, mentions, watched_by
from extract.patterns import Patterns, load_patterns, pattern, words
from extract.rules import load_rules
from extract.vocabulary import Vocabulary

_PATTERNS = {
    "about", "again", "by_test", "changed", "connector", "dangling", "determiner", "finding", "finding_of", "generic",
    "listed", "modifier", "molecular", "no_name", "no_risk", "not_first", "not_for", "not_in_name", "not_object",
    "people", "product", "pronoun", "purpose", "signs", "stop", "test_head", "weighed", "with_test", "weighing",
}  # fmt: skip
CLINICAL_STATUS = "clinical status"
_MAX_WORDS = 14
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[()\[\]]")
_BETWEEN_ITEMS = re.compile(r",?\s+and/or\s+|,?\s+and\s+|,?\s+or\s+|,\s+")
# "symptoms (such as X) and laboratory tests"
_ALSO = re.compile(r"\s*(?:\([^()]*\)\s*)?(?:and|or)\s+(?P<what>.+)")
# "IgG", "ANC": no word that only begins a sentence
_CAPITALS_WITHIN = re.compile(r"[^\s]+[A-Z]")
_SHORT_FORM = re.compile(r"\([^()]*\)\s*")
# "renal, and gastrointestinal toxicity": an item that is no noun shares the last one's
_ADJECTIVE = re.compile(r"^\w+(?:al|ic|ary|ous|ar)$")
_COMMA_AND = re.compile(r",\s+(?:and|or)\s")
_FEW = 2
_BLANKED = re.compile(r"\s{4,}")
_OF = re.compile(r"\s+of\s")
_USING = re.compile(r"(?:using|by|with)\b", re.IGNORECASE)
_BY = re.compile(r"\b(?:with|by|using)\s")
_FOR = re.compile(r"\b(?:for|to\s+detect)\s+(?:(?:and|or)\s+(?:to\s+)?(?:manage|treat)\s+)?")
_SAID = re.compile(r"\b(?!(?:and|or|then|thereafter)\b)[^\W\d]", re.IGNORECASE)
_EDGE = " ,;:.–—•*-"


def targets(phrase: str, demand: Demand, hazard: str | None) -> list[str]:
    """Names of what a phrase asks to watch, in order, each once; none where it asks for no test or observation.

    ``phrase`` is what a cue governs, with its timing phrases blanked out.
    """
    known = _patterns()
    text = _bare(without_connector(phrase)) if _SAID.search(phrase) else ""
    text = known["listed"].sub("", text)
    if of_product(text) or (demand == "watch" and text.startswith("that ")):
        return []
    if demand == "judge" and known["weighed"].match(text):
        return []
    person = known["people"].match(text)
    owned = person and next((m.start == 0 for m in mentions(text[person.end() :].lstrip())), False)
    found = _of_person(text, person.end(), demand, hazard) if person and not owned else _of_thing(text, demand, hazard)
    named = [name for name in found if not known["pronoun"].match(name)]
    if found and not named:
        return by_default(hazard)
    return list(dict.fromkeys(name for name in named if not known["no_name"].fullmatch(name)))


def without_connector(phrase: str) -> str:
    """A phrase without "however" and the like before it."""
    return _patterns()["connector"].sub("", phrase.strip(_EDGE))


def of_product(phrase: str) -> bool:
    """Whether a phrase is about preparing or handling the product: nothing of the patient's."""
    return bool(_patterns()["product"].search(phrase))


def _bare(phrase: str) -> str:
    """A phrase without the adverbs at its edges."""
    at_start, at_end = _adverbs()
    return at_start.sub("", at_end.sub("", phrase.strip(_EDGE))).strip(_EDGE)


def is_again(phrase: str) -> bool:
    """True for "values", "these tests", "them": what the sentence before asked for."""
    return bool(_patterns()["again"].fullmatch(_cut(phrase.strip(_EDGE))))


def thing_name(text: str) -> str | None:
    """Name of the test at the end of a text, in the label's words ("a skin test"); None for "close monitoring"."""
    words_before = re.split(r"[^\w/’'-]+", _SHORT_FORM.sub("", text).strip())[-5:]
    start = max((n for n, word in enumerate(words_before) if _ends_name(word)), default=-1)
    name = _clean(" ".join(words_before[start + 1 :]))
    return None if _patterns()["generic"].fullmatch(name) or _patterns()["no_name"].fullmatch(name) else name


def is_weighing(text: str) -> bool:
    """True at the end of "an individual benefit-risk assessment", which is of the treatment and not of the patient."""
    return bool(_patterns()["weighing"].search(text.strip()))


def _ends_name(word: str) -> bool:
    return word.lower() in _not_in_name() or bool(_patterns()["not_in_name"].fullmatch(word))


def by_default(hazard: str | None) -> list[str]:
    """What to watch where only the patient is named: the risk, or what its name says is measured; else how they are."""
    if not hazard or _patterns()["no_risk"].fullmatch(hazard):
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
    if text in ("", "for"):
        return by_default(hazard) if demand != "carry" else []
    if demand == "carry" and hazard and _USING.match(text):
        return _marker_tests(hazard)  # "HER2 testing: perform using approved tests"
    if what := _FOR.match(text):
        named = _risks(text[what.end() :], hazard) if not _patterns()["purpose"].match(text, what.end()) else []
        return named or by_default(hazard)
    watched = _watched_for(text, 0)
    if demand == "carry" and watched and _patterns()["generic"].fullmatch(_clean(_cut(text))):
        known = [m.parameter.name for m in mentions(_cut(watched))]
        return known or [f"{_clean(_cut(text))} for {_clean(_cut(watched))}"]
    found = _things(text, demand, hazard)
    return found or (_risks(watched, hazard) if watched and demand != "carry" else [])


def _watched_for(text: str, start: int) -> str | None:
    for match in _FOR.finditer(text[start:]):
        behind = text[start + match.end() :]
        purpose = _patterns()["purpose"].match(behind) or _patterns()["people"].match(behind)
        if not purpose and not _patterns()["not_for"].search(text[: start + match.start()] + " "):
            return behind
    return None


def _risks(text: str, hazard: str | None) -> list[str]:
    """Names of what is watched *for*."""
    known = _patterns()
    about = known["about"].match(text.strip())
    signs = _signs(text.strip(), hazard)
    core = _cut(text.strip()[about.end() :] if about else text)
    if signs:
        return signs
    if known["pronoun"].match(core.strip()) and not mentions(core, tests_only=True):
        return by_default(hazard)
    if longer := next((m for m in mentions(text) if m.start == 0 and m.end > len(core.rstrip())), None):
        return [longer.parameter.name]  # "antibodies to X": "to" is part of the name
    found: list[str] = []
    for item in map(_trimmed, _items(core)):
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
        return _by_test(text, hazard) if demand == "judge" else []
    return _measured(text, core) or _verbatim(text, _clean(core), demand, hazard)


def _marker_tests(name: str) -> list[str]:
    """Tests for the markers that a phrase names: "the presence of a BRAF V600E mutation" asks for a BRAF test."""
    found = find_markers(name, Vocabulary.load()) if _patterns()["molecular"].search(name) else []
    return [f"{marker.name} test" for marker in found]


def _by_test(text: str, hazard: str | None) -> list[str]:
    """Tests by which a diagnosis is made: "the diagnosis with MRI"."""
    by = _BY.search(text)
    named = mentions(text[by.end() :], tests_only=True) if by else []
    test = _patterns()["by_test"].search(text) if hazard else None
    return [m.parameter.name for m in named] or ([f"{test['what']} for {hazard}"] if test else [])


def _verbatim(text: str, name: str, demand: Demand, hazard: str | None) -> list[str]:
    """Name what no row of the table names, in the label's own words; a test needs the word for a test."""
    known = _patterns()
    if found := _marker_tests(name):
        return found
    if demand == "carry":
        return _carried(text, name, hazard)
    if known["again"].fullmatch(name):
        return by_default(hazard)
    said = re.search(r"[A-Za-z]{3}", name) and not known["not_first"].match(name)
    return [name] if said and (demand == "watch" or known["finding"].search(name)) else []


def _carried(text: str, name: str, hazard: str | None) -> list[str]:
    """Name what is carried out by its last word for a test; a test of no name is one for the hazard."""
    known = _patterns()
    heads = list(known["test_head"].finditer(name))
    if not heads:
        return [m.parameter.name for m in mentions(text, tests_only=True)]
    test, of = name[: heads[-1].end()], _OF.match(name, heads[-1].end())
    if of and known["generic"].fullmatch(test):
        return by_default(hazard) if known["people"].match(name, of.end()) else [name[of.end() :]]
    if known["again"].fullmatch(test):
        return by_default(hazard)
    return [f"{test} for {hazard}"] if hazard and known["generic"].fullmatch(test) else [test]


def _measured(text: str, core: str) -> list[str]:
    """Parameters that a phrase names; those in brackets where none stands outside, or only a general one does."""
    found = [m for m in mentions(_BRACKETS.sub(" ", text)) if m.start < len(core.rstrip())]
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
    items = [item for item in _split(text) if item.strip(_EDGE)]
    told = [is_risk(_clean(item)) or watched_by(_clean(item)) or mentions(item) for item in items]
    shares = any(not known and _ADJECTIVE.search(item.strip()) for item, known in zip(items, told, strict=True))
    listed = len(items) > _FEW and _COMMA_AND.search(text) and told[0] and told[-1] and not shares
    return items if all(told) or listed else [text]


def _split(text: str) -> list[str]:
    """Split at commas and conjunctions, but not within the name of a parameter: "changes in mood or behavior"."""
    named = mentions(text)
    joints = [j for j in _BETWEEN_ITEMS.finditer(text) if all(j.end() <= m.start or j.start() >= m.end for m in named)]
    starts, ends = [0, *(j.end() for j in joints)], [*(j.start() for j in joints), len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def _trimmed(item: str) -> str:
    """An item without the conjunction that is left at its end where timing phrases are blanked out."""
    return _patterns()["dangling"].sub("", _BLANKED.split(item.strip(_EDGE))[0]).strip(_EDGE)


def _is_all(item: str, mention: Mention) -> bool:
    """Whether an item of a list says nothing but the mention: "worsening depression", not "respiratory depression"."""
    return _ends_with(item, mention.end) and not _patterns()["modifier"].sub("", item[: mention.start]).strip(_EDGE)


def _ends_with(item: str, end: int) -> bool:
    return not re.search(r"[a-z]{3}", item[end:])


def _cut(text: str) -> str:
    bare = _BRACKETS.sub(" ", text)
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
    return name if _CAPITALS_WITHIN.match(name) else name[:1].lower() + name[1:]


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
