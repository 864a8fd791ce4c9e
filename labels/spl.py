"""SPL XML → Label. Nothing is fetched, nothing expanded: a document with a DTD is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.parsers import expat

from lxml import etree

from labels import loinc
from labels.errors import HostileDocument, LabelError
from labels.identity import is_sample, iso_date, label_format, not_a_label, parse_version, split_title
from labels.model import Label, Section
from labels.products import read_products
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

MAX_BYTES = 64 * 1024 * 1024
"""The largest labels have about a tenth of this."""
MAX_TAGS = 2_000_000
MAX_DEPTH = 120
"""Elements within elements; real labels stay below 25."""

_RX_TYPES = frozenset({"34391-3", "45129-4"})
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
    set_id = clean(SET_ID(document)).lower()
    if not set_id:
        raise LabelError(name, "the document has no set id (setId/@root)")
    sections = tuple(_read_sections(SECTIONS(document), []))
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
            rx=code in _RX_TYPES,
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
    _refuse_unreadable(data, name)
    _refuse_dtd(data, name)
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _syntax_error(error, name) from None
    if root.getroottree().docinfo.internalDTD is not None:  # in an encoding that _refuse_dtd could not read
        raise HostileDocument(name, "the document has a DTD, which no label needs")
    if root.tag != f"{{{NAMESPACE}}}document":
        raise LabelError(name, f"the root element is {str(root.tag)[:80]!r}, not a document of {NAMESPACE}")
    _refuse_depth(root, name)
    return root


def _refuse_unreadable(data: bytes, name: str) -> None:
    if not data.strip():
        raise LabelError(name, "the document is empty")
    if len(data) > MAX_BYTES or data.count(b"<") > MAX_TAGS:
        raise HostileDocument(name, f"the document is too large ({len(data):,} bytes)")
    if _HTML.match(data.removeprefix(b"\xef\xbb\xbf")):
        raise LabelError(name, "this is an HTML page, not an SPL document")


class _Prolog(Exception):
    """Raised to end the look at a document's beginning; True where a DTD stands there."""


def _refuse_dtd(data: bytes, name: str) -> None:
    """Read up to the root element; a DOCTYPE can stand only before it, in whatever encoding."""

    def stop(*, dtd: bool) -> None:
        raise _Prolog(dtd)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: stop(dtd=True)
    parser.StartElementHandler = lambda *_: stop(dtd=False)
    try:
        parser.Parse(data, True)
    except _Prolog as seen:
        if seen.args[0]:
            raise HostileDocument(name, "the document has a DTD, which no label needs") from None
    except (expat.ExpatError, ValueError, LookupError):
        return  # malformed, or an encoding that expat does not know: the XML parser says what is wrong


def _syntax_error(error: etree.XMLSyntaxError, name: str) -> LabelError:
    reason = clean(str(error.msg or "malformed XML"))[:200]
    if "depth" in reason.lower() or "huge" in reason.lower():
        return HostileDocument(name, f"the document is too deep or too large: {reason}")
    return LabelError(name, f"the XML is malformed: {reason}")


def _refuse_depth(root: Element, name: str) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise HostileDocument(name, f"elements are nested more than {MAX_DEPTH} deep")


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
