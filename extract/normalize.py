"""From the words of a label to the keys of a vocabulary: small pure functions, the same for both sides.

A key is a row of normalised words parted by single blanks. Whatever is done here is done to the vocabularies when
they are built and to the label when it is read, so a rule need not be linguistically right, only harmless.
Offsets always refer to the text as it was given.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple


def words(text: str) -> frozenset[str]:
    """The words of a text: for tables that are nothing but words."""
    return frozenset(text.split())


GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "σ": "sigma", "τ": "tau", "φ": "phi", "ω": "omega",
    "ϐ": "beta", "ϵ": "epsilon",
}  # fmt: skip
_GREEK_LETTERS = "".join(GREEK) + "ΑΒΓΔΕΖΗΘΚΛΜΣΤΦΩ"
_SPELLED_GREEK = "|".join(sorted(set(GREEK.values()), key=len, reverse=True))

# Words end at hyphens, slashes and blanks; a possessive belongs to its word; Greek letters stand alone.
_WORD = re.compile(
    rf"(?P<word>[{_GREEK_LETTERS}]|(?:{_SPELLED_GREEK})(?=\d)|[^\W_{_GREEK_LETTERS}]+)(?:['’`´]s?(?![^\W_]))?"
    r"|(?P<sign>&|\+(?![^\W_]))",
    re.IGNORECASE,
)
_HARD_BREAK = re.compile(r"[.,;:()\[\]{}•·●▪\n|?!\"“”*†‡#=<>≥≤—]|\s[-–]\s")

# "nonvalvular", "non-valvular" and "non valvular" are one word. The others are joined only over a hyphen, and
# "post" and "pre" over a blank too where the whole is a word of its own.
_HYPHENATED = words(
    "anti auto bi brachy broncho cardio cerebro co electro endo entero extra gastro glomerulo hemato hepato hyper hypo "
    "immuno infra inter intra keratino kerato macro meningo micro mono multi myelo myo neo neuro oculo oro osteo otic "
    "oto pan para peri poly pre post pseudo psycho pyelo radio retino re rhino sacro semi spondylo sub super supra "
    "thrombo tracheo trans tubulo ultra un under uni uro vaso xero"
)
_POST_PRE = words(
    "cibal coital eclampsia herpetic infarction infectious irradiation menopausal menopause menstrual natal operative "
    "partum prandial renal surgical thrombotic transplant transplantation traumatic"
)
_ROMAN = {
    "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11", "xii": "12",
    "xiii": "13",
}  # fmt: skip
_ROMAN_LETTERS = {"i": "1", "v": "5", "x": "10"}
_NUMBERED = words("type class stage grade bipolar factor group phase level mps")

_BRITISH = (
    ("aemi", "emi"), ("haem", "hem"), ("rrhoe", "rrhe"), ("pnoe", "pne"), ("tumour", "tumor"), ("paedi", "pedi"),
    ("coeli", "celi"), ("gynaec", "gynec"), ("faec", "fec"), ("caec", "cec"), ("foet", "fet"), ("sulph", "sulf"),
    ("behaviour", "behavior"), ("anaesth", "anesth"), ("aetiol", "etiol"), ("naev", "nev"), ("leucopen", "leukopen"),
    ("leucem", "leukem"), ("mould", "mold"), ("ischaem", "ischem"), ("litre", "liter"), ("neurone", "neuron"),
)  # fmt: skip
# An o that ends the word before must stay: gastroesophageal, angioedema, hypoestrogenism are American already.
_BRITISH_O = re.compile(r"(?:^|(?<=o))o(?=esoph|estr)|(?<!i)o(?=edem)")
_BRITISH_HINT = re.compile(r"ae|oe|our|sulph|leuc|mould|litre|neurone")

# Singulars that look like plurals, and plurals that no ending tells.
_UNCHANGED = words(
    "aids always as ascites bends bilharzias bronchus caries celiacs cushings diabetes does dupuytrens feces graves "
    "has herpes hives his hodgkins includes is its menses mumps measles news pes plus rabies rickets scabies series "
    "shingles species this thus was wilms yaws yes ss us gas pancreas atlas lens pus alas bias christmas canvas "
    "hellas biceps triceps forceps rubeolas ms mds tics genitals hiccups sickness"
)
_IRREGULAR = {
    "metastases": "metastasis", "bacteria": "bacterium", "fungi": "fungus", "emboli": "embolus", "thrombi": "thrombus",
    "vertebrae": "vertebra", "carcinomata": "carcinoma", "stigmata": "stigma", "condylomata": "condyloma",
    "children": "child", "women": "woman", "men": "man", "feet": "foot", "teeth": "tooth", "mice": "mouse",
    "diverticula": "diverticulum", "fibromata": "fibroma", "calculi": "calculus", "bronchi": "bronchus",
    "viruses": "virus", "sinuses": "sinus", "fetuses": "fetus", "lice": "louse", "nevi": "nevus", "ova": "ovum",
    "cortices": "cortex", "varices": "varix", "matrices": "matrix", "indices": "index", "apices": "apex",
    "diseases": "disease", "increases": "increase", "doses": "dose", "bases": "base", "cases": "case",
    "bruises": "bruise", "enzymes": "enzyme", "causes": "cause", "gases": "gas", "nauseas": "nausea", "lenses": "lens",
    "phases": "phase", "pulses": "pulse", "courses": "course", "responses": "response", "nurses": "nurse",
    "licenses": "license", "senses": "sense", "noses": "nose", "purposes": "purpose", "releases": "release",
    "relapses": "relapse", "rises": "rise", "exercises": "exercise", "uses": "use", "kinases": "kinase",
    "proteases": "protease", "lipases": "lipase", "horses": "horse", "lapses": "lapse",
}  # fmt: skip
_ENDINGS = (
    ("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("zes", "ze"), ("oses", "osis"),
    ("yses", "ysis"), ("eses", "esis"), ("ases", "asis"), ("ises", "isis"), ("ides", "ide"),
)  # fmt: skip


class Token(NamedTuple):
    """A normalised word and its place; ``after_break`` where a comma, stop or bracket parts it from the word before."""

    word: str
    start: int
    end: int
    after_break: bool = False


def singular(word: str) -> str:
    """The singular of a lower-case English or medical word: carcinomas → carcinoma, metastases → metastasis."""
    if len(word) < 4 or word in _UNCHANGED:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if not word.endswith("s") or word.endswith(("ss", "us", "is", "itis", "ous")):
        return word
    for ending, replacement in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + replacement
    return word[:-1]


def american(word: str) -> str:
    """American spelling of a lower-case word: tumour → tumor, leukaemia → leukemia, oesophagitis → esophagitis."""
    if _BRITISH_HINT.search(word):
        for british, ours in _BRITISH:
            word = word.replace(british, ours)
        word = _BRITISH_O.sub("", word)
    return word


def plain(text: str) -> str:
    """Casefolded, without accents: Sjögren → sjogren, œdema → oedema."""
    folded = text.casefold().replace("œ", "oe").replace("æ", "ae").replace("ø", "o").replace("ł", "l")
    if folded.isascii():
        return folded
    return "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))


@lru_cache(maxsize=1 << 16)
def normal_word(word: str) -> str:
    """One word as it stands in a key: folded, American, singular; II → 2; a Greek letter by its name."""
    lower = word.lower()
    if lower in GREEK:
        return GREEK[lower]
    folded = american(plain(word))
    return _ROMAN.get(folded) or singular(folded)


@lru_cache(maxsize=256)
def tokens(text: str) -> tuple[Token, ...]:
    """The normalised words of a text, each with its place; kept for a while, as several readers ask for the same."""
    found: list[Token] = []
    end_before = 0
    for match in _WORD.finditer(text):
        gap = text[end_before : match.start()]
        token = Token(_word_of(match), match.start(), match.end(), bool(found) and _parted(found[-1].word, gap))
        end_before = match.end()
        if not _merged(found, token, gap):
            found.append(token)
    return tuple(found)


def _parted(word: str, gap: str) -> bool:
    """Whether the gap behind a word ends a phrase; those within "H. pylori", "CLDN18.2" and "t(11;14)" do not."""
    inside = gap in ("", " ", "(", ";", ".") or (gap == ". " and len(word) == 1 and word.isalpha())
    return not inside and bool(_HARD_BREAK.search(gap))


def _word_of(match: re.Match[str]) -> str:
    word = match["word"]
    if word is None:
        return "and" if match["sign"] == "&" else "+"
    return normal_word(word)


def _merged(found: list[Token], token: Token, gap: str) -> bool:
    """Join the token to the one before where both are one word, or drop it; True where that was done."""
    if not found or token.after_break:
        return False
    last = found[-1]
    if token.word == "s" and gap == " " and last.word.isalpha():  # a label that lost its apostrophes
        found[-1] = Token(last.word, last.start, token.end, last.after_break)
    elif token.word == "the" and last.word in ("of", "in"):
        return True
    elif _joins(last.word, token.word, gap):
        found[-1] = Token(last.word + token.word, last.start, token.end, last.after_break)
    elif last.word in _NUMBERED and token.word in _ROMAN_LETTERS:
        found.append(Token(_ROMAN_LETTERS[token.word], token.start, token.end))
    else:
        return False
    return True


def _joins(prefix: str, word: str, gap: str) -> bool:
    if not word.isalpha() or len(word) < 2:
        return False
    if prefix == "non":
        return gap in ("", " ", "-", "–", "‑", "‐")
    if prefix in ("post", "pre") and word in _POST_PRE:
        return gap in (" ", "-", "–", "‑", "‐")
    return prefix in _HYPHENATED and gap in ("-", "‑", "‐") and len(word) > 3 and prefix not in ("post", "pre")


def key(phrase: str) -> str:
    """The key of a phrase: its normalised words in their order, parted by blanks; "" where it has none."""
    return " ".join(token.word for token in tokens(phrase))


def inverted(phrase: str) -> str | None:
    """The natural order of a comma inversion, or None: "lymphoma, mantle cell" → "mantle cell lymphoma"."""
    parts = [part.strip() for part in phrase.split(", ")]
    if not 2 <= len(parts) <= 4 or not all(parts):
        return None
    return " ".join([*reversed(parts[1:]), parts[0]])


# What a second try may exchange, each word by those that labels use in its place, the likeliest first.
_ALIKE = {
    "cancer": ("carcinoma", "neoplasm"),
    "carcinoma": ("cancer", "neoplasm"),
    "malignancy": ("cancer", "neoplasm"),
    "neoplasm": ("tumor",),
    "tumor": ("neoplasm",),
    "adenocarcinoma": ("carcinoma", "cancer"),
    "hepatic": ("liver",), "liver": ("hepatic",),
    "renal": ("kidney",), "kidney": ("renal",),
    "cardiac": ("heart",), "heart": ("cardiac",),
    "pulmonary": ("lung",), "lung": ("pulmonary",),
    "gastric": ("stomach",), "stomach": ("gastric",),
    "ovarian": ("ovary",), "ovary": ("ovarian",),
    "cutaneous": ("skin",), "skin": ("cutaneous",),
    "ocular": ("eye",), "vaginal": ("vagina",), "uterine": ("uterus",),
    "disorder": ("disease",), "disease": ("disorder",),
    "congenital": ("hereditary",), "hereditary": ("congenital",),
}  # fmt: skip

_OF_A_PLACE = words(
    "abscess adenocarcinoma atrophy burn cancer candidiasis carcinoma disease disorder dystonia edema fracture "
    "hemorrhage infection inflammation lesion lymphoma malignancy melanoma neoplasm osteoarthritis pain "
    "sarcoma spasm spasticity squamous transitional tumor ulcer ulceration"
)
EXCHANGED = frozenset(_ALIKE) | {"of"}
"""The words without one of which there is no second try."""


def second_tries(row: Sequence[str]) -> Iterator[str]:
    """Keys that mean nearly the same as a row of words that is not known itself, the likeliest first.

    One word is exchanged at a time (cancer for carcinoma, hepatic for liver), then "A of B" is read as "B A".
    """
    for at in range(len(row) - 1, -1, -1):
        for other in _ALIKE.get(row[at], ()):
            yield " ".join([*row[:at], other, *row[at + 1 :]])
    if "of" in row[1:-1] and row[0] in _OF_A_PLACE:
        at = list(row).index("of", 1)
        yield " ".join([*row[at + 1 :], *row[:at]])
