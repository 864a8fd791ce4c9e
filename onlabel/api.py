"""onlabel for notebooks and scripts: open a database, ask it, write articles.

    from onlabel import api

    database = api.open_samples("samples.db")
    api.indications(database, drug="kisqali")      # a pandas DataFrame
    api.article(database, "stage 4 breast cancer")  # Markdown

The queries are those of :mod:`db.queries`, which says what each filter means.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from sqlite_utils import Database

from articles import build, render
from db import open_database
from db.queries import (
    changes,
    combinations,
    contraindications,
    dose_modifications,
    indications,
    labels,
    monitoring,
    sections,
    status,
    warnings,
)
from extract import extract_text
from ingest.files import read_paths
from ingest.job import Report, run
from ingest.sample import samples

__all__ = [
    "article",
    "changes",
    "combinations",
    "contraindications",
    "dose_modifications",
    "extract",
    "indications",
    "labels",
    "load",
    "monitoring",
    "open_database",
    "open_samples",
    "sections",
    "status",
    "warnings",
]


def open_samples(path: str | Path = ":memory:") -> Database:
    """A database with the bundled sample labels in it. Raises db.DatabaseError."""
    database = open_database(path)
    run(database, samples())
    return database


def load(database: Database, paths: Iterable[str | Path]) -> Report:
    """Store the labels in files and folders, as ``onlabel load`` does. Raises ingest.errors.WrongUse."""
    return run(database, read_paths(paths))


def extract(text: str, *, section: str = "indications", **drug: str) -> dict[str, Any]:
    """The facts in a text as plain values; ``drug`` may give its ``brand`` and ``generic``."""
    return extract_text(text, section=section, **drug).to_dict()


def article(
    database: Database,
    question: str,
    *,
    layout: Literal["md", "html", "json"] = "md",
    first_citation: int = 1,
) -> str:
    """The article section that answers a question, from the current labels."""
    return render(build(database, question, first_citation=first_citation), layout)
