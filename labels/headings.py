"""Where a heading ends and its text begins, in text that has lost its line breaks.

Two signs are sure: a line break, and a title that the regulations prescribe (21 CFR 201.57, 201.80, 201.66).
Else the end is where the run of title-case words turns into a sentence; None means that it cannot be told.
"""

# ruff: noqa: SIM905 - long lists of words are read, and kept in order, more easily as text
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

PLACEHOLDER = "\ufffc"
"""Stands in flat text where a section was taken out that is told by itself."""

_STANDARD = re.compile(
    r"(?:(?:boxed )?warnings?(?: and precautions)?|indications?(?: (?:and|&|for) us(?:ag)?e)?|"
    r"dosage (?:and|&) administration|dosage forms (?:and|&) strengths|contraindications?|precautions|"
    r"adverse reactions|clinical (?:trials?|studies) experience|post-?\s?marketing experience|immunogenicity|"
    r"drug interactions|(?:use in )?specific populations|pregnancy|lactation|labor (?:and|&) delivery|"
    r"nursing mothers|females and males of reproductive potential|pa?ediatric use|geriatric use|"
    r"(?:renal|hepatic) impairment|drug abuse (?:and|&) dependence|controlled substance|abuse|dependence|"
    r"overdos(?:e|age)|description|clinical pharmacology|mechanism of action|pharmacodynamics|"
    r"pharmacokinetics|microbiology|pharmacogenomics|non-?clinical toxicology|clinical studies|references|"
    r"carcinogenesis,? mutagenesis,?(?: and|&)? impairment of fertility|"
    r"animal (?:toxicology|pharmacology)(?: and/?(?:or)? (?:toxicology|pharmacology))?|"
    r"how supplied(?:\s?/\s?storage and handling)?|storage (?:and|&) handling|"
    r"patient counseling information|general precautions|information for patients|laboratory tests|"
    r"drug/laboratory test interactions|(?:non)?teratogenic effects|recent major changes)"
    r"(?P<colon>\s?:)?(?![\w,/-])",
    re.IGNORECASE,
)
_UNNUMBERED = re.compile(
    r"(?:(?:in)?active ingredients?(?: \((?:in|per) [^()]*\))?|purposes?|uses|directions|other information|"
    r"questions(?: or comments)?\s?\??|general(?=\s*:?\s+(?-i:[A-Z])))(?![\w,/-])",
    re.IGNORECASE,
)
"""Headings that only stand without a number: of Drug Facts, whose text begins small, and General."""
_NUMBER = re.compile(r"\s*(?P<number>[1-9]\d?(?:\s?\.\s?[1-9]\d?){0,3})\.?\s+(?=[A-Z(])")
_CAPITALS = re.compile(r"[A-Z]{3}")
_CONNECTORS = frozenset(
    "a about after age aged ages an and and/or as associated at before by caused concomitant due during "
    "following for from greater in including into less not of older on or other per receiving related such "
    "than that the to treated undergoing until using versus via vs vs. weighing when while with without "
    "years & – - /".split()
)
"""Small words that titles have too."""
_SMALL_IN_CAPITALS = frozenset("and associated due for from in of or the to with".split())
_VERBS = frozenset(
    "is are was were has have had can cannot may might must should shall will would could does do did acts "
    "appears belongs binds cause caused causes contains decreases exhibits include includes increase "
    "increases inhibits occur occurred occurs prolongs reduces".split()
)
_STARTERS = frozenset(
    "Administer Advise Although As Avoid Based Consider Data Discontinue Do Evaluate If In Inform Inject It "
    "Monitor No Obtain Perform Permanently Prescribing Provide Since Store Swallow Take The There These This "
    "Those When While Withhold".split()
)
"""Words that begin a sentence even where another capital follows; titles have them small or not at all."""
_SUBJECTS = frozenset("Cases Caution Concomitant Examples Patients Physicians Symptoms Treatment Use".split())
_FORMS = frozenset(
    "Capsules Cream Delayed-Release Extended-Release Film Foam Gel Inhalation Injection Lotion Nasal "
    "Ointment Ophthalmic Oral Patch Powder Solution Spray Suspension Syrup Tablet Tablets Topical "
    "Transdermal Vaginal".split()
)
_LETTERED = frozenset(
    "Category Class Grade Group Hemophilia Hepatitis Influenza Part Schedule Study Type Vitamin and".split()
)
"""Words that an "A" belongs to."""
_ABBREVIATION = re.compile(r"(?:[A-Za-z]|vs|St|No|spp|subsp|approx|i\.e|e\.g)\.$")
_LONGEST_SHOUT = 12
"""Words in capitals that may be a title although a full stop follows."""
_LONGEST_TITLE = 45
"""Words that are read in search of a title's end."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A section's heading; ``end`` is where the text behind it begins."""

    number: str | None
    title: str | None
    end: int


