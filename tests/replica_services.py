"""What the two services answer, over the labels that a replica serves."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from email.message import Message
from typing import Any
from urllib.parse import urlencode

from tests.replica_data import Record, Spl, newest
from tests.replica_query import QueryError, compile_query, values

SERVICE = "/dailymed/services/v2"
CLASSES = "2.16.840.1.113883.6.345"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
AS_OF = date(2026, 8, 5)
"""The day of the data."""
OPENFDA_PARAMETERS = {"api_key", "search", "count", "limit", "skip", "sort", "search_after"}
OPENFDA_CODES = {
    400: "BAD_REQUEST",
    403: "API_KEY_INVALID",
    404: "NOT_FOUND",
    429: "OVER_RATE_LIMIT",
    500: "SERVER_ERROR",
}
Params = Mapping[str, str]


@dataclass(frozen=True)
class Request:
    """What was asked for."""

    path: str
    params: Params
    headers: Message = field(compare=False)


@dataclass
class Reply:
    """What is answered."""

    body: bytes = b""
    media: str = "application/json"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class DailyMed:
    """DailyMed's web services and its zips.

    ``classes`` are pharmacologic classes, names by codes. ``numbers`` is how metadata holds numbers and nulls:
    "recorded" (3, "null"), "strings" ("3", "null"), "plain" (3, null).
    """

    def __init__(self, spls: Iterable[Spl], *, numbers: str = "recorded") -> None:
        self.spls, self.numbers = sorted(spls, key=lambda s: (s.set_id, -s.version)), numbers
        self.classes: dict[str, str] = {}

    def reply(self, path: str, params: Params) -> Reply:
        if path == "/dailymed/getFile.cfm" and params.get("type") == "zip":
            return self._zip(params.get("setid", ""), params.get("version"))
        if path == "/dailymed/downloadzipfile.cfm":
            return self._zip(params.get("setId", ""), None)
        resource = path.removeprefix(f"{SERVICE}/")
        if resource.startswith("spls/"):
            return self._one(resource.removeprefix("spls/"), params, path)
        listings: dict[str, Callable[[], list[Record]]] = {
            "spls.json": lambda: _published(self._found(params)),
            "drugnames.json": lambda: self._drug_names(params.get("drug_name", "")),
            "drugclasses.json": lambda: self._drug_classes(params.get("class_name", "")),
        }
        return self._listing(listings[resource](), params, path) if resource in listings else bare(404)

    def _one(self, resource: str, params: Params, path: str) -> Reply:
        name, _, rest = resource.partition("/")
        set_id, _, suffix = name.partition(".")
        versions = [s for s in self.spls if s.set_id == set_id.lower()]
        if not versions:
            return bare(404)
        if not rest and suffix == "xml":
            return Reply(versions[0].data, "text/xml;charset=utf-8")
        if not rest:
            return bare(415)
        if rest in {"history", "history.json"}:
            rows = [{"spl_version": s.version, "published_date": _day(s.published)} for s in versions]
            spl = {"title": versions[0].title, "setid": versions[0].set_id}
            metadata = self._metadata(rows, 1, 100, path, params)
            return _json({"data": {"spl": spl, "history": rows}, "metadata": metadata})
        return bare(404)

    def _found(self, params: Params) -> list[Spl]:
        """The newest versions that all filters let pass; like DailyMed's, the one by name lets much pass."""
        current = {s.set_id: s for s in reversed(self.spls)}.values()
        tests: dict[str, Callable[[Spl, str], bool]] = {
            "application_number": lambda s, v: v in s.applications,
            "boxed_warning": lambda s, v: s.boxed is (v == "true"),
            "doctype": lambda s, v: v == s.code,
            "drug_class_code": lambda s, v: v in s.classes,
            "drug_name": lambda s, v: _named(s, v, params.get("name_type", "both")),
            "labeler": lambda s, v: v.upper() in s.labeler.upper(),
            "ndc": lambda s, v: any(v == ndc or ndc.startswith(f"{v}-") for ndc in s.ndcs),
            "published_date": lambda s, v: _compared(s, v, params.get("published_date_comparison", "eq")),
            "rxcui": lambda *_: False,  # SPL does not hold them
            "setid": lambda s, v: v.lower() == s.set_id,
            "unii_code": lambda s, v: v in s.uniis,
        }
        asked = [(tests[k], v) for k, v in params.items() if k in tests]
        return [s for s in current if all(test(s, v) for test, v in asked)]

    def _drug_names(self, start: str) -> list[Record]:
        names = {name: kind for s in self.spls for name, kind in s.names.items()}
        return [{"drug_name": n, "name_type": names[n]} for n in sorted(names) if n.startswith(start.upper())]

    def _drug_classes(self, words: str) -> list[Record]:
        rows = ({"code": c, "codingSystem": CLASSES, "type": "epc", "name": n} for c, n in self.classes.items())
        return [row for row in rows if words.lower() in row["name"].lower()]

    def _listing(self, rows: list[Record], params: Params, path: str) -> Reply:
        size, page = min(int(params.get("pagesize", 100)), 100), int(params.get("page", 1))
        shown = rows[(page - 1) * size : page * size]
        return _json({"data": shown, "metadata": self._metadata(rows, page, size, path, params)})

    def _metadata(self, rows: list[Record], page: int, size: int, path: str, params: Params) -> Record:
        pages = -(-len(rows) // size)

        def address(number: int | None) -> str | None:
            asked = urlencode(dict(params) | {"page": number})
            return None if number is None else f"https://dailymed.nlm.nih.gov{path}?{asked}"

        before, after = page - 1 if page > 1 else None, page + 1 if page < pages else None
        told: Record = {
            "db_published_date": f"{_day(AS_OF)} 07:57:24PM EST",
            "elements_per_page": size,
            "current_url": address(page),
            "next_page_url": address(after),
            "total_elements": len(rows),
            "total_pages": pages,
            "current_page": page,
            "previous_page": before,
            "previous_page_url": address(before),
            "next_page": after,
        }
        if self.numbers == "plain":
            return told
        return {k: "null" if v is None else str(v) if self.numbers == "strings" else v for k, v in told.items()}

    def _zip(self, set_id: str, version: str | None) -> Reply:
        found = [s for s in self.spls if s.set_id == set_id.lower() and version in {None, str(s.version)}]
        if not found:
            return bare(404)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{found[0].document_id}.xml", found[0].data)
            archive.writestr("carton.jpg", b"\xff\xd8\xff\xe0 no real picture")
        return Reply(packed.getvalue(), "application/zip")


class OpenFDA:
    """openFDA's drug labels. ``url`` is the host in its links; ``keys`` are the API keys that it knows."""

    def __init__(self, records: Iterable[Record], *, url: str, keys: Iterable[str] = ()) -> None:
        self.records, self.url, self.keys = newest(records), url, set(keys)

    def reply(self, request: Request) -> Reply:
        params = request.params
        if (key := _api_key(request)) and key not in self.keys:
            return openfda_error(403, "An invalid api_key was supplied. Get one at https://api.fda.gov:443")
        if wrong := _wrong_parameters(params):
            return openfda_error(400, wrong)
        try:
            test = compile_query(params["search"]) if params.get("search") else lambda _: True
        except QueryError as error:
            return openfda_error(500, "Check your request and try again", details=str(error))
        found = [record for record in self.records if test(record)]
        if "count" in params:
            return _counts(found, params)
        return self._records_page(found, params)

    def _records_page(self, found: list[Record], params: Params) -> Reply:
        limit, skip = int(params.get("limit", 1)), int(params.get("skip", 0))
        after = params.get("search_after", "").partition("0=")[2]
        page = [r for r in found if r["set_id"] > after][skip : skip + limit]
        if not page and limit:
            return openfda_error(404, "No matches found!")
        headers = {}
        if limit and len(page) == limit:  # even where that was the last page
            later = {"skip": str(skip + limit)} if skip else {"search_after": f"0={page[-1]['set_id']}", "skip": "0"}
            asked = {k: v for k, v in params.items() if k not in {"api_key", "skip", "search_after"}} | later
            headers["Link"] = f'<{self.url}/drug/label.json?{urlencode(asked)}>; rel="next"'
        meta = _meta() | {"results": {"skip": skip, "limit": limit, "total": len(found)}}
        return _json({"meta": meta, "results": page}, headers=headers)

    def downloads(self) -> Reply:
        part = {
            "display_name": "/drug/label part 1 of 1",
            "file": f"{self.url}/drug/label/drug-label-0001-of-0001.json.zip",
            "size_mb": "0.01",
            "records": len(self.records),
        }
        label = {"export_date": "2026-08-01", "total_records": len(self.records), "partitions": [part]}
        return _json({"meta": _meta(), "results": {"drug": {"label": label}}})


def _named(spl: Spl, name: str, kind: str) -> bool:
    wanted = {"b": "B", "brand": "B", "g": "G", "generic": "G"}.get(kind, "BG")
    return any(name.upper() in known for known, of in spl.names.items() if of in wanted)


def _compared(spl: Spl, day: str, how: str) -> bool:
    other = date.fromisoformat(day)
    return {
        "lt": spl.published < other,
        "lte": spl.published <= other,
        "gt": spl.published > other,
        "gte": spl.published >= other,
    }.get(how, spl.published == other)


def _published(spls: list[Spl]) -> list[Record]:
    latest = sorted(sorted(spls, key=lambda s: s.set_id), key=lambda s: s.published, reverse=True)
    return [
        {"spl_version": s.version, "published_date": _day(s.published), "title": s.title, "setid": s.set_id}
        for s in latest
    ]


def _day(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.day:02}, {day.year}"


def _api_key(request: Request) -> str:
    scheme, _, told = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        return base64.b64decode(told).decode().partition(":")[0]
    return request.params.get("api_key", "")


def _wrong_parameters(params: Params) -> str | None:
    for name in params:
        if name not in OPENFDA_PARAMETERS:
            return f"Invalid parameter: {name}"
    for name in ("limit", "skip"):
        if not params.get(name, "0").isdecimal():
            return f"Invalid {name} parameter value."
    if int(params.get("limit", 1)) > 1000:
        return "Limit cannot exceed 1000 results for search requests. Use the skip or search_after param."
    if int(params.get("skip", 0)) > 25000:
        return "Skip value must 25000 or less."
    if "search_after" in params and int(params.get("skip", 0)):
        return "The skip parameter is not supported when using search_after."
    return None


def _counts(found: list[Record], params: Params) -> Reply:
    terms = [v for record in found for v in values(record, params["count"])]
    most = sorted(set(terms), key=lambda t: (-terms.count(t), t))[: int(params.get("limit", 100))]
    if not most:
        return openfda_error(404, "Nothing to count")
    return _json({"meta": _meta(), "results": [{"term": t, "count": terms.count(t)} for t in most]})


def _meta() -> Record:
    return {"disclaimer": "A replica for tests.", "terms": "", "license": "", "last_updated": "2026-08-01"}


def openfda_error(status: int, message: str, **more: str) -> Reply:
    error = {"code": OPENFDA_CODES.get(status, "SERVER_ERROR"), "message": message} | more
    return _json({"error": error}, status=status)


def _json(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply(json.dumps(value, indent=2).encode(), "application/json", status, headers or {})


def bare(status: int) -> Reply:
    return Reply(b"", "text/html", status)
