"""Hostile answers of servers; ``ANSWERS`` lists them. A rogue on loopback sends them, and serves good labels beside."""

# ruff: noqa: E501 - a case reads best on its line
from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.replica_data import read_spl
from tests.replica_services import DailyMed, OpenFDA, Reply, Request
from tests.support_ingest import record, set_id, tiny_spl

HOSTILE, GOOD = 1, 2
"""The labels Exemplin, whose answers are hostile, and Otherin beside it."""
Sent = bytes | Iterator[bytes]
SPLS = "/spls.json?drug_name=exemplin"
XML = f"/spls/{set_id(HOSTILE)}.xml"
RECORDS = "exemplin"
ZIP = "/release.zip"
INGEST = ("ingest", "exemplin", "otherin", "--source")


@dataclass(frozen=True)
class AnswerCase:
    """What a server sends to a question whose address holds ``match``; ``commands`` of onlabel are run, in order."""

    name: str
    match: str
    send: Callable[[str], Sent]
    """From the rogue's own address, the bytes that it sends, status line and all."""
    commands: tuple[tuple[str, ...], ...]
    keeps: bool = True
    limit: float = 60


ANSWERS: list[AnswerCase] = []


class Rogue:
    """A server on loopback that answers well, but for the questions that hold ``match``."""

    def __init__(self, case: AnswerCase) -> None:
        spls = [read_spl(tiny_spl(HOSTILE)), read_spl(tiny_spl(GOOD, name="Otherin", generic="otherinib"))]
        records = [record(HOSTILE), record(GOOD, brand="OTHERIN", generic="OTHERINIB")]
        self._case, self._listener = case, socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._dailymed, self._openfda = DailyMed(spls), OpenFDA(records, url=self.url)

    def __enter__(self) -> Rogue:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self._listener.accept()[0],), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            asked = b""
            while b"\r\n\r\n" not in asked:
                if not (block := connection.recv(65536)):
                    return
                asked += block
            address = asked.split(b" ", 2)[1].decode("latin-1")
            sent = self._case.send(self.url) if self._case.match in unquote(address).lower() else self._well(address)
            for piece in [sent] if isinstance(sent, bytes) else sent:
                connection.sendall(piece)

    def _well(self, address: str) -> bytes:
        parts = urlsplit(address)
        request = Request(unquote(parts.path), dict(parse_qsl(parts.query)), Message())
        if request.path.startswith("/dailymed/"):
            return answer(self._dailymed.reply(request.path, request.params))
        return answer(self._openfda.reply(request) if request.path == "/drug/label.json" else Reply(status=404))


def answer(reply: Reply | bytes, *headers: str, media: str = "application/json") -> bytes:
    """A decent answer, to be spoiled."""
    reply = reply if isinstance(reply, Reply) else Reply(reply, media)
    more = [f"{name}: {value}" for name, value in reply.headers.items()]
    lines = [f"HTTP/1.1 {reply.status} X", f"Content-Type: {reply.media}", f"Content-Length: {len(reply.body)}"]
    return "\r\n".join([*lines, "Connection: close", *more, *headers, "", ""]).encode("latin-1") + reply.body


def _raw(head: str, body: bytes = b"") -> Callable[[str], bytes]:
    return lambda _: head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body


def _endless(first: bytes, piece: bytes, pause: float = 0, times: int = 10**9) -> Callable[[str], Iterator[bytes]]:
    def send(_: str) -> Iterator[bytes]:
        yield first
        for _ in range(times):
            time.sleep(pause)
            yield piece

    return send


def _to(place: str) -> Callable[[str], bytes]:
    return lambda url: answer(Reply(status=302, headers={"Location": place.replace("SELF", url)}))


def _json(data: Any) -> Callable[[str], bytes]:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return lambda _: answer(body)


def _listing(*set_ids: Any, **metadata: Any) -> Callable[[str], bytes]:
    """What DailyMed lists for Exemplin: these set ids, then the true one."""
    rows = [
        {"setid": one, "spl_version": 1, "title": "EXEMPLIN (EXEMPLINIB) TABLET [X]", "published_date": "Aug 05, 2026"}
        for one in (*set_ids, set_id(HOSTILE))
    ]
    return _json({"metadata": {"next_page": "null"} | metadata, "data": rows})


