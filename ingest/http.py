"""Asking a server politely, and believing no answer that is not whole.

Every request is a GET with time-outs, waits for its turn (a rate limit for each host), names this program
and a contact, and is repeated with growing pauses where that may help. TLS certificates are always checked.
Errors: :mod:`ingest.errors`.
"""

from __future__ import annotations

import ipaddress
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Any, TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from requests import exceptions as failures
from urllib3.exceptions import InvalidHeader, MaxRetryError
from urllib3.util import Retry

from ingest.connections import ImpatientAdapter, cut_off
from ingest.documents import HEAD, read_json, sniff
from ingest.errors import BadAnswer, NotFound, SourceError, Throttled, Unreachable, WrongUse

Whole = TypeVar("Whole")
RETRIED = frozenset({429, 500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 5
MAX_BYTES = 256 * 2**20
CHUNK = 2**16

RETRY = Retry(total=4, backoff_factor=1, backoff_max=30, allowed_methods={"GET"}, status_forcelist=RETRIED)
"""How often to ask again (four times), and how long to wait before (0, 2, 4, 8 seconds)."""
LONGEST_WAIT = 120.0
"""The longest Retry-After, in seconds, that is waited for; a service that asks for more is left alone."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer with a status of 200 to 299."""

    url: str
    body: bytes
    """Empty where JSON was asked for."""
    links: Mapping[str, str]
    """Targets of the Link header by their ``rel``."""
    value: Any = None
    """What the JSON says, where that was asked for."""
    validator: str = ""
    """What to ask with whether the answer has changed: its ETag, or else its Last-Modified."""
    unchanged: bool = False
    """It has not (304): there is no body."""


class PoliteSession:
    """A requests session that only asks (GET), checks what comes back, and counts its ``requests``."""

    def __init__(
        self,
        *,
        per_second: float,
        retry: Retry = RETRY,
        timeout: tuple[float, float] = (10, 60),
        deadline: float = 600,
        max_bytes: int = MAX_BYTES,
        auth: tuple[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._session = requests.Session()
        self._session.headers["User-Agent"] = user_agent()
        self._session.auth = auth
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, ImpatientAdapter())
        self._turns = Turns(per_second, clock=clock, sleep=sleep)
        self._retry, self._timeout, self._deadline, self._max_bytes = retry, timeout, deadline, max_bytes
        self._clock, self._sleep = clock, sleep
        self.requests = 0

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        final: Callable[[SourceError], bool] = lambda _: False,
        validator: str = "",
        as_json: bool = False,
    ) -> Answer:
        """The whole answer to one question, asked again while that may help.

        ``as_json``: nothing but JSON is an answer; one that was cut short, with the length of what is left, is none.
        ``validator`` of an earlier answer asks only whether that has changed.
        ``final`` tells of an error answer that it will not change, so that it is not asked for again.
        Raises Unreachable, Throttled, NotFound, BadAnswer.
        """
        name = "If-None-Match" if validator.endswith('"') else "If-Modified-Since"
        headers = {name: validator} if validator else None
        return self.repeat(lambda: self._ask(url, params, headers, as_json=as_json), final=final)

    def repeat(self, ask: Callable[[], Whole], *, final: Callable[[SourceError], bool] = lambda _: False) -> Whole:
        """What ``ask`` returns, called again with growing pauses while its error may pass. Raises SourceError."""
        retry = self._retry
        while True:
            try:
                return ask()
            except SourceError as error:
                error.tries = len(retry.history) + 1
                if not error.passing or final(error):
                    raise
                retry = self._pause(retry, error)

    def _pause(self, retry: Retry, error: SourceError) -> Retry:
        if error.retry_after > LONGEST_WAIT:
            error.reason += f", and asks to be left alone for {error.retry_after:.0f} s: try again later"
            raise error
        try:
            retry = retry.increment("GET", error=error)
        except MaxRetryError:
            raise error from None
        self._sleep(max(error.retry_after, retry.get_backoff_time()))
        return retry

    @contextmanager
    def opened(
        self, url: str, *, headers: Mapping[str, str] | None = None, expected: frozenset[int] = frozenset()
    ) -> Iterator[requests.Response]:
        """An answer to be read with :func:`pieces`, asked for once. Raises SourceError as ``get`` does.

        ``expected`` are error statuses that are answers as well.
        """
        with self._answer(url, headers=headers) as response:
            if not response.ok and response.status_code not in expected:
                raise _refused(_host(response.url), response, self._body(response))
            yield response

    def _ask(
        self, url: str, params: Mapping[str, str | int] | None, headers: Mapping[str, str] | None, *, as_json: bool
    ) -> Answer:
        with self._answer(url, params, headers) as response:
            answer = self._checked(response)
        return _parsed(answer) if as_json and not answer.unchanged else answer

    @contextmanager
    def _answer(
        self, url: str, params: Mapping[str, str | int] | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[requests.Response]:
        """The answer at the end of all redirects."""
        for _ in range(MAX_REDIRECTS):
            self._turns.wait(_host(url))
            self.requests += 1
            with self._send(url, params, headers) as response:
                if response.status_code not in REDIRECTS:
                    yield response
                    return
                url, params = _redirected(response), None
        raise BadAnswer(f"{_host(url)} redirects in a circle")

    def _send(
        self, url: str, params: Mapping[str, str | int] | None, headers: Mapping[str, str] | None
    ) -> requests.Response:
        # A replica on loopback is asked directly, whatever proxy the environment names.
        proxies = {"http": "", "https": ""} if _is_loopback(_host(url)) else None
        try:
            return self._session.get(
                url,
                params=params,
                headers=headers,
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
                proxies=proxies,
            )
        except failures.RequestException as error:
            raise _no_answer(_host(url), error) from error
        except ValueError:  # requests reads the place of a redirect even where it does not follow
            raise BadAnswer(f"{_host(url)} redirects to an address that is none") from None

    def _checked(self, response: requests.Response) -> Answer:
        host = _host(response.url)
        body = self._body(response)
        if not response.ok:
            raise _refused(host, response, body)
        if sniff(body[:HEAD]) == "html":
            raise BadAnswer(
                f"{host} answered with a web page instead of data (a network that wants a login, a proxy, "
                "maintenance?): open the address in a browser"
            )
        links = {rel: link["url"] for rel, link in response.links.items() if "url" in link}
        validator = response.headers.get("ETag") or response.headers.get("Last-Modified") or ""
        return Answer(response.url, body, links, None, validator, response.status_code == 304)

    def _body(self, response: requests.Response) -> bytes:
        host, end = _host(response.url), self._clock() + self._deadline
        body = bytearray()
        for piece in pieces(response):
            body += piece
            if len(body) > self._max_bytes:
                raise BadAnswer(f"{host} sent more than {self._max_bytes:,} bytes: refused")
            if self._clock() > end:
                raise Unreachable(f"{host} was not done after {self._deadline:.0f} s", passing=True)
        return bytes(body)


def _parsed(answer: Answer) -> Answer:
    try:
        return replace(answer, body=b"", value=read_json(answer.body))
    except ValueError as error:
        told = f"{_host(answer.url)} answered with something that is no JSON: {error}"
        raise BadAnswer(told, passing=True) from None


def pieces(response: requests.Response) -> Iterator[bytes]:
    """The body of an answer as it comes. Raises SourceError where it breaks off before its length."""
    chunks = response.iter_content(CHUNK)
    try:
        while True:
            with cut_off(getattr(response.raw, "line", None)):
                piece = next(chunks, None)
            if piece is None:
                return
            yield piece
    except failures.RequestException as error:  # urllib3 counts the bytes against Content-Length
        raise _broken_off(_host(response.url), error) from error


class Turns:
    """A rate limit for each host: so many requests a second, evenly spaced."""

    def __init__(
        self,
        per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval, self._clock, self._sleep = 1 / per_second, clock, sleep
        self._free: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, host: str) -> None:
        """Return when it is this caller's turn to ask ``host``."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._free.get(host, now))
            self._free[host] = turn + self._interval
        if turn > now:
            self._sleep(turn - now)


def user_agent() -> str:
    """``onlabel/<version> (+<contact>)``; the contact is ONLABEL_CONTACT, else the project's page."""
    try:
        about = metadata.metadata("onlabel")
        version, pages = about["Version"], about.get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        version, pages = "0", []
    page = pages[0].partition(",")[2] if pages else ""
    contact = os.environ.get("ONLABEL_CONTACT") or page
    contact = " ".join(contact.encode("ascii", "ignore").decode().split())
    return f"onlabel/{version} (+{contact})" if contact else f"onlabel/{version}"


def base_address(variable: str, default: str) -> str:
    """Scheme, host and port of a service: from an environment variable where set. Raises WrongUse."""
    address = os.environ.get(variable, "").strip() or default
    parts = _split(address)
    if parts is None or parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        raise WrongUse(f"{variable}: give scheme, host and port alone, such as {default}")
    return f"{parts.scheme}://{parts.netloc}"


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - a wrong port is only seen when asked for
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and parts.hostname else None


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _redirected(response: requests.Response) -> str:
    old, new = urlsplit(response.url), _split(urljoin(response.url, response.headers.get("Location", "")))
    if new is None or new.hostname != old.hostname or (old.scheme, new.scheme) == ("https", "http"):
        told = new.hostname if new else "nowhere"
        raise BadAnswer(
            f"{old.hostname} redirects to {told}, which is refused (a network that wants a login?): "
            "open the address in a browser"
        )
    return new.geturl()


def _refused(host: str, response: requests.Response, body: bytes) -> SourceError:
    """The error for an answer whose status is 400 or above (or a 3xx that is no redirect)."""
    status = response.status_code
    passing, wait = status in RETRIED, _retry_after(response)
    if status == 429:
        reason = f"{host} asks for fewer requests (429)"
        return Throttled(reason, passing=passing, retry_after=wait, status=status, body=body)
    if status in {404, 410}:
        return NotFound(f"{host} has no such thing ({status})", status=status, body=body)
    reason = f"{host} answered {status} {response.reason or ''}".rstrip()
    return BadAnswer(reason, passing=passing, retry_after=wait, status=status, body=body)


def _retry_after(response: requests.Response) -> float:
    """Seconds that the service asks us to wait, however it says so; 0 where it does not."""
    try:
        return float(RETRY.parse_retry_after(response.headers.get("Retry-After", "0")))
    except (InvalidHeader, ValueError, OverflowError):
        return 0


def _no_answer(host: str, error: failures.RequestException) -> SourceError:
    """The error for a request that got no answer, without the library's message: that holds the address."""
    if isinstance(error, failures.SSLError):
        return Unreachable(
            f"the certificate of {host} cannot be trusted: check the clock of this machine, or point "
            "REQUESTS_CA_BUNDLE to the certificates of your network"
        )
    if isinstance(error, failures.ProxyError):
        return Unreachable(f"{host} cannot be reached through the proxy: check HTTPS_PROXY", passing=True)
    if isinstance(error, failures.Timeout):
        return Unreachable(f"{host} did not answer in time: try again later", passing=True)
    if isinstance(error, failures.ConnectionError):
        return Unreachable(f"{host} cannot be reached: check the network connection", passing=True)
    return Unreachable(f"{host} cannot be asked ({type(error).__name__})")


def _broken_off(host: str, error: failures.RequestException) -> SourceError:
    """The error for an answer that began and did not end well."""
    if isinstance(error, failures.ContentDecodingError):
        return BadAnswer(f"{host} sent compressed data that is damaged", passing=True)
    if "timed out" in str(error):
        return Unreachable(f"{host} stopped in the middle of its answer: try again later", passing=True)
    return BadAnswer(f"{host} broke off in the middle of its answer", passing=True)
