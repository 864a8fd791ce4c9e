"""Real labels, where they are at hand: all are read, and nearly all of their words are kept."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from labels import Label, LabelFormat, parse_record, parse_spl
from labels.flat import split_flat

V3 = "{urn:hl7-org:v3}"
APART = {
    f"{V3}{tag}"
    for tag in "paragraph list item table caption tr td th br footnote footnoteRef renderMultiMedia".split()  # noqa: SIM905
}
LEAST_KEPT = 0.995
NO_LABELS = {
    "360a2535-7a7f-4f16-871d-929f2ae62d30": "bulk ingredient",
    "9324733b-5201-4981-b4a1-18f43f022210": "indexing",
    "d1db0c89-19ce-499d-96e0-67a909671b42": "dietary supplement",
    "e7e75a85-d464-465c-be7c-cc0ce0e927e1": "dietary supplement",
    "ea1a6225-0eb9-4743-9601-23d5795936a3": "indexing",
    "eb9fbc17-019e-4d99-bcc3-d1b727924491": "animal drug",
}


def words(text: str) -> Counter[str]:
    """Words without regard to how raised characters and invisible ones are told."""
    text = re.sub(r"[\u00ad\u200b-\u200d\u2060\ufeff]", "", re.sub(r"\^\(([^()]*)\)", r"\1", text))
    return Counter(re.findall(r"\w+", unicodedata.normalize("NFKC", text)))


def plain_words(data: bytes) -> Counter[str]:
    """The words of all ``text`` elements of sections and Highlights, by plain ``itertext``."""
    root = etree.fromstring(data, etree.XMLParser(remove_comments=True, remove_pis=True))
    for element in root.iter(*APART):
        element.text = f" {element.text or ''}"
        element.tail = f" {element.tail or ''}"
    texts = [e for e in root.iter(f"{V3}text") if e.getparent().tag in {f"{V3}section", f"{V3}highlight"}]
    return words(" ".join("".join(text.itertext()) for text in texts))


def kept(data: bytes, label: Label) -> float:
    """The share of a document's words that its sections have."""
    plain, told = plain_words(data), words("\n".join(s.text for s in label.sections))
    return 1 - (plain - told).total() / max(plain.total(), 1)


