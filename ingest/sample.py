"""The labels that come with onlabel: real structure, true facts, our own words, marked as samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from importlib import resources

from ingest.documents import RawDocument, SourceName
from ingest.sources import Hit
from ingest.terms import Term, holds_name, ndc_codes, nearest
from labels import Label, Product, parse_spl


def samples() -> Iterator[RawDocument]:
    """All bundled labels, by name."""
    folder = resources.files("ingest").joinpath("samples")
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".xml"):
            yield RawDocument(file.read_bytes(), "spl", "sample", "sample", file.name)


class Samples:
    """The bundled labels as a source that is searched like the others."""

    name: SourceName = "sample"

    def search(self, term: Term, *, limit: int | None = None) -> Iterator[Hit]:
        """The bundled labels that a term finds, by file name."""
        count = 0
        for document, label in _read():
            if count != limit and matches(label, term):
                count += 1
                yield Hit(label.set_id, document.origin, partial(_same, document))

    def near_names(self, name: str) -> list[str]:
        """Names on the bundled labels that are written like this one."""
        return nearest(name, (n for _, label in _read() for n in _names(label)))


def _same(document: RawDocument) -> RawDocument:
    return document


def matches(label: Label, term: Term) -> bool:
    """True where a label goes by a term. SPL names no RxCUI, so that one never matches."""
    products = list(_all_products(label.products))
    if term.kind == "name":
        return any(holds_name(name, term.value) for name in _names(label))
    if term.kind == "set_id":
        return label.set_id.lower() == term.value
    if term.kind == "ndc":
        own = {ndc for p in products for ndc in p.ndcs}
        return any(code == ndc or ndc.startswith(f"{code}-") for code in ndc_codes(term.value) for ndc in own)
    if term.kind == "application":
        return any(p.application_number == term.value for p in products)
    if term.kind == "unii":
        return any(i.unii == term.value for p in products for i in p.ingredients if i.active)
    return False


def _read() -> Iterator[tuple[RawDocument, Label]]:
    for document in samples():
        yield document, parse_spl(document.data, name=document.name)


def _names(label: Label) -> list[str]:
    products = list(_all_products(label.products))
    names = [p.name for p in products] + [p.generic for p in products]
    return [n for n in names if n] + [i.name for p in products for i in p.ingredients if i.active]


def _all_products(products: Iterable[Product]) -> Iterator[Product]:
    for product in products:
        yield product
        yield from _all_products(product.parts)
