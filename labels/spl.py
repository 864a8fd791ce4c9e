"""SPL XML → Label. Nothing is fetched, nothing expanded: a document with a DTD is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from labels import loinc
from labels.errors import HostileDocument, LabelError
from labels.identity import (
    MAX_TEXT,
    is_sample,
    iso_date,
    label_format,
    not_a_label,
    parse_set_id,
    parse_version,
    split_title,
)
from labels.model import Label, Section
from labels.products import read_products
from labels.safe_xml import parse_xml
from labels.text import clean, one_line, plain_text
from labels.xpaths import (
    CODE,
    DISPLAY_NAME,
    DOCUMENT_ID,
    EFFECTIVE_TIME,
    HIGHLIGHTS,
    LABELER,
    NAMESPACE,
    SECTIONS,
    SET_ID,
    SUBSECTIONS,
    TEXTS,
    TITLE,
    VERSION,
    Element,
)

_OTC_TYPE = "34390-5"
_SET_ID = re.compile(rb"<setId\b[^>]{0,200}?\broot\s*=\s*[\"']([\w.-]{1,64})[\"']")
_HTML = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


def parse_spl(data: bytes, *, name: str = "document") -> Label:
    """Read one SPL document.

    Raises HostileDocument for a document that is refused for safety, LabelError for one that cannot be read;
    both name the set id where it can be found, else ``name``.
    """
    name = _set_id_in(data) or name
    document = _document(data, name)
    told = clean(SET_ID(document))
    set_id = parse_set_id(told)
    if not set_id:
        wrong = f"{told[:64]!r} is no set id" if told else "the document has no set id (setId/@root)"
        raise LabelError(name, wrong)
    sections = tuple(_read_sections(SECTIONS(document), []))
    if sum(len(section.text) for section in sections) > MAX_TEXT:
        raise HostileDocument(set_id, f"it says more than {MAX_TEXT:,} characters")
    products = read_products(document)
    code, type_name = clean(CODE(document)) or None, clean(DISPLAY_NAME(document)) or None
    labeler = clean(LABELER(document)) or None
    known = loinc.DOCUMENT_TYPES.get(code or "")
    return Label(
        set_id=set_id,
        document_id=clean(DOCUMENT_ID(document)).lower(),
        version=parse_version(VERSION(document), set_id),
        effective_date=iso_date(EFFECTIVE_TIME(document)),
        document_code=code,
        document_type=known.name if known else type_name,
        title=" ".join(one_line(title) for title in TITLE(document)),
        labeler=labeler,
        format=label_format(
            [s.code for s in sections],
            otc=code == _OTC_TYPE,
            rx=code in loinc.RX_TYPES,
            highlights=any(s.telling == "highlights" for s in sections),
        ),
        source="spl",
        products=products,
        sections=sections,
        not_a_label=not_a_label(code, type_name, products, sections),
        sample=is_sample(labeler),
    )


def _document(data: bytes, name: str) -> Element:
    """Parse the bytes safely and return the ``document`` element."""
    if _HTML.match(data.removeprefix(b"\xef\xbb\xbf")):
        raise LabelError(name, "this is an HTML page, not an SPL document")
    root = parse_xml(data, name)
    if root.tag != f"{{{NAMESPACE}}}document":
        raise LabelError(name, f"the root element is {str(root.tag)[:80]!r}, not a document of {NAMESPACE}")
    return root


def _set_id_in(data: bytes) -> str | None:
    """The set id of a document that perhaps cannot be parsed, to name it by."""
    found = _SET_ID.search(data[:65536])
    return found[1].decode().lower() if found else None


def _read_sections(nodes: Sequence[Element], path: list[Section], *, start: int = 0) -> Iterator[Section]:
    """Sections in reading order (pre-order); ``path`` holds the sections that these stand in."""
    index = start
    for node in nodes:
        for section in _read_section(node, path, index):
            yield section
            index += 1


def _read_section(node: Element, path: list[Section], index: int) -> Iterator[Section]:
    full = _section(node, path, index)
    yield full
    index += 1
    for highlight in HIGHLIGHTS(node):
        yield _highlights(full, plain_text(highlight), index)
        index += 1
    yield from _read_sections(SUBSECTIONS(node), [*path, full], start=index)


def _section(node: Element, path: list[Section], index: int) -> Section:
    code = clean(CODE(node)) or None
    inherited = path[-1].loinc if path else None
    title = " ".join(one_line(t) for t in TITLE(node))
    number, rest = (None, title or None) if code == loinc.PACKAGE_LABEL else split_title(title)
    return Section(
        index=index,
        parent=path[-1].index if path else None,
        depth=len(path),
        loinc=(inherited or code) if code in {None, loinc.UNCLASSIFIED} else code,
        code=code,
        number=number,
        title=rest,
        telling="full",
        text="\n".join(filter(None, map(plain_text, TEXTS(node)))),
    )


def _highlights(full: Section, text: str, index: int) -> Section:
    return Section(
        index=index,
        parent=full.index,
        depth=full.depth + 1,
        loinc=full.loinc,
        code=full.code,
        number=full.number,
        title=full.title,
        telling="highlights",
        text=text,
    )
