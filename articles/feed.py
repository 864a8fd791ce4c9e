"""Changes of labels as an Atom feed (RFC 4287).

Ids are made from what changed alone, so a reader that fetches the feed again meets the same entries. Dates are those of
the labels: nothing in it depends on when it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from lxml import etree

from articles.render import safe_link

ATOM = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_DATE = "1970-01-01"


def atom(changes: Iterable[Mapping[str, Any]], *, drug: str | None = None) -> str:
    """The feed of rows of ``label_changes``, in their order. ``drug``: what it was asked for, for its title and id.

    Labels without an effective date get the first of 1970, as Atom wants a date of every entry.
    """
    rows = list(changes)
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})  # type: ignore[dict-item] # the stubs know no default
    _add(feed, "title", f"Changes of drug labels: {drug}" if drug else "Changes of drug labels")
    _add(feed, "id", _urn("changes", drug or ""))
    _add(feed, "updated", max((_updated(row) for row in rows), default=_at(_NO_DATE)))
    _add(_add(feed, "author"), "name", "onlabel")
    for row in rows:
        _add_entry(feed, row)
    return etree.tostring(feed, encoding="unicode", pretty_print=True)


def _add_entry(feed: etree._Element, row: Mapping[str, Any]) -> None:
    entry = _add(feed, "entry")
    _add(entry, "title", f"{row['brand'] or row['set_id']}: {row['kind']}: {row['subject']}")
    _add(entry, "id", _urn(row["set_id"], row["from_version"], row["to_version"], row["change_id"]))
    _add(entry, "updated", _updated(row))
    if link := safe_link(row["url"]):
        _add(entry, "link", rel="alternate", href=link)
    versions = f"version {row['from_version']} to {row['to_version']}"
    _add(entry, "summary", f"{row['details'] or row['kind']} ({versions})")
    sides = [f"{side.capitalize()}: {row[side]}" for side in ("before", "after") if row[side]]
    _add(entry, "content", "\n\n".join(sides), type="text")


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    child = etree.SubElement(parent, f"{{{ATOM}}}{name}", attrib=attributes)
    child.text = None if text is None else _NOT_XML.sub("\ufffd", text)
    return child


def _urn(*parts: object) -> str:
    return uuid5(NAMESPACE_URL, "https://onlabel.invalid/" + "/".join(map(str, parts))).urn


def _updated(row: Mapping[str, Any]) -> str:
    return _at(row["effective_date"] or _NO_DATE)


def _at(day: str) -> str:
    return f"{day}T00:00:00Z"
