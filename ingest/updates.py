"""Many new labels at once, out of DailyMed's daily and monthly update files instead of by one request each.

What such a file lacks, or has in another version, is fetched singly; so is all, where it cannot be had.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from ingest.archives import (
    MAX_LABEL_ZIP,
    MAX_LABELS,
    Archive,
    Budget,
    Exhausted,
    Member,
    open_archive,
    read_xml_members,
)
from ingest.documents import RawDocument
from ingest.errors import SourceError, Throttled, Unreachable, Unreadable
from ingest.http import PoliteSession
from ingest.releases import DAILYMED_FILES, fetch_file, update_name
from ingest.sources import Offer
from labels import LabelError
from labels.identity import parse_version
from labels.safe_xml import parse_xml
from labels.text import clean
from labels.xpaths import SET_ID, VERSION

MANY = 200
"""More new labels than this are worth a file of a month, if they were published in that."""
WORTH = 50
"""So many of one day are worth the file of that day."""
RECENT = timedelta(days=92)
"""Update files of longer ago are not kept."""
_MEMBER = re.compile(r"(?:.*/)?\d{8}_([0-9A-Za-z.-]{1,64})\.zip", re.I)


@dataclass(frozen=True, slots=True)
class Updates:
    """The update files at ``files`` (scheme, host and port), as they are on the source's day ``today``.

    Where that day is not known, none is asked for. They are downloaded into ``folder``, which is made for that and
    removed; None for one among the system's. ``day_of`` tells the day on which an offer was published.
    """

    http: PoliteSession
    files: str
    folder: Path | None
    today: date | None
    day_of: Callable[[Offer], date | None]

    def take(self, offers: Collection[Offer]) -> Iterator[Offer]:
        """The same offers, each once, in an order of its own: what a file has is at hand, the rest is fetched."""
        left = {offer.set_id: offer for offer in offers}
        if len(left) > MANY and self.today:
            with _room(self.folder) as room, suppress(Throttled, Unreachable):
                for kind, day in _plan(self._days(left.values()), self.today):
                    if self._worth(kind, day, left.values()):
                        yield from self._from(update_name(kind, day), room, left)
        yield from list(left.values())

    def _days(self, offers: Collection[Offer]) -> Counter[date]:
        days = (self.day_of(offer) for offer in offers)
        return Counter(day for day in days if day and self.today and abs(self.today - day) < RECENT)

    def _worth(self, kind: str, day: date, left: Collection[Offer]) -> bool:
        """Whether much is still to be had of a file, after those before it."""
        days = self._days(left)
        if kind == "daily":
            return days[day] >= WORTH
        return sum(n for one, n in days.items() if one.replace(day=1) == day) > MANY

    def _from(self, name: str, room: Path, left: dict[str, Offer]) -> Iterator[Offer]:
        """What is wanted of one file; nothing where it is damaged or not there. Raises Throttled, Unreachable."""
        try:
            path = fetch_file(self.files + DAILYMED_FILES + name, room, session=self.http)
        except (Throttled, Unreachable):
            raise
        except (SourceError, OSError):
            return
        with suppress(Unreadable, OSError), path.open("rb") as stream:
            yield from _wanted(stream, path.stat().st_size, left)
        with suppress(OSError):
            path.unlink()


def _plan(days: Counter[date], today: date) -> Iterator[tuple[str, date]]:
    """Files to ask for, the newest first: of months that are over, and of days that no month brought."""
    months = Counter[date]()
    for day, count in days.items():
        months[day.replace(day=1)] += count
    for month in sorted(months, reverse=True):
        if month < today.replace(day=1) and months[month] > MANY:
            yield "monthly", month
        for day in sorted((d for d in days if d.replace(day=1) == month), reverse=True):
            yield "daily", day


def _wanted(stream: IO[bytes], size: int, left: dict[str, Offer]) -> Iterator[Offer]:
    budget = Budget(size)
    with open_archive(stream, (".zip",), limit=MAX_LABELS, budget=budget) as archive:
        for member in archive.members:
            named = _MEMBER.fullmatch(member.name)
            offer = left.get(named[1].lower()) if named else None
            if offer and (document := _document(archive, member, budget, offer)):
                del left[offer.set_id]
                yield replace(offer, fetch=partial(_at_hand, document))


def _at_hand(document: RawDocument) -> RawDocument:
    return document


def _document(archive: Archive, member: Member, budget: Budget, offer: Offer) -> RawDocument | None:
    """The document that is offered; None where the member holds another one, or none that can be read."""
    try:
        documents = read_xml_members(archive.read(member, MAX_LABEL_ZIP), budget=budget)
    except Exhausted:
        raise
    except Unreadable:
        return None
    found = (RawDocument(data, "spl", "dailymed", offer.origin, offer.set_id) for _, data in documents)
    return next((document for document in found if _is(offer, document.data)), None)


def _is(offer: Offer, data: bytes) -> bool:
    """Whether a document is of this label, in this version or a later one."""
    try:
        root = parse_xml(data, offer.set_id)
        same = clean(SET_ID(root)).lower() == offer.set_id
        return same and parse_version(VERSION(root), offer.set_id) >= offer.version
    except LabelError:
        return False


@contextmanager
def _room(folder: Path | None) -> Iterator[Path]:
    """A folder for downloads, gone afterwards. One of that name, of a run that was killed, is taken over."""
    if folder is None:
        with TemporaryDirectory(prefix="onlabel-") as made:
            yield Path(made)
        return
    try:
        with suppress(OSError):  # then no file can be had, and all is fetched singly
            folder.mkdir(exist_ok=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
