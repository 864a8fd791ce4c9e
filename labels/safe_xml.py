"""XML that may be hostile: no DTD, no entities, no network, and limits on size and depth."""

from __future__ import annotations

from xml.parsers import expat

from lxml import etree

from labels.errors import HostileDocument, LabelError
from labels.text import clean
from labels.xpaths import Element

MAX_BYTES = 64 * 1024 * 1024
"""The largest labels have about a tenth of this."""
MAX_TAGS = 2_000_000
MAX_DEPTH = 120
"""Elements within elements; real labels stay below 25."""


def parse_xml(data: bytes, name: str) -> Element:
    """Parse the bytes safely and return the root element.

    Raises HostileDocument for what is refused for safety, LabelError for what is no XML; both name ``name``.
    """
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
    _refuse_depth(root, name)
    return root


def _refuse_unreadable(data: bytes, name: str) -> None:
    if not data.strip():
        raise LabelError(name, "the document is empty")
    if len(data) > MAX_BYTES or data.count(b"<") > MAX_TAGS:
        raise HostileDocument(name, f"the document is too large ({len(data):,} bytes)")


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
