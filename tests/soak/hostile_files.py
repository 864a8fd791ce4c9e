"""Hostile files, archives, XML and JSON, made by code; ``FILES`` lists them."""

# ruff: noqa: E501 - a case reads best on its line
from __future__ import annotations

import gzip
import io
import json
import os
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support_ingest import record, set_id, tiny_spl

MARK = "Exemplin is indicated for the treatment of adults with invented disease."
INSIDE = 7
"""The number of the good label that stands in the same file as something hostile."""
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x1b[31m"
Put = Callable[[Path], None]


@dataclass(frozen=True)
class FileCase:
    """A file or more that ``put`` lays into a folder. ``keeps``: the label beside it in the same file is stored."""

    name: str
    kind: str
    put: Put
    keeps: bool = False
    quick: bool = True
    limit: float = 60
    """Seconds that it may take."""


FILES: list[FileCase] = []


def case(name: str, kind: str, put: Put, **more: Any) -> None:
    FILES.append(FileCase(name, kind, put, **more))


def file(name: str, data: bytes | Callable[[], bytes]) -> Put:
    def put(folder: Path) -> None:
        (folder / name).write_bytes(data() if callable(data) else data)

    return put


def good() -> bytes:
    return tiny_spl(INSIDE, name="Besidin")


def said(markup: str) -> bytes:
    """A label whose one section says this markup."""
    return tiny_spl(text=MARK).replace(f"<paragraph>{MARK}</paragraph>".encode(), markup.encode("utf-8", "replace"))


def told(text: str) -> bytes:
    return tiny_spl(text=text)


# Files


def _sparse(name: str, head: bytes, size: int = 8 * 2**30) -> Put:
    def put(folder: Path) -> None:
        with (folder / name).open("wb") as out:
            out.write(head)
            out.truncate(size)

    return put


def _links(folder: Path) -> None:
    (folder / "loop.xml").symlink_to("loop.xml")
    (folder / "up").symlink_to("..")
    (folder / "zero.xml").symlink_to("/dev/zero")
    (folder / "random.json").symlink_to("/dev/urandom")
    os.mkfifo(folder / "pipe.xml")
    (folder / "folder.xml").mkdir()


def _deep(folder: Path) -> None:
    here = os.open(folder, os.O_RDONLY)
    for _ in range(1_500):
        os.mkdir("deeper", dir_fd=here)
        inner = os.open("deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


def _named(*names: str | bytes) -> Put:
    def put(folder: Path) -> None:
        for name in names:
            with open(os.path.join(os.fsencode(folder), os.fsencode(name)), "wb") as out:  # noqa: PTH118, PTH123
                out.write(b"<broken")

    return put


def _members(count: int, data: bytes = b"") -> bytes:
    return zipped(*((f"{number}.xml", data) for number in range(count)))


case("nothing at all", "file", file("a.xml", b""))
case("a megabyte of NULs", "file", file("a.xml", bytes(2**20)))
case("noise", "file", file("a.xml", bytes(b * 7919 % 251 for b in range(50_000))))
case("a login page", "file", file("a.xml", b"<!DOCTYPE html><html><body>log in</body></html>"))
case("500 comments and no label", "file", file("a.xml", b"<!---->" * 500 + b"<x/>"))
case("500 declarations", "file", file("a.xml", b"<?xml?>" * 500 + b"<x/>"))
case("8 GB of holes, XML", "file", _sparse("a.xml", b"<document>"), quick=False)
case("8 GB of holes, JSON", "file", _sparse("a.json", b"[1,"))
case("8 GB of holes, lines", "file", _sparse("a.jsonl", b"{"), quick=False)
case("8 GB of holes, zip", "file", _sparse("a.zip", b"PK\x03\x04"))
case("gzip in gzip in gzip", "file", file("a.xml.gz", lambda: gzip.compress(gzip.compress(gzip.compress(b"<a/>")))))
case("gzip cut off", "file", file("a.xml.gz", lambda: gzip.compress(good())[:-30]))
case("gzip with a wrong CRC", "file", file("a.xml.gz", lambda: gzip.compress(good())[:-8] + b"\1\2\3\4\5\6\7\0"))
case("gzip with a tail of rubbish", "file", file("a.xml.gz", lambda: gzip.compress(good()) + b"rubbish"))
case("gzip bomb of XML", "file", file("a.xml.gz", lambda: gzip.compress(b"<d>" + b" " * 2**29)), quick=False)
case("gzip bomb of lines", "file", file("a.jsonl.gz", lambda: gzip.compress(b"\n" * 2**29)), quick=False)
case("a PDF, a tar and a database", "file", lambda folder: [
    (folder / name).write_bytes(data) for name, data in (
        ("a.xml", b"%PDF-1.7\n"), ("b.zip", b"ustar" * 200), ("c.json", b"SQLite format 3\0" + bytes(500)))
] and None)  # fmt: skip
case("links, a pipe, a folder named XML", "file", _links)
case("1,500 folders deep", "file", _deep, quick=False)
case("names that command a terminal", "file", _named(f"{ESCAPES}.xml", "two\nlines.xml", "\u202elmx.xml"))
case("names that are no UTF-8", "file", _named(b"\xff\xfe\x80.xml", b"caf\xe9.json"))
case("names with markup and SQL", "file", _named("[red][link=x].xml", "'); DROP TABLE labels;--.xml", "%s%n{0}.xml"))
case("a name of 255 bytes", "file", _named("n" * 251 + ".xml"))


# Archives


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def archive(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> Put:
    """A zip of these, with a good label behind them."""
    return file("a.zip", lambda: zipped(*members, ("good.xml", good()), method=method))


def _special(name: str, mode: int, target: bytes) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info, target


def _nested(depth: int, data: bytes) -> bytes:
    for level in range(depth):
        data = zipped((f"{level}.zip", data))
    return data


def _patched(old: bytes, new: bytes, *, times: int = -1) -> bytes:
    """A zip of a hostile and a good member, with bytes changed."""
    return zipped(("bad.xml", b"<a/>"), ("good.xml", good())).replace(old, new, times)


def _field(name: bytes, offset: int, value: bytes) -> bytes:
    """The zip with a field changed in the list's entry of a member."""
    data = bytearray(_patched(b"", b"", times=0))
    at = data.rfind(name) - 46 + offset
    data[at : at + len(value)] = value
    return bytes(data)


def _overlapping() -> bytes:
    """A list of 1,000 members that are all the same megabytes."""
    data = zipped(("0.xml", b"<a>" + b" " * 2**21))
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry = data[start:end]
    entries = b"".join(entry.replace(b"0.xml", b"%05d" % n) for n in range(1_000))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1_000, 1_000, len(entries), start, 0)
    return data[:start] + entries + tail


def _quine_like() -> bytes:
    """A zip whose one member is, by its list, the whole zip itself."""
    entry = zipfile.ZipInfo("a.zip")
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, 5, 0) + b"a.zip"
    size = len(local) + 46 + 5 + 22
    central = struct.pack(
        "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, size, size, 5, 0, 0, 0, 0, entry.external_attr, 0
    )
    central += b"a.zip"
    return local + central + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local), 0)


