"""Patterns of the monitoring rules: fragments by name, blanks that stand for any white space.

``{name}`` in a pattern stands for the fragment of that name (fragments may use one another), a blank for white space, and
" ?" for white space or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from extract.rules import RuleError

_NAME = re.compile(r"\{([a-z_]+)\}")
_DEPTH = 12


def pattern(where: str, source: str, fragments: Mapping[str, str] | None = None) -> re.Pattern[str]:
    """Compile a pattern, ignoring case. Raises RuleError for an unknown fragment or a bad pattern."""
    text = source
    for _ in range(_DEPTH):
        if not _NAME.search(text):
            break
        text = _NAME.sub(lambda m: _fragment(where, m.group(1), fragments or {}), text)
    try:
        return re.compile(text.replace(" ?", r"\s*").replace(" ", r"\s+"), re.IGNORECASE)
    except re.error as error:
        raise RuleError(f"{where}: {source!r}: {error}") from error


def words(forms: Iterable[str], *, plural: bool = False) -> str:
    """Give the source of a group that matches any of these words and phrases, the longest first."""
    ordered = sorted(set(forms), key=lambda form: (-len(form), form))
    body = "|".join(re.escape(form).replace(r"\ ", " ") for form in ordered)
    return rf"(?:{body}){'(?:e?s)?' if plural else ''}"


def _fragment(where: str, name: str, fragments: Mapping[str, str]) -> str:
    if name not in fragments:
        raise RuleError(f"{where}: unknown fragment {{{name}}}")
    return f"(?:{fragments[name]})"
