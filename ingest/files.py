"""Labels from files and folders: SPL XML, zips of it, releases (zips of those), openFDA JSON (plain, packed, lines).

What a file is, its first bytes say. Its name only says which files of a folder are meant, and that JSON
stands in lines. Compressed files are read as what is in them. However large a file is, one document of it is
in memory at a time.
"""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from ingest.archives import (
    MAX_LABEL_ZIP,
    MAX_LABELS,
    MAX_MEMBER,
    Archive,
    Budget,
    Exhausted,
    Member,
    counted,
    open_archive,
    read_limited,
)
from ingest.documents import HEAD, Failed, RawDocument, is_record, read_json, record_document, sniff
from ingest.errors import Unreadable, WrongUse
from ingest.records import TrailingText, read_values

SUFFIXES = (".xml", ".xml.gz", ".json", ".json.gz", ".jsonl", ".jsonl.gz", ".zip")
"""What is read of a folder; other files in it are passed over."""
MAX_LINE = 64 * 2**20
_NOT_A_LABEL = {
    "empty": "the file is empty",
    "html": "a web page, not a label (an error page that was saved?)",
    "other": "neither SPL XML, nor openFDA JSON, nor a zip of a label",
    "zip": "a zip that goes by another name",
    "gzip": "compressed more than once",
    "json": "JSON, no SPL XML",
}
MAX_OTHERS = 1_000
"""Items in a row that are no labels, after which nothing more is read of a file."""


def read_paths(paths: Iterable[str | Path]) -> Iterator[RawDocument | Failed]:
    """The labels in files and folders (at any depth, by name). Raises WrongUse for a path that is not there.

    A file or a line that cannot be read comes out as Failed, and the rest goes on.
    """
    given = [Path(path) for path in paths]
    for path in given:
        if not path.exists():
            raise WrongUse(f"{path}: there is no such file or folder")
        if not path.is_dir() and not path.is_file():
            raise WrongUse(f"{path}: neither a file nor a folder")
    return _read(given)


def _read(given: list[Path]) -> Iterator[RawDocument | Failed]:
    seen: set[Path] = set()
    for path in given:
        for file in _files(path) if path.is_dir() else [path]:
            if (real := file.resolve()) not in seen:
                seen.add(real)
                yield from _read_file(file)


