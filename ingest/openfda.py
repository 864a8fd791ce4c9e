"""openFDA's drug labels (https://open.fda.gov/apis/drug/label/): newest versions, sections as flat strings.

An API key (ONLABEL_OPENFDA_KEY) raises the day's limit from 1,000 to 120,000 requests. It is sent as the user
name of basic authentication, so that it stands in no address, and with that in no log and no stored origin.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from db.tracking import TrackedKind
from ingest.documents import RawDocument, SourceName, is_record, record_document
from ingest.errors import BadAnswer, BadQuery, NotFound, SourceError, Throttled
from ingest.http import Answer, PoliteSession, base_address
from ingest.sources import Hit, Offer, Validators, answered
from ingest.terms import Term, holds_name, ndc_codes, nearest, product_code

ENDPOINT = "/drug/label.json"
PER_SECOND = 240 / 60
PAGE_SIZE = 25
"""Records in an answer: up to 1 MB each, so far below the 1,000 that openFDA allows."""
BAD_QUERY_SIGNS = (
    "parse_exception",
    "token_mgr_error",
    "illegal_argument_exception",
    "query_shard_exception",
)
NAME_FIELDS = ("brand_name", "generic_name", "substance_name")
SPEAKING_FIELDS = (
    "indications_and_usage",
    "active_ingredient",
    "mechanism_of_action",
    "clinical_pharmacology",
)
Params = Mapping[str, str | int]
_EXACT = {"application": "openfda.application_number", "unii": "openfda.unii", "rxcui": "openfda.rxcui"}


class OpenFDA:
    """Labels from openFDA (ONLABEL_OPENFDA_URL, ONLABEL_OPENFDA_KEY); the arguments are for tests."""

    name: SourceName = "openfda"
    overlap = timedelta(days=90)  # labels are asked for by their effective date, and come weeks after it
    whole_every = timedelta(days=30)
    lists_all = False

    def __init__(self, http: PoliteSession | None = None, *, base: str | None = None) -> None:
        key = os.environ.get("ONLABEL_OPENFDA_KEY", "").strip()
        self.as_of: date | None = None
        self.http = self._http = http or PoliteSession(per_second=PER_SECOND, auth=(key, "") if key else None)
        self._url = (base or base_address("ONLABEL_OPENFDA_URL", "https://api.fda.gov")) + ENDPOINT

    def search(self, term: Term, *, limit: int | None = None) -> Iterator[Hit]:
        """The labels that a term finds, in openFDA's order. Raises SourceError."""
        seen: set[str] = set()
        for query in queries(term):
            for record in self.records(query, page_size=min(limit or PAGE_SIZE, PAGE_SIZE)):
                if len(seen) == limit:
                    return
                if not is_record(record):
                    raise BadAnswer("openFDA sent a label without a set id")
                set_id = record["set_id"]
                if set_id not in seen and (term.kind != "name" or _is_named(record, term.value)):
                    seen.add(set_id)
                    origin = f"{self._url}?{urlencode({'search': f'set_id:{quoted(set_id)}'})}"
                    yield Hit(set_id, origin, partial(self._document, origin, record))

    def offers(
        self, kind: TrackedKind, value: str, *, since: date | None = None, validators: Validators | None = None
    ) -> Iterator[Offer]:
        """The labels of a tracked entry; with ``since`` those effective on that day or later.

        Raises SourceError, Unchanged.
        """
        newer = f" AND effective_time:[{since:%Y%m%d} TO 99991231]" if since and kind != "setid" else ""
        asked = (f"({query}){newer}" if newer else query for query in _followed(kind, value))
        for record in answered(self.records(query, validators=validators) for query in asked):
            if not is_record(record):
                raise BadAnswer("openFDA sent a label without a set id")
            if kind not in {"drug", "ingredient"} or _is_named(record, value):
                yield self._offer(record)

    def changes(self, kind: TrackedKind, known: Mapping[str, int], since: date | None, validators: Validators) -> None:
        """None: openFDA has no list of all its labels that is cheaper than the labels."""

    def in_bulk(self, kind: TrackedKind, offers: Iterable[Offer], folder: Path | None) -> Generator[Offer, None, None]:  # noqa: ARG002
        """The same offers: each has its record already."""
        yield from offers

    def newer(self, since: date) -> Iterator[Offer]:
        """All prescription labels effective on that day or later. Raises SourceError."""
        return self.offers("all-rx", "", since=since)

    def is_of(self, kind: TrackedKind, value: str, offer: Offer) -> bool:
        """Whether a label belongs to a tracked set id, or by its title to a drug or an ingredient."""
        return offer.set_id == value if kind == "setid" else holds_name(offer.title, value)

    def _offer(self, record: Mapping[str, Any]) -> Offer:
        set_id, version = record["set_id"], str(record.get("version", ""))
        origin = f"{self._url}?{urlencode({'search': f'set_id:{quoted(set_id)}'})}"
        published = f"{record.get('effective_time', '')} {record.get('id', '')}"
        number = int(version) if version.isdecimal() and len(version) < 10 else 0
        fetch = partial(self._document, origin, record)
        return Offer(set_id.strip().lower(), number, published, _title(record), origin, fetch)

    def has(self, set_id: str) -> bool:
        """Whether openFDA has a label of this set id. Raises SourceError."""
        return next(self.records(f"set_id:{quoted(set_id)}", page_size=1), None) is not None

    def records(
        self, query: str, *, page_size: int = PAGE_SIZE, validators: Validators | None = None
    ) -> Iterator[dict[str, Any]]:
        """All records that a query in openFDA's language finds, page by page. Raises SourceError, Unchanged."""
        params: Params | None = {"search": query, "limit": page_size}
        asked: list[Params] = []
        while params and params not in asked:
            asked.append(params)
            try:
                results, following = self._ask(params, validators if len(asked) == 1 else None)
            except NotFound:  # no match; or behind the last page, where the total is a multiple of its size
                return
            yield from results
            # Only the question is taken from the link: it goes to the host we know, wherever the link points.
            params = dict(parse_qsl(urlsplit(following).query)) if following and results else None

    def near_names(self, name: str) -> list[str]:
        """Names that begin like this one and are written like it; none where openFDA cannot be asked."""
        names: list[str] = []
        for field in ("openfda.brand_name.exact", "openfda.generic_name.exact"):
            starts = {name[:4].upper(), name[:4].title()}
            ranges = [f"{field}:[{quoted(s)} TO {quoted(s + 'zzzz')}]" for s in sorted(starts)]
            try:
                counts, _ = self._ask({"search": " ".join(ranges), "count": field, "limit": 1000})
            except SourceError:
                continue
            names += [str(row["term"]) for row in counts if "term" in row]
        return nearest(name, names)

    def _get(self, params: Params, validator: str) -> Answer:
        return self._http.get(self._url, params=params, final=_is_bad_query, validator=validator, as_json=True)

    def _document(self, origin: str, record: Mapping[str, Any]) -> RawDocument:
        return record_document(record, source="openfda", origin=origin, name=record["set_id"])

    def _ask(self, params: Params, validators: Validators | None = None) -> tuple[list[dict[str, Any]], str | None]:
        """The results of one question, and the link to the next page of them."""
        try:
            answer = (validators or Validators()).ask(partial(self._get, params), self._url, params)
        except SourceError as error:
            raise _explained(error) from None
        body = answer.value
        results = body.get("results") if isinstance(body, dict) else None
        if not isinstance(results, list) or not all(isinstance(r, dict) for r in results):
            raise BadAnswer("openFDA sent JSON of another shape than documented")
        self.as_of = _day(body)
        return results, answer.links.get("next")


