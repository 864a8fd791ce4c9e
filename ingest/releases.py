"""Bulk files of DailyMed and openFDA: what they are called, and getting them whole, even in several goes.

A file grows under a name of its own (``….part``) and gets its name when it is whole. What a run that was cut
off had, the next one goes on with, where the server still has the same file.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests

from db.errors import JobRunning
from db.jobs import job_lock
from ingest.archives import MAX_LABELS, open_archive
from ingest.documents import HEAD, sniff
from ingest.errors import BadAnswer, NotFound, SourceError, Unreadable, WrongUse
from ingest.http import PoliteSession, base_address, pieces

FILES_HOST, DAILYMED_FILES = "https://dailymed-data.nlm.nih.gov", "/public-release-files/"
PER_SECOND = 2
MAX_FILE = 32 * 2**30
PROGRESS = 2**20
"""Bytes that a try must bring for the next one to count as the first again."""
NAMES = "human_rx, human_otc, monthly:2026-07, daily:2026-08-01, openfda, openfda:3, the name of a file, or an address"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_FILE = re.compile(r"[A-Za-z0-9_][\w.-]*\.(?:zip|json|gz)")
_PARTS = re.compile(r"human_(?:rx|otc)")
OnBytes = Callable[[str, int, int | None], object]
"""Called with a file's name, the bytes that are there, and how many there will be, where that is known."""


def new_session() -> PoliteSession:
    """A session for files."""
    return PoliteSession(per_second=PER_SECOND)


def addresses(name: str, session: PoliteSession) -> Iterator[str]:
    """The addresses of a release by its name; of :data:`NAMES`. Raises WrongUse, or SourceError for openFDA's list.

    A full release has parts without an end that can be told: the one that is not there ends it.
    """
    if is_address(name):
        yield name
        return
    kind, _, which = name.partition(":")
    if kind == "openfda":
        yield from _openfda(which, session)
        return
    files = base_address("ONLABEL_DAILYMED_FILES_URL", FILES_HOST) + DAILYMED_FILES
    if _PARTS.fullmatch(name):
        yield from (f"{files}dm_spl_release_{name}_part{part}.zip" for part in range(1, 100))
    elif kind in {"daily", "monthly"}:
        yield files + update_name(kind, _day(kind, which))
    elif _FILE.fullmatch(name):
        yield files + name
    else:
        raise WrongUse(f"no release is called {name!r}: give {NAMES}")


def update_name(kind: str, day: date) -> str:
    """The name of the "daily" update file of a day, or of the "monthly" one of its month."""
    dated = f"{day:%m%d%Y}" if kind == "daily" else f"{MONTHS[day.month - 1]}{day.year}"
    return f"dm_spl_{kind}_update_{dated}.zip"


def is_address(name: str) -> bool:
    """True for what is an address and no path."""
    return name.lower().startswith(("https://", "http://"))


def fetch(
    name: str, to: Path, *, session: PoliteSession | None = None, on_bytes: OnBytes = lambda *_: None
) -> Iterator[Path]:
    """The files of a release, each when it is there and whole. Raises SourceError, OSError (the disk), WrongUse."""
    session = session or new_session()
    for number, url in enumerate(addresses(name, session), start=1):
        try:
            yield fetch_file(url, to, session=session, on_bytes=on_bytes)
        except NotFound:
            if number == 1 or not _PARTS.fullmatch(name):
                raise
            return


def fetch_file(url: str, to: Path, *, session: PoliteSession, on_bytes: OnBytes = lambda *_: None) -> Path:
    """One file into a folder; not fetched again where it is there with the server's size and date.

    Raises SourceError where it cannot be had whole (another run goes on from there), OSError for the disk.
    """
    name = unquote(urlsplit(url).path).rpartition("/")[2]
    if not _FILE.fullmatch(name):
        raise WrongUse(f"{url}: names no .zip, .json or .gz file")
    if not to.is_dir():
        raise WrongUse(f"{to}: there is no such folder")
    download = _Download(url, to / name, on_bytes)
    most = 0

    def ask() -> None:
        nonlocal most
        try:
            download.go_on(session)
        except SourceError as error:
            grown, most = download.have - most, max(download.have, most)
            if not error.passing or grown < PROGRESS:
                raise

    try:
        with job_lock(f"{download.path}.part", "fetch"):
            while not download.done:
                session.repeat(ask)
    except JobRunning:
        raise SourceError(f"{name} is being fetched by another job: try again later") from None
    except SourceError as error:
        if download.have:
            error.reason += f" ({download.have:,} bytes of {name} are kept: run it again to go on)"
        raise
    return download.path


