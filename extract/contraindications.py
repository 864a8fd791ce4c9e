"""Contraindications as conditions (21 CFR 201.57(c)(5)): what the patient must not have, with ids where known.

A sentence counts where it forbids ("contraindicated in …", "should not be used if …"), where it goes on with a list,
and where it has no main clause, as the items of a list; others explain. In those that count, reasons ("because of the
risk of …"), exceptions and what a reaction to the drug shows are left out. Hypersensitivity to the drug, pregnancy,
age and drugs taken beside it forbid it as well, but are no diseases: they are not given here.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from extract.blocks import Block
from extract.conditions import Abbreviations, mentions
from extract.facts import Condition
from extract.lexicon import WEAK, Entry
from extract.rules import any_of, check_keys, compiled, load_rules
from extract.sentences import CROSS_REFERENCE, sentences
from extract.spans import Span, blanked, outside, overlaps
from extract.statements import Statement, patterns, plain_text
from extract.vocabulary import Match, Vocabulary

_PATTERNS = (
    "forbids", "goes_on", "opening", "drugs_only", "besides", "explains", "aside", "beyond", "not_a_state", "of_a_drug",
    "state", "history", "site", "alternatives", "tail",
)  # fmt: skip
_WORD_BEFORE = re.compile(r"(?P<word>[^\W_][\w/'’.‑-]*)(?:[ \n]+|[-‑])$")
_LONGEST_PHRASE = 6
"""In words, before the one that names the condition."""
_HEADING = re.compile(r"[^.:;]{3,80}:\s")
_ITEM = re.compile(rf"(?:{CROSS_REFERENCE.pattern})[\s.,;]*(?=[A-Z]|(?:in|with|who|for|during)\b)", re.IGNORECASE)
"""Where an item begins in flat texts: behind the reference that closes the one before."""
_WORD = re.compile(r"[^\W\d_][\w-]*")
_GLOSS = re.compile(r"\s*\(\s*")
_JOINT = re.compile(r",? (?:and/or|or|and) |/")
_LONGEST_NAME = 60
"""In characters: what one name may have before its last part."""
_FARTHEST = 80
"""In characters, from a condition back to what shares its noun."""
_DEFICIENT = re.compile(r"[ -]deficient$")
_NARROWING = re.compile(r"\s(?:due to|caused by|secondary to|following|requiring|related to|associated with|with)\b")
_STOP = re.compile(r"[.,;:()\[\]•]")
_WITH = re.compile(r"\bwith\b")
_NEAR = 300
_LIST_OF_WITH = 3
"""So often "with" stands in a piece of text whose items ran together: "with gout with glaucoma with …"."""


@dataclass(frozen=True, slots=True)
class _Rules:
    forbids: re.Pattern[str]
    goes_on: re.Pattern[str]
    opening: re.Pattern[str]
    drugs_only: re.Pattern[str]
    besides: re.Pattern[str]
    explains: re.Pattern[str]
    aside: re.Pattern[str]
    beyond: re.Pattern[str]
    not_a_state: re.Pattern[str]
    of_a_drug: re.Pattern[str]
    state: re.Pattern[str]
    history: re.Pattern[str]
    site: re.Pattern[str]
    alternatives: re.Pattern[str]
    tail: re.Pattern[str]
    before: frozenset[str]
    degree: frozenset[str]
    vague: frozenset[str]
    heads: frozenset[str]
    narrower: tuple[tuple[str, re.Pattern[str], str], ...]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    data = load_rules("contraindications")
    check_keys("contraindications.toml", data, (*_PATTERNS, "words", "narrower"))
    check_keys("contraindications.toml words", data["words"], ("before", "degree", "vague", "heads"))
    made = {name: compiled(name, any_of(data[name]["patterns"])) for name in _PATTERNS}
    before, degree, vague, heads = (frozenset(data["words"][name]) for name in ("before", "degree", "vague", "heads"))
    narrower = tuple((n["name"], compiled("narrower", n["where"]), n["means"]) for n in data["narrower"])
    return _Rules(**made, before=before, degree=degree, vague=vague, heads=heads, narrower=narrower)


def read_contraindications(
    blocks: Sequence[Block], short: Abbreviations, vocabulary: Vocabulary
) -> tuple[Condition, ...]:
    """Conditions that a contraindications section forbids the drug in, the full telling first, each once.

    The evidence is the phrase as it narrows the condition down, "severe hepatic impairment"; name and ids are those of
    the condition. What no vocabulary has keeps its phrase as name, without ids.
    """
    found: dict[str, Condition] = {}
    for block in sorted(blocks, key=lambda b: b.telling != "full"):
        for a, b in _items(block.own_text):
            text = block.own_text[a:b]
            statement = Statement.of("other", block.section, block.start + a, text)
            for condition in _read(statement, short, vocabulary):
                found.setdefault(condition.name, condition)
    return tuple(found.values())


def _items(text: str) -> Iterator[Span]:
    """Sentences and list items, also those that ran together behind a reference to another section."""
    for start, end in sentences(text):
        cuts = [start, *(m.end() for m in _ITEM.finditer(text, start, end)), end]
        yield from itertools.pairwise(cuts)


def _read(statement: Statement, short: Abbreviations, vocabulary: Vocabulary) -> Iterator[Condition]:
    text, rules = statement.text[: _forbidding(statement.text)], _rules()
    if not text:
        return
    asides = [m.span() for pattern in (CROSS_REFERENCE, rules.aside) for m in pattern.finditer(text)]
    clear = blanked(text, (m.span() for m in rules.beyond.finditer(text)))  # "greater than first-degree block"
    named = [m for m in mentions(clear, short, vocabulary) if outside((m.start, m.end), asides)]
    known = [_with_shared_words(text, m) for m in named if not _is_site(text, m) and not _says_nothing(m)]
    taken = [(m.start, m.end) for m in known]
    unnamed = _unnamed(text, [*taken, *asides], vocabulary)
    found = sorted([*known, *unnamed], key=lambda m: m.start)
    named_to = behind = 0
    for mention in _belonging_together(text, found, vocabulary):
        if named_to <= mention.start < behind:
            continue  # among the words that narrow the one before it down
        match, phrase = _phrase(text, mention, behind, taken, vocabulary)
        others = [span for span in taken if span[1] <= mention.start or span[0] >= mention.end]
        within = not mention.specific and any(overlaps((phrase[0], mention.end), s) for s in (*others, (0, behind)))
        if within or _is_gloss(text, mention, behind) or not _is_state(text, mention, phrase):
            continue
        for span, meant in (*_alternatives(text, match, phrase, behind, vocabulary), (phrase, match)):
            yield Condition(statement.evidence(*span), meant.name, dict(meant.ids))
        named_to, behind = mention.end, phrase[1]


def _forbidding(text: str) -> int:
    """How much of a sentence names what forbids the drug: all of it, its heading, or nothing."""
    rules, plain = _rules(), plain_text(text)
    if rules.drugs_only.search(plain):
        return 0
    if rules.forbids.search(plain) or rules.goes_on.search(plain) or not _explains(plain):
        return len(text)
    heading = _HEADING.match(text)
    return heading.end() if heading and not _explains(plain_text(heading.group())) else 0


def _explains(plain: str) -> bool:
    """Whether a sentence has a main clause of its own, and so is no item of a list."""
    rules = _rules()
    plain = rules.opening.sub("", rules.besides.sub("", plain))
    main = patterns()["subordinate"].sub(" ", plain)
    return bool(rules.explains.search(plain) or patterns()["clause"].search(main))


def _is_site(text: str, match: Match) -> bool:
    """Whether a name that shares words is that of a place: "infection of the eye and fungal diseases"."""
    return bool(match.whole and _rules().site.search(text, 0, match.start))


def _says_nothing(match: Match) -> bool:
    """Whether only the words before a noun can make it a state: the "conditions" of "bronchospastic conditions"."""
    return not match.specific and bool(_rules().not_a_state.search(match.text))


def _with_shared_words(text: str, match: Match) -> Match:
    """The mention as it stands with words that it shares with others: "hemiplegic or basilar migraine"."""
    start, end = match.whole or (match.start, match.end)
    return replace(match, start=start, end=end, text=text[start:end])


def _unnamed(text: str, taken: Iterable[Span], vocabulary: Vocabulary) -> Iterator[Match]:
    """States that the vocabulary does not find, by the nouns that name one: "esophageal compression"."""
    spans = list(taken)
    for found in _rules().state.finditer(text):
        if not any(overlaps(found.span(), span) for span in spans):
            match = Match(found.start(), found.end(), found.group(), found.group().lower(), status="generic")
            deficiency = _DEFICIENT.sub(" deficiency", found.group())  # "IgA-deficient patients"
            entry = vocabulary.condition(deficiency) if deficiency != found.group() else None
            yield replace(match, name=entry.name, ids=entry.ids) if entry else match


def _belonging_together(text: str, found: Iterable[Match], vocabulary: Vocabulary) -> list[Match]:
    """The mentions, with those as one that only a blank parts, and with the words that one leaves to the one before.

    "Vaccinia keratitis" is a keratitis; in "hepatic adenomas or carcinomas" the carcinomas are hepatic ones.
    """
    kept: list[Match] = []
    for match in found:
        last = kept[-1] if kept else None
        if last and _is_one_name(text, last, match):
            kept[-1] = _named_as(text, match, last.start, vocabulary)
        else:
            kept.append(_with_beginning_of(last, text, match, vocabulary) if last else match)
    return kept


def _is_one_name(text: str, last: Match, match: Match) -> bool:
    """Whether only a blank parts them, and no item of a list whose stops were lost seems to begin: "bleeding ulcer"."""
    one = text[last.end : match.start] == " " and match.text[0].islower() and len(last.text) <= _LONGEST_NAME
    return one and (" " not in match.text or last.text.endswith("ing"))


def _named_as(text: str, match: Match, start: int, vocabulary: Vocabulary) -> Match:
    """The mention with what stands before it, by the name of both where there is one."""
    longer = replace(match, start=start, text=text[start : match.end])
    for word in _WORD.finditer(text, start, match.start):
        if entry := vocabulary.condition(text[word.start() : match.end]):
            return replace(longer, name=entry.name, ids=entry.ids, status=entry.status)
    return longer


def _with_beginning_of(last: Match, text: str, match: Match, vocabulary: Vocabulary) -> Match:
    beginning = last.text.rpartition(" ")[0]
    joint = match.start > last.end and _JOINT.fullmatch(text, last.end, match.start)
    if not joint or not _telling(beginning) or match.text.lower().rstrip("s") not in _rules().heads:
        return match
    entry = _known(f"{beginning} {match.text}", vocabulary)
    if entry is None and match.specific:
        return match
    name, ids = (entry.name, entry.ids) if entry else (f"{beginning} {match.text}".lower(), {})
    return Match(last.start, match.end, text[last.start : match.end], name, ids)


def _known(phrase: str, vocabulary: Vocabulary) -> Entry | None:
    entry = vocabulary.condition(phrase)
    return entry if entry and entry.status not in (*WEAK, "abbreviation") else None


def _phrase(text: str, match: Match, floor: int, taken: Sequence[Span], vocabulary: Vocabulary) -> tuple[Match, Span]:
    """A mention with the words that narrow it down: "uncontrolled hypertension", "tuberculosis of the eye".

    It does not reach back over ``floor``, the end of the one before.
    """
    rules, start, end = _rules(), _start(text, match, floor), _end(text, match, taken)
    history = rules.history.search(text, floor, start)
    for name, where, means in rules.narrower:
        found = where.match(text, match.end) if match.name == name else None
        entry = vocabulary.condition(means) if found else None
        if found and entry:
            match, end = replace(match, name=entry.name, ids=entry.ids, status=entry.status), found.end()
    return _as_meant(text, match, (start, end), vocabulary), (history.start() if history else start, end)


def _start(text: str, match: Match, floor: int) -> int:
    rules, start = _rules(), match.start
    begins = _is_capitalised(match.text) and not _is_capitalised(match.name)  # an item, unless all of it is like that
    for _ in range(_LONGEST_PHRASE):
        before = _WORD_BEFORE.search(text, floor, start)
        if before is None or before["word"].lower() in rules.before or before["word"].endswith("."):
            break
        capital = _is_capitalised(before["word"])
        if begins and not capital and before["word"].lower() not in rules.degree:
            break
        start = before.start("word")
        if capital and not begins:
            break  # a capital begins the item
    return start


def _is_capitalised(words: str) -> bool:
    return words[0].isupper() and words[1:2].islower()


def _end(text: str, match: Match, taken: Sequence[Span]) -> int:
    """The end of the words behind a mention that narrow it down; no name is cut in two."""
    tail = _rules().tail.match(text, match.end)
    if tail is None or (tail["with"] and _is_with_more(text, match, tail.end())):
        return match.end
    return max([tail.end(), *(b for a, b in taken if a < tail.end() < b)])


def _is_with_more(text: str, match: Match, end: int) -> bool:
    """Whether "with" tells more that forbids the drug: the next item of a list, or what patients have besides.

    The last as in "patients with psoriasis or arthritis with alcoholism, hepatitis, …".
    """
    start = max(
        (m.end() for m in _STOP.finditer(text, max(0, match.start - _NEAR), match.start)),
        default=max(0, match.start - _NEAR),
    )
    stop = _STOP.search(text, end, end + _NEAR)
    count = len(_WITH.findall(text, start, stop.start() if stop else end + _NEAR))
    begins_so = text[max(0, start - 1) : start] == ":" and _WITH.match(text, start + 1)
    besides = text.startswith(",", end) and text[start : match.start].rstrip().endswith((" or", " and"))
    return besides or count >= _LIST_OF_WITH or bool(begins_so and count > 1)


def _alternatives(
    text: str, match: Match, phrase: Span, floor: int, vocabulary: Vocabulary
) -> Iterator[tuple[Span, Match]]:
    """The conditions that share the noun of this one, from where each stands: "hereditary or idiopathic angioedema"."""
    joined = _rules().alternatives.search(text, max(floor, phrase[0] - _FARTHEST), phrase[0])
    words = [m for m in _WORD.finditer(text, *phrase) if m.start() < match.end]
    for part in _WORD.finditer(text, *joined.span()) if joined else ():
        entries = (_known(f"{part.group()} {text[w.start() : match.end]}", vocabulary) for w in words)
        if entry := next(filter(None, entries), None):
            yield (part.start(), phrase[1]), replace(match, name=entry.name, ids=entry.ids)


def _is_gloss(text: str, match: Match, behind: int) -> bool:
    """Whether a bracket says the same once more: "herpes simplex keratitis (dendritic keratitis)"."""
    return bool(behind and _GLOSS.fullmatch(text, behind, match.start)) and text[match.end : match.end + 1] == ")"


def _is_state(text: str, match: Match, phrase: Span) -> bool:
    """Whether a mention says what the patient has: no drug, no reaction to one, and more than "disease"."""
    rules = _rules()
    if rules.not_a_state.search(match.text) or rules.of_a_drug.match(text, match.end):
        return False
    narrowed = phrase[1] > match.end or bool(_telling(text[phrase[0] : match.start]))
    return match.specific or narrowed or match.text.lower().rstrip("s") not in rules.vague


def _telling(words: str) -> set[str]:
    """The words that say what, and not only how much or how long."""
    return {w.lower() for w in _WORD.findall(words)} - _rules().degree


def _as_meant(text: str, match: Match, phrase: Span, vocabulary: Vocabulary) -> Match:
    """The mention with the name that the words around it give it: that of a narrower concept, or their own."""
    entry = _known(text[match.start : phrase[1]], vocabulary)
    if entry:
        return replace(match, name=entry.name, ids=entry.ids, status=entry.status)
    if match.specific or (match.ids and not _telling(text[phrase[0] : match.start])):
        return match
    words = _NARROWING.split(text[slice(*phrase)])[0].lower().split()
    telling = itertools.dropwhile(lambda word: word.strip(",") in _rules().degree, words)
    return replace(match, name=" ".join(telling), ids={})
