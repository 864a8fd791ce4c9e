"""Labels from files: what is read, what is passed over, and what each kind of bad input is called."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import files, records
from ingest.documents import Failed, RawDocument, sniff
from ingest.errors import WrongUse
from ingest.files import read_paths
from tests.support_ingest import loopback_only, record, set_id, tiny_spl  # noqa: F401

SPL = tiny_spl()
PAGE = b"<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD'><html><body>Error 500</body></html>"


def line(number: int) -> bytes:
    return json.dumps(record(number)).encode() + b"\n"


def zipped(members: Iterable[tuple[str, bytes]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return packed.getvalue()


def read(*paths: Path | str) -> tuple[list[RawDocument], list[Failed]]:
    items = list(read_paths(paths))
    return [i for i in items if isinstance(i, RawDocument)], [i for i in items if isinstance(i, Failed)]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.xml", SPL),
        ("a.XML", b"\xef\xbb\xbf" + SPL),
        ("a.xml", SPL.decode().replace("UTF-8", "UTF-16").encode("utf-16")),
        ("no suffix", SPL),
        ("a.json", b"\n" + SPL),
    ],
)
def test_spl_is_kept_as_it_is_whatever_its_name(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert read(path) == ([RawDocument(data, "spl", "files", str(path), name)], [])


@pytest.mark.parametrize("packed", [zipped([("1.xml", SPL), ("carton.jpg", b"\xff\xd8")]), gzip.compress(SPL)])
def test_packed_spl_is_unpacked(tmp_path: Path, packed: bytes) -> None:
    path = tmp_path / "label.xml"
    path.write_bytes(packed)
    assert read(path) == ([RawDocument(SPL, "spl", "files", str(path), "label.xml")], [])


def test_every_document_of_a_zip_is_read(tmp_path: Path) -> None:
    path = tmp_path / "two.zip"
    path.write_bytes(zipped([("b/2.xml", tiny_spl(2)), ("__MACOSX/1.xml", b"junk"), ("1.XML", SPL)]))
    documents, failed = read(path)
    assert [(d.name, d.data) for d in documents] == [("two.zip:b/2.xml", tiny_spl(2)), ("two.zip:1.XML", SPL)]
    assert not failed


@pytest.mark.parametrize(
    ("name", "data", "names"),
    [
        ("one.json", json.dumps(record(1), indent=1).encode(), ["one.json"]),
        ("one.json", json.dumps(record(1)).encode("utf-16"), ["one.json"]),
        (
            "list.json",
            json.dumps([record(1), record(2)]).encode(),
            [f"list.json:{set_id(n)}" for n in (1, 2)],
        ),
        (
            "answer.json",
            json.dumps({"meta": {}, "results": [record(1)]}).encode(),
            [f"answer.json:{set_id(1)}"],
        ),
        ("lines.jsonl", line(1) + b"\n  \n" + line(2), ["lines.jsonl:1", "lines.jsonl:4"]),
        ("lines.jsonl", b"\xef\xbb\xbf" + line(1).strip(), ["lines.jsonl:1"]),
        (
            "lines.jsonl.gz",
            gzip.compress(line(1)) + gzip.compress(line(2)),
            ["lines.jsonl.gz:1", "lines.jsonl.gz:2"],
        ),
        ("lines.json", line(1) + line(2), ["lines.json:1", "lines.json:2"]),
        (
            "answer.json.gz",
            gzip.compress(b'{"results": [' + line(1) + b"]}"),
            [f"answer.json.gz:{set_id(1)}"],
        ),
    ],
)
def test_openfda_json_is_read_in_all_its_forms(tmp_path: Path, name: str, data: bytes, names: list[str]) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    documents, failed = read(path)
    assert [d.name for d in documents] == names
    assert [json.loads(d.data)["set_id"] for d in documents] == [set_id(n + 1) for n in range(len(names))]
    assert {(d.media, d.source, d.origin) for d in documents} == {("openfda", "files", str(path))}
    assert not failed


def test_the_same_record_is_the_same_document_in_every_form(tmp_path: Path) -> None:
    turned = dict(reversed(record(1).items()))
    (tmp_path / "a.json").write_text(json.dumps({"results": [turned]}, indent=4))
    (tmp_path / "b.jsonl").write_bytes(line(1))
    documents, _ = read(tmp_path)
    assert documents[0].data == documents[1].data


BAD: dict[str, tuple[str, bytes, str]] = {
    "empty": ("a.xml", b"", "the file is empty"),
    "blank": ("a.json", b" \n\t\n", "the file is empty"),
    "only a mark": ("a.xml", b"\xef\xbb\xbf", "the file is empty"),
    "web page": ("a.xml", PAGE, "a web page, not a label"),
    "web page as JSON": ("a.json", b"<html>no</html>", "a web page, not a label"),
    "web page as gzip": ("a.xml.gz", gzip.compress(PAGE), "a web page, not a label"),
    "picture": ("a.xml", b"\x89PNG\r\n", "neither SPL XML"),
    "text": ("notes.txt", b"hello", "neither SPL XML"),
    "broken JSON": ("a.json", b'{"set_id": "a"', "not JSON"),
    "deep JSON": ("a.json", b"[" * 100_000, "not JSON"),
    "wrong encoding": ("a.json", b'{"set_id": "\xff"}', "not JSON"),
    "other keys": ("a.json", b'{"downloadQuery": {}, "x": 1}', "keys here: 'downloadQuery', 'x'"),
    "counts": ("a.json", b'{"results": [{"term": "X", "count": 3}]}', "JSON without a label record"),
    "bare record": ("a.json", b'{"results": [{"openfda": {}}]}', "JSON without a label record"),
    "no results": ("a.json", b'{"results": []}', "JSON without a label record"),
    "set id of a kind": ("a.json", b'{"set_id": 5}', "keys here: 'set_id'"),
    "empty list": ("a.json", b"[]", "a list"),
    "cut-off gzip": ("a.jsonl.gz", gzip.compress(line(1))[:-30], "ends too soon"),
    "damaged gzip": ("a.json.gz", gzip.compress(b"{}")[:10] + b"\xff" * 40, "damaged"),
    "gzip in gzip": ("a.json.gz", gzip.compress(gzip.compress(b"{}")), "more than once"),
    "zip in gzip": ("a.json.gz", gzip.compress(zipped([("a.xml", SPL)])), "more than once"),
    "zip without XML": ("a.zip", zipped([("a.jpg", b"\xff\xd8")]), "no XML in it"),
    "empty zip": ("a.zip", zipped([]), "no XML in it"),
    "too deep zip": ("a.zip", zipped([("1.zip", zipped([("2.zip", zipped([("a.xml", SPL)]))]))]), "nested too deep"),
    "release of pictures": ("a.zip", zipped([("1.zip", zipped([("a.jpg", b"x")]))]), "no XML in it"),
    "no zip in a zip": ("a.zip", zipped([("1.zip", b"hello")]), "no zip, or a damaged one"),
    "picture named XML": ("a.zip", zipped([("a.xml", b"\x89PNG\r\n")]), "neither SPL XML"),
    "zip named XML": ("a.zip", zipped([("a.xml", zipped([("a.xml", SPL)]))]), "goes by another name"),
    "web page in a zip": ("a.zip", zipped([("a.xml", PAGE)]), "a web page, not a label"),
    "cut-off zip": ("a.zip", zipped([("a.xml", SPL)])[:200], "damaged"),
    "path escape": ("a.zip", zipped([("../../etc/a.xml", SPL)]), "leads out of the zip"),
    "backslash escape": ("a.zip", zipped([("..\\a.xml", SPL)]), "leads out of the zip"),
    "absolute path": ("a.zip", zipped([("/etc/a.xml", SPL)]), "leads out of the zip"),
    "drive path": ("a.zip", zipped([("C:/a.xml", SPL)]), "leads out of the zip"),
    "bomb in a release": ("a.zip", zipped([("1.zip", zipped([("a.xml", b" " * 5_000_000)]))]), "zip bomb"),
    "bomb": ("a.zip", zipped([("a.xml", b" " * 5_000_000)]), "zip bomb"),
    "crowd": ("a.zip", zipped([("1.zip", zipped((f"{n}.xml", b"<a/>") for n in range(2001)))]), "2,001 files"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_named_with_their_reason_and_the_rest_goes_on(tmp_path: Path, case: str) -> None:
    name, data, told = BAD[case]
    bad, good = tmp_path / name, tmp_path / "z" / "good.xml"
    bad.write_bytes(data)
    good.parent.mkdir()
    good.write_bytes(SPL)
    documents, failed = read(bad, good)
    assert [d.name for d in documents] == ["good.xml"]
    assert [(f.source, f.origin, f.name, f.kept) for f in failed] == [("files", str(bad), name, True)]
    assert told in failed[0].reason
    assert "\n" not in failed[0].reason


def test_a_locked_zip_is_named(tmp_path: Path) -> None:
    data = bytearray(zipped([("a.xml", SPL)]))
    for at, offset in ((data.find(b"PK\x03\x04"), 6), (data.find(b"PK\x01\x02"), 8)):
        data[at + offset] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    assert "password" in read(tmp_path)[1][0].reason


def test_a_zip_that_lies_about_its_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(zipped([("a.xml", SPL * 50)]))
    for at, offset in ((data.find(b"PK\x03\x04"), 22), (data.find(b"PK\x01\x02"), 24)):
        data[at + offset : at + offset + 4] = (10).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(data)
    documents, failed = read(tmp_path)
    assert not documents
    assert "damaged" in failed[0].reason


@pytest.mark.parametrize(
    ("where", "limit", "name", "data"),
    [
        ("MAX_MEMBER", 100, "a.xml", SPL),
        ("MAX_LINE", 100, "a.jsonl", line(1)),
        ("MAX_LINE", 100, "a.jsonl.gz", gzip.compress(b"{" + b" " * 5_000_000)),
    ],
)
def test_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, limit: int, name: str, data: bytes
) -> None:
    monkeypatch.setattr(files, where, limit)
    (tmp_path / name).write_bytes(data)
    assert "bytes: refused" in read(tmp_path)[1][0].reason


def test_too_much_in_a_zip_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.zip").write_bytes(zipped([("a.xml", SPL)]))
    monkeypatch.setattr(files, "MAX_MEMBER", 100)
    assert "100 bytes: refused" in read(tmp_path)[1][0].reason


def test_a_record_that_is_too_large_or_too_deep_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_RECORD", 200_000)
    large = [line(1), b'{"set_id": "' + b"x" * 300_000 + b'"}']
    (tmp_path / "large.json").write_bytes(b"[" + b", ".join(large) + b"]")
    (tmp_path / "deep.json").write_bytes(b'{"results": [' + line(2) + b", " + b"[" * 1000)
    documents, failed = read(tmp_path)
    assert [d.name for d in documents] == [f"deep.json:{set_id(2)}", f"large.json:{set_id(1)}"]
    assert [f.reason for f in failed] == [
        "not JSON of a label: more than 64 levels deep",
        "a record of more than 200,000 bytes: refused",
    ]


def test_a_large_answer_is_read_record_by_record(tmp_path: Path) -> None:
    """Records come before the file is read to its end, and those before a damage are kept."""
    path = tmp_path / "bulk.json.zip"
    whole = json.dumps({"meta": {"results": {"total": 2000}}, "results": [record(n) for n in range(2000)]})
    path.write_bytes(zipped([("bulk.json", whole[:-1000].encode())]))
    items = read_paths([path])
    first = next(items)
    assert isinstance(first, RawDocument)
    assert first.name == f"bulk.json.zip:{set_id(0)}"
    rest = list(items)
    assert 1990 < len(rest) < 2000
    assert isinstance(rest[-1], Failed)
    assert rest[-1].reason.startswith("not JSON: parse error: premature EOF")


def test_bad_lines_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(line(1) + b"{broken\n" + b'{"other": 1}\n' + b"\xff\xfe\n" + b"[]\n" + line(2))
    documents, failed = read(path)
    assert [d.name for d in documents] == ["mixed.jsonl:1", "mixed.jsonl:6"]
    assert [f.name for f in failed] == [f"mixed.jsonl:{n}" for n in (2, 3, 4, 5)]
    assert "line 2 is not JSON" in failed[0].reason
    assert "'other'" in failed[1].reason


def test_bad_items_of_a_list_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "mixed.json"
    path.write_text(json.dumps({"results": [record(1), {"set_id": " "}, 7]}))
    documents, failed = read(path)
    assert [d.name for d in documents] == [f"mixed.json:{set_id(1)}"]
    assert [f.name for f in failed] == ["mixed.json:2", "mixed.json:3"]


def test_lines_before_a_cut_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl.gz"
    noise = "".join(chr(97 + b % 26) for b in os.urandom(200_000))
    path.write_bytes(gzip.compress(line(1) + json.dumps({"set_id": noise}).encode())[:-2000])
    documents, failed = read(path)
    assert [d.name for d in documents] == ["cut.jsonl.gz:1"]
    assert [(f.name, f.reason) for f in failed] == [
        ("cut.jsonl.gz", "the compressed data ends too soon: the file was cut off")
    ]


def test_a_folder_is_read_by_name_at_any_depth_and_its_other_files_are_passed_over(tmp_path: Path) -> None:
    for name in ("b.xml", "a/z.xml", "a/c.xml", ".git/x.xml", "._b.xml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(SPL)
    for name in ("MANIFEST.tsv", "README", "carton.png", "originality.py"):
        (tmp_path / name).write_bytes(b"other")
    documents, failed = read(tmp_path)
    assert [d.origin for d in documents] == [str(tmp_path / n) for n in ("b.xml", "a/c.xml", "a/z.xml")]
    assert not failed


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(SPL)
    assert len(read(tmp_path / "a.xml", tmp_path, tmp_path / "." / "a.xml")[0]) == 1


def test_the_origin_is_the_path_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("folder/a.xml").write_bytes(SPL)
    assert read("folder")[0][0].origin == str(Path("folder/a.xml"))


@pytest.mark.parametrize("make", [lambda p: p, lambda p: (os.mkfifo(p), p)[1]], ids=["missing", "pipe"])
def test_a_path_that_is_no_file_is_wrong_use_before_anything_is_read(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    good = tmp_path / "good.xml"
    good.write_bytes(SPL)
    with pytest.raises(WrongUse, match=r"nowhere\.xml: "):
        read_paths([good, make(tmp_path / "nowhere.xml")])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(SPL)
    path.chmod(0)
    assert read(path)[1][0].reason == "Permission denied"


def test_an_error_of_the_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.xml").write_bytes(SPL)

    def broken(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(files, "sniff", broken)
    assert read(tmp_path)[1][0].reason == "Input/output error"


@given(st.binary(max_size=300))
def test_sniffing_never_fails(head: bytes) -> None:
    assert sniff(head)


@given(data=st.binary(max_size=200), name=st.sampled_from(["a.xml", "a.json", "a.jsonl", "a.zip", "a.json.gz"]))
def test_no_bytes_break_the_reading(data: bytes, name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(data)
    assert all(isinstance(item, RawDocument | Failed) for item in read_paths([path]))


def test_the_real_files_are_all_read(shared: Path) -> None:
    documents, failed = read(shared / "spl", shared / "openfda")
    assert len([d for d in documents if d.media == "spl"]) == 67
    assert len([d for d in documents if d.media == "openfda"]) > 290
    assert not failed


def test_the_recorded_answers_hold_labels_or_are_named(shared: Path) -> None:
    documents, failed = read(shared / "api")
    assert {f.name for f in failed} >= {
        "openfda-download-json-example.json",
        "openfda-druglabel-count-response.json",
    }
    assert "openfda-druglabel-edecrin-2019.json" in {d.name for d in documents}
