"""DailyMed's web services, version 2: which labels there are, and the labels themselves as SPL XML.

https://dailymed.nlm.nih.gov/dailymed/app-support-web-services.cfm. It needs no key and publishes no limit.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from db.tracking import TrackedKind
from ingest.archives import read_xml_members
from ingest.census import CENSUS, Census, read_census
from ingest.documents import HEAD, RawDocument, SourceName, sniff
from ingest.errors import BadAnswer, NotFound, SourceError
from ingest.http import Answer, PoliteSession, base_address, pieces
from ingest.releases import DAILYMED_FILES, FILES_HOST, MONTHS
from ingest.sources import Changes, Hit, Offer, Unchanged, Validators, answered
from ingest.terms import Term, holds_name, ndc_codes, nearest, product_code
from ingest.updates import Updates
from labels.loinc import RX_TYPES

HOST = "https://dailymed.nlm.nih.gov"
SERVICE = "/dailymed/services/v2"
PER_SECOND = 3.0
PAGE_SIZE = 100
MOST_PAGES = 10_000
_ENDED = re.compile(rb"</(?:\w+:)?document\s*>\s*(?:<[!?][^<]*>\s*)*$")
"""The end of a whole SPL document: comments and instructions may follow."""
_FILTERS = {"set_id": "setid", "application": "application_number", "unii": "unii_code", "rxcui": "rxcui"}
_MONTHS = tuple(month.title() for month in MONTHS)


@dataclass(frozen=True, slots=True)
class Listed:
    """A label as a listing names it: the newest version, its title and when it was published."""

    set_id: str
    version: int
    title: str
    published: str
    """As DailyMed writes it, such as "Aug 12, 2026"."""


class DailyMed:
    """Labels from DailyMed (ONLABEL_DAILYMED_URL, ONLABEL_DAILYMED_FILES_URL); the arguments are for tests.

    Where the services are a mirror whose files are not named, there are no files: those of elsewhere could be of
    another day.
    """

    name: SourceName = "dailymed"
    overlap = timedelta(days=2)
    whole_every = timedelta(days=7)
    lists_all = True

    def __init__(self, http: PoliteSession | None = None, *, base: str | None = None, files: str | None = None) -> None:
        self.as_of: date | None = None
        self.http = self._http = http or PoliteSession(per_second=PER_SECOND)
        self._base = base or base_address("ONLABEL_DAILYMED_URL", HOST)
        named = bool(os.environ.get("ONLABEL_DAILYMED_FILES_URL", "").strip())
        own = files is None and (named or self._base == HOST)
        self._files = base_address("ONLABEL_DAILYMED_FILES_URL", FILES_HOST) if own else files

    def search(self, term: Term, *, limit: int | None = None) -> Iterator[Hit]:
        """The labels that a term finds, in DailyMed's order. Raises SourceError.

        By name DailyMed finds more than the drug that is asked for: kept are the titles that hold the name.
        """
        count = 0
        for label in self._candidates(term):
            if count == limit:
                return
            if term.kind != "name" or holds_name(_drugs_of(label.title), term.value):
                count += 1
                yield Hit(label.set_id, self._address(label.set_id), partial(self.fetch, label.set_id))

    def _candidates(self, term: Term) -> Iterator[Listed]:
        if term.kind == "name":
            yield from self.listed(drug_name=term.value, name_type="both")
        elif term.kind == "ndc":
            yield from self._by_ndc(term.value)
        else:
            yield from self.listed(**{_FILTERS[term.kind]: term.value})

    def _by_ndc(self, value: str) -> Iterator[Listed]:
        codes = ndc_codes(value)
        found = [label for code in codes for label in self.listed(ndc=code)]
        if not found:  # the package is not listed, its product may be
            products = dict.fromkeys(product_code(code) for code in codes if code.count("-") == 2)
            found = [label for code in products for label in self.listed(ndc=code)]
        yield from {label.set_id: label for label in found}.values()

    def listed(self, validators: Validators | None = None, /, **filters: str) -> Iterator[Listed]:
        """All labels that DailyMed's own filters of ``/spls`` find, each once. Raises SourceError, Unchanged."""
        seen: set[str] = set()
        for row in self._pages("spls", validators, **filters):
            label = _listed(row)
            if label.set_id not in seen:  # a listing may shift while it is paged through
                seen.add(label.set_id)
                yield label

    def offers(
        self, kind: TrackedKind, value: str, *, since: date | None = None, validators: Validators | None = None
    ) -> Iterator[Offer]:
        """The newest versions of the labels of a tracked entry; with ``since`` those published on that day or later.

        A set id is one question in any case, and always answered whole. Raises SourceError, Unchanged.
        """
        newer = {} if since is None or kind == "setid" else _newer(since)
        for label in answered(self.listed(validators, **filters | newer) for filters in _filters(kind, value)):
            offer = self._offer(label)
            if kind not in {"drug", "ingredient"} or self.is_of(kind, value, offer):
                yield offer

    def changes(
        self, kind: TrackedKind, known: Mapping[str, int], since: date | None, validators: Validators
    ) -> Changes | None:
        """What changed of all prescription labels, by the list of all labels; None for other entries.

        The list tells new versions of known labels, and which are gone. Labels that are not known are told by what
        was published since that day. Raises SourceError, Unchanged.
        """
        if kind != "all-rx" or self._files is None:
            return None
        url = self._files + DAILYMED_FILES + CENSUS
        if since is None:
            self._mark(url, validators)
            return None
        answer = validators.ask(lambda validator: self._http.get(url, validator=validator), url)
        try:
            census = read_census(answer.body, known)
        except SourceError:
            validators.now.pop(url, None)  # it is read again, even if it stays as it is
            raise
        return Changes(self._changed(census, since, validators), census.gone)

    def _mark(self, url: str, validators: Validators) -> None:
        """Note the state of the list before all is listed, without fetching it; it is in no way needed now."""
        headers = {"Range": "bytes=0-0", "Accept-Encoding": "identity"}
        with suppress(SourceError), self._http.opened(url, headers=headers) as response:
            validator = response.headers.get("ETag") or response.headers.get("Last-Modified")
            if validator and next(pieces(response), b"").startswith(b"P"):  # a zip, and no web page
                validators.now[url] = validator

    def _changed(self, census: Census, since: date, validators: Validators) -> Iterator[Offer]:
        seen: set[str] = set()
        with suppress(Unchanged):
            for offer in self.offers("all-rx", "", since=since, validators=validators):
                seen.add(offer.set_id)
                yield offer
        for row in census.newer:
            if row.set_id not in seen:
                yield self._offer(Listed(row.set_id, row.version, row.title, ""))

    def in_bulk(self, kind: TrackedKind, offers: Iterable[Offer], folder: Path | None) -> Generator[Offer, None, None]:
        """Many prescription labels out of the update files, the rest as it is. Raises what ``offers`` raise."""
        if kind != "all-rx" or self._files is None:
            yield from offers
            return
        wanted: list[Offer] = []
        broken_off: SourceError | None = None
        try:
            wanted.extend(offers)
        except SourceError as error:
            broken_off = error  # what was listed until then is fetched
        yield from Updates(self._http, self._files, folder, self.as_of, lambda o: _day(o.published)).take(wanted)
        if broken_off:
            raise broken_off

    def newer(self, since: date) -> Iterator[Offer]:
        """All labels published on that day or later. Raises SourceError."""
        return map(self._offer, self.listed(**_newer(since)))

    def is_of(self, kind: TrackedKind, value: str, offer: Offer) -> bool:
        """Whether a label belongs to a tracked set id, or by its title to a drug or an ingredient."""
        return offer.set_id == value if kind == "setid" else holds_name(_drugs_of(offer.title), value)

    def _offer(self, label: Listed) -> Offer:
        origin, fetch = self._address(label.set_id), partial(self.fetch, label.set_id)
        return Offer(label.set_id.lower(), label.version, label.published, label.title, origin, fetch)

    def has(self, set_id: str) -> bool:
        """Whether DailyMed knows a set id, by its history. Raises SourceError."""
        try:
            return bool(self.history(set_id))
        except NotFound:
            return False

    def fetch(self, set_id: str) -> RawDocument:
        """The newest version of a label. Raises NotFound and other SourceErrors."""
        url = self._address(set_id)
        return _document(self._http.get(url).body, url, set_id, name=set_id)

    def fetch_version(self, set_id: str, version: int) -> RawDocument:
        """One version of a label, out of the zip that DailyMed keeps of it. Raises SourceError."""
        asked = urlencode({"type": "zip", "setid": set_id, "version": version})
        url = f"{self._base}/dailymed/getFile.cfm?{asked}"
        members = read_xml_members(self._http.get(url).body)
        if len(members) != 1:
            raise BadAnswer(f"DailyMed sent {len(members)} documents for version {version} of {set_id}")
        return _document(members[0][1], url, set_id, name=f"{set_id} version {version}")

    def history(self, set_id: str) -> list[Listed]:
        """All versions of a label, newest first. Raises NotFound and other SourceErrors."""
        url = f"{self._base}{SERVICE}/spls/{quote(set_id, safe='')}/history.json"
        data = _data(self._http.get(url, as_json=True).value, dict)
        rows, spl = data.get("history"), data.get("spl")
        if not isinstance(rows, list) or not isinstance(spl, dict):
            raise BadAnswer("DailyMed sent a history of another shape than documented")
        return [_listed(spl | row) for row in rows if isinstance(row, dict)]

    def drug_classes(self, name: str) -> dict[str, str]:
        """The pharmacologic classes whose names hold these words, such as "Kinase Inhibitor [EPC]", by their codes.

        Raises SourceError.
        """
        found: dict[str, str] = {}
        for row in self._pages("drugclasses", None, class_name=name):
            code, told = (row.get(key) for key in ("code", "name")) if isinstance(row, dict) else (None, None)
            if not isinstance(code, str) or not isinstance(told, str):
                raise BadAnswer("DailyMed listed a class without a code and a name")
            found[code.upper()] = told
        return found

    def near_names(self, name: str) -> list[str]:
        """Names that DailyMed knows and that are written like this one; none where it cannot be asked."""
        for length in (5, 4, 3):
            try:
                rows = self._page("drugnames", 1, drug_name=name[:length])[0]
            except SourceError:
                return []
            names = [row["drug_name"] for row in rows if isinstance(row, dict) and row.get("drug_name")]
            if near := nearest(name, names):
                return near
        return []

    def _get(self, url: str, params: dict[str, str], validator: str) -> Answer:
        return self._http.get(url, params=params, validator=validator, as_json=True)

    def _address(self, set_id: str) -> str:
        return f"{self._base}{SERVICE}/spls/{quote(set_id, safe='')}.xml"

    def _pages(self, resource: str, validators: Validators | None, **filters: str) -> Iterator[dict[str, Any]]:
        page: int | None = 1
        while page is not None and page <= MOST_PAGES:
            # The first page tells the day of the data: where it is unchanged, so are the others.
            rows, page = self._page(resource, page, validators if page == 1 else None, **filters)
            yield from rows

    def _page(
        self, resource: str, page: int, validators: Validators | None = None, /, **filters: str
    ) -> tuple[list[dict[str, Any]], int | None]:
        """The rows of one page, and the number of the next one."""
        url = f"{self._base}{SERVICE}/{resource}.json"
        params = filters | {"pagesize": str(PAGE_SIZE), "page": str(page)}
        answer = (validators or Validators()).ask(partial(self._get, url, params), url, params).value
        rows = _data(answer, list)
        metadata = answer.get("metadata")
        self.as_of = _day(metadata.get("db_published_date")) if isinstance(metadata, dict) else None
        following = _number(metadata.get("next_page")) if isinstance(metadata, dict) else None
        return rows, following if rows and following is not None and following > page else None


