"""Confidence comes from what a fact was read from, by measured shares; unknown classes are refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from extract import confidence as module
from extract import extract_text
from extract.confidence import FEATURES, Share, Shares, confidence, indication_basis
from extract.facts import Condition, Evidence, Indication
from extract.rules import RuleError
from extract.vocabulary import Vocabulary


def first(text: str) -> Indication:
    return extract_text(text, brand="SAMPLIX").indications[0]


@pytest.mark.parametrize(
    ("text", "basis"),
    [
        ("SAMPLIX is indicated for gout.", ("name", "one", "sentence")),
        ("SAMPLIX is indicated for gout and asthma.", ("name", "two", "sentence")),
        ("SAMPLIX is indicated for:\n• gout\n• asthma", ("name", "one", "item")),
        ("Gout", ("name", "one", "uncued")),
        ("SAMPLIX is indicated for gout, asthma and anemia.", ("name", "several", "sentence")),
    ],
)
def test_the_basis_says_what_was_read(text: str, basis: tuple[str, ...]) -> None:
    found = first(text)
    assert found.basis == basis
    assert found.confidence == confidence("indication", basis)
    assert found.cued == (basis[2] != "uncued")
    assert "basis" not in found.to_dict(), "not part of what other programs rely on"


def test_a_condition_without_an_id_is_the_least_sure() -> None:
    gout = Condition(Evidence(0, 0, 4, "gout"), "gout", {"MONDO": "MONDO:0005393"})
    unknown = Condition(Evidence(0, 0, 9, "quibbling"), "quibbling")
    told = indication_basis([gout, unknown], Vocabulary.load(), cued=True, parts=1)
    assert told == ("text", "two", "sentence")
    assert confidence("indication", told) < confidence("indication", ("name", "two", "sentence"))


def test_monitoring_by_the_table_is_surer_than_by_its_words() -> None:
    text = "Monitor serum potassium weekly. Monitor patients for florid quibbling."
    known, by_text = extract_text(text, section="warnings").monitoring
    assert (known.basis, by_text.basis) == (("known",), ("text",))
    assert known.confidence > by_text.confidence


def test_an_unknown_class_has_the_share_of_the_wider() -> None:
    shares = Shares({(): Share(0.5, 9), ("a",): Share(0.7, 5), ("a", "b"): Share(0.9, 3)})
    assert [shares.of(b) for b in ((), ("x", "b"), ("a", "x"), ("a", "b", "c"))] == [0.5, 0.5, 0.7, 0.9]


@pytest.fixture
def loading(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    module._tables.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    module._tables.cache_clear()


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"indication": {}, "monitoring": {}}, "no class any"),
        ({"warning": {}}, "unknown key warning"),
        ({"indication": {"any": {"share": 0.5, "seen": 1, "x": 1}}}, "unknown key x"),
        ({"indication": {"any": {"share": 2, "seen": 1}}}, "is no share"),
        ({"indication": {"one, name": {"share": 0.5, "seen": 1}}}, "unknown class 'one, name'"),
        ({"indication": {"name, one, item, x": {"share": 0.5, "seen": 1}}}, "unknown class"),
    ],
)
def test_a_wrong_table_is_refused(loading: pytest.MonkeyPatch, rules: dict[str, Any], reason: str) -> None:
    loading.setattr(module, "load_rules", lambda _name: rules)
    with pytest.raises(RuleError, match=reason):
        confidence("indication", ())


def test_the_table_that_ships_has_every_kind() -> None:
    for kind in FEATURES:
        assert 0.5 < confidence(kind, ()) < 1
