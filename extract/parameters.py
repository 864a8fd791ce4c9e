"""What labels ask to monitor: our own table of parameters, with all their surface forms (``data/parameters.toml``)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from extract.patterns import words
from extract.rules import RuleError, check_keys, load_rules

_KEYS = {"name", "forms", "risks", "observed", "general", "salt"}
_BEFORE = r"(?:(?:serum|plasma|blood|urinary|urine|total)\s+)?"
_BEHIND = r"(?:\s+(?:levels?|concentrations?|counts?|values?|measurements?|parameters?|tests?|testing|status)\b)?"
# the drug before its salt's name: "warfarin sodium"
_DRUG_BEFORE = re.compile(
    r"\b(?!(?:serum|plasma|urine|baseline|routine|examine|determine|obtain|maintain|certain|contain)\s)"
    r"[a-z]{3,}(?:in|ine|ide|ol|one|am|an|ate|en|il|ic|ib|ab|vir|oxyl)\s+$",
    re.IGNORECASE,
)
# "CK", "Hb" are matched as they are written; with a whole word beside ("hepatitis B virus") nothing else can be meant
_CAPITALS, _WORD = re.compile(r"[A-Z]"), re.compile(r"\b[a-z]{4,}")
# as it is printed: "HLA ‑ B*5701"
_HYPHEN = r"\s?[‑-]\s?"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the table.

    ``observed``: seen or asked rather than measured by a test or an examination. ``general``: a group of tests, which
    says nothing more where the text names them. ``salt``: a salt may have the same name ("warfarin sodium").
    """

    id: str
    name: str
    forms: tuple[str, ...]
    risks: tuple[str, ...] = ()
    observed: bool = False
    general: bool = False
    salt: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A parameter at ``text[start:end]``."""

    start: int
    end: int
    parameter: Parameter


@lru_cache(maxsize=1)
def parameters() -> tuple[Parameter, ...]:
    """Read the table. Raises RuleError for an unknown key or a form that two parameters claim."""
    table = tuple(_parameter(key, row) for key, row in load_rules("parameters").items())
    seen: dict[str, str] = {}
    for one in table:
        for form in {*one.forms, *one.risks}:
            if seen.setdefault(form, one.id) != one.id:
                raise RuleError(f"parameters: {form!r} is both {seen[form]} and {one.id}")
    return table


def mentions(text: str, *, tests_only: bool = False) -> list[Mention]:
    """Parameters that a text names, in reading order; the longest form wins, and none overlap."""
    table = _by_form()
    found = [
        Mention(m.start(), m.end(), table[key])
        for group in _patterns()
        for m in group.finditer(text)
        if (key := _key(m.group("form"), table)) and not (table[key].salt and _DRUG_BEFORE.search(text, 0, m.start()))
    ]
    kept: list[Mention] = []
    for one in sorted(found, key=lambda m: (m.start - m.end, m.start)):
        if all(one.end <= k.start or one.start >= k.end for k in kept):
            kept.append(one)
    return sorted((m for m in kept if not (tests_only and m.parameter.observed)), key=lambda m: m.start)


def watched_by(risk: str) -> Parameter | None:
    """Give the parameter by which a risk is watched: hypertension by the blood pressure."""
    return _by_risk().get(" ".join(risk.lower().split()))


def parameter_id(name: str) -> str | None:
    """Id of the parameter of this canonical name; None where the table has none."""
    return _ids().get(name)


@lru_cache(maxsize=1)
def _ids() -> dict[str, str]:
    return {one.name: one.id for one in parameters()}


def _parameter(key: str, row: dict[str, Any]) -> Parameter:
    check_keys(f"parameters: {key}", row, _KEYS)
    forms, risks = tuple(row["forms"]), tuple(row.get("risks", ()))
    return Parameter(
        key, row["name"], forms, risks, bool(row.get("observed")), bool(row.get("general")), bool(row.get("salt"))
    )


@lru_cache(maxsize=1)
def _by_form() -> dict[str, Parameter]:
    return {_flat(form): one for one in parameters() for form in one.forms}


@lru_cache(maxsize=1)
def _by_risk() -> dict[str, Parameter]:
    return {risk.lower(): one for one in parameters() for risk in one.risks}


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    forms = [form for one in parameters() for form in one.forms]
    exact = [form for form in forms if _CAPITALS.search(form) and not _WORD.search(form)]
    loose = [form for form in forms if form not in set(exact)]
    return _matcher(exact, flags=0), _matcher(loose, flags=re.IGNORECASE)


def _matcher(forms: Iterable[str], *, flags: int) -> re.Pattern[str]:
    before = f"(?i:{_BEFORE})"
    body = words(forms, plural=True).replace(r"\-", _HYPHEN).replace(" ", r"[\s‑-]+")
    return re.compile(rf"(?<![\w-]){before}(?P<form>{body})(?!\w|-[a-z]){_BEHIND}", flags)


def _flat(form: str) -> str:
    return re.sub(r"[\s‑-]+", " ", form).lower()


def _key(form: str, table: dict[str, Parameter]) -> str | None:
    flat = _flat(form)
    return next((key for key in (flat, flat.removesuffix("s"), flat.removesuffix("es")) if key in table), None)