def names_pattern(names: Sequence[str]) -> re.Pattern[str] | None:
    """Brand and generic names, longest first, to find where one begins a sentence; None without any."""
    told = sorted({re.escape(name.strip()) for name in names if name.strip()}, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(told)})(?![\w-])", re.IGNORECASE) if told else None


def read_heading(text: str, names: re.Pattern[str] | None) -> Heading:
    """Read the heading that a section's flat text begins with, where it has one."""
    found = _NUMBER.match(text)
    if found and not _numbers_a_section(text, found):
        found = None
    start = found.end() if found else len(text) - len(text.lstrip())
    end = title_end(text, start, len(text), names) if found else _bare_title_end(text, start, names)
    number = re.sub(r"\s", "", found["number"]) if found else None
    return Heading(number, text[start:end].strip(" \n:") or None if end else None, end or start)


def title_end(text: str, start: int, stop: int, names: re.Pattern[str] | None) -> int | None:
    """End of the title that begins at ``start``; None where it cannot be told from the text behind it."""
    standard = _standard_end(text, start)
    line = text.find("\n", start + 1, start + 160)
    if standard:
        return standard
    if line > 0 and not text[start:line].rstrip().endswith("."):
        return line
    words = [(m[0], m.start()) for m in re.finditer(r"\S+", text[start : min(stop, start + 600)])]
    cut = _sentence_start([word for word, _ in words], _named_words(text, start, words, names))
    if cut is None:
        return _capitals_end(text, start, names)
    return start + words[cut][1] if cut < len(words) else stop


def _numbers_a_section(text: str, found: re.Match[str]) -> bool:
    """True for "1 INDICATIONS" and "8.1 Pregnancy", not for "10 Tablets"."""
    title = found.end()
    return "." in found["number"] or bool(_STANDARD.match(text, title) or _CAPITALS.match(text, title))


def _bare_title_end(text: str, start: int, names: re.Pattern[str] | None) -> int | None:
    """End of a title without a number: prescribed, or words in capitals such as "WARNING: RISK OF …"."""
    standard, unnumbered = _standard_end(text, start), _UNNUMBERED.match(text, start)
    if standard and not re.match(r"(?:BOXED )?WARNINGS?\s?:", text[start : start + 20]):
        return standard
    capitals = _capitals_end(text, start, names)
    if capitals and _is_prose(text, start, capitals):
        return standard
    return capitals or standard or (unnumbered.end() if unnumbered else None)


def _is_prose(text: str, start: int, end: int) -> bool:
    """True for a text that shouts: words in capitals that are sentences, or that are all there is."""
    told = text[start:end]
    if told.startswith(("WARNING", "BOXED WARNING")):
        return False
    return not text[end:].strip(" .") or (told.endswith(".") and len(told.split()) > _LONGEST_SHOUT)


def _standard_end(text: str, start: int) -> int | None:
    found = _STANDARD.match(text, start)
    if not found or (found[0].islower() and not found["colon"]):
        return None
    behind = text[found.end() : found.end() + 20].lstrip()
    return found.end() if not behind or not behind[0].islower() else None


def _capitals_end(text: str, start: int, names: re.Pattern[str] | None) -> int | None:
    """End of the words in capitals, before WARNING again, a name, or the first word of a sentence."""
    ends, before = [start], ""
    for word in re.finditer(r"\S+", text[start : start + 600]):
        named = names is not None and names.match(text, start + word.start()) is not None
        if (len(ends) > 1 and word[0].startswith("WARNING")) or (named and before not in _CONNECTORS):
            break
        before = word[0].lower()
        if before == word[0] and before in _SMALL_IN_CAPITALS:
            continue
        if re.search(rf"[a-z•●{PLACEHOLDER}]", word[0]):
            if word[0].islower():  # the capitals before it begin its sentence: "WARNING FOONIB can cause"
                ends.pop()
            break
        ends.append(start + word.end())
    end = ends[-1] if ends else start
    return end if sum(c.isalpha() for c in text[start:end]) > 5 else None


