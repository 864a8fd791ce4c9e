"""What the vocabulary is made of, whether its files are as they were built, and what it knows of a phrase."""

from __future__ import annotations

import hashlib
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extract.lexicon import read_columns
from extract.vocabulary import Vocabulary

DATA = Path(__file__).parent / "data"
BUILT: Mapping[str, tuple[str, ...]] = {
    "conditions": ("conditions.tsv.gz", "conditions_names.tsv.gz"),
    "drugs": ("drugs.tsv.gz", "drugs_names.tsv.gz"),
    "classes": ("classes.tsv.gz", "classes_names.tsv.gz"),
    "markers": (),
    "genes": ("genes.tsv.gz",),
}
"""By part: its files in ``data/vocabulary``, the entries first."""
OWN: Mapping[str, tuple[str, ...]] = {
    "conditions": ("synonyms.tsv", "stoplist.tsv"),
    "drugs": ("drug_synonyms.tsv", "stoplist.tsv"),
    "classes": ("drug_classes.tsv",),
    "markers": ("biomarkers.tsv",),
    "genes": (),
}
"""By part: the hand-kept tables that go before what is built."""


@dataclass(frozen=True, slots=True)
class Source:
    """A vocabulary that was read: its release, the pinned package it came in, and on what terms it is given.

    ``conditions`` counts the conditions that have its id; ``by_reference`` those of them where only a cross-reference
    says so, with no name in common. None for vocabularies of other things.
    """

    name: str
    release: str
    package: str
    version: str
    date: str
    licence: str
    attribution: str
    sha256: str
    conditions: int | None = None
    by_reference: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the vocabulary as it is read: rows of its tables, phrases it knows, and how long reading took.

    ``intact`` is False where a built file is not the one that the manifest names.
    """

    name: str
    built_rows: int
    own_rows: int
    phrases: int
    intact: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What a part knows of a phrase. ``known``: how, see ``extract.lexicon.Match``; or "stopped", with the reason.

    ``by_reference`` lists the vocabularies whose id rests on a cross-reference alone; ``read`` tells whether the
    phrase is found where it stands in a text (most abbreviations of the vocabularies are not looked for).
    """

    phrase: str
    part: str
    name: str
    known: str
    ids: Mapping[str, str] = field(default_factory=dict)
    by_reference: tuple[str, ...] = ()
    reason: str | None = None
    read: bool = True


def sources(data: Path = DATA) -> list[Source]:
    """The vocabularies that the manifest names."""
    manifest = _manifest(data)
    packages = {package["name"]: package for package in manifest["package"]}
    counts = {_plain(counted["vocabulary"]): counted for counted in manifest["ids"]}
    found = []
    for told in manifest["vocabulary"]:
        package, counted = packages[told["package"]], counts.get(_plain(told["name"]), {})
        found.append(
            Source(
                told["name"], told["release"], package["name"], package["version"], package["date"],
                told["licence"], told["attribution"], told["sha256"],
                counted.get("conditions"), counted.get("by_reference"),
            )
        )  # fmt: skip
    return found


def parts(data: Path = DATA) -> list[Part]:
    """Read every part afresh. Raises VocabularyError where a table is not what it should be."""
    vocabulary, tables = Vocabulary(data), {table["file"]: table for table in _manifest(data)["table"]}
    found = []
    for name, files in BUILT.items():
        started = time.perf_counter()
        phrases = vocabulary.size(name)
        seconds = time.perf_counter() - started
        own_rows = sum(_rows(data / own) for own in OWN[name])
        intact = all(_sha256(data / "vocabulary" / file) == tables[file]["sha256"] for file in files)
        found.append(Part(name, tables[files[0]]["rows"] if files else 0, own_rows, phrases, intact, seconds))
    return found


def find(phrase: str, vocabulary: Vocabulary) -> list[Finding]:
    """All that a phrase names, part by part; empty where nothing knows it."""
    found = [*_conditions(phrase, vocabulary), *_drugs(phrase, vocabulary)]
    if entry := vocabulary.drug_class(phrase):
        found.append(Finding(phrase, "classes", entry.name, entry.status, entry.ids))
    for marker in vocabulary.markers(phrase):
        if marker.text == phrase.strip():
            name = f"{marker.name} {marker.state}" if marker.state else marker.name
            found.append(Finding(phrase, "markers", name, marker.status, marker.ids))
    if gene := vocabulary.gene(phrase):
        known = "name" if gene.symbol == phrase.upper() else "synonym"
        found.append(Finding(phrase, "genes", gene.symbol, known, {gene.id.partition(":")[0]: gene.id}))
    return found


def _conditions(phrase: str, vocabulary: Vocabulary) -> Iterator[Finding]:
    kind, reason = vocabulary.stopped(phrase) or (None, None)
    if kind in ("drop", "no condition"):
        yield Finding(phrase, "conditions", "", "stopped", reason=reason, read=False)
    elif entry := vocabulary.condition(phrase):
        read = any(match.text == phrase.strip() for match in vocabulary.conditions(phrase))
        reason = reason if kind in ("generic", "procedure") else None
        yield Finding(
            phrase, "conditions", entry.name, entry.status, entry.ids, entry.by_reference, reason=reason, read=read
        )


def _drugs(phrase: str, vocabulary: Vocabulary) -> Iterator[Finding]:
    kind, reason = vocabulary.stopped(phrase) or (None, None)
    if kind == "not a drug":
        yield Finding(phrase, "drugs", "", "stopped", reason=reason, read=False)
    elif entry := vocabulary.drug(phrase):
        yield Finding(phrase, "drugs", entry.name, entry.status, entry.ids)


def _manifest(data: Path) -> dict[str, Any]:
    return tomllib.loads((data / "vocabulary" / "manifest.toml").read_text(encoding="utf-8"))


def _plain(name: str) -> str:
    """One spelling of a vocabulary's name: the manifest has "ICD-10-CM" and, as a column, "ICD10CM"."""
    return name.replace("-", "").upper()


def _rows(table: Path) -> int:
    return len(next(iter(read_columns(table).values())))


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
