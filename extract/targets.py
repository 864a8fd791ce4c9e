"""What a phrase asks to watch, by name: "patients for signs of infection" → "signs and symptoms of infection".

A parameter of the table goes by its canonical name, a risk that is watched by a test by that test, and anything else by
the label's own words. Where nothing is named but the patient, the risk of the section is what to watch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from extract.cues import Demand, monitoring_rules
from extract.hazards import is_risk
from extract.parameters import Mention, mentions, watched_by
from extract.patterns import pattern, words

_MAX_WORDS = 14
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[()\[\]]")
_BETWEEN_ITEMS = re.compile(r",?\s+and/or\s+|,?\s+and\s+|,?\s+or\s+|,\s+")
# "symptoms (such as X) and laboratory tests"
_ALSO = re.compile(r"\s*(?:\([^()]*\)\s*)?(?:and|or)\s+(?P<what>.+)")
_BLANKED = re.compile(r"\s{4,}")
_EDGE = " ,;:.–—•*-"


def targets(phrase: str, demand: Demand, hazard: str | None) -> list[str]:
    """Names of what a phrase asks to watch, in order, each once; none where it asks for no test or observation.

    ``phrase`` is what a cue governs, with its timing phrases blanked out.
    """
    text = _rules().adverbs.sub("", _rules().adverbs_behind.sub("", phrase.strip(_EDGE))).strip(_EDGE)
    person = _rules().people.match(text)
    found = _of_person(text, person.end(), demand, hazard) if person else _of_thing(text, demand, hazard)
    named = [name for name in found if not _rules().pronoun.match(name)]
    return list(dict.fromkeys(named or (by_default(hazard) if found else [])))


def is_again(phrase: str) -> bool:
    """True for "values", "these tests", "them": what the sentence before asked for."""
    return bool(_rules().again.fullmatch(_cut(phrase.strip(_EDGE))))


def thing_name(text: str) -> str | None:
    """Name of the test at the end of a text, in the label's words: "… undergo a CRIM assessment"; None for "close monitoring"."""
    words_before = re.split(r"[^\w/’'-]+", text.strip())[-5:]
    start = max((n for n, word in enumerate(words_before) if _rules().not_in_name.fullmatch(word)), default=-1)
    name = _clean(" ".join(words_before[start + 1 :]))
    return None if _rules().generic.fullmatch(name) else name


def by_default(hazard: str | None) -> list[str]:
    """What to watch where only the patient is named: the risk, or what the risk's own name says is measured."""
    if not hazard:
        return []
    changed = _rules().changed.sub("", hazard)
    measured = [m for m in mentions(changed, tests_only=True) if m.start == 0 and _ends_with(changed, m.end)]
    return [m.parameter.name for m in measured] or [f"signs and symptoms of {hazard}"]


def _of_person(text: str, end: int, demand: Demand, hazard: str | None) -> list[str]:
    watched = _watched_for(text, end)
    tests = _rules().with_test.search(text, end)
    if tests and (named := mentions(tests["what"], tests_only=True)):
        return [m.parameter.name for m in named]
    if watched is not None:
        return _risks(watched, hazard) or by_default(hazard)
    if demand == "carry":
        return []
    finding = _rules().finding_of.search(text, end) if demand == "judge" else None
    return (_things(finding["what"], "judge", hazard) if finding else []) or by_default(hazard)


def _of_thing(text: str, demand: Demand, hazard: str | None) -> list[str]:
    if not text:
        return by_default(hazard) if demand != "carry" else []
    if text.startswith("for "):
        return (_risks(text[4:], hazard) if not _rules().purpose.match(text, 4) else []) or by_default(hazard)
    watched = _watched_for(text, 0)
    if demand == "carry" and watched and _rules().generic.fullmatch(_clean(_cut(text))):
        return [m.parameter.name for m in mentions(_cut(watched))] or [f"{_clean(_cut(text))} for {_clean(_cut(watched))}"]
    found = _things(text, demand, hazard)
    return found or (_risks(watched, hazard) if watched else [])


