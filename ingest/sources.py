"""What every source of labels can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ingest.documents import RawDocument, SourceName
from ingest.terms import Term


@dataclass(frozen=True, slots=True)
class Hit:
    """A label that a search found; ``fetch`` gets it from ``origin``. Raises SourceError."""

    set_id: str
    origin: str
    fetch: Callable[[], RawDocument]


class Source(Protocol):
    """Where labels can be looked for."""

    @property
    def name(self) -> SourceName:
        """What failures and stored documents call it."""

    def search(self, term: Term, *, limit: int | None = None) -> Iterator[Hit]:
        """The labels that a term finds, in a stable order; at most ``limit``. Raises SourceError."""

    def near_names(self, name: str) -> list[str]:
        """Drug names of this source that are written like ``name``; empty where it cannot be asked."""
