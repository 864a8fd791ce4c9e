"""Small SPL documents, one behaviour each (told in its first comment), with what must be read beside them as JSON."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from labels import Label, LabelError, parse_spl

FOLDER = Path(__file__).parent / "fixtures" / "spl"
DOCUMENTS = sorted(FOLDER.glob("*.xml"))


def told(label: Label) -> dict[str, Any]:
    """All that an expectation may name; sections as rows, texts as lines."""
    rows = [[s.parent, s.depth, s.code, s.loinc, s.number, s.title, s.telling, s.text] for s in label.sections]
    facts = dataclasses.asdict(label) | {
        "brand": label.brand,
        "generic": label.generic,
        "sections": rows,
        "titles": [[s.number, s.title] for s in label.sections],
        "texts": [s.text.splitlines() for s in label.sections],
    }
    return json.loads(json.dumps(facts))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_fixture(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    try:
        found = told(parse_spl(path.read_bytes(), name=path.name))
    except LabelError as error:
        found = {"error": [type(error).__name__, str(error)]}
    assert {key: found.get(key) for key in expected} == expected


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_fixture_says_what_it_shows(path: Path) -> None:
    assert "Shows: " in path.read_text(encoding="utf-8")


def test_there_are_fixtures() -> None:
    assert len(DOCUMENTS) >= 30
