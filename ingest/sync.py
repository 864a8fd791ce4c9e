"""Bringing a database up to date with what it follows, and asking only for what is needed.

For each tracked entry a source lists what is new since the last complete sync (or, now and then, everything:
only that shows what is gone). What is listed is compared with what is stored, and the rest is fetched. An entry's
cursor moves only when all of it is stored, so that a sync that was cut off goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlite_utils import Database

from db.connection import MEMORY, place
from db.tracking import (
    Cursor,
    Tracked,
    cursor,
    is_stored,
    last_listed,
    listed,
    missing_set_ids,
    move_cursor,
    note_listed,
    note_missing,
    note_present,
    now,
    unlist,
    validators,
)
from ingest.documents import Failed, RawDocument
from ingest.errors import SourceError, Throttled
from ingest.job import OnProgress, Report, run
from ingest.sources import Changes, Followed, Offer, Unchanged, Validators

MOST_IN_A_ROW = 10
"""So many requests in a row that fail mean that the source is down; then it is left alone."""
TOLD_BY_LISTING = {"drug", "ingredient", "setid"}
"""Kinds of entries to which a label belongs, or not, by its title and set id."""
MANY = 10
"""So many of them share one listing of all that is new, instead of asking one by one."""
RECENT = timedelta(days=31)
"""What was synced before that asks for itself: by then too much else is new."""
WHOLE_ANYWAY = timedelta(days=90)
"""How often all is listed of an entry whose changes a source tells: it may have come to be listed in other ways."""


@dataclass(slots=True)
class Synced:
    """What a sync did: entries that are complete, found nothing, or are left for later; labels that are gone.

    ``notes`` say what was done in another way than it should have been; nothing is missing for that.
    """

    complete: list[Tracked] = field(default_factory=list)
    empty: list[Tracked] = field(default_factory=list)
    unfinished: list[Tracked] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stopped: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source lists of an entry: all of it, or what is newer; ``gone`` where it tells that by itself."""

    offers: Iterable[Offer] = ()
    whole: bool = False
    gone: frozenset[str] = frozenset()


class Enough(Exception):
    """There is no point in asking on, for now."""


