"""Small annotated sets in our own words, and predictions for them, written out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evaluation.gold import Record, read_record
from evaluation.outcome import Outcome
from evaluation.scoring import score

GOUT: dict[str, Any] = {
    "id": 1,
    "text": "Exemplin is indicated for gout.",
    "drug": {"brand": "Exemplin", "generic": "exemplin", "ingredients": ["exemplin"]},
    "gold": {"conditions": [{"text": "gout", "name": "gout"}], "biomarkers": None, "partners": None},
}
CROUP: dict[str, Any] = {
    "id": "b",
    "text": "Fictamab is indicated for hypertension and croup.",
    "drug": {"brand": "Fictamab", "generic": None},
    "gold": {"conditions": [{"name": "hypertension"}, {"name": "a name that no text has"}]},
}


def write_set(path: Path, *rows: dict[str, Any]) -> Path:
    """A set of these records."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def record(text: str = "Some text.", *, gold: Any, **more: Any) -> Record:
    """One record, read as from a file."""
    row = {"id": "a", "text": text, "drug": {"brand": "Exemplin"}, "gold": gold} | more
    return read_record(row, "the record")


def outcome(gold: Any, prediction: dict[str, Any] | None, text: str = "Some text.", **more: Any) -> Outcome:
    """What comes of an annotation and a prediction."""
    return score(record(text, gold=gold, **more), prediction)


def names(*conditions: str, **more: Any) -> dict[str, Any]:
    """A predicted indication of these conditions."""
    return {"conditions": [{"name": name} for name in conditions]} | more