def _watched_for(text: str, start: int) -> str | None:
    for match in re.finditer(r"\bfor\s+", text[start:]):
        behind = text[start + match.end() :]
        purpose = _rules().purpose.match(behind) or _rules().people.match(behind)
        if not purpose and not _rules().not_for.search(text[: start + match.start()] + " "):
            return behind
    return None


def _risks(text: str, hazard: str | None) -> list[str]:
    """Names of what is watched *for*."""
    about = _rules().about.match(text.strip())
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
    rules = _rules()
    about = rules.about.match(text)
    signs, core = _signs(text.strip(), hazard), _cut(text[about.end() :] if about else text)
    if signs:
        return signs
    if demand != "carry" and rules.not_objects.match(core):
        return []
    named = _measured(text, core)
    if named:
        return named
    name = _clean(core)
    if demand == "carry":
        heads = list(rules.test_heads.finditer(name))
        if not heads:
            return [m.parameter.name for m in mentions(text, tests_only=True)]
        name = name[: heads[-1].end()]
        return [f"{name} for {hazard}"] if hazard and rules.generic.fullmatch(name) else [name]
    if demand == "judge" and not rules.findings.search(name):
        return []
    return [name] if re.search(r"[A-Za-z]{3}", name) and not rules.not_first.match(name) else []


def _measured(text: str, core: str) -> list[str]:
    """Parameters that a phrase names; those in brackets where none stands outside, or only a general one does."""
    outside = [m.parameter for m in mentions(core)]
    inside = [m.parameter for m in mentions(_bracketed(text))]
    if inside and (not outside or any(p.general for p in outside)):
        outside = [p for p in outside if not p.general] + inside
    return [p.name for p in outside]


def _signs(text: str, hazard: str | None) -> list[str]:
    """Read "signs and symptoms of X"; "signs and symptoms" alone are those of the hazard."""
    match = _rules().signs.match(text)
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
    return _ends_with(item, mention.end) and not _rules().modifiers.sub("", item[: mention.start]).strip(_EDGE)


def _ends_with(item: str, end: int) -> bool:
    return not re.search(r"[a-z]{3}", item[end:])


def _cut(text: str) -> str:
    bare = _BRACKETS.sub(lambda m: " " * len(m.group()), text)
    stop = _rules().stops.search(bare, 1)
    return bare[: stop.start()] if stop else bare


def _bracketed(text: str) -> str:
    bare = _BRACKETS.sub(lambda m: " " * len(m.group()), text)
    stop = _rules().stops.search(bare, 1)
    return " ".join(m.group() for m in _BRACKETS.finditer(text[: stop.start()] if stop else text))


def _clean(text: str) -> str:
    name = " ".join(_BLANKED.split(text.strip(_EDGE))[0].split()).strip(_EDGE)
    for _ in range(4):
        name = _rules().determiners.sub("", name).strip(_EDGE)
    name = _rules().dangling.sub("", " ".join(name.split()[:_MAX_WORDS])).strip(_EDGE)
    return name if name[1:2].isupper() or name[:1].islower() else name[:1].lower() + name[1:]


