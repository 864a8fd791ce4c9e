"""Reading documents in several processes; storing them stays with the one that asked.

What comes out is the same as from one process, in the same order. A document whose reading ends a process
(the machine has no memory left, a library crashes) is read once more in one of its own, and fails alone.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from functools import partial
from itertools import chain, islice
from multiprocessing import get_context, parent_process

from ingest.documents import Failed, RawDocument
from ingest.job import Coming, Reader, Said, one_by_one, read_label

AHEAD = 4
"""Documents for each process that are read before it is their turn to be stored."""
AHEAD_BYTES = 64 * 2**20
FIRST = 32
"""Fewer documents are read in this process: others take some seconds to begin."""
Waiting = tuple[RawDocument, Future[Said]] | Failed
DIED = "reading it ended the process that did (no memory left?)"


def in_processes(workers: int) -> Reader:
    """A reader for ``ingest.job.run`` with so many processes beside this one; with 1, all is done in this one."""
    return one_by_one if workers == 1 else partial(_read_ahead, workers=workers)


def _read_ahead(documents: Iterable[RawDocument | Failed], *, workers: int) -> Coming:
    coming = iter(documents)
    first = list(_first(coming))
    if len(first) < FIRST and _size(first) <= AHEAD_BYTES:  # that was all
        yield from one_by_one(first)
        return
    readers = _Readers(workers)
    waiting: deque[Waiting] = deque()
    try:
        for item in chain(first, coming):
            waiting.append(item if isinstance(item, Failed) else (item, readers.submit(item)))
            while len(waiting) > AHEAD * workers or _size(map(_item, waiting)) > AHEAD_BYTES:
                yield _readable(waiting.popleft())
        while waiting:
            yield _readable(waiting.popleft())
    finally:
        readers.end()


def _first(coming: Iterator[RawDocument | Failed]) -> Iterator[RawDocument | Failed]:
    size = 0
    for item in islice(coming, FIRST):
        yield item
        size += _size([item])
        if size > AHEAD_BYTES:
            return


def _size(items: Iterable[RawDocument | Failed]) -> int:
    return sum(len(item.data) for item in items if isinstance(item, RawDocument))


def _item(came: Waiting) -> RawDocument | Failed:
    return came if isinstance(came, Failed) else came[0]


def _readable(came: Waiting) -> tuple[RawDocument, Callable[[], Said]] | Failed:
    return came if isinstance(came, Failed) else (came[0], partial(_result, *came))


class _Readers:
    """The processes, begun when there is work and again when one of them has died."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, document: RawDocument) -> Future[Said]:
        try:
            return _submit(self._begun(), document)
        except BrokenExecutor:
            self.end()
            return _submit(self._begun(), document)

    def end(self) -> None:
        if self._pool:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _begun(self) -> ProcessPoolExecutor:
        self._pool = self._pool or _processes(self._workers)
        return self._pool


def _result(document: RawDocument, future: Future[Said]) -> Said:
    try:
        return future.result()
    except BrokenExecutor:  # by this document or by another one that was read at the same time
        with _processes(1) as alone:
            try:
                return _submit(alone, document).result()
            except BrokenExecutor:
                return DIED


def _submit(pool: ProcessPoolExecutor, document: RawDocument) -> Future[Said]:
    # A process may begin here. It is not to see Ctrl-C, not even before its first line.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(read_label, document)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _processes(count: int) -> ProcessPoolExecutor:
    # Not forked: this process has threads (of the progress display, of the network).
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """What a process does first: it sees to it that it ends with the one that asked, however that ends."""
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)
