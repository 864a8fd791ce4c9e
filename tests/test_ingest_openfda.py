"""The openFDA client against its replica."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import BadAnswer, BadQuery, Throttled
from ingest.http import Answer
from ingest.openfda import PAGE_SIZE, OpenFDA, queries, quoted
from ingest.terms import Term, read_term
from tests.replica import Fault, Replica
from tests.replica_data import read_folders
from tests.replica_query import compile_query
from tests.support_ingest import Sleeps, loopback_only, quick_session, record, set_id  # noqa: F401

RECORDS = [
    record(1),
    record(2, brand="OTHERIN", generic="ADO-EXEMPLINIB"),
    record(3, brand='THE "NEW" EXEMPLIN', openfda={"brand_name": ['The "New" \\ Exemplin'], "rxcui": ["77"]}),
    record(
        4,
        openfda={},
        mechanism_of_action=["12.1 Mechanism of Action Exemplinib inhibits an invented kinase."],
    ),
    record(5, brand="SALTIN", generic="SODIUM CHLORIDE", openfda={}),
    {k: v for k, v in record(6, brand="LOSTIN").items() if k != "openfda"},
]


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica(records=RECORDS, keys=["good-key"]) as replica:
        yield replica


def client(replica: Replica, **options: Any) -> OpenFDA:
    return OpenFDA(quick_session(**options), base=replica.url)


def found(replica: Replica, text: str, limit: int | None = None) -> list[str]:
    return [hit.set_id for hit in client(replica).search(read_term(text), limit=limit)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("exemplin", [1, 3, 4]),
        ("exemplinib", [1, 4]),
        ("ado-exemplinib", [2]),
        ('the "new" \\ exemplin', [3]),
        ("lostin", [6]),
        ("water", []),
        ("saltin", [5]),
        (set_id(4), [4]),
        ("0555-0001", [1, 2]),
        ("0555-0001-30", [1, 2]),
        ("0555000130", [1, 2]),
        ("NDA212345", [1, 2]),
        ("059QF0KO0R", [1, 2]),
        ("rxcui:77", [3]),
        ("unknownium", []),
        ("0999-9999", []),
    ],
)
def test_labels_are_found_by_all_that_they_go_by(replica: Replica, text: str, numbers: list[int]) -> None:
    assert found(replica, text) == [set_id(n) for n in numbers]


def test_a_document_is_the_record_and_says_where_from(replica: Replica) -> None:
    (hit,) = client(replica).search(read_term(set_id(1)))
    document = hit.fetch()
    assert json.loads(document.data) == RECORDS[0]
    assert (document.media, document.source, document.name) == ("openfda", "openfda", set_id(1))
    assert document.origin == f"{replica.url}/drug/label.json?search=set_id%3A%22{set_id(1)}%22"


@pytest.mark.parametrize("count", [PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 2 * PAGE_SIZE])
def test_all_pages_are_read_to_a_404_behind_the_last(count: int) -> None:
    with Replica(records=[record(n) for n in range(count)]) as replica:
        assert len(list(client(replica).records('openfda.brand_name:"exemplin"'))) == count
        pages = replica.requests
    assert len(pages) == count // PAGE_SIZE + 1
    assert ["search_after" in page.params for page in pages] == [False] + [True] * (len(pages) - 1)


def test_a_limit_ends_the_search_and_asks_for_no_more() -> None:
    with Replica(records=[record(n) for n in range(60)]) as replica:
        assert found(replica, "exemplin", limit=3) == [set_id(n) for n in range(3)]
        assert [r.params["limit"] for r in replica.requests] == ["3", "3"]


def test_the_next_page_is_asked_of_the_host_that_we_know() -> None:
    asked: list[tuple[str, Any]] = []

    class Session:
        def get(self, url: str, *, params: Any, **_: object) -> Answer:
            asked.append((url, params))
            link = {"next": 'https://evil.example/steal?search="a"&limit=25&skip=0&search_after=0%3Dx'}
            return Answer(url, b"", link, {"results": [record(len(asked))]})

    records = list(OpenFDA(Session(), base="https://api.fda.gov").records('"a"'))  # type: ignore[arg-type]
    assert {url for url, _ in asked} == {"https://api.fda.gov/drug/label.json"}
    assert asked[1][1] == {"search": '"a"', "limit": "25", "skip": "0", "search_after": "0=x"}
    assert len(records) == 2  # the same link again ends it


@pytest.mark.parametrize("search", ['openfda.brand_name:"open', "a AND", "(a", "effective_time:[20240101 TO"])
def test_a_bad_query_is_never_asked_again(replica: Replica, search: str) -> None:
    with pytest.raises(BadQuery, match=r"does not understand the search: .*(parse_exception|token_mgr_error)"):
        list(client(replica).records(search))
    assert len(replica.requests) == 1


def test_a_bad_parameter_is_a_bad_query(replica: Replica) -> None:
    with pytest.raises(BadQuery, match="Limit cannot exceed 1000"):
        list(client(replica).records("a", page_size=1001))


def test_another_error_of_the_server_is_asked_again(replica: Replica) -> None:
    replica.faults.append(Fault("500", times=2))
    assert found(replica, set_id(1)) == [set_id(1)]
    assert len(replica.requests) == 3


def test_the_limit_of_the_day_is_explained(replica: Replica) -> None:
    replica.faults.append(Fault("429", times=9, retry_after="40000"))
    with pytest.raises(Throttled, match=r"left alone.*ONLABEL_OPENFDA_KEY"):
        found(replica, "exemplin")


def test_a_404_that_is_not_openfdas_is_an_error(replica: Replica) -> None:
    with pytest.raises(BadAnswer, match="no openFDA at this address"):
        list(OpenFDA(quick_session(), base=f"{replica.url}/elsewhere").records("a"))


def test_the_key_is_sent_and_shows_nowhere(
    replica: Replica, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ONLABEL_OPENFDA_KEY", " good-key\n")
    monkeypatch.setenv("ONLABEL_OPENFDA_URL", replica.url)
    with caplog.at_level(logging.DEBUG):
        (hit,) = OpenFDA().search(read_term(set_id(1)))
    document = hit.fetch()
    assert "good-key" not in caplog.text + document.origin + document.data.decode()
    assert replica.requests[0].headers["Authorization"] == "Basic Z29vZC1rZXk6"

    monkeypatch.setenv("ONLABEL_OPENFDA_KEY", "bad-key")
    with pytest.raises(BadAnswer, match="check ONLABEL_OPENFDA_KEY") as error:
        list(OpenFDA().search(read_term(set_id(1))))
    assert "bad-key" not in str(error.value)


def test_without_a_key_none_is_sent(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONLABEL_OPENFDA_URL", replica.url)
    assert list(OpenFDA().search(read_term(set_id(1))))
    assert replica.requests[0].headers["Authorization"] is None


def test_near_names_begin_alike(replica: Replica) -> None:
    assert client(replica).near_names("exempliin") == ["EXEMPLIN", "EXEMPLINIB"]
    assert client(replica).near_names("zzzz") == []
    replica.faults.append(Fault("404", times=9))
    assert client(replica).near_names("exempliin") == []


@pytest.mark.parametrize("told", [None, [], {}, {"results": {}}, {"results": [1]}, {"results": [{}]}])
def test_json_of_another_shape_is_a_bad_answer(told: object) -> None:
    class Session:
        def get(self, url: str, **_: object) -> Answer:
            return Answer(url, b"", {}, told)

    with pytest.raises(BadAnswer):
        list(OpenFDA(Session(), base="http://127.0.0.1").search(read_term("x")))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("kisqali", '"kisqali"'),
        ('a "b" c', '"a \\"b\\" c"'),
        ("back\\slash", '"back\\\\slash"'),
        ("a AND b", '"a AND b"'),
        ("a+b:(c)", '"a+b:(c)"'),
        ("ends in \\", '"ends in \\\\"'),
    ],
)
def test_a_name_is_quoted_and_escaped(name: str, phrase: str) -> None:
    assert quoted(name) == phrase


@given(st.text(st.characters(exclude_categories=["Cs"])).filter(lambda t: any(c.isalnum() for c in t)))
def test_any_name_is_one_phrase_of_the_query(name: str) -> None:
    """A record with this brand matches, and one that holds the words of it elsewhere does not."""
    query = queries(Term("name", name, name))[0]
    spread = {"openfda": {"brand_name": [], "generic_name": []}, "description": [name, *name.split()]}
    assert compile_query(query)({"openfda": {"brand_name": [name]}})
    assert not compile_query(query)(spread)


@settings(max_examples=25, deadline=None)
@given(st.text(st.sampled_from('ab"\\ :()[]{}+-*?~^/&|!®é'), min_size=1, max_size=12))
def test_any_name_reaches_openfda_as_it_is(name: str) -> None:
    term = Term("name", name, name)
    with Replica(records=[record(1)]) as replica:
        list(client(replica).search(term))
        assert [r.params["search"] for r in replica.requests] == queries(term)


def test_real_labels_are_found(shared: Path) -> None:
    _, records = read_folders([shared / "openfda"])
    with Replica(records=records) as replica:
        (hit,) = client(replica).search(read_term("kisqali"))
        kisqali = json.loads(hit.fetch().data)
        assert (kisqali["version"], kisqali["effective_time"]) == ("19", "20230824")
        by_number = [h.set_id for h in client(replica).search(read_term("NDA209092"))]
        assert by_number == [hit.set_id]
        hits = [json.loads(h.fetch().data)["openfda"] for h in client(replica).search(read_term("trastuzumab"))]
        assert any("Herceptin" in openfda["brand_name"] for openfda in hits)
        assert not any("Kadcyla" in openfda["brand_name"] for openfda in hits)
