"""What every source of labels can do."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import urlencode

from db.tracking import TrackedKind
from ingest.documents import RawDocument, SourceName
from ingest.http import Answer, PoliteSession
from ingest.terms import Term

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Hit:
    """A label that a search found; ``fetch`` gets it from ``origin``. Raises SourceError."""

    set_id: str
    origin: str
    fetch: Callable[[], RawDocument]


@dataclass(frozen=True, slots=True)
class Validators:
    """ETag or Last-Modified of answers, by their addresses: those of the last complete sync, and those of now."""

    before: Mapping[str, str] = field(default_factory=dict)
    now: dict[str, str] = field(default_factory=dict)

    def ask(self, ask: Callable[[str], Answer], url: str, params: Mapping[str, str | int] | None = None) -> Answer:
        """What ``ask`` answers, given the validator of an address. Raises Unchanged where it says so."""
        address = f"{url}?{urlencode(params)}" if params else url
        answer = ask(self.before.get(address, ""))
        if answer.unchanged and address in self.before:
            self.now[address] = self.before[address]
            raise Unchanged
        if answer.validator:
            self.now[address] = answer.validator
        return answer


class Unchanged(Exception):
    """The listings of an entry are the same as at the last complete sync."""


def answered(listings: Iterable[Iterable[Item]]) -> Iterator[Item]:
    """What several listings of one entry hold, without those that are unchanged. Raises Unchanged where all are."""
    changed = False
    for listing in listings:
        with suppress(Unchanged):
            yield from listing
            changed = True
    if not changed:
        raise Unchanged


@dataclass(frozen=True, slots=True)
class Offer:
    """A label version that a source lists for what is followed; ``fetch`` gets it. Raises SourceError."""

    set_id: str
    version: int
    published: str
    """As the source writes it: another one with the same version is a new issue of that. Empty where it is not told."""
    title: str
    origin: str
    fetch: Callable[[], RawDocument]


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed of an entry since its last complete sync: labels that are new or newer, and those that are gone."""

    offers: Iterator[Offer]
    gone: frozenset[str]


class Source(Protocol):
    """Where labels can be looked for."""

    @property
    def name(self) -> SourceName:
        """What failures and stored documents call it."""

    def search(self, term: Term, *, limit: int | None = None) -> Iterator[Hit]:
        """The labels that a term finds, in a stable order; at most ``limit``. Raises SourceError."""

    def near_names(self, name: str) -> list[str]:
        """Drug names of this source that are written like ``name``; empty where it cannot be asked."""


class Followed(Protocol):
    """A source that tells what is new."""

    overlap: timedelta
    """How far before the last complete sync to ask again: what comes late is not missed."""
    whole_every: timedelta
    """How often to list all of an entry, which alone shows what is gone."""
    lists_all: bool
    """Whether ``newer`` is cheap: it lists labels and does not send them."""
    as_of: date | None
    """The source's own day, as its last answer told."""

    @property
    def name(self) -> SourceName:
        """What failures and stored documents call it."""

    @property
    def http(self) -> PoliteSession:
        """Counts the requests."""

    def offers(
        self, kind: TrackedKind, value: str, *, since: date | None = None, validators: Validators | None = None
    ) -> Iterator[Offer]:
        """The newest versions of the labels of an entry; with ``since`` those that are newer.

        Raises SourceError, and Unchanged where ``validators`` tell that the listings are those of before.
        """

    def changes(
        self, kind: TrackedKind, known: Mapping[str, int], since: date | None, validators: Validators
    ) -> Changes | None:
        """What changed of an entry with these versions of set ids, by a list of all that the source has.

        None where it has no such list for an entry, or where ``since`` is: then all is listed, and the state of
        that list is noted in ``validators``. Raises Unchanged, and SourceError where the list is of no use.
        """

    def in_bulk(self, kind: TrackedKind, offers: Iterable[Offer], folder: Path | None) -> Generator[Offer, None, None]:
        """What is to be fetched of an entry, each label so that it costs the fewest requests; in any order.

        ``folder`` (None: one of the system's) is made for downloads where they are needed, and removed. Raises
        what ``offers`` raise.
        """

    def newer(self, since: date) -> Iterator[Offer]:
        """All labels that are newer, whatever they are of. Raises SourceError."""

    def is_of(self, kind: TrackedKind, value: str, offer: Offer) -> bool:
        """Whether a label belongs to a drug, an ingredient or a set id, by what is listed of it."""

    def has(self, set_id: str) -> bool:
        """Whether the source has a label of this set id. Raises SourceError."""
