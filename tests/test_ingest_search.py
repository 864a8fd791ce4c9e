"""Many terms, one source: each label once, failures told, and names near to those that find nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest.dailymed import DailyMed
from ingest.documents import Failed, RawDocument
from ingest.errors import WrongUse
from ingest.openfda import OpenFDA
from ingest.sample import Samples
from ingest.search import Missing, find, open_source
from ingest.sources import Source
from tests.replica import Fault, Replica
from tests.support_ingest import loopback_only, quick_session, record, set_id, tiny  # noqa: F401


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica([tiny(1), tiny(2, name="Otherin", generic="otherinib")], [record(1)]) as replica:
        yield replica


def dailymed(replica: Replica, tries: int = 2) -> DailyMed:
    return DailyMed(quick_session(tries=tries), base=replica.url)


def test_a_label_that_two_terms_find_comes_once(replica: Replica) -> None:
    found = list(find(dailymed(replica), ["exemplin", set_id(1), "Exemplinib", "otherin"]))
    assert [item.name for item in found] == [set_id(1), set_id(2)]
    assert len([path for path in replica.paths() if path.endswith(".xml")]) == 2


def test_a_term_that_finds_nothing_is_told_with_near_names(replica: Replica) -> None:
    missing: list[Missing] = []
    found = list(find(dailymed(replica), ["exempliin", "exemplin", "0999-9999"], on_missing=missing.append))
    assert [item.name for item in found] == [set_id(1)]
    assert str(missing[0]) == "nothing found for 'exempliin'; near names: EXEMPLIN, EXEMPLINIB"
    assert str(missing[1]) == "nothing found for '0999-9999'"


def test_a_label_that_fails_does_not_stop_the_others(replica: Replica) -> None:
    replica.faults.append(Fault("cut", times=2, match=f"{set_id(1)}.xml"))
    failed, good = find(dailymed(replica), ["exemplin", "otherin"])
    assert isinstance(failed, Failed)
    assert isinstance(good, RawDocument)
    assert (failed.source, failed.name, failed.kept) == ("dailymed", set_id(1), True)
    assert failed.origin == good.origin.replace(set_id(2), set_id(1))
    assert "broke off" in failed.reason


def test_a_label_that_is_listed_and_gone_fails(replica: Replica) -> None:
    replica.faults.append(Fault("404", match=".xml"))
    (failed,) = find(dailymed(replica), ["exemplin"])
    assert isinstance(failed, Failed)
    assert "no such thing" in failed.reason


def test_a_search_that_fails_is_told_and_does_not_stop_the_others(replica: Replica) -> None:
    replica.faults.append(Fault("503", times=2, match="exemplin"))
    missing: list[Missing] = []
    failed, good = find(dailymed(replica), ["exemplin", "otherin"], on_missing=missing.append)
    assert isinstance(failed, Failed)
    assert (failed.name, failed.kept) == ("exemplin", False)
    assert "answered 503" in failed.reason
    assert good.name == set_id(2)
    assert not missing


def test_a_login_page_instead_of_everything_is_one_failure_a_term(replica: Replica) -> None:
    replica.faults.append(Fault("html", times=9))
    items = list(find(dailymed(replica), ["exemplin", "otherin"]))
    assert [isinstance(i, Failed) and "a web page instead of data" in i.reason for i in items] == [True, True]


def test_openfda_and_samples_are_asked_in_the_same_way(replica: Replica) -> None:
    openfda: Source = OpenFDA(quick_session(), base=replica.url)
    assert [item.name for item in find(openfda, ["exemplin", "NDA212345"])] == [set_id(1)]
    assert [item.name for item in find(Samples(), ["kisqali"], limit=1)] == ["kisqali-femara-co-pack.xml"]


def test_terms_are_read_before_anything_is_asked(replica: Replica) -> None:
    with pytest.raises(WrongUse):
        find(dailymed(replica), ["exemplin", " "])
    assert not replica.requests


def test_sources_are_opened_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [open_source(name).name for name in ("dailymed", "openfda", "sample")] == [
        "dailymed",
        "openfda",
        "sample",
    ]
    with pytest.raises(WrongUse, match="choose one of dailymed, openfda, sample"):
        open_source("files")
    monkeypatch.setenv("ONLABEL_OPENFDA_URL", "nowhere")
    with pytest.raises(WrongUse, match="ONLABEL_OPENFDA_URL"):
        open_source("openfda")
