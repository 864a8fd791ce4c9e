"""Labels from files and folders: SPL XML, zips of it, openFDA JSON (a record, a list, an API answer, lines).

What a file is, its first bytes say. Its name only says which files of a folder are meant, and that JSON
stands in lines. Compressed files are read as what is in them.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, cast

from ingest.archives import MAX_MEMBER, read_limited, read_xml_members
from ingest.documents import HEAD, Failed, RawDocument, is_record, record_document, sniff
from ingest.errors import Unreadable, WrongUse

SUFFIXES = (".xml", ".xml.gz", ".json", ".json.gz", ".jsonl", ".jsonl.gz", ".zip")
"""What is read of a folder; other files in it are passed over."""
MAX_JSON = 512 * 2**20
MAX_LINE = 64 * 2**20
_NOT_A_LABEL = {
    "empty": "the file is empty",
    "html": "a web page, not a label (an error page that was saved?)",
    "other": "neither SPL XML, nor openFDA JSON, nor a zip of a label",
}


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
            yield from _contents(path, stream)
    except Unreadable as error:
        yield _failed(path, str(error))
    except EOFError:
        yield _failed(path, "the compressed data ends too soon: the file was cut off")
    except (gzip.BadGzipFile, zlib.error) as error:
        yield _failed(path, f"the compressed data is damaged: {error}")
    except OSError as error:
        yield _failed(path, error.strerror or str(error))


def _contents(path: Path, stream: io.BufferedReader) -> Iterator[RawDocument | Failed]:
    kind = sniff(stream.peek(HEAD))
    if kind == "gzip":
        stream = io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=stream)))
        kind = sniff(stream.peek(HEAD))
        if kind in {"gzip", "zip"}:
            raise Unreadable("compressed more than once")
    if kind == "zip":
        yield from _zipped(path, stream)
    elif kind == "xml":
        yield _spl(path, path.name, read_limited(stream, MAX_MEMBER))
    elif kind == "json":
        yield from _json(path, stream)
    else:
        raise Unreadable(_NOT_A_LABEL[kind])


def _zipped(path: Path, stream: IO[bytes]) -> Iterator[RawDocument]:
    members = read_xml_members(stream)
    for name, data in members:
        yield _spl(path, path.name if len(members) == 1 else f"{path.name}:{name}", data)


def _json(path: Path, stream: IO[bytes]) -> Iterator[RawDocument | Failed]:
    if ".jsonl" in map(str.lower, path.suffixes):
        yield from _lines(path, stream)
        return
    data = read_limited(stream, MAX_JSON)
    try:
        value = json.loads(data)
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Extra data"):
            raise Unreadable(f"not JSON: {error}") from None
        yield from _lines(path, io.BytesIO(data))  # records in lines, under another name
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from None
    else:
        yield from _records(path, value)


def _lines(path: Path, stream: IO[bytes]) -> Iterator[RawDocument | Failed]:
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        name = f"{path.name}:{number}"
        if len(line) > MAX_LINE:
            raise Unreadable(f"line {number} is longer than {MAX_LINE:,} bytes: refused")
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield _failed(path, f"line {number} is not JSON: {error}", name)
        else:
            yield _one(path, name, record) if is_record(record) else _failed(path, _no_record(record), name)


def _records(path: Path, value: Any) -> Iterator[RawDocument | Failed]:
    items = value.get("results", value) if isinstance(value, dict) and not is_record(value) else value
    items = items if isinstance(items, list) else [items]
    if not any(map(is_record, items)):
        raise Unreadable(_no_record(value))
    for number, item in enumerate(items, start=1):
        if not is_record(item):
            yield _failed(path, _no_record(item), f"{path.name}:{number}")
        else:
            yield _one(path, path.name if item is value else f"{path.name}:{item['set_id']}", item)


def _no_record(value: object) -> str:
    if isinstance(value, dict):
        keys = ", ".join(map(repr, list(value)[:6])) or "none"
        return f"JSON without a label record (one has a set_id; keys here: {keys})"
    return f"JSON without a label record (a {type(value).__name__})"


def _spl(path: Path, name: str, data: bytes) -> RawDocument:
    return RawDocument(data, "spl", "files", str(path), name)


def _one(path: Path, name: str, record: dict[str, Any]) -> RawDocument:
    return record_document(record, source="files", origin=str(path), name=name)


def _failed(path: Path, reason: str, name: str | None = None) -> Failed:
    return Failed("files", str(path), name or path.name, reason)
