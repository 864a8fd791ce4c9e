"""DailyMed and openFDA as a replica on loopback, over SPL documents and openFDA records from folders.

    python -m tests.replica ../shared/spl ../shared/openfda --fault 503:2 --fault cut:1:.xml

It prints lines for the shell that point onlabel to it, and serves until it is stopped. Faults are
applied to the next requests that match, in the order given: KIND[:TIMES[:PATH]]. PATH is a part of the
address; KIND is an error status or one of: cut (half of the body under the length of the whole), slow (a late
answer), stall (half of the body, then nothing), html (a login page), gzip (damaged compression), close (no
answer), redirect (to another host), moved (to the same address, once more), empty (a status of 200 and no body),
short (half of the body, and its length), reset (the connection is torn down).
"""

from __future__ import annotations

import argparse
import hashlib
import random
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests import replica_files
from tests.replica_data import Record, Spl, read_folders
from tests.replica_services import DailyMed, OpenFDA, Reply, Request, bare, openfda_error

LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Guest network</title></head><body>Please log in.</body></html>"
KINDS = frozenset({
    "cut", "slow", "stall", "html", "gzip", "close", "redirect", "moved", "empty", "short", "reset",
})  # fmt: skip
"""Faults that are no status."""


@dataclass
class Fault:
    """Something that goes wrong with the next ``times`` requests whose address holds ``match``."""

    kind: str
    times: int = 1
    match: str = ""
    seconds: float = 2
    retry_after: str | None = None


class Weather(list[Fault]):
    """Faults for a share of all requests, as a seeded chance has it, in storms of so many requests in a row."""

    def __init__(self, kinds: Sequence[Fault], *, rate: float = 0.3, seed: int = 1, storm: int = 1) -> None:
        super().__init__()
        self._kinds, self._rate, self._storm = kinds, rate / (storm * (1 - rate) + rate), storm
        self._chance = random.Random(seed)
        self._now, self._left, self.hits = kinds[0], 0, 0

    def __iter__(self) -> Iterator[Fault]:
        if not self._left and self._chance.random() < self._rate:
            self._now, self._left = self._chance.choice(self._kinds), self._storm
        if self._left:
            self._left -= 1
            self.hits += 1
            yield replace(self._now)


class Replica:
    """Both services on one port of 127.0.0.1, for as long as the ``with`` block lasts.

    ``numbers`` and ``keys``: see the services. ``etags``: answers have ETags, and are not sent again to who has
    them. ``faults`` may be added to while it runs. ``tls``: a file with a key and a certificate, for https.
    """

    def __init__(
        self,
        spls: Iterable[Spl] = (),
        records: Iterable[Record] = (),
        *,
        faults: Iterable[Fault] = (),
        numbers: str = "recorded",
        keys: Iterable[str] = (),
        etags: bool = False,
        port: int = 0,
        tls: Path | None = None,
    ) -> None:
        self.faults, self.requests = list(faults), list[Request]()
        self.etags = etags
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            # The handshake is left to the thread of its request: who breaks it off holds up no other.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.dailymed = DailyMed(spls, numbers=numbers)
        self.openfda = OpenFDA(records, url=self.url, keys=keys)

    def __enter__(self) -> Replica:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve_forever(self) -> None:
        self._server.serve_forever()

    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [request.path for request in self.requests]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        replica = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self) -> None:
                with suppress(ConnectionError, ssl.SSLError):  # who asked has gone
                    super().handle()

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                request = Request(unquote(parts.path), dict(parse_qsl(parts.query)), self.headers)
                fault = replica._note(request, self.path)
                reply = _tagged(request, replica.reply(request)) if replica.etags else replica.reply(request)
                if fault is None:
                    _send(self, reply)
                else:
                    _spoil(self, reply, fault)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                pass

        return Handler

    def _note(self, request: Request, address: str) -> Fault | None:
        """Keep a request, and take the fault that is meant for it."""
        with self._lock:
            self.requests.append(request)
            for fault in self.faults:
                if fault.times > 0 and fault.match in unquote(address):
                    fault.times -= 1
                    return fault
        return None

    def reply(self, request: Request) -> Reply:
        """What the real services would answer."""
        if request.path.startswith("/dailymed/"):
            return self.dailymed.reply(request.path, request.params)
        if request.path.startswith(replica_files.FILES):
            return replica_files.reply(request, self.dailymed.spls)
        if request.path == "/drug/label.json":
            return self.openfda.reply(request)
        if request.path == "/download.json":
            return self.openfda.downloads()
        return bare(404)