def _zip64(size: int) -> bytes:
    """A list that claims sizes of 64 bits."""
    data = zipped(("a.xml", good()))
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entry = bytearray(data[start:end])
    extra = struct.pack("<HHQQ", 1, 16, size, size)
    entry[20:28] = b"\xff" * 8
    entry[30:32] = struct.pack("<H", len(extra))
    whole = bytes(entry) + extra
    return data[:start] + whole + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(whole), start, 0)


def _huge_directory(claimed: int) -> bytes:
    return struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFE, 0xFFFE, claimed, 0, 0)


def _tiny_entries(count: int) -> bytes:
    """A list of so many members without anything behind it."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"x"
    data = b"PK\x03\x04" + bytes(26) + entry * count
    zip64 = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(entry) * count, 30)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(data), 1)
    return data + zip64 + locator + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, *[0xFFFF] * 2, *[0xFFFFFFFF] * 2, 0)


def _damaged() -> bytes:
    """A member whose bytes are others than its CRC says."""
    data = bytearray(zipped(("bad.xml", good()), ("good.xml", good()), method=zipfile.ZIP_STORED))
    data[data.index(b"Besidin")] ^= 1
    return bytes(data)


def _aliases() -> bytes:
    """Two files under one name: only the first counts."""
    other = told("Otherin is indicated for nothing.")
    return zipped(("a.xml", good()), ("b.xml", other)).replace(b"b.xml", b"a.xml")


case("flat bomb", "archive", archive(("bomb.xml", b"<d>" + b" " * 2**28)), keeps=True, quick=False)
case("many small bombs", "archive", file("a.zip", lambda: zipped(
    *((f"{n}.xml", b"<d>" + b" " * (2**20 - 9)) for n in range(800)), ("good.xml", good()))), quick=False)  # fmt: skip
case("nested bomb", "archive", file("a.zip", lambda: _nested(3, zipped(("b.xml", b" " * 2**26)))), quick=False)
case("zips 40 deep", "archive", file("a.zip", lambda: _nested(40, good())))
case("a zip in a zip in a zip, beside a label", "archive", file("a.zip", lambda: zipped(
    ("in.zip", _nested(2, good())), ("good.xml", good()))), keeps=True)  # fmt: skip
case("overlapping members", "archive", file("a.zip", _overlapping))
case("a zip that holds itself", "archive", file("a.zip", _quine_like))
case("paths that lead out: ..", "archive", archive(("../../canary.txt.xml", good()), ("a/../../b.xml", b"<a/>")),
     keeps=True)  # fmt: skip
case("paths that lead out: absolute, drives, backslashes", "archive", archive(
    ("/etc/onlabel.xml", b"<a/>"), ("C:\\x.xml", b"<a/>"), ("..\\..\\canary.xml", b"<a/>"), ("\\\\host\\x.xml", b"")),
    keeps=True)  # fmt: skip
case("one name twice", "archive", file("a.zip", _aliases), keeps=True)
case("links and devices", "archive", archive(
    _special("link.xml", stat.S_IFLNK | 0o777, b"/etc/passwd"), _special("null.xml", stat.S_IFCHR | 0o666, b""),
    _special("pipe.xml", stat.S_IFIFO | 0o666, b"")), keeps=True)  # fmt: skip
case("locked with a password", "archive", file("a.zip", lambda: _field(b"bad.xml", 8, b"\x01\x00")), keeps=True)
case("unknown compression", "archive", file("a.zip", lambda: _field(b"bad.xml", 10, b"\x63\x00")), keeps=True)
case("a wrong CRC", "archive", file("a.zip", _damaged), keeps=True)
case("sizes that lie", "archive", file("a.zip", lambda: _field(b"bad.xml", 20, b"\xff\xff\xff\x7f\xff\xff\xff\x7f")))
case("a place far behind the end", "archive", file("a.zip", lambda: _field(b"bad.xml", 42, b"\xf0\xff\xff\x7f")))
case("cut in half", "archive", file("a.zip", lambda: _members(50, good())[:5_000]))
case("cut by a byte", "archive", file("a.zip", lambda: _members(2, good())[:-1]))
case("a list of 4 GB", "archive", file("a.zip", lambda: _huge_directory(0xFFFFFFF0)))
case("a list of 600,000 members of nothing", "archive", file("a.zip", lambda: _tiny_entries(600_000)), quick=False)
case("zip64 sizes of 2^63", "archive", file("a.zip", lambda: _zip64(2**63)))
case("zip64 sizes of 2^64 - 1", "archive", file("a.zip", lambda: _zip64(2**64 - 1)))
case("member names that command a terminal", "archive", archive((f"{ESCAPES}[/red].xml", b"<a"), ("a\nb\r.xml", b"<a")),
     keeps=True)  # fmt: skip
case("member names that are no UTF-8", "archive", file("a.zip", lambda: _patched(b"bad.xml", b"\xff\xfe\x80.xml"[-7:])),
     keeps=True)  # fmt: skip
case("100,000 empty members", "archive", file("a.zip", lambda: _members(100_000)), quick=False)
case("an empty zip", "archive", file("a.zip", zipped))
case(
    "rubbish before and behind", "archive", file("a.zip", lambda: b"PK\x03\x04" * 9 + zipped(("a.xml", good())) + b"x")
)
case("HTML, JSON and a picture named XML", "archive", archive(
    ("a.xml", b"<html></html>"), ("b.xml", b"{}"), ("c.xml", b"\x89PNG")), keeps=True)  # fmt: skip


# XML


def xml(data: bytes | Callable[[], bytes]) -> Put:
    return file("a.xml", data)


def _doctype(dtd: str, use: str = "&x;") -> bytes:
    label = said(f"<paragraph>{MARK} {use}</paragraph>").decode()
    return label.replace("?>", f"?>\n<!DOCTYPE document [{dtd}]>", 1).encode()


def _laughs() -> bytes:
    lines = "".join(f"<!ENTITY x{n} '{f'&x{n - 1};' * 10}'>" for n in range(1, 12))
    return _doctype(f'<!ENTITY x0 "ha">{lines}', "&x11;")


def _head(old: str, new: str) -> bytes:
    data = tiny_spl(text=MARK)
    assert old.encode() in data, old
    return data.replace(old.encode(), new.encode("utf-8", "replace"), 1)


def _sections(depth: int) -> bytes:
    opened = '<component><section><code code="42229-5"/><text>deeper</text>' * depth
    data = tiny_spl(text=MARK).decode()
    return data.replace("</text></section>", f"</text>{opened}{'</section></component>' * depth}</section>").encode()


def _table(rows: str) -> bytes:
    return said(f"<table><tbody>{rows}</tbody></table>")


def _pairs(count: int) -> bytes:
    """Pictures that are all shown by each of many paragraphs."""
    media = "".join(f'<component><observationMedia ID="m{n}"><text>m</text></observationMedia></component>'
                    for n in range(count))  # fmt: skip
    shown = f'<renderMultiMedia referencedObject="{" ".join(f"m{n}" for n in range(count))}"/>' * count
    return tiny_spl(text=MARK).replace(
        f"<paragraph>{MARK}</paragraph></text>".encode(), f"<paragraph>{shown}</paragraph></text>{media}".encode()
    )


REDOS = {
    "indicated for × 50,000": "indicated for " * 50_000,
    "open brackets × 200,000": "(" * 200_000,
    "a and b and c … × 40,000": "is indicated for "
    + " and ".join(["pain", "fever", "asthma", "breast cancer"] * 10_000),
    "commas × 500,000": "indicated for " + ", " * 500_000,
    "blanks × 2,000,000": "indicated for" + "\u00a0 " * 1_000_000 + "pain",
    "capitals × 100,000": "WARNING AND PRECAUTION OF " * 4_000 + "A" * 100_000,
    "numbers × 200,000": "5.1 " * 100_000 + "1.1.1.1." * 50_000,
    "dashes and dots × 500,000": "-." * 250_000 + "…" * 250_000,
    "in combination with × 40,000": "indicated in combination with paclitaxel for " * 40_000,
    "patients with … who have × 30,000": "for patients with cancer who have had prior therapy " * 30_000,
    "every 2 weeks × 60,000": "Monitor liver tests every 2 weeks for the first 2 months " * 20_000,
}


case("billion laughs", "XML", xml(_laughs))
case("quadratic blowup", "XML", xml(lambda: _doctype(f'<!ENTITY x "{"a" * 100_000}">', "&x;" * 10_000)))
case("external entity: a file", "XML", xml(lambda: _doctype('<!ENTITY x SYSTEM "file:///etc/passwd">')))
case("external entity: an address", "XML", xml(lambda: _doctype('<!ENTITY x SYSTEM "http://127.0.0.1:9/x">')))
case("parameter entity", "XML", xml(lambda: _doctype('<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;', "")))
case("DTD of another place", "XML", xml(lambda: _head("?>", '?><!DOCTYPE document SYSTEM "http://127.0.0.1:9/d">')))
case("DTD in UTF-16", "XML", xml(lambda: _laughs().decode().replace("UTF-8", "UTF-16").encode("utf-16")))
case("XInclude", "XML", xml(lambda: said(
    '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>')))  # fmt: skip
case("stylesheet of another place", "XML", xml(lambda: _head(
    "?>", '?><?xml-stylesheet type="text/xsl" href="http://127.0.0.1:9/x.xsl"?>')))  # fmt: skip
case("100,000 elements deep", "XML", xml(lambda: said("<content>" * 100_000 + "</content>" * 100_000)))
case("sections 5,000 deep", "XML", xml(lambda: _sections(5_000)))
case("sections 30 deep", "XML", xml(lambda: _sections(30)))
case("an attribute of 10 MB", "XML", xml(lambda: said(f'<paragraph ID="{"x" * 10_000_001}">x</paragraph>')))
case("100,000 attributes", "XML", xml(lambda: said(
    "<paragraph {}/>".format(" ".join(f'a{n}=""' for n in range(100_000))))))  # fmt: skip
case("900,000 siblings", "XML", xml(lambda: said("<br/>" * 900_000)), quick=False)
case("900,000 words in elements of their own", "XML", xml(lambda: said(
    f"<paragraph>{'<content>ab </content>' * 900_000}</paragraph>")), quick=False)  # fmt: skip
case("3,000,000 siblings", "XML", xml(lambda: said("<br/>" * 3_000_000)), quick=False)
case("NULs in the text", "XML", xml(lambda: _head("adults", "ad\0lts")))
case("UTF-16 by name, UTF-8 by bytes", "XML", xml(lambda: _head("UTF-8", "UTF-16")))
case("UTF-7", "XML", xml(lambda: _head("UTF-8", "UTF-7")))
case("EBCDIC", "XML", xml(lambda: tiny_spl().decode().replace("UTF-8", "cp037").encode("cp037")))
case("an encoding of no name", "XML", xml(lambda: _head("UTF-8", "x" * 30)))
case("Latin-1 named UTF-8", "XML", xml(lambda: told("Für Erwachsene").decode().encode("latin-1")))
case("UTF-8 that is none", "XML", xml(lambda: tiny_spl(text="QQ").replace(b"QQ", b"\xc0\xaf\xed\xa0\x80\xf5")))
case("control characters by number", "XML", xml(lambda: said("<paragraph>&#27;[2J&#0;&#7;</paragraph>")))
case("C1 controls and overrides", "XML", xml(lambda: tiny_spl(
    name="\x9b2J\u202eniB", text=f"\u202e{MARK}\u2066\x9b31m \U000e0041")))  # fmt: skip
case("colspan and rowspan of 10^9", "XML", xml(lambda: _table(
    '<tr><td colspan="1000000000" rowspan="1000000000">x</td></tr>' + "<tr><td>y</td></tr>" * 2_000)))  # fmt: skip
case("wide cells that reach far down", "XML", xml(lambda: _table(
    "<tr>" + '<td colspan="64" rowspan="99999">x</td>' * 4_000 + "</tr>" + "<tr><td>y</td></tr>" * 4_000)), quick=False)  # fmt: skip
case("100,000 footnotes", "XML", xml(lambda: said("<footnote>x</footnote>" * 100_000)), quick=False)
case("1,500 pictures, each shown 1,500 times", "XML", xml(lambda: _pairs(1_500)), quick=False)
case("tables in tables, 100 deep", "XML", xml(lambda: said(
    "<table><tbody><tr><td>a</td><td>" * 25 + "x" + "</td></tr></tbody></table>" * 25)))  # fmt: skip
case(
    "one ID on everything",
    "XML",
    xml(lambda: said('<paragraph ID="a"><footnote ID="a">n</footnote></paragraph>' * 500)),
)
for told_version in ("9" * 401, "-1", "NaN", "２", "1e3", "0x1", "", "1\n2"):
    case(f"version {told_version[:8]!r}{'…' * (len(told_version) > 8)}", "XML",
         xml(lambda v=told_version: _head('versionNumber value="1"', f'versionNumber value="{v}"')))  # fmt: skip
case("dates of nonsense", "XML", xml(lambda: tiny_spl(effective="99999999999")))
case("a set id of a path", "XML", xml(lambda: _head(set_id(1), "../../../../etc/passwd")))
case("a set id of SQL", "XML", xml(lambda: _head(set_id(1), "'; DROP TABLE labels; --")))
case("a set id of a megabyte", "XML", xml(lambda: _head(set_id(1), "a" * 2**20)))
case("a set id of nothing to see", "XML", xml(lambda: _head(set_id(1), "\u200b\u202e")))
case("one paragraph of 5 MB", "XML", xml(lambda: told(f"{MARK} " * 68_000)), quick=False)
case("one word of 5 MB", "XML", xml(lambda: told("x" * 5_000_000)), quick=False)
case("overrides and combining marks", "XML", xml(lambda: told(f"indicated for \u202e{'e' + chr(0x301) * 5000} pain")))
for name, text in REDOS.items():
    case(f"text: {name}", "XML", xml(lambda t=text: told(t)), quick=False)
    case(f"warning: {name}", "XML", xml(lambda t=text: told(t).replace(b"34067-9", b"43685-7")), quick=False)


def _versions(folder: Path) -> None:
    for version in (1, 2):
        words = " ".join(f"w{(n * 7919 * version) % 3001}." for n in range(60_000))
        (folder / f"{version}.xml").write_bytes(tiny_spl(version=version, text=f"{MARK} {words}"))


case("two versions that share 60,000 words in another order", "XML", _versions, quick=False)


# JSON


def jsonl(*lines: bytes) -> bytes:
    return b"\n".join([*lines, json.dumps(record(INSIDE)).encode()])


def _record(**more: Any) -> bytes:
    return json.dumps(record(**more)).encode()


def _several(kind: str, make: Callable[[], bytes], **more: Any) -> None:
    """The same JSON as a file and as a line before a good one."""
    case(kind, "JSON", file("a.json", make), quick=more.get("quick", True))
    case(f"{kind}, in lines", "JSON", file("a.jsonl", lambda: jsonl(make())), keeps=True, **more)


def _chain() -> Iterator[str]:
    words = "Exemplin is used for "
    for number in range(1_000):
        words += f"x{number} "
        yield words


_several("JSON 100,000 deep", lambda: b"[" * 100_000)
_several("objects 100,000 deep", lambda: b'{"set_id":' * 100_000)
_several("a record with something 900 deep", lambda: _record(x=0).replace(b'"x": 0', b'"x":' + b"[" * 900 + b"]" * 900))
_several("NaN and Infinity", lambda: _record(version=float("nan"), y=[float("inf"), -float("inf")]))
_several("numbers of 5,000 digits", lambda: _record().replace(b'"3"', b"9" * 5_000))
_several("1e999 and -0", lambda: _record().replace(b'"3"', b"1e999", 1))
_several("one key twice", lambda: _record().replace(b"{", b'{"set_id": 7, "version": [], ', 1))
_several("lone surrogates", lambda: _record(indications_and_usage=["\ud800 for pain \udfff"], id="\udc80"))
_several("a set id of a lone surrogate", lambda: _record(set_id="\ud800"))
_several("a set id of a megabyte", lambda: _record(set_id="a/../" * 200_000))
_several("a set id that commands a terminal", lambda: _record(set_id=f"{ESCAPES}\n'); DROP TABLE labels;"))
_several("controls in names and text", lambda: _record(
    brand=f"\0{ESCAPES}", indications_and_usage=[f"1 INDICATIONS {ESCAPES} for \0 \x9b31m pain"]))  # fmt: skip
_several("every type in the wrong place", lambda: _record(
    openfda=[1, {"a": None}], indications_and_usage={"x": []}, effective_time=[[]], version="3", warnings=7,
    boxed_warning=[None, {}, [], 1.5, "text"], purpose=True))  # fmt: skip
_several("UTF-8 that is none", lambda: _record().replace(b"invented", b"\xff\xfe\xc0\xaf"))
_several("50,000 strings under one key", lambda: _record(warnings=[f"Text number {n} of this." for n in range(50_000)]))
_several("1,000 strings, each in the next", lambda: _record(warnings=list(_chain())))
_several("50,000 keys", lambda: _record(**{f"key_{n}": [f"{n} some text of this key"] for n in range(50_000)}))
_several("a table of entities", lambda: _record(
    dosage_and_administration=["2 DOSAGE AND ADMINISTRATION Take it."],
    dosage_and_administration_table=['</text><!DOCTYPE a [<!ENTITY x "y">]><table>&x;', "<table>" * 5000]))  # fmt: skip
_several("a table that closes what is around it", lambda: _record(
    dosage_and_administration=["2 DOSAGE Take it."], dosage_and_administration_table=["</text><text>a | b</text>"]))  # fmt: skip
case("a line of 65 MB", "JSON", file("a.jsonl", lambda: jsonl(b"[" + b" " * 65 * 2**20)), quick=False)
case("a line of 60 MB of empty lists", "JSON", file("a.jsonl", lambda: jsonl(b"[" + b"[]," * 20_000_000 + b"1]")),
     keeps=True, quick=False)  # fmt: skip
case("a record of 60 MB of empty lists", "JSON",
     file("a.json", lambda: b'{"x":[' + b"[]," * 20_000_000 + b"1]}"), quick=False)  # fmt: skip
case(
    "a record of 60 MB of text", "JSON", file("a.json", lambda: _record(warnings=["blood " * 10_000_000])), quick=False
)
case("5,000,000 items that are no record", "JSON", file("a.json", lambda: b"[" + b"1," * 5_000_000 + b"1]"))
case("a record and 5,000,000 items that are none", "JSON", file(
    "a.json", lambda: b"[" + json.dumps(record(INSIDE)).encode() + b",1" * 5_000_000 + b"]"), keeps=True, quick=False)  # fmt: skip
case("200,000 lines that are no record", "JSON", file("a.jsonl", lambda: b"{}\n" * 200_000), quick=False)
for name, text in REDOS.items():
    case(f"flat text: {name}", "JSON", file("a.json", lambda t=text: _record(
        indications_and_usage=[f"1 INDICATIONS AND USAGE {t}"], boxed_warning=[f"WARNING: {t}"],
        dosage_and_administration=[f"2 DOSAGE AND ADMINISTRATION {t}"],
        warnings_and_cautions=[f"5 WARNINGS AND PRECAUTIONS 5.1 Liver {t}"])), quick=False)  # fmt: skip