class Sync:
    """One sync of a database with one source.

    ``since`` asks for what is newer than a date of the caller's instead of the cursor's; ``limit`` ends the sync
    after so many documents. ``done`` tells what came of it.
    """

    def __init__(
        self, database: Database, source: Followed, *, since: date | None = None, limit: int | None = None
    ) -> None:
        self._database, self._source, self._since = database, source, since
        self._left, self._in_a_row = limit, 0
        self._many, self._newest = False, (date.max, list[Offer]())
        self.done = Synced()

    def run(
        self,
        entries: Sequence[Tracked],
        *,
        max_failures: int | None = None,
        on_progress: OnProgress | None = None,
    ) -> Report:
        """Fetch and store what is new for these entries, and mark what is gone.

        Raises DatabaseError where nothing can be stored.
        """
        self._count(entries)
        report = run(self._database, self._documents(entries), max_failures=max_failures, on_progress=on_progress)
        self.done.unfinished = [entry for entry in entries if entry not in self.done.complete]
        report.stopped = report.stopped or self.done.stopped
        return report

    def wanted(self, entries: Sequence[Tracked]) -> Iterator[tuple[Tracked, Offer]]:
        """What a sync would fetch, each label once; writes nothing. Raises SourceError."""
        told: set[str] = set()
        self._count(entries)
        for entry in entries:
            known = listed(self._database, entry, self._source.name)
            with suppress(Unchanged):
                for offer in self._listing(entry, known, self._validators(entry)).offers:
                    if offer.set_id not in told and self._is_new(offer) and self._left != len(told):
                        told.add(offer.set_id)
                        yield entry, offer

    def _count(self, entries: Sequence[Tracked]) -> None:
        self._many = sum(entry.kind in TOLD_BY_LISTING for entry in entries) >= MANY

    def _documents(self, entries: Sequence[Tracked]) -> Iterator[RawDocument | Failed]:
        missing = missing_set_ids(self._database, self._source.name)  # before this run misses others
        try:
            for entry in entries:
                yield from self._entry(entry, missing)
            for set_id in missing:
                yield from self._look(None, set_id)
        except Enough as error:
            self.done.stopped = str(error)

    def _entry(self, entry: Tracked, missing: Collection[str]) -> Iterator[RawDocument | Failed]:
        name, seen, failed = self._source.name, set[str](), False
        known, told, listing = listed(self._database, entry, name), self._validators(entry), Listing()
        try:
            listing = self._listing(entry, known, told)
            same = {set_id: row for set_id, row in known.items() if set_id not in missing}
            new = islice(self._new(entry, listing.offers, same, seen), None if self._left is None else self._left + 1)
            with closing(self._source.in_bulk(entry.kind, new, self._folder())) as offers:
                for offer in offers:
                    item = self._fetched(offer)
                    yield item
                    if isinstance(item, Failed):
                        failed = True
                        self._check_rest(item)
                    else:
                        self._note(entry, offer)  # it is stored by now
            day = self._source.as_of
        except SourceError as error:
            item = self._failed(entry, error)
            yield item
            self._check_rest(item)
            return
        except Unchanged:
            listing, day = Listing(), None
        # What a list of changes lacks may still belong to the entry.
        gone, owner = (known.keys() - seen, entry) if listing.whole else (listing.gone, None)
        for set_id in [] if failed else sorted(gone - set(missing)):
            for unknown in self._look(owner, set_id):
                failed = True  # the next sync looks again
                yield unknown
        if failed:
            return
        if listing.whole and not seen:
            self.done.empty.append(entry)
        self._complete(entry, told.now, day, whole=listing.whole)

    def _listing(self, entry: Tracked, known: Mapping[str, tuple[int, str]], told: Validators) -> Listing:
        """How an entry is listed this time. Raises SourceError, Unchanged."""
        if self._since is None and (changes := self._changes(entry, known, told)):
            return Listing(changes.offers, gone=changes.gone)
        since = self._asked_since(entry)
        whole = since is None or (entry.kind == "setid" and not self._shares(entry))
        return Listing(self._offers(entry, since, told), whole)

    def _changes(self, entry: Tracked, known: Mapping[str, tuple[int, str]], told: Validators) -> Changes | None:
        last = cursor(self._database, entry, self._source.name)
        recent = last is not None and abs(_age(last.listed_whole_at)) <= WHOLE_ANYWAY
        since = date.fromisoformat(last.complete_to) - self._source.overlap if last and recent else None
        versions = {set_id: version for set_id, (version, _) in known.items()}
        try:
            return self._source.changes(entry.kind, versions, since, told)
        except Throttled:
            raise
        except SourceError as error:
            self.done.notes.append(f"{entry}: {error}; what is new was listed label by label instead")
            return None

    def _new(
        self, entry: Tracked, offers: Iterable[Offer], same: Mapping[str, tuple[int, str]], seen: set[str]
    ) -> Iterator[Offer]:
        """What is to be fetched; what is there is noted, but for what is noted so already, and all is seen."""
        for offer in offers:
            seen.add(offer.set_id)
            if self._is_new(offer):
                yield offer
            elif same.get(offer.set_id) != (offer.version, offer.published):
                self._note(entry, offer)

    def _folder(self) -> Path | None:
        """Where downloads may grow: beside the database, as large as they are."""
        path = place(self._database)
        return None if path == MEMORY else Path(f"{path}.updates")

    def _validators(self, entry: Tracked) -> Validators:
        return Validators(validators(self._database, entry, self._source.name))

    def _offers(self, entry: Tracked, since: date | None, told: Validators | None = None) -> Iterator[Offer]:
        if since is None:
            return self._source.offers(entry.kind, entry.value)
        if self._shares(entry):
            return (o for o in self._newer(since) if self._source.is_of(entry.kind, entry.value, o))
        return self._source.offers(entry.kind, entry.value, since=since, validators=told)

    def _shares(self, entry: Tracked) -> bool:
        """Whether an entry is found in one listing of all that is new, which many share."""
        last = cursor(self._database, entry, self._source.name)
        recent = last is not None and abs(_age(last.synced_at)) <= RECENT
        return self._many and recent and entry.kind in TOLD_BY_LISTING and self._source.lists_all

    def _newer(self, since: date) -> list[Offer]:
        """All that is new at the source since a day, asked for once."""
        if since < self._newest[0]:
            self._newest = since, list(self._source.newer(since))
        return self._newest[1]

    def _asked_since(self, entry: Tracked) -> date | None:
        """The day from which to ask for an entry; None for all of it."""
        last = cursor(self._database, entry, self._source.name)
        if self._since is not None:
            return self._since
        if last is None or abs(_age(last.listed_whole_at)) > self._source.whole_every:
            return None
        return date.fromisoformat(last.complete_to) - self._source.overlap

    def _is_new(self, offer: Offer) -> bool:
        last = last_listed(self._database, offer.set_id, self._source.name)
        if last and last[0] == offer.version:
            # Issued again under the same number; not every list tells when.
            return last[1] != offer.published and "" not in {last[1], offer.published}
        spl = self._source.name == "dailymed"
        return not is_stored(self._database, offer.set_id, offer.version, as_spl=spl)

    def _note(self, entry: Tracked, offer: Offer) -> None:
        note_listed(
            self._database, entry, self._source.name,
            set_id=offer.set_id, version=offer.version, published=offer.published,
        )  # fmt: skip

    def _fetched(self, offer: Offer) -> RawDocument | Failed:
        if self._left is not None:
            if not self._left:
                raise Enough("as many labels were fetched as --limit allows")
            self._left -= 1
        try:
            document = offer.fetch()
        except SourceError as error:
            self._in_a_row += 1
            if isinstance(error, Throttled):
                self._in_a_row = MOST_IN_A_ROW
            return Failed(self._source.name, offer.origin, offer.set_id, str(error))
        self._in_a_row = 0
        return document

    def _failed(self, entry: Tracked, error: SourceError) -> Failed:
        """A listing that failed; it concerns no document."""
        self._in_a_row += MOST_IN_A_ROW if isinstance(error, Throttled) else 1
        return Failed(self._source.name, str(entry), str(entry), str(error), kept=False)

    def _check_rest(self, failed: Failed) -> None:
        if self._in_a_row >= MOST_IN_A_ROW:
            raise Enough(f"{self._source.name} is left alone for now: {failed.reason}")

    def _look(self, entry: Tracked | None, set_id: str) -> Iterator[Failed]:
        """Look for a label that is listed no more. Seen missing in two runs, it is withdrawn."""
        name = self._source.name
        try:
            there = self._source.has(set_id)
        except SourceError as error:
            yield Failed(name, set_id, set_id, str(error), kept=False)
            return
        if not there:
            if note_missing(self._database, name, set_id):
                self.done.withdrawn.append(set_id)
        else:
            note_present(self._database, name, set_id)
            if entry is not None:
                unlist(self._database, entry, name, set_id)

    def _complete(self, entry: Tracked, told: Mapping[str, str], day: date | None, *, whole: bool) -> None:
        self.done.complete.append(entry)
        last, moment = cursor(self._database, entry, self._source.name), now()
        if self._since is not None and (last is None or self._since.isoformat() > last.complete_to):
            return  # what lies between was not asked for
        # The day is unknown where the source answered that there is nothing, or nothing new.
        to = min(day.isoformat(), moment[:10]) if day else last.complete_to if last else moment[:10]
        listed_whole_at = moment if whole or last is None else last.listed_whole_at
        to_here = Cursor(to, moment, listed_whole_at)
        move_cursor(self._database, entry, self._source.name, to_here, validators=told)


def _age(moment: str) -> timedelta:
    return datetime.fromisoformat(now()) - datetime.fromisoformat(moment)
