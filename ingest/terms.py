"""What is looked for: a drug name, or one of the numbers that labels go by, told apart by its form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz, process, utils

from ingest.errors import WrongUse

TermKind = Literal["name", "set_id", "ndc", "application", "unii", "rxcui"]

_PREFIXES: dict[str, TermKind] = {
    "name": "name",
    "set": "set_id",
    "setid": "set_id",
    "set_id": "set_id",
    "ndc": "ndc",
    "application": "application",
    "app": "application",
    "unii": "unii",
    "rxcui": "rxcui",
}
_SET_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
# Product codes 4-4, 5-3, 5-4; package codes 4-4-2, 5-3-2, 5-4-1 (21 CFR 207.33) and the 5-4-2 of billing.
_NDC = re.compile(r"(?:\d{4}-\d{4}|\d{5}-\d{3,4})(?:-\d{1,2})?|\d{10,11}")
_APPLICATION = re.compile(r"(NDA|ANDA|BLA)[\s#-]*(\d{1,6})", re.I)
_UNII = re.compile(r"(?=.*[0-9])(?=.*[A-Z])[0-9A-Z]{10}", re.I)
_BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Term:
    """Something to look for; ``text`` is how the user wrote it."""

    kind: TermKind
    value: str
    text: str


def read_term(text: str) -> Term:
    """Tell what a term is by its form; a prefix such as ``ndc:`` or ``name:`` decides. Raises WrongUse."""
    prefix, colon, rest = text.partition(":")
    kind = _PREFIXES.get(prefix.strip().casefold()) if colon else None
    value = " ".join((rest if kind else text).split())
    if not any(c.isalnum() for c in value):
        raise WrongUse(f"nothing to look for in {text!r}: give a drug name, a set id or an NDC")
    kind = kind or _kind(value)
    return Term(kind, _normal(kind, value), text.strip())


def _kind(value: str) -> TermKind:
    if _SET_ID.fullmatch(value):
        return "set_id"
    if _NDC.fullmatch(value):
        return "ndc"
    if _APPLICATION.fullmatch(value):
        return "application"
    return "unii" if is_unii(value) else "name"


def _normal(kind: TermKind, value: str) -> str:
    if kind == "set_id":
        return value.lower()
    if kind == "application" and (match := _APPLICATION.fullmatch(value)):
        return f"{match[1].upper()}{match[2]:0>6}"  # both services keep six digits, zeros in front
    return value.upper() if kind == "unii" else value


def is_unii(value: str) -> bool:
    """True for ten letters and digits whose last one is the sum of the others, base 36, modulo 36."""
    value = value.upper()
    if not _UNII.fullmatch(value):
        return False
    return _BASE_36[sum(map(_BASE_36.index, value[:9])) % 36] == value[9]


def ndc_codes(value: str) -> list[str]:
    """The codes that an NDC may stand for, as FDA writes them; ten or eleven plain digits leave several open.

    Eleven digits are the billing form 5-4-2, which pads one segment of the ten with a zero.
    """
    parts = value.split("-")
    if len(parts) == 1 and len(value) == 10:
        return [_cut(value, *sizes) for sizes in ((4, 4), (5, 3), (5, 4))]
    if len(parts) == 1 and len(value) == 11:
        parts = [value[:5], value[5:9], value[9:]]
    if [len(p) for p in parts] != [5, 4, 2]:
        return [value]
    padded = [i for i in range(3) if parts[i].startswith("0")]
    shorter = ["-".join(p[j == i :] for j, p in enumerate(parts)) for i in padded]
    return shorter or ["-".join(parts)]


def _cut(digits: str, labeler: int, product: int) -> str:
    return f"{digits[:labeler]}-{digits[labeler : labeler + product]}-{digits[labeler + product :]}"


def product_code(ndc: str) -> str:
    """The product part of a package code: labeler and product segments."""
    return "-".join(ndc.split("-")[:2])


def holds_name(text: str, name: str) -> bool:
    """True where a text holds a drug name as whole words, whatever its case, marks and punctuation.

    Three letters and a hyphen in front make another drug (ado-, fam-, tbo-, ziv-: FDA's prefixes for
    biologics); letters behind a hyphen do not (the suffixes of biosimilars).
    """
    words = re.findall(r"[^\W_]+", _plain(name))
    if not words:
        return False
    phrase = r"[\W_]+".join(map(re.escape, words))
    return re.search(rf"(?<![^\W_])(?<!\b[a-z]{{3}}-){phrase}(?![^\W_])", _plain(text)) is not None


def _plain(text: str) -> str:
    """Case folded, without accents and the marks that names carry."""
    decomposed = unicodedata.normalize("NFKD", re.sub("[®™©℠]", " ", text))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def nearest(name: str, candidates: Iterable[str], *, limit: int = 5) -> list[str]:
    """The candidates that are written most like a name, best first; each once, whatever its case."""
    each = {candidate.casefold(): candidate for candidate in candidates}
    found = process.extract(
        name,
        list(each.values()),
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        limit=limit,
        score_cutoff=70,
    )
    return [candidate for candidate, _, _ in found]