def _named_words(text: str, start: int, words: list[tuple[str, int]], names: re.Pattern[str] | None) -> set[int]:
    """Indexes of the words at which a known name begins a sentence."""
    if not names or not words:
        return set()
    found = {m.start() - start: m.end() for m in names.finditer(text, start, start + words[-1][1] + 80)}
    begins = {place for place, end in found.items() if text[start + place].isupper() and _goes_on(text, end)}
    return {i for i, (_, place) in enumerate(words) if place in begins}


def _goes_on(text: str, place: int) -> bool:
    """True for a name with a sentence behind it: "FOO ® (foonib) tablets are", not "Stopping FOO In some"."""
    behind = re.sub(r"^(?:[\s®™]|\([^()]{0,60}\))*", "", text[place : place + 100])
    word = behind.split(maxsplit=1)[0] if behind.strip() else ""
    return not word or not word[0].isupper() or word in _FORMS


def _sentence_start(words: list[str], named: set[int]) -> int | None:
    """Index of the word that begins the first sentence behind a title of at least one word."""
    depth = 0
    for i, word in enumerate(words[:_LONGEST_TITLE]):
        if i and depth <= 0 and not _joins(words[i - 1]) and _begins(words, i, named):
            return i
        depth += word.count("(") - word.count(")")
        species = i > 0 and re.fullmatch(r"[A-Z]\.", words[i - 1])
        if depth <= 0 and not word.endswith(")") and not species and not _title_like(word):
            return _back_to_subject(words, i)
    return len(words) if len(words) < 12 else None


def _begins(words: list[str], i: int, named: set[int]) -> bool:
    """True where a word begins a sentence or a list for sure, whatever follows."""
    word, before = words[i], words[i - 1]
    behind = words[i + 1] if i + 1 < len(words) else ""
    if i in named or word in _STARTERS or word[0] in f"•●■▪{PLACEHOLDER}":
        return True
    if before.endswith(".") and not _ABBREVIATION.search(before):
        return True
    if word in {"Study", "Table", "Figure"}:
        return behind[:1].isdigit()
    if word == "A":
        return before not in _LETTERED
    again = _core(word) == _core(words[0]) and _core(behind) == _core(words[1])
    return again and i > 1 and word[0].isupper()


def _title_like(word: str) -> bool:
    """True for words with a capital or digit, connectors, signs, and the torn-off end of "BRCA -mutated"."""
    if word.lower() in _CONNECTORS or word[0] in "-–" or "α" <= word[0] <= "ω":
        return True
    return any(c.isupper() or c.isdigit() for c in word) or not any(map(str.isalpha, word))


def _joins(word: str) -> bool:
    return word in _CONNECTORS or word.endswith((",", "/", "(", "-"))


def _back_to_subject(words: list[str], found: int) -> int | None:
    """The sentence's first word, given its first word that no title has (``found``)."""
    start = found - 1
    while start > 0 and _goes_with_more(words, start, found):
        start -= 1
    if start <= 0:
        return None
    if words[found] not in _VERBS or start == 1 or words[start] in _SUBJECTS:
        return start
    for size in range(found // 2, 0, -1):  # the subject says (part of) the title again
        said = [_core(word) for word in words[found - size : found]]
        before = [_core(word) for word in words[: found - size]]
        if any(before[i : i + size] == said for i in range(len(before) - size + 1)):
            return found - size
    return start if start == found - 1 and re.search(r"[A-Z].*[A-Z]", words[start]) else None


def _goes_with_more(words: list[str], start: int, found: int) -> bool:
    """True where the sentence must begin before ``start``: in a bracket, or beside a connector."""
    told = " ".join(words[start:found])
    bracketed = told.count(")") > told.count("(") or told[0] in "(["
    return bracketed or words[start] in _CONNECTORS or words[start - 1] in _CONNECTORS


def _core(word: str) -> str:
    return re.sub(r"\W|s$|ies$", "", word).lower()
