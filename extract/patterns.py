"""Patterns of the rule files: fragments and word lists by name, blanks that stand for any white space.

``{name}`` in a pattern stands for the word list or fragment of that name (fragments may use one another), a blank for
white space, and " ?" for white space or none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from extract.rules import RuleError, check_keys, compiled, load_rules

_NAME = re.compile(r"\{([a-z_]+)\}")
_DEPTH = 12

Patterns = Mapping[str, re.Pattern[str]]


def load_patterns(file: str, names: Collection[str], *, lists: Collection[str] = ()) -> Patterns:
    """Compile the ``[patterns]`` of a rule file with its ``[words]`` and ``[fragments]``.

    ``names`` are the patterns, and ``lists`` the word lists, that the reader uses itself. Raises RuleError for a
    pattern that nobody reads or that is missing, and for a word list or fragment without use.
    """
    rules = load_rules(file)
    check_keys(file, rules, {"words", "fragments", "patterns"})
    check_keys(f"{file} patterns", rules["patterns"], names)
    if missing := set(names) - set(rules["patterns"]):
        raise RuleError(f"{file}: missing pattern {', '.join(sorted(missing))}")
    known = {name: words(forms) for name, forms in rules["words"].items()} | dict(rules["fragments"])
    used = {n for source in (*rules["patterns"].values(), *rules["fragments"].values()) for n in _NAME.findall(source)}
    check_keys(f"{file} words and fragments", known, used | set(lists))
    return {name: pattern(f"{file} {name}", source, known) for name, source in rules["patterns"].items()}


def pattern(where: str, source: str, fragments: Mapping[str, str] | None = None) -> re.Pattern[str]:
    """Compile a pattern, ignoring case. Raises RuleError for an unknown fragment or a bad pattern."""
    text = source
    for _ in range(_DEPTH):
        if not _NAME.search(text):
            break
        text = _NAME.sub(lambda m: _fragment(where, m.group(1), fragments or {}), text)
    return compiled(where, text)


def words(forms: Iterable[str], *, plural: bool = False) -> str:
    """Give the source of a group that matches any of these words and phrases, the longest first."""
    ordered = sorted(set(forms), key=lambda form: (-len(form), form))
    body = "|".join(re.escape(form).replace(r"\ ", " ") for form in ordered)
    return rf"(?:{body}){'(?:e?s)?' if plural else ''}"


def _fragment(where: str, name: str, fragments: Mapping[str, str]) -> str:
    if name not in fragments:
        raise RuleError(f"{where}: unknown fragment {{{name}}}")
    return f"(?:{fragments[name]})"
