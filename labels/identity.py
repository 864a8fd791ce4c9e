"""What SPL documents and openFDA records say about themselves in the same words."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date

from labels import loinc
from labels.errors import LabelError
from labels.model import LabelFormat, Product, Section

MAX_TEXT = 2_500_000
"""Characters of a label's text; the longest that are known have a fifth of this."""
SAMPLE_LABELER = "onlabel samples"

_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
_NUMBER = re.compile(
    r"(?P<number>[1-9]\d?(?:\.\s?\d{1,2}){1,3}|[1-9]\d?(?=\.(?!\d)|\s+[A-Z]))\.?\s*"
    r"(?!\s*(?:%|(?i:m?g|mcg|kg|m?l|units?|iu|meq|hours?|hr|days?|weeks?|years?|tablets?|capsules?|count|ct|oz)\b))"
)


def parse_set_id(value: str) -> str:
    """Read a set id, in lower case; empty for what cannot be one: real ones are UUIDs."""
    told = value.strip().lower()
    return told if re.fullmatch(r"[0-9a-z][0-9a-z_.-]{0,63}", told) else ""


def parse_version(value: object, name: str) -> int:
    """Read a version number, a number or a string; it can be large (1560). Raises LabelError without one."""
    told = str(value if value is not None else "").strip()
    if not re.fullmatch(r"[0-9]{1,9}", told):
        raise LabelError(name, f"{told[:40]!r} is no version number" if told else "it has no version number")
    return int(told)


def iso_date(value: object) -> str | None:
    """YYYYMMDD, with or without a time behind it, as YYYY-MM-DD; None where it is no date."""
    found = _DATE.match(str(value or "").strip())
    try:
        return date(*map(int, found.groups())).isoformat() if found else None
    except ValueError:
        return None


def is_sample(labeler: str | None) -> bool:
    """Tell the documents that come with onlabel, by their labeler."""
    return (labeler or "").casefold().startswith(SAMPLE_LABELER)


def split_title(title: str) -> tuple[str | None, str | None]:
    """Part a section's number from its title: ("5.12", "Hepatotoxicity"); each is None where it is not there.

    "10 mL Vial Label" and the like have no number.
    """
    found = _NUMBER.match(title)
    if not found:
        return None, title.strip(" :") or None
    return re.sub(r"\s", "", found["number"]), title[found.end() :].strip(" :") or None


def label_format(codes: Collection[str | None], *, otc: bool, rx: bool, highlights: bool) -> LabelFormat:
    """Decide the format from the document's type and the LOINC codes of its sections.

    Drug Facts (21 CFR 201.66), then PLR (201.57: Highlights, "Warnings and Precautions"), then the older
    format (201.80), which a prescription label has too that states indications and shows no other sign.
    """
    found = set(codes)
    if otc or found & loinc.OTC_SECTIONS:
        return LabelFormat.OTC
    if highlights or loinc.WARNINGS_AND_PRECAUTIONS in found:
        return LabelFormat.PLR
    if found & loinc.OLDER_SECTIONS:
        return LabelFormat.OLDER
    if found & loinc.PLR_SECTIONS:  # some older labels code an odd section so
        return LabelFormat.PLR
    if rx and loinc.INDICATIONS in found:
        return LabelFormat.OLDER
    return LabelFormat.OTHER


def not_a_label(
    code: str | None, kind: str | None, products: Sequence[Product], sections: Sequence[Section]
) -> str | None:
    """Say why this is no human drug label: by the document's type, else by what it holds; else None."""
    if code in loinc.DOCUMENT_TYPES:
        return loinc.DOCUMENT_TYPES[code].not_a_label
    words = (kind or "").upper()
    by_name = next((why for word, why in loinc.NOT_A_LABEL_WORDS.items() if word in words), None)
    codes = {s.loinc for s in sections}
    if by_name or "DRUG" in words:
        return by_name
    if codes & loinc.SUPPLEMENT_SECTIONS and loinc.INDICATIONS not in codes:
        return "a dietary supplement, not a drug"
    told = any(s.text for s in sections if s.loinc not in loinc.DATA_SECTIONS)
    return None if told or products else "it lists no product and says nothing"