def records(shared: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((shared / "openfda").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def answers(shared: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((shared / "api").glob("openfda-druglabel*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        results = content.get("results", []) if isinstance(content, dict) else content
        yield from (r for r in results if isinstance(r, dict) and "set_id" in r)


@pytest.fixture(scope="module")
def kisqali(shared: Path) -> Label:
    with gzip.open(shared / "openfda" / "labels.jsonl.gz", "rt", encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines if '"KISQALI"' in line]
    return parse_record(next(r for r in found if r["openfda"]["brand_name"] == ["KISQALI"]))


def test_every_document_is_read_and_keeps_its_words(shared: Path) -> None:
    paths = sorted((shared / "spl").glob("*.xml"))
    shares = {}
    for path in paths:
        data = path.read_bytes()
        label = parse_spl(data, name=path.name)
        assert label.set_id == path.name[:36]
        assert str(label.version) == path.stem[37:]
        assert label.labeler
        assert NO_LABELS.get(label.set_id, "") in (label.not_a_label or "")
        assert (label.not_a_label is None) == (label.set_id not in NO_LABELS)
        shares[path.name] = kept(data, label)
    assert len(shares) == 67
    assert min(shares.values()) >= LEAST_KEPT, sorted(shares.items(), key=lambda item: item[1])[:3]


def test_the_section_tree_is_whole(shared: Path) -> None:
    for path in sorted((shared / "spl").glob("*.xml")):
        data = path.read_bytes()
        root = etree.fromstring(data)
        label = parse_spl(data, name=path.name)
        full = [s for s in label.sections if s.telling == "full"]
        assert len(full) == len(list(root.iter(f"{V3}section")))
        assert len(label.sections) - len(full) == len(list(root.iter(f"{V3}highlight")))
        assert all(s.parent is None or s.depth == label.sections[s.parent].depth + 1 for s in label.sections)


def test_products_of_real_labels(shared: Path) -> None:
    labels = {p.stem: parse_spl(p.read_bytes()) for p in (shared / "spl").glob("*.xml")}
    for label in labels.values():
        if label.not_a_label is None:
            assert label.brand
            assert label.generic
            assert all(p.ndcs or p.parts for p in label.products)
    eliquis = labels["e9481622-7cc6-418a-acb6-c5450daae9b0.30"]
    assert [p.form for p in eliquis.products if p.parts] == ["KIT"]
    assert all((p.application_number or "").startswith("NDA") for p in eliquis.products)
    lipitor = labels["17a163ef-b349-4e32-bc8c-b02bac7f65d6.8"]
    assert "0071-0156" in {p.source_ndc for p in lipitor.products}
    oldest = labels["be27854a-a805-4300-9729-accd1b7f226f.1"]
    assert [i.name for i in oldest.products[0].ingredients if i.active][-1] == "phenazopyridine hydrochloride"


def test_formats_of_real_labels(shared: Path) -> None:
    found = Counter(parse_spl(p.read_bytes()).format for p in (shared / "spl").glob("*.xml"))
    assert found[LabelFormat.PLR] == 38
    assert found[LabelFormat.OTC] == 11
    assert found[LabelFormat.OLDER] >= 14


def test_every_record_is_read(shared: Path) -> None:
    stated: Counter[str] = Counter()
    for record in (*records(shared), *answers(shared)):
        label = parse_record(record)
        assert label.brand
        assert label.not_a_label is None
        stated[label.state("34067-9")] += 1
    assert stated["present"] >= 320
    assert stated["absent"] <= 1


def test_no_word_of_a_record_is_lost(shared: Path) -> None:
    for record in records(shared):
        strings = [s for k, v in record.items() if isinstance(v, list) and not k.endswith("_table") for s in v]
        outer = [s for s in strings if len(s) < 20 or not any(s.strip() in o and s != o for o in strings)]
        label = parse_record(record)
        told = "\n".join(f"{s.number or ''} {s.title or ''} {s.text}" for s in label.sections)
        lost = words("\n".join(outer)) - words(told)
        assert lost.total() <= 0.001 * words(told).total(), (label.brand, lost.most_common(3))


def test_indications_are_told_once_in_full_and_once_in_brief(kisqali: Label, shared: Path) -> None:
    assert (kisqali.version, kisqali.effective_date) == (19, "2023-08-24")
    assert [s.telling for s in kisqali.find("34067-9")] == ["full", "highlights"]
    with gzip.open(shared / "openfda" / "history-NDA209092.jsonl.gz", "rt", encoding="utf-8") as lines:
        versions = [parse_record(json.loads(line)) for line in lines]
    assert len(versions) == 13
    for label in versions:
        tellings = [s.telling for s in label.find("34067-9") if not s.blank]
        assert tellings.count("highlights") == 1
        assert tellings.count("full") >= 1


def test_warnings_are_parted_by_number(kisqali: Label) -> None:
    sections = kisqali.find("43685-7")
    assert [s.number for s in sections] == ["5", "5", "5.1", "5.2", "5.3", "5.4", "5.5", "5.6", "5.7"]
    assert sections[2].title == "Interstitial Lung Disease/Pneumonitis"
    assert all(s.title for s in sections)


def flat_string(section: Any) -> str:
    """A section as openFDA tells it: title, text, Highlights and subsections in one line."""
    parts = [section.find(f"{V3}title"), section.find(f"{V3}text")]
    parts += section.findall(f"{V3}excerpt/{V3}highlight/{V3}text")
    told = [" ".join(" ".join(part.itertext()).split()) for part in parts if part is not None]
    told += [flat_string(child) for child in section.findall(f"{V3}component/{V3}section")]
    return " ".join(filter(None, told))


def test_flattened_documents_come_apart_again(shared: Path) -> None:
    """SPL documents, run together as openFDA does it, split back into the sections that they had."""
    found, wanted, tellings = 0, 0, []
    for path in sorted((shared / "spl").glob("*.xml")):
        data = path.read_bytes()
        label = parse_spl(data)
        names = [n for p in label.products for n in (p.name, p.generic) if n]
        root = etree.fromstring(data)
        full = [s for s in label.sections if s.telling == "full"]
        for section, element in zip(full, root.iter(f"{V3}section"), strict=True):
            if section.depth or section.loinc not in {"34067-9", "43685-7", "34066-1"}:
                continue
            blocks = split_flat(flat_string(element), names=names)
            inside = [s for s in label.sections if s.parent == section.index]
            numbers = {s.number for s in inside if (s.number or "").startswith(f"{section.number}.")}
            wanted += len(numbers)
            found += len(numbers & {b.number for b in blocks})
            brief = any(s.telling == "highlights" for s in inside)
            tellings.append(brief == any(b.telling == "highlights" for b in blocks))
    assert wanted > 300
    assert found / wanted >= 0.99
    assert sum(tellings) / len(tellings) >= 0.97
