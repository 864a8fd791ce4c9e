"""The DailyMed client against its replica."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.dailymed import DailyMed, Listed
from ingest.documents import RawDocument
from ingest.errors import BadAnswer, NotFound, SourceError, Unreadable
from ingest.http import Answer
from ingest.terms import read_term
from tests.replica import Fault, Replica
from tests.replica_data import read_folders
from tests.support_ingest import loopback_only, quick_session, set_id, tiny, tiny_spl  # noqa: F401

LABELS = [
    tiny(1, version=2, effective="20230101"),
    tiny(1, version=10, effective="20240501"),
    tiny(2, name="Exemplin Kit", effective="20240601", ndc="0555-0002", application="BLA199999"),
    tiny(3, name="Exemplinova", generic="exemplinovir", ndc="0555-0003", unii="FYS6T7F842"),
    tiny(4, name="Otherin", generic="ado-exemplinib", ndc="55555-444", application="ANDA076286"),
    tiny(5, name="Generic", generic="exemplinib", labeler="Exemplin Laboratories", effective="20200101"),
]


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica(LABELS) as replica:
        yield replica


def client(replica: Replica) -> DailyMed:
    return DailyMed(quick_session(), base=replica.url)


def found(replica: Replica, text: str, limit: int | None = None) -> list[str]:
    return [hit.set_id for hit in client(replica).search(read_term(text), limit=limit)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("exemplin", [2, 1]),
        ("EXEMPLINIB", [2, 1, 5]),
        ("exemplin kit", [2]),
        (set_id(1), [1]),
        (set_id(1).upper(), [1]),
        ("0555-0002", [2]),
        ("0555-0002-30", [2]),
        ("0555-0002-99", [2]),
        ("0555000230", [2]),
        ("00555000230", [2]),
        ("55555-444", [4]),
        ("BLA199999", [2]),
        ("ANDA 76286", [4]),
        ("FYS6T7F842", [3]),
        ("unii:fys6t7f842", [3]),
        ("rxcui:1", []),
        ("unknownium", []),
        ("0999-9999", []),
        (set_id(99), []),
    ],
)
def test_labels_are_found_by_all_that_they_go_by(replica: Replica, text: str, numbers: list[int]) -> None:
    assert found(replica, text) == [set_id(n) for n in numbers]


def test_by_name_dailymed_lets_more_pass_than_we_keep(replica: Replica) -> None:
    listed = [label.set_id for label in client(replica).listed(drug_name="exemplin")]
    assert set(listed) == {set_id(n) for n in range(1, 6)}


def test_a_limit_ends_the_search(replica: Replica) -> None:
    assert found(replica, "exemplinib", limit=2) == [set_id(2), set_id(1)]
    assert found(replica, "exemplinib", limit=0) == []


@pytest.mark.parametrize("numbers", ["recorded", "strings", "plain"])
def test_all_pages_are_read_however_numbers_are_written(numbers: str) -> None:
    many = [tiny(n, effective=f"2024{n % 12 + 1:02}01") for n in range(1, 251)]
    with Replica(many, numbers=numbers) as replica:
        assert len(set(found(replica, "exemplin"))) == 250
        asked = [request.params for request in replica.requests]
    assert [p["page"] for p in asked] == ["1", "2", "3"]
    assert {p["pagesize"] for p in asked} == {"100"}


def test_a_limit_spares_the_pages_behind_it() -> None:
    with Replica([tiny(n) for n in range(1, 151)]) as replica:
        assert len(found(replica, "exemplin", limit=5)) == 5
        assert len(replica.requests) == 1


def test_a_label_is_fetched_byte_for_byte(replica: Replica) -> None:
    document = client(replica).fetch(set_id(1))
    origin = f"{replica.url}/dailymed/services/v2/spls/{set_id(1)}.xml"
    assert document == RawDocument(tiny_spl(1, version=10), "spl", "dailymed", origin, set_id(1))


def test_one_version_comes_out_of_its_zip(replica: Replica) -> None:
    document = client(replica).fetch_version(set_id(1), 2)
    assert document.data == tiny_spl(1, version=2, effective="20230101")
    assert document.origin.endswith(f"/dailymed/getFile.cfm?type=zip&setid={set_id(1)}&version=2")
    assert document.name == f"{set_id(1)} version 2"


def test_the_history_tells_all_versions(replica: Replica) -> None:
    title = "EXEMPLIN (EXEMPLINIB) TABLET [INVENTED PHARMA]"
    assert client(replica).history(set_id(1)) == [
        Listed(set_id(1), 10, title, "May 01, 2024"),
        Listed(set_id(1), 2, title, "Jan 01, 2023"),
    ]


def test_what_is_not_there_is_not_found(replica: Replica) -> None:
    dailymed = client(replica)
    for ask in (dailymed.fetch, dailymed.history, lambda s: dailymed.fetch_version(s, 1)):
        with pytest.raises(NotFound):
            ask(set_id(99))
    with pytest.raises(NotFound):
        dailymed.fetch_version(set_id(1), 3)


def test_near_names_come_from_the_list_of_names(replica: Replica) -> None:
    assert client(replica).near_names("exempliin")[0] in {"EXEMPLIN", "EXEMPLIN KIT"}
    assert client(replica).near_names("zzz") == []
    replica.faults.append(Fault("404", times=9))
    assert client(replica).near_names("exempliin") == []


class Answers:
    """A session that answers with one body, whatever it is asked."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def get(self, url: str, *, as_json: bool = False, **_: object) -> object:
        return Answer(url, b"", {}, json.loads(self.body)) if as_json else Answer(url, self.body, {})