class _Download:
    """A file that is being fetched: what is there of it, and what the server says that it is."""

    def __init__(self, url: str, path: Path, on_bytes: OnBytes) -> None:
        self.url, self.path, self.done = url, path, False
        self._part = path.with_name(f"{path.name}.part")
        self._about = path.with_name(f"{path.name}.part.about")
        self._on_bytes = on_bytes

    @property
    def have(self) -> int:
        """Bytes of the file that are there."""
        return self._part.stat().st_size if self._part.exists() else 0

    def go_on(self, session: PoliteSession) -> None:
        """Ask for what is missing, and keep what comes. Raises SourceError."""
        validator, have = self._validator(), self.have
        headers = {"Accept-Encoding": "identity"}
        if have and validator:
            headers |= {"Range": f"bytes={have}-", "If-Range": validator}
        with session.opened(self.url, headers=headers, expected=frozenset({416})) as response:
            if response.status_code == 200:
                if self._is_there(response):
                    self.done = True
                    return
                self._begin(response)
            elif not _goes_on(response, have, validator):
                self.forget()
                raise BadAnswer(f"{self._host} has another file than the one that was begun", passing=True)
            if response.status_code != 416:
                self._receive(response)
        self._finish(response)

    @property
    def _host(self) -> str | None:
        return urlsplit(self.url).hostname

    def _validator(self) -> str | None:
        """What tells the file that was begun from another; none where there is no telling."""
        try:
            about = json.loads(self._about.read_bytes())
            return str(about["validator"]) if about["url"] == self.url else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _begin(self, response: requests.Response) -> None:
        self.forget()
        if validator := _validator(response):
            self._about.write_text(json.dumps({"url": self.url, "validator": validator}), encoding="utf-8")

    def _is_there(self, response: requests.Response) -> bool:
        """Whether the whole file is there already, with the size and the date that the server tells."""
        size, changed = _length(response), _changed(response)
        if size is None or changed is None or not self.path.exists():
            return False
        there = self.path.stat()
        return (there.st_size, int(there.st_mtime)) == (size, changed)

    def _receive(self, response: requests.Response) -> None:
        length, have = _length(response), self.have
        whole = None if length is None else have + length
        if max(have, whole or 0) > MAX_FILE:
            raise BadAnswer(f"{self._host} sends more than {MAX_FILE:,} bytes: refused")
        if whole and shutil.disk_usage(self._part.parent).free < whole - have:
            raise WrongUse(f"{self._part.parent}: too little room for the {whole:,} bytes of {self.path.name}")
        try:
            with self._part.open("ab") as file:
                for piece in pieces(response):
                    if not have:
                        _check_head(piece[:HEAD], self._host)
                    file.write(piece)
                    have += len(piece)
                    if have > MAX_FILE:
                        raise BadAnswer(f"{self._host} sends more than {MAX_FILE:,} bytes: refused")
                    self._on_bytes(self.path.name, have, whole)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._part)) from error
        if whole is not None and have != whole:
            raise BadAnswer(f"{self._host} sent {have:,} of {whole:,} bytes", passing=True)

    def _finish(self, response: requests.Response) -> None:
        """Give the file its name and the server's date. Raises BadAnswer for a zip that is damaged."""
        if self.path.suffix.lower() == ".zip":
            try:
                with self._part.open("rb") as file, open_archive(file, (), limit=MAX_LABELS):
                    pass
            except Unreadable as error:
                self.forget()
                raise BadAnswer(f"{self.path.name} came whole, but is {error.reason}: fetch it again") from None
        if (changed := _changed(response)) is not None:
            os.utime(self._part, (changed, changed))
        self._part.replace(self.path)
        self.forget()
        self.done = True

    def forget(self) -> None:
        """Begin anew the next time."""
        for file in (self._part, self._about):
            with suppress(FileNotFoundError):
                file.unlink()


def _openfda(which: str, session: PoliteSession) -> Iterator[str]:
    if which and not which.isdecimal():
        raise WrongUse(f"openfda:{which}: give the number of a part, such as openfda:3")
    url = base_address("ONLABEL_OPENFDA_URL", "https://api.fda.gov") + "/download.json"
    body = session.get(url, as_json=True).value
    try:
        paths = [urlsplit(str(part["file"])).path for part in body["results"]["drug"]["label"]["partitions"]]
    except (KeyError, TypeError, ValueError):
        raise BadAnswer("openFDA sent a list of files of another shape than documented") from None
    if which and not 1 <= int(which) <= len(paths):
        raise WrongUse(f"openfda:{which}: there are parts 1 to {len(paths)}")
    # Only paths are taken from the list: they go to the host we know, wherever it points.
    files = base_address("ONLABEL_OPENFDA_FILES_URL", "https://download.open.fda.gov")
    yield from (files + path for path in (paths[int(which) - 1 : int(which)] if which else paths))


def _day(kind: str, which: str) -> date:
    try:
        return date.fromisoformat(which if kind == "daily" else f"{which}-01")
    except ValueError:
        raise WrongUse(f"{kind}:{which}: give it as {'2026-08-01' if kind == 'daily' else '2026-07'}") from None


def _check_head(head: bytes, host: str | None) -> None:
    if sniff(head) == "html":
        raise BadAnswer(
            f"{host} answered with a web page instead of a file (a network that wants a login?): "
            "open the address in a browser"
        )


def _validator(response: requests.Response) -> str | None:
    """What tells this file from a later one, byte for byte: a strong ETag, or the date of the last change."""
    etag = response.headers.get("ETag", "")
    return etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified")


def _goes_on(response: requests.Response, have: int, validator: str | None) -> bool:
    """Whether an answer to the question for the rest is that: behind what is there, and of the same file.

    416 is the answer where nothing is missing.
    """
    told = response.headers.get("Content-Range", "")
    if response.status_code == 416:
        return told == f"bytes */{have}"
    return told.startswith(f"bytes {have}-") and _validator(response) in {None, validator}


def _length(response: requests.Response) -> int | None:
    told = response.headers.get("Content-Length", "")
    return int(told) if told.isdecimal() and len(told) < 19 and "Content-Encoding" not in response.headers else None


def _changed(response: requests.Response) -> int | None:
    """When the server's file was last changed, in seconds since 1970."""
    try:
        return int(parsedate_to_datetime(response.headers["Last-Modified"]).timestamp())
    except (KeyError, ValueError, OverflowError):
        return None
