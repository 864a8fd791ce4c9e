"""Sets of annotated texts: JSON Lines, a record a line.

A record has ``id``, ``text``, ``drug`` and ``gold``: an object (conditions, partners, …; null where not annotated), or
a list of monitoring requirements. A set is known by the name of its file, and its figures hold for its SHA-256 only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.errors import GoldError

Json = Mapping[str, Any]
_DEV = ".dev.jsonl"


@dataclass(frozen=True, slots=True)
class Record:
    """One annotated text."""

    id: str
    text: str
    drug: Json
    section: str
    gold: Json
    """The annotated attributes; a list of monitoring requirements stands under "monitoring"."""
    complete: bool = True
    """False where the annotation may lack some: such a record counts for recall only."""
    borderline: tuple[str, ...] = ()
    """Sentences that count neither way."""

    @property
    def drug_names(self) -> tuple[str, ...]:
        """Names of the label's own drug."""
        return tuple(name for key in ("brand", "generic") if (name := self.drug.get(key)))

    @property
    def ingredients(self) -> tuple[str, ...]:
        """Names of the drug's ingredients, where the set gives them."""
        return tuple(self.drug.get("ingredients") or ())


@dataclass(frozen=True, slots=True)
class GoldSet:
    """A file of annotated texts; ``sha256`` is that of its bytes."""

    name: str
    sha256: str
    records: tuple[Record, ...]


def gold_sets(paths: Iterable[Path]) -> Iterator[GoldSet]:
    """Read files, and of folders the annotated files (``*.dev.jsonl``, or all where none is so named).

    Raises GoldError where a file is no annotated set, or two have one name.
    """
    seen: set[str] = set()
    for path in paths:
        files = [p for p in _files(path) if is_annotated(p)] if path.is_dir() else [path]
        if not files:
            raise GoldError(f"{path}: no annotated texts (*.jsonl) in it")
        for file in files:
            if (name := set_name(file)) in seen:
                raise GoldError(f"{file}: there is already a set {name}")
            seen.add(name)
            yield read_set(file)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{_DEV}")) or sorted(folder.glob("*.jsonl"))


def is_annotated(path: Path) -> bool:
    """Whether the first record has annotations."""
    return next((row.get("gold") is not None for row in read_lines(path)), False)


def set_name(path: Path) -> str:
    """The name of a set: "labeledin" of labeledin.dev.jsonl."""
    return path.name.removesuffix(_DEV) if path.name.endswith(_DEV) else path.name.removesuffix(".jsonl")


def read_set(path: Path) -> GoldSet:
    """Read one file. Raises GoldError where a line is no annotated record."""
    records = tuple(read_record(row, f"{path}: record {n}") for n, row in enumerate(read_lines(path), start=1))
    if not records:
        raise GoldError(f"{path}: no annotated texts in it")
    if len({r.id for r in records}) < len(records):
        raise GoldError(f"{path}: two records have one id")
    return GoldSet(set_name(path), hashlib.sha256(path.read_bytes()).hexdigest(), records)


def read_lines(path: Path) -> Iterator[Json]:
    """The objects of a file of JSON Lines. Raises GoldError for a line that is none."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise GoldError(f"{path}: line {number} is no JSON: {error}") from error
            if not isinstance(row, dict):
                raise GoldError(f"{path}: line {number} is no object")
            yield row


def read_record(row: Json, where: str) -> Record:
    """Read one record; ``where`` names it. Raises GoldError where it lacks what every record has."""
    gold = row.get("gold")
    if not isinstance(gold, dict | list) or not isinstance(row.get("text"), str) or row.get("id") is None:
        raise GoldError(f'{where} has no "id", "text" and "gold"')
    annotated: Json = {"monitoring": gold} if isinstance(gold, list) else gold
    ignored = row.get("ignore_evidence") or []
    return Record(
        id=str(row["id"]),
        text=row["text"],
        drug=row.get("drug") or {},
        section=row.get("section") or _section(annotated),
        gold=annotated,
        complete=row.get("complete_by_lexicon") is not False,
        borderline=tuple(e for e in (ignored if isinstance(ignored, list) else [ignored]) if isinstance(e, str)),
    )


def _section(gold: Json) -> str:
    """What a text is, where its record does not say: by what is annotated."""
    return "indications" if gold.get("contraindicated_conditions") is None else "contraindications"