def _document(data: bytes, url: str, set_id: str, *, name: str) -> RawDocument:
    """The document of a label as it came. Raises BadAnswer for what is another one, or not whole."""
    if sniff(data[:HEAD]) != "xml":
        raise BadAnswer(f"DailyMed sent something that is no XML for {name}")
    plain = data.replace(b"\0", b"")  # in UTF-16 too
    if not _ENDED.search(plain[-HEAD:]):  # kept, it would count as a label that cannot be read
        raise BadAnswer(f"DailyMed sent XML that breaks off for {name}: try again later")
    if set_id.lower().encode() not in plain.lower():
        raise BadAnswer(f"DailyMed sent another label than {name}")
    return RawDocument(data, "spl", "dailymed", url, name)


def _newer(since: date) -> dict[str, str]:
    return {"published_date": since.isoformat(), "published_date_comparison": "gte"}


def _filters(kind: TrackedKind, value: str) -> list[dict[str, str]]:
    """The filters of ``/spls`` that list a tracked entry: several where one cannot."""
    if kind == "all-rx":
        return [{"doctype": code} for code in RX_TYPES]
    if kind == "ingredient":
        return [{"drug_name": value, "name_type": "g"}]
    if kind == "drug":
        return [{"drug_name": value, "name_type": "both"}]
    return [{{"setid": "setid", "class": "drug_class_code", "labeler": "labeler"}[kind]: value}]


@lru_cache
def _day(told: object) -> date | None:
    """The day of a time such as "Aug 05, 2026 07:57:24PM EST"."""
    try:
        month, day, year = str(told).replace(",", " ").split()[:3]
        return date(int(year), _MONTHS.index(month) + 1, int(day))
    except ValueError:
        return None


def _data(answer: Any, shape: type) -> Any:
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, shape):
        raise BadAnswer("DailyMed sent JSON of another shape than documented")
    return data


def _listed(row: Any) -> Listed:
    set_id = row.get("setid") if isinstance(row, dict) else None
    if not isinstance(set_id, str) or not set_id:
        raise BadAnswer("DailyMed listed a label without a set id")
    version = _number(row.get("spl_version")) or 0
    return Listed(set_id, version, str(row.get("title") or ""), str(row.get("published_date") or ""))


def _number(value: object) -> int | None:
    """A number, whether it comes as one or as a string; None for null, "null" and anything else."""
    told = value if isinstance(value, str) else str(value) if isinstance(value, int) and value < 10**9 else ""
    return int(told) if told.isdecimal() and len(told) < 10 else None


def _drugs_of(title: str) -> str:
    """A title without the labeler, who stands in brackets at its end."""
    return title.rpartition(" [")[0] or title
