"""The polite session: patience with what passes, one clear line for what does not."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from ingest.errors import BadAnswer, NotFound, SourceError, Throttled, Unreachable, WrongUse
from ingest.http import PoliteSession, Turns, base_address, user_agent
from tests.replica import Fault, Replica
from tests.support_ingest import Sleeps, loopback_only, quick_session, tiny  # noqa: F401


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica([tiny(1)]) as replica:
        yield replica


def address(replica: Replica) -> str:
    return f"{replica.url}/dailymed/services/v2/spls/{replica.dailymed.spls[0].set_id}.xml"


def test_a_whole_answer_comes_byte_for_byte(replica: Replica) -> None:
    assert quick_session().get(address(replica)).body == replica.dailymed.spls[0].data


@pytest.mark.parametrize("kind", ["429", "500", "502", "503", "504", "cut", "gzip", "close", "slow", "stall"])
def test_what_passes_is_asked_for_again(replica: Replica, kind: str) -> None:
    replica.faults.append(Fault(kind, times=2, seconds=1.2))
    assert quick_session().get(address(replica)).body == replica.dailymed.spls[0].data
    assert len(replica.requests) == 3


@pytest.mark.parametrize("kind", ["short", "empty"])
def test_json_that_is_none_is_asked_for_again(replica: Replica, kind: str) -> None:
    url = f"{replica.url}/dailymed/services/v2/spls.json"
    replica.faults.append(Fault(kind, times=2))
    assert quick_session().get(url, as_json=True).value["data"]
    assert len(replica.requests) == 3
    replica.faults.append(Fault(kind, times=9))
    with pytest.raises(BadAnswer, match=r"something that is no JSON: .* \(asked 2 times\)"):
        quick_session(tries=2).get(url, as_json=True)


@pytest.mark.parametrize(
    ("kind", "error", "told"),
    [
        ("503", BadAnswer, "answered 503"),
        ("429", Throttled, "asks for fewer requests"),
        ("cut", BadAnswer, "broke off"),
        ("gzip", BadAnswer, "damaged"),
        ("close", Unreachable, "cannot be reached"),
        ("slow", Unreachable, "did not answer in time"),
        ("stall", Unreachable, "stopped in the middle"),
    ],
)
def test_what_does_not_pass_ends_in_one_line(replica: Replica, kind: str, error: type[SourceError], told: str) -> None:
    replica.faults.append(Fault(kind, times=9, seconds=1.0))
    with pytest.raises(error) as raised:
        quick_session(tries=2).get(address(replica))
    assert told in str(raised.value)
    assert "asked 2 times" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(replica.requests) == 2


@pytest.mark.parametrize(
    ("kind", "error", "told"),
    [
        ("html", BadAnswer, "a web page instead of data"),
        ("redirect", BadAnswer, "redirects to login.example"),
        ("404", NotFound, "404"),
        ("415", BadAnswer, "415"),
        ("400", BadAnswer, "400"),
    ],
)
def test_what_cannot_pass_is_not_asked_for_again(
    replica: Replica, kind: str, error: type[SourceError], told: str
) -> None:
    replica.faults.append(Fault(kind, times=9))
    with pytest.raises(error, match=told):
        quick_session().get(address(replica))
    assert len(replica.requests) == 1


def test_a_redirect_on_the_same_host_is_followed(replica: Replica) -> None:
    replica.faults.append(Fault("moved", times=2))
    assert quick_session().get(address(replica)).body == replica.dailymed.spls[0].data
    replica.faults.append(Fault("moved", times=99))
    with pytest.raises(BadAnswer, match="redirects in a circle"):
        quick_session().get(address(replica))
    assert len(replica.requests) == 8


def test_pauses_grow(replica: Replica) -> None:
    sleeps = Sleeps()
    replica.faults.append(Fault("503", times=4))
    quick_session(sleeps=sleeps, per_second=1e9).get(address(replica))
    assert [round(s) for s in sleeps if s > 0.1] == [2, 4, 8]


@pytest.mark.parametrize("status", ["429", "503"])
def test_the_service_says_how_long_to_wait(replica: Replica, status: str) -> None:
    sleeps = Sleeps()
    replica.faults.append(Fault(status, retry_after="7"))
    quick_session(sleeps=sleeps).get(address(replica))
    assert 7 in sleeps


def test_a_service_that_wants_to_be_left_alone_is(replica: Replica) -> None:
    sleeps = Sleeps()
    replica.faults.append(Fault("429", retry_after="3600"))
    with pytest.raises(Throttled, match="left alone for 3600 s"):
        quick_session(sleeps=sleeps).get(address(replica))
    assert len(replica.requests) == 1
    assert max(sleeps, default=0) < 1


@pytest.mark.parametrize("header", ["soon", "-5", "Mon, 01 Jan 2001 00:00:00 GMT", ""])
def test_a_senseless_wait_is_none(replica: Replica, header: str) -> None:
    replica.faults.append(Fault("503", retry_after=header))
    assert quick_session().get(address(replica)).body


def test_each_host_has_its_turns() -> None:
    sleeps = Sleeps()
    turns = Turns(4, clock=sleeps.clock, sleep=sleeps.sleep)
    for host in ("a", "a", "b", "a"):
        turns.wait(host)
    assert sleeps == [0.25, 0.25]


def test_every_attempt_waits_for_its_turn(replica: Replica) -> None:
    sleeps = Sleeps()
    replica.faults.append(Fault("503"))
    quick_session(sleeps=sleeps, per_second=2).get(address(replica))
    assert sum(sleeps) >= 0.5


def test_a_time_out_is_always_set(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def get(self: requests.Session, url: str, **options: Any) -> requests.Response:
        given.update(options)
        raise requests.exceptions.ReadTimeout

    monkeypatch.setattr(requests.Session, "get", get)
    with pytest.raises(Unreachable):
        PoliteSession(per_second=1000, retry=quick_session(tries=1)._retry).get("https://dailymed.nlm.nih.gov/")
    assert given["timeout"] == (10, 60)
    assert "verify" not in given
    assert requests.Session().verify is True


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (
            requests.exceptions.SSLError(ssl.SSLCertVerificationError("self-signed")),
            "certificate of api.fda.gov",
        ),
        (requests.exceptions.ProxyError("https://user:pass@proxy"), "through the proxy"),
        (requests.exceptions.InvalidURL("x"), "cannot be asked"),
    ],
)
def test_a_connection_that_fails_is_explained(monkeypatch: pytest.MonkeyPatch, raised: Exception, told: str) -> None:
    def get(*_: Any, **__: Any) -> None:
        raise raised

    monkeypatch.setattr(requests.Session, "get", get)
    with pytest.raises(Unreachable, match=told) as error:
        quick_session().get("https://api.fda.gov/drug/label.json")
    assert "pass" not in str(error.value)


def test_an_unknown_host_and_a_closed_port_are_unreachable() -> None:
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1 cannot be reached"):
        quick_session(tries=1).get("http://127.0.0.1:9/")


def test_more_than_the_limit_is_refused(replica: Replica) -> None:
    with pytest.raises(BadAnswer, match="more than 100 bytes"):
        quick_session(max_bytes=100).get(address(replica))
    assert len(replica.requests) == 1


def test_a_slow_drip_ends_at_the_deadline(replica: Replica) -> None:
    times = iter(range(0, 100_000, 100))
    session = quick_session(tries=1, deadline=50)
    session._clock = lambda: float(next(times))
    with pytest.raises(Unreachable, match="not done after 50 s"):
        session.get(address(replica))


def test_the_proxy_is_not_asked_for_loopback(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    assert quick_session().get(address(replica)).body


def test_the_session_names_itself_and_a_contact(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONLABEL_CONTACT", "mailto:someone@hospital.example\r\nX-Evil: 1 ☃")
    quick_session().get(address(replica))
    sent = replica.requests[0].headers
    assert sent["User-Agent"].startswith("onlabel/")
    assert "(+mailto:someone@hospital.example X-Evil: 1)" in sent["User-Agent"]
    assert sent["X-Evil"] is None
    monkeypatch.delenv("ONLABEL_CONTACT")
    assert user_agent().startswith("onlabel/")


def test_no_key_shows_in_logs_or_errors(replica: Replica, caplog: pytest.LogCaptureFixture) -> None:
    replica.faults.append(Fault("403", times=1))
    with caplog.at_level(logging.DEBUG), pytest.raises(BadAnswer) as error:
        quick_session(auth=("s3cr3t-key", "")).get(f"{replica.url}/drug/label.json")
    assert replica.requests[0].headers["Authorization"].startswith("Basic ")
    assert "s3cr3t-key" not in caplog.text + str(error.value) + repr(error.value)


@pytest.mark.parametrize(
    ("set_to", "address"),
    [
        ("", "https://dailymed.nlm.nih.gov"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("https://mirror.example", "https://mirror.example"),
        ("http://[::1]:80", "http://[::1]:80"),
    ],
)
def test_the_address_of_a_service_may_be_set(set_to: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONLABEL_DAILYMED_URL", set_to)
    assert base_address("ONLABEL_DAILYMED_URL", "https://dailymed.nlm.nih.gov") == address


@pytest.mark.parametrize(
    "address",
    [
        "mirror.example",
        "ftp://mirror.example",
        "https://m.example/dailymed",
        "https://u:p@m.example",
        "http://m:x",
    ],
)
def test_an_address_with_more_or_less_than_a_host_is_wrong_use(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONLABEL_DAILYMED_URL", address)
    with pytest.raises(WrongUse, match="ONLABEL_DAILYMED_URL: give scheme, host and port alone"):
        base_address("ONLABEL_DAILYMED_URL", "https://dailymed.nlm.nih.gov")