def _tagged(request: Request, reply: Reply) -> Reply:
    tag = f'"{hashlib.sha256(reply.body).hexdigest()[:16]}"'
    if reply.status != 200:
        return reply
    if request.headers.get("If-None-Match") == tag:
        return Reply(status=304, headers={"ETag": tag})
    return replace(reply, headers=reply.headers | {"ETag": tag})


def _send(handler: BaseHTTPRequestHandler, reply: Reply, *, length: int | None = None) -> None:
    handler.send_response(reply.status)
    headers = {
        "Content-Type": reply.media,
        "Content-Length": str(len(reply.body) if length is None else length),
    }
    for name, value in (headers | reply.headers).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(reply.body)


def _spoil(handler: BaseHTTPRequestHandler, reply: Reply, fault: Fault) -> None:
    """Answer, but with a fault."""
    half = Reply(reply.body[: len(reply.body) // 2], reply.media, reply.status, reply.headers)
    if fault.kind.isdecimal():
        status = int(fault.kind)
        headers = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
        error = openfda_error(status, "A fault that was asked for.")
        dailymed = handler.path.startswith("/dailymed")
        _send(handler, Reply(b"" if dailymed else error.body, error.media, status, headers))
    elif fault.kind == "slow":
        time.sleep(fault.seconds)
        _send(handler, reply)
    elif fault.kind == "html":
        _send(handler, Reply(LOGIN_PAGE, "text/html"))
    elif fault.kind == "gzip":
        _send(handler, Reply(b"\x1f\x8b\x08 damaged", reply.media, headers={"Content-Encoding": "gzip"}))
    elif fault.kind == "empty":
        _send(handler, Reply(b"", reply.media))
    elif fault.kind == "short":
        _send(handler, half)
    elif fault.kind == "reset":
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif fault.kind == "redirect":
        _send(handler, Reply(b"", "text/html", 302, {"Location": "http://login.example/"}))
    elif fault.kind == "moved":
        _send(handler, Reply(b"", "text/html", 301, {"Location": handler.path}))
    elif fault.kind != "close":
        _send(handler, half, length=len(reply.body))
        handler.wfile.flush()
        time.sleep(fault.seconds if fault.kind == "stall" else 0)
    if fault.kind in {"cut", "stall", "close", "reset"}:
        handler.close_connection = True


def read_fault(text: str) -> Fault:
    """A fault as it is written on the command line."""
    kind, times, match = [*text.split(":", 2), "", ""][:3]
    if not kind.isdecimal() and kind not in KINDS:
        raise argparse.ArgumentTypeError(f"no such fault: {kind}")
    return Fault(kind, int(times or 1), match, retry_after="1" if kind == "429" else None)


def main(arguments: list[str] | None = None) -> None:
    """Serve folders until stopped."""
    assert __doc__
    parser = argparse.ArgumentParser("python -m tests.replica", description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fault", type=read_fault, action="append", default=[], metavar="KIND[:TIMES[:PATH]]")
    told = parser.parse_args(arguments)
    spls, records = read_folders(told.folders)
    replica = Replica(spls, records, faults=told.fault, port=told.port)
    print(f"{len(spls)} SPL documents, {len(replica.openfda.records)} openFDA labels", file=sys.stderr)
    for name in ("DAILYMED", "OPENFDA", "DAILYMED_FILES"):
        print(f"export ONLABEL_{name}_URL={replica.url}", flush=True)
    with suppress(KeyboardInterrupt):
        replica.serve_forever()


if __name__ == "__main__":
    main()
