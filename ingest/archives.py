"""Reading what is packed, without ever writing it anywhere and with limits on what comes out.

An archive may be gigabytes: its members are read one at a time, in its order. What is wrong with one of them
concerns that one alone. Names in an archive are told to people, and never used as paths.
"""

from __future__ import annotations

import errno
import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, cast

from ingest.errors import Unreadable

MAX_MEMBERS = 2_000
"""The files of one label: its XML and its images."""
MAX_LABELS = 200_000
"""The files of a release; DailyMed's hold up to 50,000 labels."""
MAX_DIRECTORY = 32 * 2**20
"""Bytes of an archive's list of members, which is held in memory."""
MAX_MEMBER = 64 * 2**20
"""Bytes of one XML document."""
MAX_LABEL_ZIP = 128 * 2**20
"""Bytes of one label's zip with its images, which is held in memory."""
MAX_RATIO = 200
"""SPL XML packs about 10 to 1; a member that packs far better is a bomb. Small members are let pass."""
MAX_GROWTH = 60
"""How much more may come out of a file, at all depths together, than it holds; a release gives about 4 times."""
SMALL = 2**20
BLOCK = 2**20
END = 2**17
"""Bytes at the end of an archive that hold its end record and the longest comment."""


class Budget:
    """How many bytes may come out of one file, whatever is packed in what."""

    def __init__(self, size: int) -> None:
        self._left = MAX_GROWTH * size + MAX_MEMBER

    def spend(self, count: int) -> None:
        """Note bytes that came out. Raises Exhausted."""
        self._left -= count
        if self._left < 0:
            raise Exhausted("more comes out of it than labels could hold (a zip bomb): the rest is refused")


class Exhausted(Unreadable):
    """A file gave all that it may give; nothing more is read of it."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its ``name``, and why it is not to be read, where it is not."""

    name: str
    refused: str | None
    info: zipfile.ZipInfo

    @property
    def suffix(self) -> str:
        """Such as ``.xml``; lower case."""
        return PurePosixPath(self.name).suffix.lower()


class Archive:
    """An open zip whose members are read one at a time."""

    def __init__(self, opened: zipfile.ZipFile, budget: Budget, names: Iterable[zipfile.ZipInfo]) -> None:
        self._opened, self._budget = opened, budget
        self.members = list(_judged(names))

    @contextmanager
    def stream(self, member: Member) -> Iterator[io.BufferedReader]:
        """What a member holds, unpacked as it is read. Raises Unreadable, also while it is read."""
        if member.refused:
            raise Unreadable(member.refused)
        with _explained(), self._opened.open(member.info) as stream:
            yield counted(cast(io.BufferedIOBase, stream), self._budget)

    def read(self, member: Member, limit: int) -> bytes:
        """All that a member holds. Raises Unreadable for one that is damaged, locked or hostile."""
        with self.stream(member) as stream:
            return read_limited(stream, limit)


@contextmanager
def open_archive(
    stream: IO[bytes], suffixes: tuple[str, ...], *, limit: int = MAX_MEMBERS, budget: Budget | None = None
) -> Iterator[Archive]:
    """A zip and its members of these kinds. Raises Unreadable for one that is damaged or hostile as a whole."""
    size = stream.seek(0, io.SEEK_END)
    with _explained(), zipfile.ZipFile(_Guarded(stream)) as opened:
        infos = opened.infolist()
        if len(infos) > limit:
            raise Unreadable(f"a zip of {len(infos):,} files, more than any release or label has: refused")
        if sum(info.compress_size for info in infos) > size:
            raise Unreadable("a zip bomb (its files overlap): refused")
        wanted = [i for i in infos if i.filename.lower().endswith(suffixes)]
        wanted = [i for i in wanted if not i.filename.startswith("__MACOSX/")]
        yield Archive(opened, budget or Budget(size), wanted)


def counted(stream: io.BufferedIOBase, budget: Budget) -> io.BufferedReader:
    """The same stream, whose bytes count against a budget. Raises Exhausted while it is read."""
    return io.BufferedReader(_Counted(stream, budget), BLOCK)


def read_limited(stream: IO[bytes], limit: int) -> bytes:
    """All of a stream. Raises Unreadable where it holds more than ``limit`` bytes."""
    data = bytearray()
    while block := stream.read(min(BLOCK, limit + 1 - len(data))):
        data += block
        if len(data) > limit:
            raise Unreadable(f"more than {limit:,} bytes: refused")
    return bytes(data)


def read_xml_members(data: bytes, *, budget: Budget | None = None) -> list[tuple[str, bytes]]:
    """The XML documents in the zip of a label, by name, in the archive's order; images are passed over.

    Raises Unreadable for an archive that is damaged, locked, hostile, or without XML.
    """
    with open_archive(io.BytesIO(data), (".xml",), budget=budget) as archive:
        if not archive.members:
            raise Unreadable("a zip with no XML in it")
        return [(member.name, archive.read(member, MAX_MEMBER)) for member in archive.members]


class _Guarded(io.BufferedIOBase):
    """A file for ``zipfile``, which reads a whole list of members at once, however long it claims to be."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.seek, self.tell = stream.seek, stream.tell  # type: ignore[method-assign]

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return self._stream.read(END)  # all that is left: only asked for near the end
        if size > MAX_DIRECTORY:
            raise Unreadable(f"a zip whose list of files is longer than {MAX_DIRECTORY:,} bytes: refused")
        return self._stream.read(size)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


class _Counted(io.RawIOBase):
    """A stream whose bytes count against a budget."""

    def __init__(self, stream: io.BufferedIOBase, budget: Budget) -> None:
        self._stream, self._budget = stream, budget

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        block = self._stream.read1(len(buffer))  # as much as is at hand: what stands before a damage is read
        self._budget.spend(len(block))
        buffer[: len(block)] = block
        return len(block)

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._stream.seek(offset, whence)

    def seekable(self) -> bool:
        return True


def _judged(infos: Iterable[zipfile.ZipInfo]) -> Iterator[Member]:
    seen: set[str] = set()
    for info in infos:
        refused = "named twice in its archive; only the first is read" if info.filename in seen else _refused(info)
        seen.add(info.filename)
        yield Member(info.filename, refused, info)


def _refused(info: zipfile.ZipInfo) -> str | None:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match("[A-Za-z]:", info.filename):
        return f"its path leads out of the zip ({info.filename!r}): refused"
    if stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG}:
        return "a link or a device, no file: refused"
    if info.flag_bits & 1:
        return "locked with a password"
    if info.file_size > max(SMALL, MAX_RATIO * info.compress_size):
        return "a zip bomb: refused"
    return None


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what Python says of damaged archives into Unreadable."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise Unreadable("no zip, or a damaged one: it points to a place before its beginning") from None
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OverflowError, ValueError) as error:
        cut = " (cut off? its end is missing)" if "not a zip file" in str(error) else ""
        raise Unreadable(f"no zip, or a damaged one: {error}{cut}") from None
    except (NotImplementedError, RuntimeError) as error:  # a compression or an encryption that Python lacks
        raise Unreadable(f"a zip that cannot be read: {error}") from None
