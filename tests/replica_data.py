"""What the replica serves: SPL documents and openFDA records from folders."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from labels import LabelError, Product, parse_spl

Record = dict[str, Any]


@dataclass(frozen=True)
class Spl:
    """One version of a label as DailyMed knows it; ``data`` are the bytes of the file."""

    data: bytes
    set_id: str
    version: int
    document_id: str
    title: str
    published: date
    code: str
    labeler: str
    boxed: bool
    names: dict[str, str] = field(default_factory=dict)
    """Drug names, with B for a brand and G for a generic name."""
    ndcs: frozenset[str] = frozenset()
    applications: frozenset[str] = frozenset()
    uniis: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    """Codes of pharmacologic classes, which SPL does not hold."""


def read_spl(data: bytes) -> Spl:
    """Read what a listing needs. Raises LabelError."""
    label = parse_spl(data)
    products = list(_leaves(label.products))
    names = {p.generic.upper(): "G" for p in products if p.generic} | {p.name.upper(): "B" for p in products if p.name}
    kits = [p for p in label.products if p.parts]
    return Spl(
        data=data,
        set_id=label.set_id,
        version=label.version,
        document_id=label.document_id,
        title=f"{' '.join(dict.fromkeys(map(_title, products)))} [{(label.labeler or '').upper()}]",
        published=date.fromisoformat(label.effective_date or "2000-01-01"),
        code=label.document_code or "",
        labeler=label.labeler or "",
        boxed=label.state("34066-1") == "present",
        names=names,
        ndcs=frozenset(ndc for p in products + kits for ndc in p.ndcs),
        applications=frozenset(p.application_number for p in products + kits if p.application_number),
        uniis=frozenset(i.unii for p in products for i in p.ingredients if i.unii and i.active),
    )


def _leaves(products: Iterable[Product]) -> Iterator[Product]:
    for product in products:
        yield from _leaves(product.parts) if product.parts else [product]


def _title(p: Product) -> str:
    generic = f" ({p.generic})" if p.generic and p.generic.casefold() != (p.name or "").casefold() else ""
    return f"{p.name or ''}{generic} {p.form or ''}".strip().upper()


def read_folders(folders: Iterable[Path]) -> tuple[list[Spl], list[Record]]:
    """All SPL documents, and all openFDA records, in the files of folders; what is neither is left out."""
    spls: list[Spl] = []
    records: list[Record] = []
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            if path.suffix == ".xml":
                try:
                    spls.append(read_spl(path.read_bytes()))
                except LabelError:
                    continue
            elif path.name.endswith((".json", ".jsonl", ".jsonl.gz")):
                records += [r for r in _records(path) if isinstance(r, dict) and "set_id" in r]
    return spls, records


def _records(path: Path) -> list[Any]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    if ".jsonl" in path.name:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    value = json.loads(text)
    return value.get("results", [value]) if isinstance(value, dict) else value


def newest(records: Iterable[Record]) -> list[Record]:
    """The newest version of each record, in the order of their set ids: openFDA keeps no others."""
    by_set_id: dict[str, Record] = {}
    for record in sorted(records, key=lambda r: int(r.get("version", 0))):
        by_set_id[record["set_id"]] = record
    return [by_set_id[set_id] for set_id in sorted(by_set_id)]