def _pages(_: str) -> bytes:
    """A listing that always has one more page, each of a label that was never there before."""
    _pages_sent[0] += 1
    number = 10_000 + _pages_sent[0]
    return _listing(set_id(number), next_page=number, total_pages=10**9)("")


_pages_sent = [0]


def _record_pages(url: str) -> bytes:
    _pages_sent[0] += 1
    body = json.dumps({"results": [record(10_000 + _pages_sent[0])]}).encode()
    return answer(body, f'Link: <{url}/drug/label.json?search=exemplin&skip={_pages_sent[0]}>; rel="next"')


def _chunked(body: bytes) -> Callable[[str], bytes]:
    return _raw("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nContent-Type: application/json", body)


@lru_cache(maxsize=1)
def _bomb() -> bytes:
    return gzip.compress(b" " * 2**29)


def _case(name: str, match: str, send: Callable[[str], Sent], *commands: tuple[str, ...], **more: Any) -> None:
    ANSWERS.append(AnswerCase(name, match.lower(), send, commands, **more))


def _asked(name: str, send: Callable[[str], Sent], **more: Any) -> None:
    """The same answer to DailyMed's listing and to a download, which is read in another way."""
    _case(f"{name}: listing", SPLS, send, (*INGEST, "dailymed"), **more)
    _case(f"{name}: file", ZIP, send, ("load", "URL/release.zip"), **{"keeps": False} | more | {"keeps": False})


