"""DailyMed's list of all its labels with their versions: what it tells of the labels that are known.

It is one small file for the whole corpus, and does not say which labels are prescription labels. A list that is
damaged, cut short or of another shape is refused as a whole: what is missing from it would seem to be gone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ingest.archives import open_archive
from ingest.errors import Unreadable

CENSUS = "dm_spl_zip_files_meta_data.zip"
MAX_LINE = 2**16
MAX_ROWS = 2_000_000
"""DailyMed has some 150,000 labels."""
FEW = 100
"""So many rows without sense, or labels that are gone, are nothing unusual; and a tenth of all."""
_SET_ID = re.compile(r"[0-9a-z][0-9a-z.-]{0,63}")
_VERSION = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Row:
    """A label in the list."""

    set_id: str
    version: int
    title: str


@dataclass(frozen=True, slots=True)
class Census:
    """The known labels that have a newer version, and the set ids of those that are not in the list."""

    newer: list[Row]
    gone: frozenset[str]


def read_census(data: bytes, known: Mapping[str, int]) -> Census:
    """Compare the list, as it came, with the versions of known set ids. Raises Unreadable where it makes no sense."""
    newer: dict[str, Row] = {}
    gone, good, bad = set(known), 0, 0
    for row in _rows(data):
        if row is None:
            bad += 1
            continue
        good += 1
        if row.set_id in known:
            gone.discard(row.set_id)
            if row.version > max(known[row.set_id], newer[row.set_id].version if row.set_id in newer else 0):
                newer[row.set_id] = row
    if not good or bad > max(FEW, good // 10):
        raise Unreadable(f"{CENSUS}: {bad:,} of {good + bad:,} lines make no sense")
    if len(gone) > max(FEW, len(known) // 10):
        raise Unreadable(f"{CENSUS}: {len(gone):,} of {len(known):,} labels are not in it (cut short?)")
    return Census(list(newer.values()), frozenset(gone))


def _rows(data: bytes) -> Iterator[Row | None]:
    """The rows of the list; None for each that makes no sense."""
    lines = _lines(data)
    names = [name.strip().upper() for name in next(lines, "").removeprefix("\ufeff").split("|")]
    if not {"SETID", "SPL_VERSION"} <= set(names):
        raise Unreadable(f"{CENSUS}: its first line does not name SETID and SPL_VERSION")
    for number, line in enumerate(lines, start=1):
        if number > MAX_ROWS:
            raise Unreadable(f"{CENSUS}: more than {MAX_ROWS:,} lines: refused")
        # The title comes last, and may hold a bar.
        values = [value.strip() for value in line.split("|", len(names) - 1)]
        yield _row(dict(zip(names, values, strict=True))) if len(values) == len(names) else None


def _row(told: Mapping[str, str]) -> Row | None:
    set_id, version = told["SETID"].lower(), told["SPL_VERSION"]
    sound = _SET_ID.fullmatch(set_id) and _VERSION.fullmatch(version)
    return Row(set_id, int(version), told.get("TITLE", "")) if sound else None


def _lines(data: bytes) -> Iterator[str]:
    """The lines of the one text in the archive, without empty ones; unpacked as they are read."""
    with open_archive(io.BytesIO(data), (".txt", ".csv")) as archive:
        if len(archive.members) != 1:
            raise Unreadable(f"{CENSUS}: {len(archive.members)} lists in it instead of one")
        with archive.stream(archive.members[0]) as stream:
            while line := stream.readline(MAX_LINE):
                if text := line.decode("utf-8", errors="replace").strip():
                    yield text
