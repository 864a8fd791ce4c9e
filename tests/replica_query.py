"""openFDA's query language, as far as labels are looked for with it.

A space is OR; AND, NOT, parentheses; field:word, field:"a phrase", field:[low TO high], _exists_:field,
_missing_:field. A word without a field is looked for in every field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

Record = dict[str, Any]
Test = Callable[[Record], bool]
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<phrase>"(?:\\.|[^"\\])*")
      | (?P<range>[\[{]\s*(?P<low>"(?:\\.|[^"\\])*"|[^\s\]}]+)
            \s+TO\s+(?P<high>"(?:\\.|[^"\\])*"|[^\s\]}]+)\s*[\]}])
      | (?P<paren>[()])
      | (?P<field>[\w.]+):
      | (?P<word>(?:\\.|[^\s()":\[\]{}\\])+)
    )""",
    re.VERBOSE,
)


class QueryError(Exception):
    """A query that the search engine behind openFDA cannot read; it answers 500 and names its exception."""


def compile_query(text: str) -> Test:
    """The test that a query stands for. Raises QueryError."""
    tokens = list(_tokens(text))
    test = _alternatives(tokens)
    if tokens:
        raise QueryError("[parse_exception] Encountered unexpected input")
    return test


def _tokens(text: str) -> Iterator[tuple[str, Any]]:
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            kind = "token_mgr_error" if '"' in text[at:] or text[at:].endswith("\\") else "parse_exception"
            raise QueryError(f"[{kind}] Lexical error at line 1, column {at + 1}")
        at = match.end()
        kind = match.lastgroup or ""
        kind = "range" if match["range"] else kind
        if kind == "range":
            yield kind, (match["range"][0] + match["range"][-1], _value(match["low"]), _value(match["high"]))
        else:
            yield kind, _value(match[kind]) if kind in {"phrase", "word"} else match[kind]


def _value(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return re.sub(r"\\(.)", r"\1", text[1:-1] if quoted else text)


def _alternatives(tokens: list[tuple[str, Any]]) -> Test:
    tests = [_together(tokens)]
    while tokens and tokens[0] != ("paren", ")"):
        if tokens[0] == ("word", "OR"):
            tokens.pop(0)
        tests.append(_together(tokens))
    return lambda record: any(test(record) for test in tests)


def _together(tokens: list[tuple[str, Any]]) -> Test:
    tests = [_clause(tokens)]
    while tokens and tokens[0] == ("word", "AND"):
        tokens.pop(0)
        tests.append(_clause(tokens))
    return lambda record: all(test(record) for test in tests)


def _clause(tokens: list[tuple[str, Any]]) -> Test:
    if not tokens or tokens[0] in {("paren", ")"), ("word", "AND"), ("word", "OR")}:
        raise QueryError("[parse_exception] a clause is missing")
    kind, value = tokens.pop(0)
    if (kind, value) == ("word", "NOT"):
        test = _clause(tokens)
        return lambda record: not test(record)
    if kind == "paren":
        inner = _alternatives(tokens)
        if not tokens:
            raise QueryError("[parse_exception] a parenthesis is not closed")
        tokens.pop(0)
        return inner
    if kind != "field":
        return _matches(None, kind, value)
    if not tokens or tokens[0][0] not in {"phrase", "word", "range", "field"}:
        raise QueryError("[parse_exception] a value is missing")
    if value in {"_exists_", "_missing_"}:
        name = tokens.pop(0)[1]
        return lambda record: bool(values(record, name)) is (value == "_exists_")
    return _matches(value, *tokens.pop(0))


def _matches(name: str | None, kind: str, value: Any) -> Test:
    if kind == "range":
        brackets, low, high = value
        return lambda record: any(_within(v, low, high, brackets) for v in values(record, name or ""))
    if name is not None and name.endswith(".exact"):
        return lambda record: value in values(record, name)
    wanted = _words(value)
    return lambda record: any(_stands_in(wanted, _words(v)) for v in values(record, name))


def _within(value: str, low: str, high: str, brackets: str) -> bool:
    above = low == "*" or value > low or (brackets[0] == "[" and value == low)
    return above and (high == "*" or value < high or (brackets[1] == "]" and value == high))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _stands_in(wanted: list[str], words: list[str]) -> bool:
    size = len(wanted)
    return bool(wanted) and any(words[i : i + size] == wanted for i in range(len(words) - size + 1))


def values(record: Record, name: str | None) -> list[str]:
    """All values of a field (of every field where ``name`` is None), as strings."""
    value: Any = record
    for key in (name or "").removesuffix(".exact").split(".") if name else []:
        value = value.get(key) if isinstance(value, dict) else None
    return list(_flat(value))


def _flat(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _flat(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _flat(inner)
    elif value is not None:
        yield str(value)
