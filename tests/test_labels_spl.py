"""SPL documents that are broken, hostile, or oddly encoded; and labels as a whole."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from labels import HostileDocument, Label, LabelError, parse_spl
from labels.safe_xml import MAX_BYTES, MAX_DEPTH, MAX_TAGS

SET_ID = "0a0a0a0a-0000-0000-0000-000000000001"
NAMED = f"^{SET_ID}: "


def document(body: str = "<paragraph>For itch.</paragraph>", *, head: str = "") -> str:
    return (
        f'{head}<document xmlns="urn:hl7-org:v3"><id root="d"/><code code="34391-3"/><setId root="{SET_ID}"/>'
        '<versionNumber value="2"/><component><structuredBody><component><section><code code="34067-9"/>'
        f"<text>{body}</text></section></component></structuredBody></component></document>"
    )


def text_of(data: bytes) -> str:
    return parse_spl(data).sections[0].text


LAUGHS = '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;">'


@pytest.mark.parametrize(
    "dtd",
    [
        "<!DOCTYPE document>",
        f"<!DOCTYPE document [{LAUGHS}]>",
        '<!DOCTYPE document [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE document [<!ENTITY % p SYSTEM "http://example.org/x.dtd"> %p;]>',
        '<!DOCTYPE document SYSTEM "http://example.org/x.dtd">',
        '<!-- first a comment --><?pi?><!DOCTYPE document PUBLIC "-//X//Y" "z">',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "utf-32"])
def test_a_dtd_is_refused_in_any_encoding(dtd: str, encoding: str) -> None:
    declared = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "latin-1": "iso-8859-1"}.get(encoding, encoding)
    data = document("&c;", head=f'<?xml version="1.0" encoding="{declared}"?>{dtd}').encode(encoding)
    with pytest.raises(LabelError) as caught:
        parse_spl(data)
    if encoding != "utf-32":  # which the XML parser may not know at all
        assert isinstance(caught.value, HostileDocument)
        assert "DTD" in caught.value.reason


def test_an_unknown_entity_is_an_error_not_a_hole() -> None:
    with pytest.raises(LabelError, match=NAMED + "the XML is malformed"):
        parse_spl(document("&nbsp;").encode())


def test_depth_is_limited() -> None:
    body = "<content>" * MAX_DEPTH + "x" + "</content>" * MAX_DEPTH
    with pytest.raises(HostileDocument, match=NAMED):
        parse_spl(document(body).encode())
    deeper = "<content>" * 100_000 + "x" + "</content>" * 100_000
    with pytest.raises(HostileDocument, match=NAMED):
        parse_spl(document(deeper).encode())


def test_depth_of_sections_is_limited() -> None:
    many = MAX_DEPTH
    data = document("").replace("</text>", "</text>" + "<component><section>" * many, 1)
    data = data.replace("</section>", "</section></component>" * many + "</section>", 1)
    with pytest.raises(HostileDocument):
        parse_spl(data.encode())


def test_size_is_limited() -> None:
    with pytest.raises(HostileDocument, match="too large"):
        parse_spl(document().encode() + b" " * MAX_BYTES)
    with pytest.raises(HostileDocument, match="too large"):
        parse_spl(document("<br/>" * (MAX_TAGS + 1)).encode())


def test_wide_cells_do_not_blow_up() -> None:
    row = '<tr><td colspan="99999">a</td><td rowspan="99999">b</td><td colspan="-1">c</td></tr>'
    assert len(text_of(document(f"<table><tbody>{row * 20}</tbody></table>").encode())) < 20_000


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"<!DOCTYPE html><html><body>503 Service Unavailable</body></html>", "HTML page"),
        (b"\xef\xbb\xbf\n<HTML><head></head></HTML>", "HTML page"),
        (b'{"set_id": "x"}', "malformed"),
        (b"PK\x03\x04\x00\x00", "malformed"),
        (b"\x00\x01\x02", "malformed"),
        (b"just words", "malformed"),
        (b"<feed/>", "root element is 'feed'"),
        (b'<document xmlns="urn:hl7-org:v2"/>', "root element"),
        (document().encode().replace(b"<document", b"<x:document").replace(b"</document", b"</x:document"), "malf"),
        (document().encode()[:-40], "malformed"),
        (document().replace("<text>", "<text>é").encode("latin-1"), "malformed"),
        (document(head='<?xml version="1.0" encoding="x-unheard-of"?>').encode(), "malformed"),
        (document(head='<?xml version="1.0" encoding="UTF-16"?>').encode(), "malformed"),
    ],
)
def test_broken_documents_are_named(data: bytes, reason: str) -> None:
    with pytest.raises(LabelError) as caught:
        parse_spl(data, name="label.xml")
    assert reason in caught.value.reason
    assert caught.value.name == (SET_ID if SET_ID.encode() in data else "label.xml")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", None),
        ("utf-8", "utf-8"),
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16", None),
        ("utf-16", "UTF-8"),
        ("latin-1", "ISO-8859-1"),
        ("cp1252", "windows-1252"),
    ],
)
def test_encodings(encoding: str, declared: str | None) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    assert text_of(document("Café 5 µg", head=head).encode(encoding)) == "Café 5 µg"


def test_processing_instructions_and_comments_leave_no_gap() -> None:
    head = '<?xml version="1.0"?><?xml-stylesheet href="spl.xsl" type="text/xsl"?>'
    assert text_of(document("HER<!-- no -->2 and<?pi x?> more", head=head).encode()) == "HER2 and more"


def test_several_texts_of_a_section_are_kept() -> None:
    data = document("<paragraph>One.</paragraph></text><text><paragraph>Two.</paragraph>")
    assert text_of(data.encode()) == "One.\nTwo."


def test_absent_and_blank_are_told_apart() -> None:
    label = parse_spl(document("").encode())
    assert (label.state("34067-9"), label.state("34070-3")) == ("blank", "absent")
    assert parse_spl(document().encode()).state("34067-9") == "present"


def assert_whole(label: Label) -> None:
    """What consumers rely on, whatever the document."""
    for place, section in enumerate(label.sections):
        assert section.index == place
        assert section.text == section.text.strip()
        assert all(line == line.rstrip() for line in section.text.split("\n"))
        if section.parent is None:
            assert section.depth == 0
        else:
            parent = label.sections[section.parent]
            assert section.parent < place
            assert section.depth == parent.depth + 1
            if section.telling == "highlights":
                assert (parent.telling, parent.loinc, parent.number) == ("full", section.loinc, section.number)


@given(st.binary(max_size=400))
@example(b"\xff\xfe<\x00")
def test_arbitrary_bytes_raise_label_errors_only(data: bytes) -> None:
    with pytest.raises(LabelError):
        parse_spl(data)


RICH = document(
    '<paragraph>a<br/>b<sup>2</sup></paragraph><list listType="ordered"><item><caption>o</caption>c</item></list>'
    '<table><caption>t</caption><tbody><tr><td rowspan="2" colspan="2">d<footnote ID="f">n</footnote></td>'
    '</tr><tr><td>e<footnoteRef IDREF="f"/></td></tr></tbody></table><renderMultiMedia/>',
    head='<?xml version="1.0" encoding="UTF-8"?>',
).encode()


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_mutated_documents_parse_or_raise_label_errors(seed: int, times: int) -> None:
    chance = random.Random(seed)
    data = bytearray(RICH)
    for _ in range(times):
        place, size = chance.randrange(len(data)), chance.randrange(1, 30)
        change = chance.choice(["cut", "double", "swap", "byte"])
        piece = data[place : place + size]
        if change == "cut":
            del data[place : place + size]
        elif change == "double":
            data[place:place] = piece
        elif change == "swap":
            other = chance.randrange(len(data))
            data[other : other + size] = piece
        else:
            data[place] = chance.randrange(256)
    try:
        assert_whole(parse_spl(bytes(data)))
    except LabelError as error:
        assert "\n" not in str(error)  # noqa: PT017 - errors are allowed here, but must read well


TAGS = ["paragraph", "list", "item", "caption", "table", "tbody", "tr", "td", "sup", "footnote", "content"]


@st.composite
def trees(draw: st.DrawFn, depth: int = 4) -> str:
    tag = draw(st.sampled_from(TAGS))
    words = st.text("ab1 é\u00a0\n•®", max_size=6)
    inner = draw(words)
    for _ in range(draw(st.integers(0, 3)) if depth else 0):
        inner += draw(trees(depth=depth - 1)) + draw(words)
    return f"<{tag}>{inner}</{tag}>"


@settings(max_examples=200, deadline=None)
@given(st.lists(trees(), max_size=3))
def test_any_nesting_of_markup_keeps_its_words(pieces: list[str]) -> None:
    body = "".join(pieces)
    label = parse_spl(document(body).encode())
    assert_whole(label)
    if "footnote" not in body:  # footnotes in a bullet are told with it, and again at the end
        assert label.sections[0].text.count("é") == body.count("é")
