"""Releases: zips of labels in a zip, read one at a time; what is hostile or damaged is named, the rest is read."""

from __future__ import annotations

import io
import json
import stat
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.release import build
from ingest import archives
from ingest.archives import read_xml_members
from ingest.documents import Failed, RawDocument
from ingest.errors import Unreadable
from ingest.files import read_paths
from ingest.job import parse
from tests.support_ingest import loopback_only, record, set_id, tiny_spl  # noqa: F401
from tests.test_ingest_files import zipped

SPL = tiny_spl()
LABEL = zipped([("1.xml", SPL), ("carton.jpg", b"\xff\xd8")])


def read(path: Path) -> tuple[list[RawDocument], list[Failed]]:
    items = list(read_paths([path]))
    return [i for i in items if isinstance(i, RawDocument)], [i for i in items if isinstance(i, Failed)]


def label_zip(number: int) -> bytes:
    return zipped([("carton.jpg", b"\xff\xd8"), (f"{number}.xml", tiny_spl(number))])


def test_a_release_is_read_label_by_label(tmp_path: Path) -> None:
    path = tmp_path / "release.zip"
    names = [f"prescription/20260801_{set_id(n)}.zip" for n in range(3)]
    path.write_bytes(zipped((name, label_zip(n)) for n, name in enumerate(names)))
    documents, failed = read(path)
    assert [(d.name, d.data) for d in documents] == [
        (f"release.zip:{name}", tiny_spl(n)) for n, name in enumerate(names)
    ]
    assert {(d.media, d.source, d.origin) for d in documents} == {("spl", "files", str(path))}
    assert not failed


def test_a_release_may_hold_all_kinds(tmp_path: Path) -> None:
    path = tmp_path / "release.zip"
    several = zipped([("b.xml", tiny_spl(2)), ("c.xml", tiny_spl(3))])
    answer = json.dumps({"results": [record(4)]}).encode()
    members = [("1.xml", SPL), ("README.txt", b"hello"), ("two.zip", several), ("bulk.json", answer)]
    path.write_bytes(zipped(members))
    documents, failed = read(path)
    names = ["1.xml", "two.zip:b.xml", "two.zip:c.xml", f"bulk.json:{set_id(4)}"]
    assert [d.name for d in documents] == [f"release.zip:{name}" for name in names]
    assert not failed


def test_only_one_label_is_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "release.zip"
    padding = b"<!-- " + b"".join(b"%d " % (n * n) for n in range(150_000)) + b" -->"
    with zipfile.ZipFile(path, "w") as release:
        for n in range(20):
            release.writestr(f"{n}.zip", zipped([(f"{n}.xml", tiny_spl(n) + padding)]))
    tracemalloc.start()
    try:
        count = sum(isinstance(item, RawDocument) for item in read_paths([path]))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 20
    assert peak < 8 * len(padding)


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def linked() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(link("bad.xml"), "/etc/passwd")
        archive.writestr("good.xml", SPL)
    return packed.getvalue()


def stored(name: str, data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, data)
    return packed.getvalue()


def displaced() -> bytes:
    """A list of members that claims to lie before the beginning of the file."""
    data = bytearray(stored("a.xml", SPL))
    at = data.rfind(b"PK\x05\x06")
    data[at + 12 : at + 16] = (2**31).to_bytes(4, "little")
    return bytes(data)


def spoilt(data: bytes) -> bytes:
    """The same zip with other bytes in the middle of its first member."""
    at = data.find(b"indicated")
    assert at > 0
    return data[:at] + b"INDICATED" + data[at + 9 :]


def locked(data: bytes) -> bytes:
    told = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        told[told.find(mark) + offset] |= 1
    return bytes(told)


BAD: dict[str, tuple[bytes, str]] = {
    "cut off": (LABEL[:-30], "cut off?"),
    "no zip": (b"<html>moved</html>", "no zip, or a damaged one"),
    "empty": (b"", "no zip, or a damaged one"),
    "displaced": (displaced(), "no zip, or a damaged one"),
    "without a name": (zipped([("a.xml", SPL)]).replace(b"a.xml", b"\0.xml"), "no XML in it"),
    "damaged": (spoilt(stored("a.xml", SPL)), "Bad CRC-32"),
    "locked": (locked(stored("a.xml", SPL)), "password"),
    "bomb": (zipped([("a.xml", b"<a>" + b" " * 5_000_000)]), "zip bomb"),
    "nested too deep": (zipped([("a.zip", LABEL)]), "nested too deep"),
    "only pictures": (zipped([("a.jpg", b"x")]), "no XML in it"),
    "path escape": (zipped([("../../etc/cron.d/a.xml", SPL)]), "leads out of the zip"),
    "link": (linked().replace(b"good.xml", b"good.txt"), "a link or a device"),
    "picture": (zipped([("a.xml", b"\x89PNG\r\n")]), "neither SPL XML"),
    "crowd": (zipped((f"{n}.jpg", b"") for n in range(2001)), "2,001 files"),
}


