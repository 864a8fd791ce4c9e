"""What is said of annotated texts: by the extractor in this process, or in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluation.errors import FileError, GoldError
from evaluation.gold import Record, read_lines
from extract import Facts, extract_text

Json = Mapping[str, Any]


@dataclass(slots=True)
class Predictions:
    """Predictions by record id, and why some records have none."""

    by_id: dict[str, Json] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


def predicted(records: Iterable[Record], on_progress: Callable[[str], None] = lambda _id: None) -> Predictions:
    """Read every text with the extractor; one that fails does not stop the others."""
    made = Predictions()
    for record in records:
        names = {key: str(record.drug[key]) for key in ("brand", "generic") if record.drug.get(key)}
        try:
            made.by_id[record.id] = _told(extract_text(record.text, section=record.section, **names))
        except Exception as error:  # counted, told, and never hidden
            made.failures[record.id] = f"{type(error).__name__}: {error}"
        on_progress(record.id)
    return made


def _told(facts: Facts) -> Json:
    """The facts as other programs get them, and what each was read from."""
    told = facts.to_dict()
    read = {"indications": [i.basis for i in facts.indications], "monitoring": [m.basis for m in facts.monitoring]}
    for name, bases in read.items():
        told[name] = [one | {"basis": list(basis)} for one, basis in zip(told[name], bases, strict=True)]
    return told


def read_predictions(path: Path) -> Predictions:
    """Predictions of a file that ``onlabel extract --jsonl`` has written. Raises FileError for any other."""
    try:
        rows = list(read_lines(path))
    except GoldError as error:
        raise FileError(str(error)) from error
    if any("id" not in row for row in rows):
        raise FileError(f'{path}: a prediction has no "id"')
    return Predictions({str(row["id"]): row for row in rows})
