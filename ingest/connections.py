"""Connections that end: a server that drips a byte a minute passes every time-out, and would hold a job for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

PATIENCE = 600.0
"""Seconds for the head of an answer, and for each chunk of its body."""


@contextmanager
def cut_off(line: socket.socket | None) -> Iterator[None]:
    """End a connection that is still being read after PATIENCE; to the reader it breaks off."""
    timer = threading.Timer(PATIENCE, _shut, [line])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(line: socket.socket | None) -> None:
    if line:
        with suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)


class _Impatient:
    """A connection that does not wait for the head of an answer for ever; the answer knows its ``line``."""

    def getresponse(self) -> Any:
        line = self.sock  # type: ignore[attr-defined]
        with cut_off(line):
            response = super().getresponse()  # type: ignore[misc]
        response.line = line
        return response


class _Connection(_Impatient, HTTPConnection):
    pass


class _SecureConnection(_Impatient, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class ImpatientAdapter(HTTPAdapter):
    """The adapter of requests, with connections that do not wait for ever."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Take these connections instead of urllib3's."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