@pytest.mark.parametrize(
    "body",
    [b"null", b"[]", b"{}", b'{"data": null}', b'{"data": [{"title": "x"}], "metadata": {}}'],
)
def test_json_of_another_shape_is_a_bad_answer(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        list(DailyMed(Answers(body), base="http://127.0.0.1").search(read_term("exemplin")))  # type: ignore[arg-type]
    with pytest.raises(BadAnswer):
        DailyMed(Answers(body), base="http://127.0.0.1").history(set_id(1))  # type: ignore[arg-type]


@pytest.mark.parametrize(("body", "error"), [(b"", BadAnswer), (b"{}", BadAnswer), (b"PK\x03\x04 no", BadAnswer)])
def test_what_is_no_xml_is_no_label(body: bytes, error: type[SourceError]) -> None:
    dailymed = DailyMed(Answers(body), base="http://127.0.0.1")  # type: ignore[arg-type]
    with pytest.raises(error):
        dailymed.fetch(set_id(1))
    with pytest.raises(Unreadable):
        dailymed.fetch_version(set_id(1), 1)


@pytest.mark.parametrize("next_page", ['"1"', "1", "0", "null", '"null"', '"soon"', "{}"])
def test_a_next_page_that_leads_nowhere_ends_the_listing(next_page: str) -> None:
    body = f'{{"data": [{{"setid": "a"}}], "metadata": {{"next_page": {next_page}}}}}'.encode()
    assert len(list(DailyMed(Answers(body), base="http://x").listed())) == 1  # type: ignore[arg-type]


def test_the_recorded_answers_are_read(shared: Path) -> None:
    spls = (shared / "api" / "dailymed-v2-spls-cisplatin.json").read_bytes()
    listed = list(DailyMed(Answers(spls), base="http://x").listed())  # type: ignore[arg-type]
    assert [label.version for label in listed] == [3, 1, 4, 7, 3, 1, 1, 4, 3]
    past = (shared / "api" / "dailymed-v2-spls-setid-history-eliquis.json").read_bytes()
    history = DailyMed(Answers(past), base="http://x").history("e9481622-7cc6-418a-acb6-c5450daae9b0")  # type: ignore[arg-type]
    assert (len(history), history[0].version, history[-1].published) == (28, 30, "Jan 15, 2013")


def test_real_labels_come_through_two_errors_and_a_cut(shared: Path) -> None:
    spls, _ = read_folders([shared / "spl"])
    with Replica(spls, faults=[Fault("503", times=2), Fault("cut", match=".xml")]) as replica:
        hits = [hit for name in ("eliquis", "keytruda") for hit in client(replica).search(read_term(name))]
        documents = [hit.fetch() for hit in hits]
    files = {path.read_bytes() for path in (shared / "spl").glob("*.xml")}
    assert [d.name[:8] for d in documents] == ["e9481622", "097d166f"]
    assert all(d.data in files for d in documents)