def _files(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.lower().endswith(SUFFIXES) and not name.startswith(".") and Path(here, name).is_file():
                yield Path(here, name)


def _read_file(path: Path) -> Iterator[RawDocument | Failed]:
    try:
        with path.open("rb") as stream:
            yield from _bounded(_contents(path, stream))
    except Unreadable as error:
        yield _failed(path, str(error))
    except EOFError:
        yield _failed(path, "the compressed data ends too soon: the file was cut off")
    except (gzip.BadGzipFile, zlib.error) as error:
        yield _failed(path, f"the compressed data is damaged: {error}")
    except OSError as error:
        yield _failed(path, error.strerror or str(error))


def _bounded(items: Iterator[RawDocument | Failed]) -> Iterator[RawDocument | Failed]:
    """The same, but for a file that goes on and on with what is no label."""
    in_a_row = 0
    for item in items:
        in_a_row = in_a_row + 1 if isinstance(item, Failed) else 0
        yield item
        if in_a_row > MAX_OTHERS:
            raise Unreadable(f"more than {MAX_OTHERS:,} in a row are no labels: the rest is not read")


def _contents(path: Path, stream: io.BufferedReader) -> Iterator[RawDocument | Failed]:
    kind = sniff(stream.peek(HEAD))
    if kind == "gzip":
        budget = Budget(path.stat().st_size)
        stream = counted(gzip.GzipFile(fileobj=stream), budget)
        kind = sniff(stream.peek(HEAD))
        if kind in {"gzip", "zip"}:
            raise Unreadable("compressed more than once")
    if kind == "zip":
        yield from _zipped(path, stream)
    elif kind == "xml":
        yield _spl(path, path.name, read_limited(stream, MAX_MEMBER))
    elif kind == "json":
        yield from _json(path, path.name, stream)
    else:
        raise Unreadable(_NOT_A_LABEL[kind])


# Archives: of a label (XML, with its images), of labels (zips of those), of openFDA records (JSON)


def _zipped(path: Path, stream: IO[bytes]) -> Iterator[RawDocument | Failed]:
    budget = Budget(path.stat().st_size)
    with open_archive(stream, (".xml", ".json", ".zip"), limit=MAX_LABELS, budget=budget) as archive:
        if not archive.members:
            raise Unreadable("a zip with no XML in it, nor zips of labels, nor JSON")
        for member in archive.members:
            name = path.name if len(archive.members) == 1 else f"{path.name}:{member.name}"
            try:
                yield from _member(path, name, archive, member, budget)
            except Exhausted:
                raise
            except Unreadable as error:
                yield _failed(path, str(error), name)


def _member(path: Path, name: str, archive: Archive, member: Member, budget: Budget) -> Iterator[RawDocument | Failed]:
    if member.suffix == ".zip":
        yield from _label_zip(path, name, archive.read(member, MAX_LABEL_ZIP), budget)
    elif member.suffix == ".xml":
        yield _checked_spl(path, name, archive.read(member, MAX_MEMBER))
    else:
        with archive.stream(member) as stream:
            yield from _json(path, name, stream)


def _label_zip(path: Path, name: str, data: bytes, budget: Budget) -> Iterator[RawDocument | Failed]:
    """The XML of one label's zip; its images stay packed."""
    with open_archive(io.BytesIO(data), (".xml", ".zip"), budget=budget) as archive:
        documents = [member for member in archive.members if member.suffix == ".xml"]
        if not documents:
            raise Unreadable(
                "zips in a zip in a zip: nested too deep" if archive.members else "a zip with no XML in it"
            )
        for member in documents:
            own = name if len(documents) == 1 else f"{name}:{member.name}"
            try:
                yield _checked_spl(path, own, archive.read(member, MAX_MEMBER))
            except Exhausted:
                raise
            except Unreadable as error:
                yield _failed(path, str(error), own)


def _checked_spl(path: Path, name: str, data: bytes) -> RawDocument:
    """A member that is named XML as a document. Raises Unreadable where it is something else."""
    if (kind := sniff(data[:HEAD])) != "xml":
        raise Unreadable(_NOT_A_LABEL[kind])
    return _spl(path, name, data)


# JSON


def _json(path: Path, name: str, stream: io.BufferedReader) -> Iterator[RawDocument | Failed]:
    if ".jsonl" in name.lower():
        yield from _lines(path, name, stream)
        return
    try:
        yield from _records(path, name, stream)
    except TrailingText:
        stream.seek(0)
        yield from _lines(path, name, stream)  # records in lines, under another name


def _records(path: Path, name: str, stream: io.BufferedReader) -> Iterator[RawDocument | Failed]:
    """A record, or those of a list or an answer; what else is in a list fails, but for a list of nothing else."""
    others: list[Failed] = []
    found = False
    number = 0
    for is_item, value in read_values(stream):
        number += is_item
        if is_record(value):
            yield from others
            others.clear()
            found = True
            yield _one(path, f"{name}:{value['set_id'][:64]}" if is_item else name, value)
        elif is_item:
            others.append(_failed(path, _no_record(value), f"{name}:{number}"))
            if found:
                yield others.pop()
            elif len(others) > MAX_OTHERS:
                raise Unreadable(_no_record(value))
        elif not found:
            raise Unreadable(_no_record(value))


def _lines(path: Path, around: str, stream: IO[bytes]) -> Iterator[RawDocument | Failed]:
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        name = f"{around}:{number}"
        if len(line) > MAX_LINE:
            raise Unreadable(f"line {number} is longer than {MAX_LINE:,} bytes: refused")
        if not line.strip():
            continue
        try:
            record = read_json(line)
            yield _one(path, name, record) if is_record(record) else _failed(path, _no_record(record), name)
        except ValueError as error:
            yield _failed(path, f"line {number} is not JSON: {error}", name)
        except Unreadable as error:
            yield _failed(path, str(error), name)


def _no_record(value: object) -> str:
    if isinstance(value, dict):
        keys = ", ".join(repr(key[:40]) for key in list(value)[:6]) or "none"
        return f"JSON without a label record (one has a set_id; keys here: {keys})"
    return f"JSON without a label record (a {type(value).__name__})"


def _spl(path: Path, name: str, data: bytes) -> RawDocument:
    return RawDocument(data, "spl", "files", str(path), name)


def _one(path: Path, name: str, record: dict[str, Any]) -> RawDocument:
    return record_document(record, source="files", origin=str(path), name=name)


def _failed(path: Path, reason: str, name: str | None = None) -> Failed:
    return Failed("files", str(path), name or path.name, reason)
