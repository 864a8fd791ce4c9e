"""A document as it came, before anything is read from it, and what the first bytes say that it is."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ingest.errors import Unreadable

Media = Literal["spl", "openfda"]
SourceName = Literal["dailymed", "openfda", "files", "sample"]
Kind = Literal["empty", "zip", "gzip", "json", "html", "xml", "other"]

HEAD = 4096
"""Bytes that :func:`sniff` needs to see."""
_UTF_16 = {
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
_HTML = re.compile(r"(?:<\?xml[^>]*>|<!--.*?-->|\s)*+<(?:!doctype\s+)?html\b", re.I | re.S)
_HALVES = re.compile(rb"\\u[dD][89a-fA-F]")
MAX_VALUES = 2_000_000
"""Values of one JSON text, each of which takes memory; a page of the longest records has about 5,000."""
LONGEST_NAME = 1_000
LONGEST_ORIGIN = 5_000


@dataclass(frozen=True, slots=True)
class RawDocument:
    """One label as it came; ``origin`` (an address or a path) and ``name`` say where from, for people."""

    data: bytes
    media: Media
    source: SourceName
    origin: str
    name: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin", shown(self.origin, LONGEST_ORIGIN))
        object.__setattr__(self, "name", shown(self.name))


@dataclass(frozen=True, slots=True)
class Failed:
    """What could not be had or read, and why.

    ``kept`` is False for a search that failed: it concerns no document, so it is told and not stored.
    """

    source: SourceName
    origin: str
    name: str
    reason: str
    kept: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin", shown(self.origin, LONGEST_ORIGIN))
        object.__setattr__(self, "name", shown(self.name))
        object.__setattr__(self, "reason", shown(self.reason))


def shown(text: str, longest: int = LONGEST_NAME) -> str:
    """A hostile name or message as it may be stored and shown: controls and lone surrogates come escaped."""
    text = text if len(text) <= longest else f"{text[: longest - 1]}…"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def sniff(head: bytes) -> Kind:
    """What a document is by its first :data:`HEAD` bytes, whatever its name or header claims."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    encoding = _UTF_16.get(head[:2], "utf-8")
    text = head.decode(encoding, errors="replace").lstrip("\ufeff \t\r\n\f\v\0")
    if not text:
        return "empty"
    if text[0] in "{[":
        return "json"
    if text[0] != "<":
        return "other"
    return "html" if _HTML.match(text) else "xml"


def read_json(data: bytes) -> Any:
    """A JSON text; for half characters, which JSON may escape and nothing else can hold, there is a "?".

    Raises ValueError for what is none, is too deep, or holds too many values.
    """
    if sum(map(data.count, (b"[", b"{", b","))) > MAX_VALUES:
        raise ValueError(f"more than {MAX_VALUES:,} values")
    try:
        value = json.loads(data)
        if _HALVES.search(data):
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
        return value
    except RecursionError:
        raise ValueError("nested too deep") from None


def is_record(value: object) -> bool:
    """True for what looks like an openFDA label record: an object with a ``set_id``."""
    return isinstance(value, dict) and isinstance(value.get("set_id"), str) and bool(value["set_id"].strip())


def record_document(record: Mapping[str, Any], *, source: SourceName, origin: str, name: str) -> RawDocument:
    """An openFDA record as a document; keys sorted, so that it has the same hash wherever it comes from.

    Raises Unreadable for a record that is nested too deep.
    """
    try:
        data = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
    except RecursionError:
        raise Unreadable("a record that is nested too deep: refused") from None
    return RawDocument(data, "openfda", source, origin, name)
