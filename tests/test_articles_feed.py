"""The Atom feed of changes: what RFC 4287 asks of it, and that nothing in a label breaks it."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from articles.feed import ATOM, atom

ROW = {
    "set_id": "11111111-aaaa", "brand": "Zorvex", "from_version": 1, "to_version": 2, "effective_date": "2024-02-01",
    "kind": "indication changed", "subject": "gout", "details": "line added: first-line", "before": "Treats gout.",
    "after": "Treats gout first.", "change_id": "0123456789abcdef",
    "url": "https://example.org/drugInfo.cfm?setid=11111111-aaaa&version=2",
}  # fmt: skip


def parsed(*rows: dict[str, Any], drug: str | None = None) -> ET.Element:
    return ET.fromstring(atom(rows, drug=drug))


def said(of: ET.Element, name: str) -> list[str | None]:
    return [child.text for child in of.findall(f"{{{ATOM}}}{name}")]


def test_a_change_is_an_entry() -> None:
    feed = parsed(ROW, drug="zorvex")
    assert said(feed, "title") == ["Changes of drug labels: zorvex"]
    assert said(feed, "updated") == ["2024-02-01T00:00:00Z"]
    assert feed.find(f"{{{ATOM}}}author/{{{ATOM}}}name") is not None
    (entry,) = feed.findall(f"{{{ATOM}}}entry")
    assert said(entry, "title") == ["Zorvex: indication changed: gout"]
    assert said(entry, "summary") == ["line added: first-line (version 1 to 2)"]
    assert said(entry, "content") == ["Before: Treats gout.\n\nAfter: Treats gout first."]
    (link,) = entry.findall(f"{{{ATOM}}}link")
    assert link.attrib == {"rel": "alternate", "href": ROW["url"]}


def test_ids_are_lasting_and_each_has_its_own() -> None:
    other = ROW | {"change_id": "fedcba9876543210", "effective_date": "2024-05-01"}
    entries = parsed(ROW, other).findall(f"{{{ATOM}}}entry")
    ids = [said(entry, "id")[0] for entry in entries]
    assert len({*ids, *said(parsed(), "id"), *said(parsed(drug="zorvex"), "id")}) == 4
    assert all(i is not None and i.startswith("urn:uuid:") for i in ids)
    assert said(parsed(ROW | {"brand": "New name"}).findall(f"{{{ATOM}}}entry")[0], "id") == [ids[0]]
    assert said(parsed(ROW, other), "updated") == ["2024-05-01T00:00:00Z"]


def test_an_empty_feed_is_whole() -> None:
    feed = parsed()
    assert feed.findall(f"{{{ATOM}}}entry") == []
    assert said(feed, "updated") == ["1970-01-01T00:00:00Z"]


def test_what_is_missing_and_what_is_hostile() -> None:
    odd = {
        "brand": None, "details": None, "before": None, "effective_date": None, "url": "javascript:alert(1)",
        "after": "]]></content><script>&\0\x08\ud800\ufffe é 😀",
    }  # fmt: skip
    (entry,) = parsed(ROW | odd).findall(f"{{{ATOM}}}entry")
    assert said(entry, "title") == ["11111111-aaaa: indication changed: gout"]
    assert said(entry, "summary") == ["indication changed (version 1 to 2)"]
    assert said(entry, "content") == ["After: ]]></content><script>&\ufffd\ufffd\ufffd\ufffd é 😀"]
    assert entry.findall(f"{{{ATOM}}}link") == []