def quoted(text: str) -> str:
    """A text as one phrase of the query language; openFDA matches unquoted words against any field."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def queries(term: Term) -> list[str]:
    """What to ask openFDA for a term: several questions where one cannot find all.

    A label may lack its ``openfda`` block, and with it all names and numbers. Then its own product data is
    asked, which lists inactive ingredients too: the name must stand where a label speaks of its drug as well.
    """
    value = quoted(term.value)
    if term.kind == "name":
        own = f"spl_product_data_elements:{value}"
        told = " ".join(f"{field}:{value}" for field in SPEAKING_FIELDS)
        return [
            " ".join(f"openfda.{field}:{value}" for field in NAME_FIELDS),
            f"{own} AND ({told}) AND _missing_:openfda.brand_name AND _missing_:openfda.generic_name",
        ]
    if term.kind == "set_id":
        return [f"set_id:{value}"]
    if term.kind == "ndc":
        codes = ndc_codes(term.value)
        packages = [f"openfda.package_ndc.exact:{quoted(c)}" for c in codes if c.count("-") == 2]
        # Plain digits leave open where the product code ends, so they are looked for as packages alone.
        products = dict.fromkeys(product_code(c) for c in codes if "-" in term.value)
        return [" ".join(packages + [f"openfda.product_ndc.exact:{quoted(p)}" for p in products])]
    return [f"{_EXACT[term.kind]}.exact:{value}"]


def _followed(kind: TrackedKind, value: str) -> list[str]:
    """What to ask openFDA for a tracked entry."""
    if kind == "drug":
        return queries(Term("name", value, value))
    if kind == "ingredient":
        return [f"openfda.generic_name:{quoted(value)} openfda.substance_name:{quoted(value)}"]
    fields = {
        "setid": "set_id",
        "class": "openfda.nui.exact",
        "labeler": "openfda.manufacturer_name",
        "all-rx": "openfda.product_type.exact",
    }
    return [f"{fields[kind]}:{quoted('HUMAN PRESCRIPTION DRUG' if kind == 'all-rx' else value)}"]


def _title(record: Mapping[str, Any]) -> str:
    block = record.get("openfda")
    names = block.get("brand_name") if isinstance(block, dict) else None
    return str(names[0]) if isinstance(names, list) and names else ""


def _day(body: Mapping[str, Any]) -> date | None:
    """The day of openFDA's data."""
    try:
        return date.fromisoformat(body["meta"]["last_updated"])
    except (KeyError, TypeError, ValueError):
        return None


