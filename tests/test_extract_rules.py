from __future__ import annotations

from pathlib import Path

import pytest

from extract import rules, statements
from extract.rules import RuleError, any_of, check_keys, compiled, load_rules


def test_a_blank_stands_for_any_white_space() -> None:
    assert compiled("here", "first line").fullmatch("First\n line")
    assert compiled("here", "at ?least").fullmatch("atleast")


def test_several_patterns_keep_their_order_and_their_own_alternatives() -> None:
    one = compiled("here", any_of([r"\bold(?:er)?", r"\bolder than|er\b", "than", r"\bage"]))
    assert [m.group() for m in one.finditer("older than, elder, age")] == ["older", "than", "er", "age"]


def test_a_bad_pattern_names_its_place() -> None:
    with pytest.raises(RuleError, match=r"^lines\.toml prior: 'a\('"):
        compiled("lines.toml prior", "a(")


def test_a_key_that_nobody_reads_is_refused() -> None:
    with pytest.raises(RuleError, match="unknown key pattrens; known are patterns"):
        check_keys("lines.toml", {"pattrens": []}, ("patterns",))


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(RuleError, match=r"extract/data/nothing\.toml"):
        load_rules("nothing")


def test_a_misspelt_rule_file_stops_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    known = load_rules("statements")
    monkeypatch.setattr(statements, "load_rules", lambda _name: {**known, "indicatoin": []})
    statements.patterns.cache_clear()
    try:
        with pytest.raises(RuleError, match="unknown key indicatoin"):
            statements.patterns()
    finally:
        statements.patterns.cache_clear()


def test_every_rule_file_is_toml() -> None:
    folder = Path(rules.__file__).parent / "data"
    names = sorted(path.stem for path in folder.glob("*.toml"))
    assert "statements" in names
    assert all(load_rules(name) for name in names)
