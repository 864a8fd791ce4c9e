"""Names in questions: is one disease name a kind of another, and which stored drug does a question name."""

from __future__ import annotations

import re

from sqlite_utils import Database

from db import queries
from extract.question import Topic

_SAME_WORD = dict.fromkeys(("carcinoma", "neoplasm", "tumor", "tumour", "malignancy"), "cancer")
_FILLERS = frozenset(("of", "the", "in", "with", "and", "or", "a", "an", "disease", "disorder", "primary", "due", "to"))
# Words of a vocabulary's name that the question's biomarkers, stage and population say as well.
_SAID_ELSEWHERE = frozenset(
    ("triple", "negative", "positive", "her2", "male", "female", "adult", "childhood", "pediatric", "metastatic")
)
# A word that makes another disease of the one it stands by: pulmonary hypertension is no hypertension.
_OTHER_DISEASE = frozenset({
    "pulmonary", "ocular", "intraocular", "portal", "intracranial", "insipidus", "gestational", "bipolar",
    "respiratory", "postpartum",
})  # fmt: skip
_EARLIER = re.compile(
    r"\b(?:after|following|failed|failing|failure (?:of|on|with)|progress\w+ on|prior|previous\w*"
    r"|(?:resistant|refractory|intolerant) (?:to|of))\s+(?:\w+\s+){0,3}$",
    re.I,
)
_LONGEST_NAME = 6


def words_of(name: str) -> frozenset[str]:
    """The words of a disease name in the singular, without fillers; "non-small" is one, carcinoma cancer."""
    joined = re.sub(r"\bnon[-\s]+(?=\w)", "non", name.casefold())
    words = map(_singular, re.findall(r"[^\W_]+", joined))
    return frozenset(_SAME_WORD.get(w, w) for w in words) - _FILLERS


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def search_words(name: str) -> str:
    """Words that every name of a kind of this disease has as they are: none that ``words_of`` exchanges."""
    wanted = words_of(name) - _SAID_ELSEWHERE - {*_SAME_WORD.values()}
    return " ".join(sorted(w for w in wanted if w in name.casefold() and not w.startswith("non"))) or name


def is_kind_of(name: str, asked: str) -> bool:
    """True where a disease is the asked one, or a kind of it, as far as the words of the names tell.

    A label for breast cancer, whatever its markers, answers for triple-negative and male breast cancer too.
    """
    wanted, given = words_of(asked) - _SAID_ELSEWHERE, words_of(name)
    return bool(wanted) and wanted <= given and not (given - wanted) & _OTHER_DISEASE


def drug_in(database: Database, topic: Topic) -> str | None:
    """The stored drug that a question asks about: a brand or generic name, or a generic name's first word.

    A drug that the question names as an earlier treatment ("after letrozole") is not what it asks about, and
    words that name the condition ("pain relief") are no drug, whatever products are called.
    """
    question = topic.question
    taken = [(c.evidence.start, c.evidence.end) for c in topic.conditions]
    found = re.finditer(r"[^\W_](?:[\w'®™/-]*[^\W_])?", question)
    words = [w for w in found if not any(start <= w.start() < end for start, end in taken)]
    names = _stored_names(database)
    for size in range(min(_LONGEST_NAME, len(words)), 0, -1):
        for first, last in zip(words, words[size - 1 :], strict=False):
            name = question[first.start() : last.end()]
            if name.casefold() in names and not _EARLIER.search(question[: first.start()]):
                return name
    return None


def _stored_names(database: Database) -> set[str]:
    frame = queries.labels(database)
    brands, generics = (
        {name for text in frame[column].dropna() for name in text.casefold().split(" / ") if name}
        for column in ("brand", "generic")
    )
    return brands | generics | {first for name in generics if len(first := name.split()[0]) > 4}
