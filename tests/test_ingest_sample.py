"""The bundled labels as a source."""

from __future__ import annotations

import pytest

from ingest.sample import Samples, matches, samples
from ingest.terms import read_term
from labels import parse_spl
from tests.support_ingest import loopback_only, set_id, tiny_spl  # noqa: F401


def test_the_samples_are_there_readable_and_marked() -> None:
    documents = list(samples())
    labels = [parse_spl(document.data, name=document.name) for document in documents]
    assert len(labels) >= 10
    assert all(label.sample and label.not_a_label is None for label in labels)
    assert len({label.set_id for label in labels}) == len(labels)
    assert [d.name for d in documents] == sorted(d.name for d in documents)
    assert {(d.source, d.origin, d.media) for d in documents} == {("sample", "sample", "spl")}


@pytest.mark.parametrize("name", ["kisqali", "RIBOCICLIB", "ogivri", "trastuzumab"])
def test_samples_are_found_by_name(name: str) -> None:
    hits = list(Samples().search(read_term(name)))
    assert hits
    assert hits[0].set_id == parse_spl(hits[0].fetch().data).set_id


def test_a_name_that_no_sample_has_finds_nothing_but_near_names() -> None:
    assert not list(Samples().search(read_term("kisquali")))
    assert Samples().near_names("kisquali")[0].upper() == "KISQALI"


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        ("exemplin", True),
        ("exemplinib", True),
        ("exempl", False),
        (set_id(1), True),
        (set_id(2), False),
        ("0555-0001", True),
        ("0555-0001-30", True),
        ("0555000130", True),
        ("0555-0002", False),
        ("NDA212345", True),
        ("NDA212346", False),
        ("059QF0KO0R", True),
        ("FYS6T7F842", False),
        ("rxcui:5", False),
    ],
)
def test_a_label_goes_by_its_names_and_numbers(text: str, matched: bool) -> None:
    assert matches(parse_spl(tiny_spl(1)), read_term(text)) is matched