@dataclass(frozen=True, slots=True)
class _Rules:
    people: re.Pattern[str]
    adverbs: re.Pattern[str]
    adverbs_behind: re.Pattern[str]
    not_for: re.Pattern[str]
    purpose: re.Pattern[str]
    stops: re.Pattern[str]
    not_objects: re.Pattern[str]
    findings: re.Pattern[str]
    finding_of: re.Pattern[str]
    test_heads: re.Pattern[str]
    generic: re.Pattern[str]
    not_in_name: re.Pattern[str]
    not_first: re.Pattern[str]
    modifiers: re.Pattern[str]
    with_test: re.Pattern[str]
    again: re.Pattern[str]
    signs: re.Pattern[str]
    about: re.Pattern[str]
    changed: re.Pattern[str]
    pronoun: re.Pattern[str]
    determiners: re.Pattern[str]
    dangling: re.Pattern[str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    given, adverbs = monitoring_rules()["objects"], words(monitoring_rules()["verbs"]["adverbs"])
    sign, before = f"(?:{given['sign_before']} )*{given['sign']}", given["sign_of"]
    joined = "(?:,? and/or|,? and|,? or| ?/|,) ?"
    return _Rules(
        people=pattern("people", rf"{given['people_before']}{words(given['people'])}(?:’s?|'s?)?\b(?! ?['’]s)"),
        adverbs=pattern("adverbs", rf"^(?:{adverbs}(?:,? and)?[ ,]+)*(?:{adverbs}$)?"),
        adverbs_behind=pattern("adverbs", rf"[ ,]+{adverbs}$"),
        not_for=pattern("not_for", given["not_for"]),
        purpose=pattern("purpose", given["purpose"]),
        stops=pattern("stops", rf"(?:^|[\s,]){words(given['stops'])}\b|;|: |\. | [–—-] "),
        not_objects=pattern("not_objects", rf"(?:(?:the|a|an|any|their|your|each|overall|individual|patient’s|patient's) )*{words(given['not_objects'])}\b"),
        findings=pattern("findings", given["findings"]),
        finding_of=pattern("finding_of", rf"\b(?:with|reports?|reporting|experienc(?:e|es|ing)|develop(?:s|ing)?|complain(?:s|ing)? of|presenting) (?P<what>.+)"),
        test_heads=pattern("test_heads", given["test_heads"]),
        generic=pattern("generic", r"(?:(?:diagnostic|clinical|medical|laboratory|appropriate|complete|full|formal|close|careful|further|additional|repeat|frequent|more|follow-up|thorough|and|comprehensive|baseline) )*(?:tests?|testing|evaluations?|assessments?|work-?ups?|examinations?|screening|monitoring|studies|study|investigations?|measures|measurements?|self-monitoring|surveillance|observation|supervision|follow-up|check|imaging|scan|culture|analysis|determinations?|biopsy|exams?)"),
        not_in_name=pattern("not_in_name", rf"{words([*given['not_in_name'], *monitoring_rules()['things']['governors'], *monitoring_rules()['things']['care'], *monitoring_rules()['verbs']['carry']])}|\w+ly"),
        not_first=pattern("not_first", r"(?:to|of|in|by|with|at|on|from|than|as|is|are)\b"),
        modifiers=pattern("modifiers", rf"\b(?:{words(given['determiners'])}|new|worsening|or|emergence|onset|severe|serious|active|latent|serum)\b"),
        with_test=pattern("with_test", r"\bwith an? (?P<what>[^;.]+)"),
        again=pattern("again", given["again"]),
        signs=pattern("signs", rf"{sign}(?:{joined}{sign})*(?: ?\(s\))?(?P<of> {before}(?: (?:the|a|an|any|possible|potential|suspected|or suggestive of|development of|developing))* ?)?(?=\W|$)"),
        about=pattern("about", given["about"]),
        changed=pattern("changed", r"^(?:(?:increased?|decreased?|elevated|reduced|abnormal|changes|elevations?|reductions?|decreases?|increases?|low|high|prolonged|in|of) )+|(?: (?:decreases?|increases?|elevations?|abnormalities|changes|reductions?|loss))+$"),
        pronoun=pattern("pronoun", r"(?:signs and symptoms of )?(?:these|this|those|such|it|them|that)\b"),
        determiners=pattern("determiners", rf"^{words(given['determiners'])}\b(?! and\b)"),
        dangling=pattern("dangling", r"(?: (?:and|or|of|the|in|with|for|to|a|an|on|by|and/or|also|closely|carefully|as|regularly|clinically|more|appropriate|but|whether|no|its|associated|their))+$"),
    )  # fmt: skip