@pytest.mark.parametrize("case", BAD)
def test_one_bad_label_zip_stops_no_other(tmp_path: Path, case: str) -> None:
    bad, told = BAD[case]
    path = tmp_path / "release.zip"
    path.write_bytes(zipped([("1.zip", label_zip(1)), ("bad.zip", bad), ("2.zip", label_zip(2))]))
    documents, failed = read(path)
    assert [d.name for d in documents] == ["release.zip:1.zip", "release.zip:2.zip"]
    assert [(f.origin, f.name, f.kept) for f in failed] == [(str(path), "release.zip:bad.zip", True)]
    assert told in failed[0].reason
    assert "\n" not in failed[0].reason


def test_members_that_are_refused_stop_no_other(tmp_path: Path) -> None:
    path = tmp_path / "release.zip"
    with zipfile.ZipFile(path, "w") as release, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of the second of a name
        release.writestr("../1.zip", LABEL)
        release.writestr(link("2.zip"), "/etc/passwd")
        release.writestr("3.zip", LABEL)
        release.writestr("3.zip", label_zip(3))
        release.writestr("C:\\4.xml", SPL)
        release.writestr("5.xml", tiny_spl(5))
    documents, failed = read(path)
    assert [(d.name, d.data) for d in documents] == [
        ("release.zip:3.zip", SPL),
        ("release.zip:5.xml", tiny_spl(5)),
    ]
    assert [f.reason.partition(" (")[0].partition(":")[0] for f in failed] == [
        "its path leads out of the zip",
        "a link or a device, no file",
        "named twice in its archive; only the first is read",
        "its path leads out of the zip",
    ]


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "in" / "release.zip"
    path.parent.mkdir()
    path.write_bytes(zipped([("../x.zip", LABEL), ("/tmp/y.xml", SPL), ("a/b.zip", LABEL)]))
    monkeypatch.chdir(tmp_path)
    read(path)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [path]


def test_bombs_are_counted_over_all_depths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_GROWTH", 3)
    monkeypatch.setattr(archives, "MAX_MEMBER", 1000)
    path = tmp_path / "release.zip"
    grown = zipped([("a.xml", SPL + b" " * 90_000)])
    path.write_bytes(zipped([("1.zip", label_zip(1)), ("2.zip", grown), ("3.zip", label_zip(3))]))
    documents, failed = read(path)
    assert [d.name for d in documents] == ["release.zip:1.zip"]
    assert [f.name for f in failed] == ["release.zip"]
    assert "zip bomb" in failed[0].reason


def overlapping() -> bytes:
    """Two entries of the list that are the same stretch of the file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.xml", SPL * 3)
        archive.filelist.append(archive.filelist[0])
    return packed.getvalue()


def long_list() -> bytes:
    return zipped((f"{'x' * 100}{n}.xml", b"") for n in range(100))


@pytest.mark.parametrize(
    ("make", "told"), [(overlapping, "overlap"), (long_list, "list of files is longer than 5,000 bytes")]
)
def test_a_hostile_list_of_members_is_refused(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[], bytes], told: str
) -> None:
    monkeypatch.setattr(archives, "MAX_DIRECTORY", 5_000)
    with pytest.raises(Unreadable, match=told):
        read_xml_members(make())


def test_one_labels_zip_gives_its_xml() -> None:
    assert read_xml_members(LABEL) == [("1.xml", SPL)]
    with pytest.raises(Unreadable, match="no XML in it"):
        read_xml_members(zipped([("a.jpg", b"x")]))
    with pytest.raises(Unreadable, match="password"):
        read_xml_members(locked(LABEL))


def test_the_benchmarks_releases_are_the_same_each_time_and_load(tmp_path: Path) -> None:
    paths = [tmp_path / "a.zip", tmp_path / "b.zip"]
    for path in paths:
        build(path, count=25)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    documents, failed = read(paths[0])
    assert len({parse(document).set_id for document in documents}) == 25
    assert not failed