def _is_named(record: Mapping[str, Any], name: str) -> bool:
    block = record.get("openfda")
    names = [block.get(field) for field in NAME_FIELDS] if isinstance(block, dict) else []
    told = names if any(names) else [record.get("spl_product_data_elements")]
    texts = [str(text) for some in told if isinstance(some, list) for text in some]
    return any(holds_name(text, name) for text in texts)


def _told(error: SourceError) -> tuple[str, str]:
    """Code and text of openFDA's own error message."""
    try:
        told = json.loads(error.body)["error"]
        return str(told["code"]), f"{told.get('message', '')} {told.get('details', '')}".strip()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", ""


def _is_bad_query(error: SourceError) -> bool:
    code, text = _told(error)
    return code == "BAD_REQUEST" or any(sign in text for sign in BAD_QUERY_SIGNS)


def _explained(error: SourceError) -> SourceError:
    """An error with what openFDA says of it, and what to do."""
    code, text = _told(error)
    if isinstance(error, NotFound) and code != "NOT_FOUND":
        return BadAnswer(f"{error.reason}: no openFDA at this address?", status=error.status)
    if _is_bad_query(error):
        text = " ".join(text.split())[:200]
        return BadQuery(f"openFDA does not understand the search: {text}", status=error.status)
    if code == "API_KEY_INVALID":
        return BadAnswer("openFDA does not know the API key: check ONLABEL_OPENFDA_KEY", status=error.status)
    if isinstance(error, Throttled):
        error.reason += "; with an API key in ONLABEL_OPENFDA_KEY it allows more (https://open.fda.gov/apis/)"
    return error
