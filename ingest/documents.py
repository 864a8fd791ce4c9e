"""A document as it came, before anything is read from it, and what the first bytes say that it is."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

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
_HTML = re.compile(r"(?:<\?xml[^>]*>|<!--.*?-->|\s)*<(?:!doctype\s+)?html\b", re.I | re.S)


@dataclass(frozen=True, slots=True)
class RawDocument:
    """One label as it came; ``origin`` (an address or a path) and ``name`` say where from, for people."""

    data: bytes
    media: Media
    source: SourceName
    origin: str
    name: str


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


def is_record(value: object) -> bool:
    """True for what looks like an openFDA label record: an object with a ``set_id``."""
    return isinstance(value, dict) and isinstance(value.get("set_id"), str) and bool(value["set_id"].strip())


def record_document(record: Mapping[str, Any], *, source: SourceName, origin: str, name: str) -> RawDocument:
    """An openFDA record as a document; keys sorted, so that it has the same hash wherever it comes from."""
    data = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
    return RawDocument(data, "openfda", source, origin, name)
