"""Where a sentence asks for a test or an observation: the cues, and how each asks.

Three ways of asking are read (``data/monitoring.toml``): an order ("Monitor X"), a passive ("X should be monitored"), and a
thing ("Periodic monitoring of X is recommended", "consider X monitoring"). What was done in a trial, and what is advised
against, is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from extract.parameters import mentions
from extract.patterns import pattern, words
from extract.rules import check_keys, load_rules

Kind = Literal["order", "passive", "thing"]
Demand = Literal["watch", "judge", "carry"]

_KEYS = {
    "verbs": {"capital", "watch", "judge", "carry", "adverbs", "others", "to_leads", "tell", "not_behind"},
    "passive": {"modals", "that", "watch", "judge", "carry"},
    "things": {
        "tests", "gerunds", "auxiliaries", "recommended", "recommended_alone", "between", "governors", "far_governors",
        "with", "care", "not_modified", "not_named_behind", "listed", "not_subjects", "finite", "past", "negated",
    },
    "objects": {
        "people", "people_before", "not_for", "purpose", "stops", "not_objects", "findings", "test_heads", "again", "sign",
        "sign_before", "sign_of", "about", "not_in_name", "determiners",
    },
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
def monitoring_rules() -> dict[str, dict[str, Any]]:
    """Read ``data/monitoring.toml``. Raises RuleError for a key that nobody reads."""
    data = dict(load_rules("monitoring"))
    check_keys("monitoring", data, set(_KEYS))
    for table, known in _KEYS.items():
        check_keys(f"monitoring {table}", data[table], known)
    return data


def asks(sentence: str) -> bool:
    """Whether a sentence has a word that could ask for something: a fast look before the slow one."""
    return bool(_rules().any_cue.search(sentence))


def find_cues(sentence: str) -> list[Cue]:
    """Cues of a sentence in reading order; where two overlap, the one that begins first is kept."""
    kept: list[Cue] = []
    found = [*_orders(sentence), *_passives(sentence), *_things(sentence)]
    for cue in sorted(found, key=lambda c: (c.start, -c.end)):
        if not kept or (cue.start >= kept[-1].end and not _within(sentence, kept[-1], cue)):
            kept.append(cue)
    return kept


def _within(sentence: str, order: Cue, thing: Cue) -> bool:
    """Whether a thing is what an order tells to carry out: "undergo diagnostic testing"."""
    carried = order.kind == "order" and order.demand == "carry" and thing.kind == "thing"
    return carried and not re.search(r"[,;:]", sentence[order.end : thing.start])


def clause_end(sentence: str, start: int, end: int) -> int:
    """Where the clause from ``start`` ends: before "and" with another order, a semicolon, or ``end``."""
    match = _rules().next_clause.search(sentence, start, end)
    return match.start() if match else end


def orders_else(clause: str) -> bool:
    """Whether a clause, up to a cue, begins with an order for something else: "Administer X before …, and"."""
    return bool(_rules().other_order.match(clause))


@dataclass(frozen=True, slots=True)
class _Rules:
    any_cue: re.Pattern[str]
    order: re.Pattern[str]
    capital: re.Pattern[str]
    considered: re.Pattern[str]
    to_lead: re.Pattern[str]
    passive: re.Pattern[str]
    have: re.Pattern[str]
    modal: re.Pattern[str]
    second: re.Pattern[str]
    test: re.Pattern[str]
    gerund: re.Pattern[str]
    recommended: re.Pattern[str]
    governed: re.Pattern[str]
    finite: re.Pattern[str]
    modified: re.Pattern[str]
    not_named_behind: re.Pattern[str]
    listed: re.Pattern[str]
    beside: re.Pattern[str]
    not_subjects: re.Pattern[str]
    past: re.Pattern[str]
    negated: re.Pattern[str]
    next_clause: re.Pattern[str]
    other_order: re.Pattern[str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    rules = monitoring_rules()
    verbs, passive, things = rules["verbs"], rules["passive"], rules["things"]
    base = words([*verbs["watch"], *verbs["judge"], *verbs["carry"]])
    adverbs = rf"(?:{words(verbs['adverbs'])},? )*"
    participles = words([*passive["watch"], *passive["judge"], *passive["carry"]])
    between = rf"(?:{words(things['between'])} )*"
    lead = r"^\W*(?:\(?(?:\d{1,2}|[a-z])[.)] )?|[.,;:)–—•] ?|\s- |\b(?:and|or|and/or|then|but|should|must|please|to|either|clinicians|physicians)[ ,]+"
    modal = rf"(?:{words(passive['modals'])}(?: (?:also|always|then|therefore|generally|first))*|{words(passive['that'])} (?P<subject>[^.;]{{2,120}}?))"
    care = rf"{words(things['with'])} (?:(?:a|the) )?(?:{words(things['care'])},?(?: and)? )+(?:[\w/-]+ ){{0,4}}|\b(?:and|includes?|,) {words(things['care'])} (?:[\w-]+ ){{0,2}}?"
    stems = r"monitor|assess|evaluat|obtain|perform|measur|check|test|determin|verif|screen|observ|examin|conduct|exclud|rule|repeat|surveil|follow|watch|inspect|review|confirm|ascertain|investigat|collect|schedul|order|draw|undertak|carr|weigh|alert|vigilan|attentive|normal|recommend|advis|requir|necessary|needed|indicated|warrant|should|undergo|supervis|biops|cultur|imaging|scan|re-?evaluat|work-?up|consider"
    return _Rules(
        any_cue=pattern("cues", rf"\b(?:re-?)?(?:{stems})"),
        order=pattern("orders", rf"(?:{lead})(?P<cue>{adverbs}(?P<verb>{base}))\b(?! {words(verbs['not_behind'])}\b)(?!-)"),
        capital=re.compile(rf"(?<=[a-z)]\s)(?<!and\s)(?<!of\s)(?<!for\s)(?<!to\s){words(verbs['capital'])}(?=\s+[a-zA-Z])"),
        considered=pattern("considered", r"\bconsider (?:(?:a|an|the|baseline|periodic|serial) )*$"),
        to_lead=pattern("to_leads", rf"\b(?:{words(verbs['to_leads'])}(?: (?:for|by) (?:[\w’-]+ ){{1,4}})?|{words(verbs['tell'])} (?:[\w,’-]+ ){{1,8}}?(?:on )?(?:how )?) ?$"),
        passive=pattern("passive", rf"\b{modal} (?:be )?(?P<cue>(?:{adverbs}|(?:[\w-]+ed,?(?: and)? ){{0,2}}?)(?P<verb>{participles}))\b"),
        have=pattern("have", rf"\b(?:should|must) have (?P<object>[^.;]{{3,80}}?) (?P<verb>{participles}|performed|obtained|drawn)\b"),
        modal=pattern("modals", rf"\b{words(passive['modals'])}(?P<be> be)?\b"),
        second=pattern("second passive", rf"(?:\band|,|\bor),? (?P<be>be )?(?P<cue>{adverbs}(?P<verb>{participles}))\b"),
        test=pattern("tests", rf"(?<![\w-])(?P<cue>{words(things['tests'], plural=True)})\b(?!-)"),
        gerund=pattern("gerunds", rf"(?<![\w-])(?P<cue>{words(things['gerunds'])})\b"),
        recommended=pattern("recommended", rf"\b(?:(?:{words(things['auxiliaries'])} {between}{words(things['recommended'])})|{words(things['recommended_alone'])}|(?<!as\s)recommended(?= ?(?:[.,;:)]|$|(?:in|for|prior|before|due|during|as|at|every)\b)))\b"),
        governed=pattern("governors", rf"\b(?:{words(things['governors'])} (?:[\w/,()-]+ ){{0,6}}?|{words(things['far_governors'])} [^.;]{{0,120}}?|{care})$"),
        finite=pattern("finite", things["finite"]),
        not_named_behind=pattern("not_named_behind", things["not_named_behind"]),
        listed=pattern("listed", things["listed"]),
        beside=pattern("beside", r"\b(?:after|before|when|if|until|while|once|that|who|which) [^,;]*"),
        modified=pattern("modified", rf" (?!{words(things['not_modified'])}\b|\w+ly\b)[a-z]"),
        not_subjects=pattern("not_subjects", things["not_subjects"]),
        past=pattern("past", things["past"]),
        negated=pattern("negated", things["negated"]),
        other_order=pattern("others", rf"\W*(?:{words(verbs['adverbs'])},? )*{words(verbs['others'])}\b"),
        next_clause=pattern("others", rf"(?:,? and/or|,? and|,? or|,|;),? (?:then )?(?:(?:if|when|as) (?:clinically )?(?:necessary|needed|indicated|appropriate),? )?(?:{words(verbs['adverbs'])},? )*{words(verbs['others'])}\b|,? and (?:if|when) [^,;]{{2,80}}, |,? (?:although|though|because|however|but (?!no\b|not\b|at\b))\b|;|: "),
    )  # fmt: skip


def _orders(sentence: str) -> Iterator[Cue]:
    verbs = monitoring_rules()["verbs"]
    for match in _rules().capital.finditer(sentence):
        yield Cue("order", _demand(match.group().lower(), verbs), match.start(), match.end())
    for match in _rules().order.finditer(sentence):
        before, verb = sentence[: match.start("cue")], _flat(match["verb"])
        if re.search(r"\bto[ ,]+$", before) and not _rules().to_lead.search(before.rstrip()[:-2].rstrip()):
            continue
        if re.search(r"\b(?:not|never)\s+$", before):
            continue
        yield Cue("order", _demand(verb, verbs), match.start("cue"), match.end("cue"))


def _passives(sentence: str) -> Iterator[Cue]:
    passive = monitoring_rules()["passive"]
    for match in _rules().passive.finditer(sentence):
        subject = match.span("subject") if match["subject"] else (0, match.start())
        yield Cue("passive", _demand(_flat(match["verb"]), passive), match.start("cue"), match.end(), None, subject)
    for match in _rules().have.finditer(sentence):
        yield Cue("passive", "watch", match.start("verb"), match.end(), None, match.span("object"))
    modal = _rules().modal.search(sentence)
    if modal:
        for match in _rules().second.finditer(sentence, modal.end()):
            if not (modal["be"] or match["be"]):
                continue
            demand = _demand(_flat(match["verb"]), passive)
            yield Cue("passive", demand, match.start("cue"), match.end("cue"), None, (0, modal.start()))


def _things(sentence: str) -> Iterator[Cue]:
    heads = (m for m in _rules().test.finditer(sentence) if not _rules().modified.match(sentence, m.end()))
    for match in [*heads, *_rules().gerund.finditer(sentence)]:
        if _asked(sentence, match.start(), match.end()):
            yield Cue("thing", "watch", match.start(), match.end())


def _asked(sentence: str, start: int, end: int) -> bool:
    """Whether a thing at this place is asked for: governed by a word before it, or recommended behind it."""
    rules = _rules()
    if rules.governed.search(sentence[:start]) or rules.listed.match(sentence, end):
        if not rules.past.search(re.split(r"[;,]", sentence[:start])[-1]):
            return True
    told = rules.recommended.search(sentence, end)
    if not told or ";" in sentence[end : told.start()] or rules.negated.search(told.group()):
        return False
    between = rules.beside.sub("", sentence[end : told.start()])
    return not any(one.search(between) for one in (rules.past, rules.negated, rules.finite))


def named_tests(sentence: str) -> Iterator[Cue]:
    """Tests that a sentence asks for by their name alone: "ECG before treatment is recommended", "consider an ECG"."""
    for mention in mentions(sentence, tests_only=True):
        considered = _rules().considered.search(sentence[: mention.start])
        if considered and not _rules().modified.match(sentence[mention.end :]):
            yield Cue("thing", "carry", mention.start, mention.end, mention.parameter.name)
    told = _rules().recommended.search(sentence)
    if not told:
        return
    subject = sentence[: told.start()]
    if _rules().not_subjects.search(subject) or _rules().past.search(subject):
        return
    for mention in mentions(subject, tests_only=True):
        behind = subject[mention.end :]
        before = subject[: mention.start]
        if before.count("(") > before.count(")") or _rules().not_named_behind.search(before):
            continue
        if _rules().finite.search(behind) or ";" in behind or _rules().modified.match(behind + " is"):
            continue
        yield Cue("thing", "carry", mention.start, mention.end, mention.parameter.name)


def _demand(verb: str, table: dict[str, list[str]]) -> Demand:
    if verb in table["carry"]:
        return "carry"
    return "judge" if verb in table["judge"] else "watch"


def _flat(verb: str) -> str:
    return " ".join(verb.lower().split())
