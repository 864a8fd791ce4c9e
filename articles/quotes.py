"""Indication statements in the label's words, and which labels say the same.

Lead-ins are told once; bullets that do not answer, and whatever stands between, become ``[…]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from articles.claims import Cited, Claim, Part
from articles.model import LEFT_OUT, Quote

_CONNECTION = 25
"""Characters that bullet marks, "; or" and section references take up between two bullets."""
_REFERENCES = re.compile(r"\[see[^\]]*\]|\(\s*[\d., ]+\)|[®™]", re.I)
_FORMS = r"(?: for injection| injection| tablets?| capsules?| oral solution| oral suspension| usp| kit)*"


def quotes_of(claims: Sequence[Claim], siblings: Sequence[Claim]) -> tuple[Quote, ...]:
    """Quote the claims of one label; ``siblings``: all its indications, to know what is left out."""
    told: dict[str, Quote] = {}
    for lead, of_lead in groupby(claims, key=_lead):
        quote = _with_items(lead, list(of_lead), siblings) if lead else None
        for one in [quote] if quote else [Quote(c.statement.text) for c in of_lead]:
            told.setdefault(_plain(" ".join([one.text, *one.items])), one)
    return tuple(told.values())


def _lead(claim: Claim) -> Part | None:
    return claim.parts[0] if len(claim.parts) > 1 else None


def _with_items(lead: Part, claims: list[Claim], siblings: Sequence[Claim]) -> Quote:
    kept = {part: True for claim in claims for part in claim.parts[1:]}
    others = {part: False for s in siblings if _lead(s) == lead for part in s.parts[1:]}
    items: list[str] = []
    before: Part | None = lead
    for part, wanted in sorted((others | kept).items()):
        if not wanted or (before and before.section_id == part.section_id and part.start - before.end > _CONNECTION):
            items.append(LEFT_OUT)
        if wanted:
            items.append(part.text)
        before = part
    return Quote(lead.text, tuple(item for item, _ in groupby(items)))


def same_words(quotes: Iterable[Quote], label: Cited) -> tuple[str, ...]:
    """The quotes without what tells equal products apart: names, dosage forms, references, punctuation."""
    return tuple(_nameless(" ".join([q.text, *q.items]), label) for q in quotes)


def _nameless(text: str, label: Cited) -> str:
    names = {name for told in (label.brand, label.generic, label.ingredient) if told for name in told.split(" / ")}
    plain = _REFERENCES.sub(" ", text)
    for name in sorted(names, key=len, reverse=True):
        plain = re.sub(rf"(?<!\w){re.escape(name)}(?:-[a-z]{{4}})?{_FORMS}(?!\w)", "¤", plain, flags=re.I)
    plain = re.sub(r"¤\s*\(\s*¤\s*\)", "¤", plain)
    return re.sub(r"\bare indicated\b", "is indicated", re.sub(r"[^\w¤]+", " ", plain).strip().casefold())


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", _REFERENCES.sub(" ", text)).strip().casefold()
