"""JSON of any size, read a piece at a time: what stands in a list, or in a list named "results".

openFDA's bulk files hold 20,000 records each in one JSON document of a gigabyte.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import IO, Any, cast

import ijson

from ingest.documents import MAX_VALUES
from ingest.errors import Unreadable

MAX_RECORD = 64 * 2**20
"""Bytes of one record. The largest label is about 5 MB of JSON."""
MAX_DEPTH = 64
BLOCK = 2**16
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class TrailingText(Unreadable):
    """More comes behind a whole JSON value: values in lines?"""


def read_values(stream: io.BufferedReader) -> Iterator[tuple[bool, Any]]:
    """The items of a list at the top or under "results", each as (True, item); last (False, what is around them).

    What is around them is the JSON value itself, with an empty list in the place of items that were given out.
    Raises Unreadable for what is no JSON, or holds a value that is too large or too deep; TrailingText where
    more follows it. What came before was read well.
    """
    measured = _Measured(_utf8(stream))
    building = _Building()
    try:
        for event, value in ijson.basic_parse(measured, buf_size=BLOCK, use_float=True):
            if building.add(event, value):
                yield True, building.item
                measured.count = 0
    except ijson.JSONError as error:
        told = str(error).removeprefix("b'").removeprefix('b"').replace("\\n", "\n").partition("\n")[0]
        if building.whole:
            raise TrailingText(f"not JSON: {told}") from None
        raise Unreadable(f"not JSON: {told}") from None
    except UnicodeDecodeError as error:
        raise Unreadable(f"not JSON: {error}") from None
    yield False, building.top


def _utf8(stream: io.BufferedReader) -> IO[bytes]:
    """The same text in UTF-8, without a mark in front."""
    head = stream.peek(3)
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return cast(IO[bytes], codecs.EncodedFile(stream, "utf-8", encoding))
    return stream


class _Measured:
    """A stream that refuses to go on where one record takes too much of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self.count = stream, 0

    def read(self, size: int) -> bytes:
        block = self._stream.read(size)
        self.count += len(block)
        if self.count > MAX_RECORD:
            raise Unreadable(f"a record of more than {MAX_RECORD:,} bytes: refused")
        return block


class _Building:
    """Puts values together from the parser's events, and lets go of each item that is whole."""

    def __init__(self) -> None:
        self.top: Any = None
        self.item: Any = None
        self.whole = False
        self._open: list[Any] = []
        self._items: list[Any] | None = None
        self._key = ""
        self._values = 0

    def add(self, event: str, value: Any) -> bool:
        """Take one event; True where it made an item whole, which then is :attr:`item`."""
        if event == "map_key":
            self._key = value
            return False
        if event in {"end_map", "end_array"}:
            value = self._open.pop()
        else:
            value = {} if event == "start_map" else [] if event == "start_array" else value
            self._place(value)
            if event in {"start_map", "start_array"}:
                self._descend(value)
                return False
        self.whole = not self._open
        self.item = value
        return bool(self._open) and self._open[-1] is self._items

    def _place(self, value: Any) -> None:
        """Put a value into what is around it; items are put nowhere."""
        self._values = 0 if self._open and self._open[-1] is self._items else self._values + 1
        if self._values > MAX_VALUES:
            raise Unreadable(f"not JSON of a label: more than {MAX_VALUES:,} values")
        if not self._open:
            self.top = value
        elif isinstance(self._open[-1], dict):
            self._open[-1][self._key] = value
        elif self._open[-1] is not self._items:
            self._open[-1].append(value)

    def _descend(self, value: Any) -> None:
        depth = len(self._open)
        if depth == MAX_DEPTH:
            raise Unreadable(f"not JSON of a label: more than {MAX_DEPTH} levels deep")
        in_results = depth == 1 and isinstance(self.top, dict) and self._key == "results"
        if isinstance(value, list) and (depth == 0 or in_results):
            self._items = value
        self._open.append(value)
