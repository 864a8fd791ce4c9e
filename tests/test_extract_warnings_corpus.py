"""Real labels, where they are at hand: what a document's section 5 holds against the warnings that are read.

The subsections are found anew, by lxml and by their titles; nothing of ``labels`` is used to find them.
"""

from __future__ import annotations

import gzip
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from extract import extract_label
from extract.facts import Warning
from labels import Label, LabelFormat, loinc, parse_record, parse_spl

V3 = "{urn:hl7-org:v3}"
APART = {f"{V3}{tag}" for tag in ("paragraph", "list", "item", "table", "caption", "tr", "td", "th", "br", "footnote")}
NUMBERED = re.compile(r"(\d+(?:\.\d+)*)\.?\s+(.*)")


@dataclass(frozen=True)
class Subsection:
    """A subsection of section 5 as the document has it; ``number`` is that of the one around it where it has none."""

    number: str | None
    title: str
    text: str


def plain(element: Any) -> str:
    return " ".join(re.sub(r"[\u00ad\u200b-\u200d\u2060\ufeff]", "", "".join(element.itertext())).split())


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[a-z]{3,}", text.lower()))


def spaced(data: bytes) -> Any:
    """The document, with blanks where its tags part words."""
    root = etree.fromstring(data, etree.XMLParser(remove_comments=True, remove_pis=True))
    for element in root.iter(*APART):
        element.text, element.tail = f" {element.text or ''}", f" {element.tail or ''}"
    return root


def code_of(section: Any) -> str | None:
    code = section.find(f"{V3}code")
    return None if code is None else code.get("code")


def subsections(section: Any, number: str | None = None) -> Iterator[Subsection]:
    for child in section.findall(f"{V3}component/{V3}section"):
        heading = child.find(f"{V3}title")
        title = "" if heading is None else plain(heading)
        own = NUMBERED.match(title)
        inner = own[1] if own else number
        text = " ".join(plain(t) for t in child.findall(f"{V3}text"))
        yield Subsection(inner, own[2] if own else title, text)
        yield from subsections(child, inner)


def section_5(root: Any) -> Iterator[Subsection]:
    for section in root.iter(f"{V3}section"):
        outer = {code_of(s) for s in section.iterancestors(f"{V3}section")}
        if code_of(section) == loinc.WARNINGS_AND_PRECAUTIONS and loinc.WARNINGS_AND_PRECAUTIONS not in outer:
            yield from subsections(section)


def says(row: Warning, wanted: Subsection) -> bool:
    """Whether a row is this subsection: its number, its title where it has one, all of its words and no others."""
    told, held = words(row.evidence.text), words(wanted.text)
    headed = held - words(row.title or "") if not wanted.title else held
    titled = not wanted.title or (row.title or "").casefold() == wanted.title.casefold().rstrip(" .:")
    slack = 0.02 * held.total() + 1
    return row.number == wanted.number and titled and (told - held).total() + (headed - told).total() <= slack


@pytest.fixture(scope="module")
def documents(shared: Path) -> list[tuple[str, Any, Label, tuple[Warning, ...]]]:
    found = []
    for path in sorted((shared / "spl").glob("*.xml")):
        data = path.read_bytes()
        label = parse_spl(data)
        found.append((path.stem, spaced(data), label, extract_label(label).warnings))
    return found


def test_every_subsection_of_section_5_is_one_row(documents: Any) -> None:
    seen = 0
    for name, root, label, rows in documents:
        left = [r for r in rows if not r.boxed and r.number and "." in r.number]
        wanted = [s for s in section_5(root) if s.text] if label.not_a_label is None else []
        for one in wanted:
            found = [r for r in left if says(r, one)]
            assert found, (name, one.number, one.title)
            left.remove(found[0])
        assert not left, (name, [(r.number, r.title) for r in left])
        seen += len(wanted)
    assert len(documents) == 67
    assert seen == 344


def test_every_number_of_section_5_is_there(documents: Any) -> None:
    for name, root, label, rows in documents:
        numbers = {s.number for s in section_5(root) if s.number} if label.not_a_label is None else set()
        assert numbers <= {r.number for r in rows}, name


def test_no_label_comes_out_as_without_warnings(documents: Any, shared: Path) -> None:
    formats: Counter[LabelFormat] = Counter()
    for name, _, label, rows in documents:
        if label.not_a_label is None:
            formats[label.format] += bool(rows)
            assert any(not r.boxed for r in rows), name
    assert formats[LabelFormat.OLDER] >= 13
    assert formats[LabelFormat.OTC] >= 10
    with gzip.open(shared / "openfda" / "labels.jsonl.gz", "rt", encoding="utf-8") as lines:
        for label in map(parse_record, map(json.loads, lines)):
            told = any(label.state(code) == "present" for code in loinc.OLDER_SECTIONS)
            if told or label.state(loinc.WARNINGS_AND_PRECAUTIONS) == "present":
                assert any(not w.boxed for w in extract_label(label).warnings), label.brand


def test_rows_do_not_overlap(documents: Any) -> None:
    for name, _, _, rows in documents:
        places = sorted((r.evidence.section, r.evidence.start, r.evidence.end) for r in rows)
        for (section, _, end), (after, start, _) in itertools.pairwise(places):
            assert section != after or end <= start, name