OK = "HTTP/1.1 200 OK\nContent-Type: application/json\n"
BLOCK = b" " * 65536
_asked("endless header lines", _endless(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"))
_asked("an endless header", _endless(b"HTTP/1.1 200 OK\r\nX: ", BLOCK))
_asked("an endless status line", _endless(b"HTTP/1.1 200 ", BLOCK))
_asked("endless 100 Continue", _endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"))
_asked("a body without an end", _endless(b"HTTP/1.1 200 OK\r\n\r\n{", BLOCK, times=8_000), limit=120)
_asked("a length of -1", _raw(f"{OK}Content-Length: -1", b"{}"))
_asked("a length of 10^30", _raw(f"{OK}Content-Length: 1{'0' * 30}", b"{}"))
_asked("a length of words", _raw(f"{OK}Content-Length: many", b"{}"))
_asked("two lengths", _raw(f"{OK}Content-Length: 2\nContent-Length: 9999", b"{}"))
_asked("a length of 5,000 digits", _raw(f"{OK}Content-Length: {'9' * 5000}", b"{}"))
_asked("chunks of no size", _chunked(b"zz\r\n{}\r\n0\r\n\r\n"))
_asked("a chunk of -1", _chunked(b"-1\r\n{}\r\n0\r\n\r\n"))
_asked("a chunk of 2^70", _chunked(b"f" * 18 + b"\r\n{}\r\n0\r\n\r\n"))
_asked("an endless chunk size", _endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * 65536))
_asked("gzip bomb as encoding", lambda _: answer(_bomb(), "Content-Encoding: gzip"), limit=120)
_asked(
    "gzip in gzip as encoding", lambda _: answer(gzip.compress(gzip.compress(b"{}")), "Content-Encoding: gzip, gzip")
)
_asked("100 encodings", lambda _: answer(b"{}", f"Content-Encoding: {', '.join(['gzip'] * 100)}"))
_asked("no HTTP at all", lambda _: b"SSH-2.0-OpenSSH_9.6\r\n")
_asked("nothing", lambda _: b"")
_asked("a status of 999", _raw("HTTP/1.1 999 Strange\x1b[2J\nContent-Length: 0"))
_asked("a status of words", _raw("HTTP/1.1 two hundred\nContent-Length: 0"))
_asked("HTML with status 200", lambda _: answer(b"<!DOCTYPE html><html>log in</html>", media="text/html"))
_asked("a redirect to itself", _to("SELF/release.zip?drug_name=exemplin&/spls.json?drug_name=exemplin"))
_asked("a redirect to another host", _to("http://login.example/"))
_asked("a redirect to a file", _to("file:///etc/passwd"))
_asked("a redirect to nowhere", _to("http://[::1"))
_asked("a redirect to a megabyte", _to("/" + "x" * 60_000))
_asked("a redirect with a line break", _to("/x\x0bY: z\x1b[2J"))
_asked("a drip of a byte a second", _endless(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b" ", 0.5), limit=120)
_asked("a drip of header bytes", _endless(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.5), limit=120)
_asked("Retry-After of 10^20", _raw(f"HTTP/1.1 503 X\nContent-Length: 0\nRetry-After: 1{'0' * 20}"))
_asked(
    "Retry-After of nonsense", _raw("HTTP/1.1 429 X\nContent-Length: 0\nRetry-After: Thu, 99 Foo 99999 99:99:99 GMT")
)
_asked("headers of nonsense", lambda _: answer(
    b"{}", 'Link: <<>>;;;rel=\x1b"', "Last-Modified: Thu, 01 Jan 99999", 'ETag: "\x9b', "Content-Range: bytes 9-1/x"))  # fmt: skip

for told, data in {
    "100,000 deep": b"[" * 100_000,
    "a number of 5,000 digits": b'{"data": [], "metadata": {"next_page": ' + b"9" * 5000 + b"}}",
    "NaN": b'{"data": NaN, "metadata": NaN, "results": NaN}',
    "the wrong types": {"data": [1, None, "x", [], {"setid": 7}], "metadata": [], "results": [1, None, "x"]},
    "nothing": b"",
    "60 MB of empty lists": b"[" + b"[]," * 20_000_000 + b"1]",
}.items():
    _case(f"JSON, {told}: listing", SPLS, _json(data), (*INGEST, "dailymed"))
    _case(f"JSON, {told}: records", RECORDS, _json(data), (*INGEST, "openfda"))
_case("a next page of 5,000 digits in words", SPLS, _listing(next_page="9" * 5000), (*INGEST, "dailymed"))
_case("versions of 5,000 digits", SPLS, _json({"data": [
    {"setid": set_id(HOSTILE), "spl_version": "9" * 5000, "title": "EXEMPLIN"}]}), (*INGEST, "dailymed"))  # fmt: skip
_case("pages for ever", SPLS, _pages, (*INGEST, "dailymed", "--limit", "30"), limit=120)
_case("pages of records for ever", RECORDS, _record_pages, (*INGEST, "openfda", "--limit", "30"), limit=120)
_case("the same page for ever", SPLS, _listing(next_page=10**15), (*INGEST, "dailymed"))
for told, one in {
    "paths": "../../../drugs/x",
    "SQL": "'; DROP TABLE labels; --",
    "line breaks": "a\r\nX-Injected: b\n",
    "a terminal's commands": "\x1b]0;x\x07\x1b[2J",
    "a megabyte": "x" * 2**20,
    "a lone surrogate": "\ud800",
    "an address": "http://login.example/x?#",
}.items():
    _case(f"set ids of {told}: listing", SPLS, _listing(one), (*INGEST, "dailymed"))
    _case(f"set ids of {told}: records", RECORDS, _json({"results": [record(HOSTILE) | {"set_id": one}]}),
          (*INGEST, "openfda"))  # fmt: skip
    _case(f"set ids of {told}: sync", SPLS, _listing(one), ("track", "exemplin", "otherin"), ("sync",))
_case("another label than asked for", XML, lambda _: answer(tiny_spl(77)), (*INGEST, "dailymed"))
_case("a zip bomb instead of XML", XML, lambda _: answer(b"PK\x03\x04" * 9), (*INGEST, "dailymed"))
_case("XML with an entity", XML, lambda _: answer(
    b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>'), (*INGEST, "dailymed"))  # fmt: skip
_case("XML cut in half", XML, lambda _: answer(tiny_spl(1)[:900]), (*INGEST, "dailymed"))
_case("a name that leads out", "release", lambda _: answer(b"PK\5\6" + bytes(18)), ("load", "URL/..%2f..%2frelease.zip"),
      keeps=False)  # fmt: skip
_case("a name of a hidden file", "release", lambda _: answer(b"PK\5\6" + bytes(18)), ("fetch-release", "URL/.release.zip"),
      keeps=False)  # fmt: skip
_case("openFDA's files at paths that lead out", "/download.json", _json({"results": {"drug": {"label": {"partitions": [
    {"file": "file:///etc/passwd"}, {"file": "http://login.example/../../x.zip"}, {"file": 7}]}}}}),
    ("fetch-release", "openfda"), keeps=False)  # fmt: skip
