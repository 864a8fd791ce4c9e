"""The replica answers as the services do: shapes as recorded, errors as documented."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.replica import Fault, Replica, read_fault
from tests.replica_query import QueryError, compile_query
from tests.support_ingest import loopback_only, record, set_id, tiny, tiny_spl  # noqa: F401

SPLS = "/dailymed/services/v2/spls"


@pytest.fixture
def replica() -> Iterator[Replica]:
    spls = [tiny(1, version=1), tiny(1, version=2, effective="20250101"), tiny(2, name="Otherin")]
    with Replica(spls, [record(n) for n in range(5)], keys=["known"]) as replica:
        yield replica


def ask(replica: Replica, path: str, **options: Any) -> requests.Response:
    return requests.get(replica.url + path, timeout=5, **options)


def test_a_listing_has_the_recorded_shape(replica: Replica, shared: Path) -> None:
    recorded = json.loads((shared / "api" / "dailymed-v2-spls-cisplatin.json").read_bytes())
    answer = ask(replica, f"{SPLS}.json?drug_name=otherin").json()
    for part in ("metadata", "data"):
        ours, theirs = answer[part], recorded[part]
        ours, theirs = (ours[0], theirs[0]) if part == "data" else (ours, theirs)
        assert {k: type(v) for k, v in ours.items()} == {k: type(v) for k, v in theirs.items()}


def test_a_history_has_the_recorded_shape(replica: Replica, shared: Path) -> None:
    recorded = json.loads((shared / "api" / "dailymed-v2-spls-setid-history-vitrakvi.json").read_bytes())
    answer = ask(replica, f"{SPLS}/{set_id(1)}/history.json").json()
    assert answer["data"].keys() == recorded["data"].keys()
    assert answer["metadata"].keys() == recorded["metadata"].keys()
    assert [h["spl_version"] for h in answer["data"]["history"]] == [2, 1]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("drug_name=exempl", [1, 2]),
        ("drug_name=exemplin&name_type=b", [1]),
        ("doctype=34391-3", [1, 2]),
        ("doctype=34390-5", []),
        ("labeler=invented", [1, 2]),
        ("boxed_warning=true", []),
        ("published_date=2025-01-01", [1]),
        ("published_date=2024-12-31&published_date_comparison=lt", [2]),
        ("pagesize=1&page=2", [2]),
        ("page=7", []),
    ],
)
def test_dailymed_filters(replica: Replica, query: str, numbers: list[int]) -> None:
    rows = ask(replica, f"{SPLS}.json?{query}").json()["data"]
    assert [row["setid"] for row in rows] == [set_id(n) for n in numbers]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{SPLS}/{set_id(1)}.json", 415),
        (f"{SPLS}/{set_id(9)}.xml", 404),
        (f"{SPLS}/{set_id(9)}/history.json", 404),
        (f"{SPLS}/{set_id(1)}/nothing.json", 404),
        (f"/dailymed/getFile.cfm?type=zip&setid={set_id(1)}&version=7", 404),
        ("/nowhere", 404),
    ],
)
def test_errors_are_bare_codes(replica: Replica, path: str, status: int) -> None:
    answer = ask(replica, path)
    assert (answer.status_code, answer.content) == (status, b"")


def test_a_label_and_its_zips_hold_the_bytes_of_the_file(replica: Replica) -> None:
    newest = tiny_spl(1, version=2, effective="20250101")
    assert ask(replica, f"{SPLS}/{set_id(1)}.xml").content == newest
    for path, data in (
        (f"/dailymed/downloadzipfile.cfm?setId={set_id(1)}", newest),
        (f"/dailymed/getFile.cfm?type=zip&setid={set_id(1)}&version=1", tiny_spl(1)),
    ):
        with zipfile.ZipFile(io.BytesIO(ask(replica, path).content)) as archive:
            assert [archive.read(name) for name in archive.namelist() if name.endswith(".xml")] == [data]


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"search": 'openfda.brand_name:"nothing"'}, 404, "NOT_FOUND"),
        ({"limit": "1001"}, 400, "BAD_REQUEST"),
        ({"limit": "x"}, 400, "BAD_REQUEST"),
        ({"skip": "25001"}, 400, "BAD_REQUEST"),
        ({"skip": "1", "search_after": "0=a"}, 400, "BAD_REQUEST"),
        ({"query": "x"}, 400, "BAD_REQUEST"),
        ({"search": '"open'}, 500, "SERVER_ERROR"),
        ({"api_key": "unknown"}, 403, "API_KEY_INVALID"),
        ({"search": '"exemplin"', "count": "nonsense"}, 404, "NOT_FOUND"),
    ],
)
def test_openfda_explains_its_errors(replica: Replica, params: dict[str, str], status: int, code: str) -> None:
    answer = ask(replica, "/drug/label.json", params=params)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_openfda_pages_by_its_links_to_a_404(replica: Replica) -> None:
    seen, url = [], f"{replica.url}/drug/label.json?limit=1&api_key=known"
    while (answer := requests.get(url, timeout=5)).ok:
        seen += [r["set_id"] for r in answer.json()["results"]]
        url = answer.links["next"]["url"]
        assert "known" not in url
    assert answer.status_code == 404
    assert seen == [set_id(n) for n in range(5)]


def test_openfda_defaults_to_one_and_may_be_asked_for_none(replica: Replica) -> None:
    one = ask(replica, "/drug/label.json").json()
    none = ask(replica, "/drug/label.json?limit=0").json()
    assert (len(one["results"]), one["meta"]["results"]) == (1, {"skip": 0, "limit": 1, "total": 5})
    assert (none["results"], none["meta"]["results"]["total"]) == ([], 5)


def test_openfda_counts(replica: Replica) -> None:
    counts = ask(replica, "/drug/label.json?count=openfda.brand_name.exact").json()["results"]
    assert counts == [{"term": "EXEMPLIN", "count": 5}]


def test_the_list_of_downloads(replica: Replica) -> None:
    label = ask(replica, "/download.json").json()["results"]["drug"]["label"]
    assert label["total_records"] == sum(part["records"] for part in label["partitions"])


def test_only_the_newest_version_of_a_record_is_kept() -> None:
    old, new = record(1, version="9"), record(1, version="10")
    with Replica(records=[new, old]) as replica:
        assert [r["version"] for r in replica.openfda.records] == ["10"]


RECORD = {
    "set_id": "a-b",
    "effective_time": "20240501",
    "openfda": {"brand_name": ["Some Brand"]},
    "note": ["x y"],
}


@pytest.mark.parametrize(
    ("query", "held"),
    [
        ('openfda.brand_name:"some brand"', True),
        ('openfda.brand_name:"brand some"', False),
        ("openfda.brand_name:some brand", True),
        ("openfda.brand_name:other brand", True),  # the second word is looked for everywhere
        ('openfda.brand_name.exact:"Some Brand"', True),
        ('openfda.brand_name.exact:"some brand"', False),
        ("effective_time:[20240101 TO 20241231]", True),
        ("effective_time:[20240101 TO 20240501}", False),
        ("effective_time:{20240501 TO *]", False),
        ("effective_time:[* TO 20240501]", True),
        ("_exists_:openfda.brand_name", True),
        ("_missing_:openfda.generic_name", True),
        ("_exists_:openfda.brand_name AND NOT note:x", False),
        ("note:z OR (note:x AND set_id:a)", True),
        ("note:z AND (note:x set_id:a)", False),
    ],
)
def test_the_query_language(query: str, held: bool) -> None:
    assert compile_query(query)(RECORD) is held


@pytest.mark.parametrize("query", ['"open', "a AND", "AND a", "(a", "a)", "field:", "time:[a TO", "a:[a b]", "x\\"])
def test_a_query_that_cannot_be_read(query: str) -> None:
    with pytest.raises(QueryError, match=r"parse_exception|token_mgr_error"):
        compile_query(query)


def test_faults_are_written_as_kind_times_and_path() -> None:
    assert read_fault("503:2") == Fault("503", 2)
    assert read_fault("cut:1:.xml") == Fault("cut", 1, ".xml")
    assert read_fault("html") == Fault("html")
    with pytest.raises(Exception, match="no such fault"):
        read_fault("fire")
