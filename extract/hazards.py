"""The risks that a label warns of: where each begins and ends in a text, and one name for its title.

Blocks are found by heading lines ("5.1 Hepatotoxicity", "Driving and Operating Machinery"), by Highlights prefixes
("Hepatotoxicity: Monitor …"), and by titles that run into the text ("Malignant Hyperthermia In susceptible …").
What is no risk ("Information for Patients") is data, as are the words dropped from titles: ``data/hazards.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from extract.patterns import pattern, words
from extract.rules import check_keys, load_rules
from extract.sentences import BULLET, sentences

_KEYS = {
    "before", "behind", "not_risks", "sections", "run_in", "people", "verbs", "heads", "starters", "not_first",
    "acronyms", "aliases", "small", "untelling", "severity", "plural",
}  # fmt: skip
_NUMBER = re.compile(
    r"^\W*(?:(?:WARNINGS?|PRECAUTIONS)(?: AND PRECAUTIONS)?(?=\s+[A-Z][a-z])"
    r"|\d{1,2}(?:\.\d{1,2})*\.?|\(?[A-Za-z]\)|[A-Za-z]\.)\s+"
)
_WARNING = re.compile(r"^(?:boxed\s+)?warnings?\s?[:–-]\s*", re.IGNORECASE)
_HEADING_LINE = re.compile(rf"(?m)^[ \t]*(?:{BULLET}\s+)?(?P<title>[^\n]{{3,140}})\n\s*(?=[^\n]{{60}})")
_PREFIX = re.compile(
    r"\W*(?P<title>[A-Z][^.:;\n]{2,200}?)\s?:\s+"
    r"(?=[A-Z≥<>(]|(?:monitor|assess|test|evaluate|obtain|observe|measure|discontinue)\b)"
)
_BULLET_BEHIND = re.compile(rf"[ \t]*{BULLET}\s")
_SHORT_FORM = re.compile(r"\s*\([A-Z][\w/-]*\)")
# the row of a table that has lost its lines
_FIGURES = re.compile(r"(?:\d+(?:\.\d+)?%?\s+){2,}\d")
_INCLUDING = re.compile(r"\bincluding\b", re.IGNORECASE)
_WORD = re.compile(r"[^\s]+")
_LOGICAL = re.compile(r"(?<=o)(?<!bio)(?<!psycho)logical\b")
_TOKEN = re.compile(r"[a-z0-9]+")
_MAX_TITLE_WORDS, _MAX_PREFIX_WORDS = 16, 26
_LONGEST_ITEM = 6
_LONGEST_TITLE = 30


@dataclass(frozen=True, slots=True)
class RiskBlock:
    """A stretch ``text[start:end]`` about one risk; ``title`` as the label has it, without its number."""

    title: str | None
    start: int
    end: int

    @property
    def hazard(self) -> str | None:
        """The risk by its normalized name; None where the title names no risk."""
        return hazard_name(self.title) if self.title else None


def risk_blocks(text: str, start: int, end: int, *, title: str | None = None) -> list[RiskBlock]:
    """Split a stretch of text at its risk headings; ``title`` is that of the stretch as a whole.

    The text before the first heading keeps ``title``. Blocks follow one another and hold text.
    """
    points = [(start, start, title), *risk_heads(text, start, end, title=title)]
    ends = [*(p[0] for p in points[1:]), end]
    blocks = [RiskBlock(p[2], p[1], stop) for p, stop in zip(points, ends, strict=True)]
    return [block for block in blocks if text[block.start : block.end].strip(" \n\t.:;•*")]


def risk_heads(text: str, start: int, end: int, *, title: str | None = None) -> list[tuple[int, int, str]]:
    """Headings within a stretch of text, as (start, end, title); what they head begins behind their end."""
    heads: list[tuple[int, int, str]] = []
    for head in sorted({*_heading_lines(text, start, end), *_sentence_heads(text, start, end, title)}):
        if not heads or head[0] >= heads[-1][1]:
            heads.append(head)
    return heads


def hazard_name(title: str) -> str | None:
    """Give the risk that a title names, normalized: "5.3 Risk of Rash" → "rash"; None for "General"."""
    rules = _rules()
    name = _SHORT_FORM.sub("", without_warning(title))
    if rules.not_risks.fullmatch(name) or _FIGURES.search(name):
        return None
    for _ in range(2):
        name = rules.behind.sub("", rules.before.sub("", name)).strip(" .:;,-–")
    if rules.people.fullmatch(name) or rules.not_risks.fullmatch(name):
        return None
    name = _LOGICAL.sub("logic", rules.plural.sub(_as_plural, _lower(name))).replace(";", ",")
    bare = rules.severity.sub("", name)
    return next((alias for alias, one in rules.aliases if one.fullmatch(name) or one.fullmatch(bare)), name) or None


def _as_plural(found: re.Match[str]) -> str:
    return f"{found[0].removesuffix('y')}ies" if found[0].endswith("y") else f"{found[0]}s"


def warns(title: str) -> bool:
    """Whether what stands under a title in a section of warnings is one: not "Information for Patients"."""
    return is_section_name(title) or not _rules().not_risks.fullmatch(_SHORT_FORM.sub("", without_warning(title)))


def is_section_name(title: str) -> bool:
    """Whether a title is that of a section ("WARNINGS", "General") rather than of a risk in it."""
    return bool(_rules().sections.fullmatch(title.strip(" .:")))


def own_title(title: str | None) -> str | None:
    """A title that says more than which section it heads, and is no sentence."""
    if not title or is_section_name(title):
        return None
    return None if is_statement(title) and len(title.split()) > _LONGEST_TITLE else title


def without_warning(title: str) -> str:
    """Give a title without its number and "WARNING:"."""
    return _WARNING.sub("", _NUMBER.sub("", " ".join(title.split()))).strip(" .:;-–•*")


@dataclass(frozen=True, slots=True)
class _Rules:
    before: re.Pattern[str]
    behind: re.Pattern[str]
    not_risks: re.Pattern[str]
    sections: re.Pattern[str]
    run_in: re.Pattern[str]
    people: re.Pattern[str]
    verbs: re.Pattern[str]
    heads: re.Pattern[str]
    starters: frozenset[str]
    not_first: re.Pattern[str]
    small: frozenset[str]
    untelling: frozenset[str]
    severity: re.Pattern[str]
    plural: re.Pattern[str]
    acronyms: dict[str, str]
    aliases: tuple[tuple[str, re.Pattern[str]], ...]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    data: dict[str, Any] = dict(load_rules("hazards"))
    check_keys("hazards", data, _KEYS)
    return _Rules(
        before=pattern("hazards before", rf"^(?:{'|'.join(data['before'])})\b "),
        behind=pattern("hazards behind", rf" (?:{'|'.join(data['behind'])})$"),
        not_risks=pattern("hazards not_risks", "|".join(data["not_risks"])),
        sections=pattern("hazards sections", "|".join(data["sections"])),
        run_in=re.compile(rf"\W*(?:{words(data['run_in'])})(?=\s+[A-Z])"),
        people=pattern("hazards people", data["people"]),
        verbs=pattern("hazards verbs", rf"\b(?:{data['verbs']})\b"),
        heads=pattern("hazards heads", data["heads"]),
        starters=frozenset(data["starters"].split("|")),
        not_first=pattern("hazards not_first", rf"(?:{data['not_first']})\b"),
        small=frozenset(data["small"]),
        severity=pattern("hazards severity", rf"^(?:(?:{data['severity']}) )+"),
        plural=pattern("hazards plural", rf"\b{words(data['plural'])}$"),
        untelling=frozenset(data["untelling"].split("|")),
        acronyms={word.upper(): word for word in data["acronyms"]},
        aliases=tuple((name, pattern(f"hazards {name}", one)) for name, one in data["aliases"].items()),
    )


def _lower(name: str) -> str:
    letters = [c for c in name if c.isalpha()]
    shouted = bool(letters) and sum(c.isupper() for c in letters) > 0.7 * len(letters)
    return " ".join(_lower_word(word, shouted=shouted) for word in name.split())


def _lower_word(word: str, *, shouted: bool) -> str:
    bare = word.strip("()/,;:-")
    if shouted:
        known = _rules().acronyms.get(bare.upper())
        return word.replace(bare, known) if known and bare else word.lower()
    capitals = sum(1 for c in bare if c.isupper())
    parts = re.split(r"[-/]", bare)
    keeps = any(sum(c.isupper() for c in part) > 1 or any(c.isdigit() for c in part) for part in parts)
    return word if capitals and (keeps or len(bare) == 1) else word.lower()


def _heading_lines(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    for match in _HEADING_LINE.finditer(text, start, end):
        title = _NUMBER.sub("", match["title"]).strip()
        if looks_like_title(title) or _names_risk(title):
            yield match.start(), match.end("title"), title.rstrip(":")


def _names_risk(line: str) -> bool:
    """Whether a line names a risk without the capitals of a title: "Hepatic effects"."""
    few = len(line.split()) <= _LONGEST_ITEM and line[:1].isupper()
    return few and is_risk(line) and not _rules().verbs.search(line)


def looks_like_title(line: str) -> bool:
    """Tell a heading from a sentence or a list item: few words, nearly all with capitals, no verb, no full stop."""
    words = line.split()
    if not 0 < len(words) <= _MAX_TITLE_WORDS or line[-1] in ".;," or not line[0].isupper():
        return False
    if _rules().verbs.search(line) or _rules().not_first.match(line):
        return False
    content = [w.strip("(),:;/") for w in words if w.lower().strip("(),:") not in _rules().small]
    capital = [w for w in content if w[:1].isupper() or w[:1].isdigit()]
    return bool(content) and len(capital) >= max(1, 0.8 * len(content))


def _sentence_heads(text: str, start: int, end: int, title: str | None) -> Iterator[tuple[int, int, str]]:
    untitled = title is None or hazard_name(title) is None
    for a, b in sentences(text[start:end]):
        sentence = text[start + a : start + b]
        match = _PREFIX.match(sentence)
        if match and _is_prefix(match["title"]):
            yield start + a, start + a + match.end(), match["title"].strip()
        elif _BULLET_BEHIND.match(text, start + b, end) and looks_like_title(sentence):
            yield start + a, start + b, sentence
        elif untitled and not looks_like_title(sentence):
            yield from _run_ins(sentence, start + a)


def _run_ins(sentence: str, start: int) -> Iterator[tuple[int, int, str]]:
    at = 0
    while length := _run_in(sentence[at:]):
        yield start + at, start + at + length, sentence[at : at + length].strip(" •*")
        at += length


def _is_prefix(title: str) -> bool:
    rules = _rules()
    if (
        len(title.split()) > _MAX_PREFIX_WORDS
        or rules.verbs.search(_INCLUDING.sub("", title))
        or rules.people.fullmatch(title)
    ):
        return False
    return not rules.not_risks.fullmatch(title)


def _run_in(sentence: str) -> int:
    """Length of a title that runs into the sentence behind it; 0 where there is none."""
    known = _rules().run_in.match(sentence)
    if known:
        return known.end()
    run: list[re.Match[str]] = []
    line, _, rest = sentence.partition("\n")
    if rest and looks_like_title(line.strip()):
        return 0  # a heading on a line of its own
    if sentence.isupper() or _rules().not_first.match(sentence):
        return 0
    for match in _WORD.finditer(line):
        word = match.group()
        if not (word.lstrip("(")[:1].isupper() or word.lower() in _rules().small) or len(run) > _MAX_TITLE_WORDS:
            break
        run.append(match)
        if word[-1] in ".;:":
            break
    for at in range(1, min(len(run), _MAX_TITLE_WORDS)):
        before, word = run[at - 1].group(), run[at].group()
        if _SHORT_FORM.fullmatch(f" {before}") and at > 1:
            before = run[at - 2].group()  # "Neuroleptic Malignant Syndrome (NMS) A potentially …"
        shouted = word.isupper() and len(word) > 1
        begins = word in _rules().starters or (word[0].isupper() and (at == len(run) - 1 or shouted))
        if begins and not (shouted and before.isupper()) and _rules().heads.fullmatch(before.strip("()")):
            return run[at - 1].end()
    return 0


def speaks_of(text: str, name: str) -> bool:
    """Whether some words speak of a risk: most of its name's words are among them, or another word for it is.

    False for a name that holds no word of its own: "serious risks".
    """
    telling = [word for word in _TOKEN.findall(name.lower()) if word not in _rules().untelling]
    if not telling:
        return False
    hazard = hazard_name(name)
    if any(alias == hazard and one.search(text) for alias, one in _rules().aliases):
        return True
    said = _TOKEN.findall(text.lower())
    found = sum(1 for word in telling if any(s.startswith(word[: max(4, len(word) - 3)]) for s in said))
    return found >= 0.6 * len(telling)


def is_statement(text: str) -> bool:
    """Whether words are a sentence rather than an item of a list or a heading."""
    ended = text.rstrip().endswith(".") and len(text.split()) > _LONGEST_ITEM
    return ended or bool(_rules().verbs.search(text))


def is_risk(name: str) -> bool:
    """Whether a name ends with a word that names a risk: "febrile neutropenia", "renal failure"."""
    last = name.split()[-1:] or [""]
    return bool(_rules().heads.fullmatch(last[0].strip("()")))
