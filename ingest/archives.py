"""Reading what is packed, without ever writing it anywhere and with limits on what comes out."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import IO

from ingest.errors import Unreadable

MAX_MEMBERS = 2_000
MAX_MEMBER = 64 * 2**20
MAX_TOTAL = 512 * 2**20
MAX_RATIO = 200
"""SPL XML packs about 10 to 1; an archive that packs far better is a bomb. Small members are let pass."""
SMALL = 2**20


def read_limited(stream: IO[bytes], limit: int) -> bytes:
    """All of a stream. Raises Unreadable where it holds more than ``limit`` bytes."""
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise Unreadable(f"more than {limit:,} bytes: refused")
    return data


def read_xml_members(source: bytes | IO[bytes]) -> list[tuple[str, bytes]]:
    """The XML documents in a zip, by name, in the archive's order; images are passed over.

    Raises Unreadable for an archive that is damaged, locked, hostile, or without XML.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            _check(members)
            return [(m.filename, _member(archive, m)) for m in _documents(members)]
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
        raise Unreadable(f"no zip, or a damaged one: {error}") from None
    except (NotImplementedError, RuntimeError) as error:  # a compression or an encryption that Python lacks
        raise Unreadable(f"a zip that cannot be read: {error}") from None


def _check(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise Unreadable(f"a zip of {len(members):,} files, of which one label has few: refused")
    if sum(m.file_size for m in members) > MAX_TOTAL:
        raise Unreadable(f"a zip that holds more than {MAX_TOTAL:,} bytes: refused")
    for m in members:
        path = PurePosixPath(m.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or re.match("[A-Za-z]:", m.filename):
            raise Unreadable(f"a zip with a path that leads out of it ({m.filename!r}): refused")
        if m.flag_bits & 1:
            raise Unreadable("a zip locked with a password")
        if m.file_size > max(SMALL, MAX_RATIO * m.compress_size):
            raise Unreadable(f"a zip bomb ({m.filename!r}): refused")


def _documents(members: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    files = [m for m in members if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
    documents = [m for m in files if m.filename.lower().endswith(".xml")]
    if not documents and any(m.filename.lower().endswith(".zip") for m in files):
        raise Unreadable("zips in a zip (a bulk release?): unpack the outer one and load the folder")
    if not documents:
        raise Unreadable("a zip with no XML in it")
    return documents


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as stream:
        return read_limited(stream, MAX_MEMBER)
