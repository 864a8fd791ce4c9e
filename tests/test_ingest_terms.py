"""What a search term is, and whether a title holds a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import WrongUse
from ingest.terms import holds_name, is_unii, ndc_codes, nearest, read_term

SET_ID = "e9481622-7cc6-418a-acb6-c5450daae9b0"


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("kisqali", "name", "kisqali"),
        ("  interferon   beta-1a ", "name", "interferon beta-1a"),
        (SET_ID, "set_id", SET_ID),
        (SET_ID.upper(), "set_id", SET_ID),
        ("0078-0860", "ndc", "0078-0860"),
        ("0078-0860-42", "ndc", "0078-0860-42"),
        ("50242-132-01", "ndc", "50242-132-01"),
        ("50242-1321-1", "ndc", "50242-1321-1"),
        ("0078086042", "ndc", "0078086042"),
        ("00078086042", "ndc", "00078086042"),
        ("NDA209092", "application", "NDA209092"),
        ("nda 9092", "application", "NDA009092"),
        ("BLA-103792", "application", "BLA103792"),
        ("anda076286", "application", "ANDA076286"),
        ("059QF0KO0R", "unii", "059QF0KO0R"),
        ("059qf0ko0r", "unii", "059QF0KO0R"),
        ("059QF0KO0S", "name", "059QF0KO0S"),
        ("rxcui:1873916", "rxcui", "1873916"),
        ("name:NDA209092", "name", "NDA209092"),
        ("ndc: 0078-0860", "ndc", "0078-0860"),
        ("unii:059qf0ko0s", "unii", "059QF0KO0S"),
        ("application:part352", "application", "part352"),
        ("Setid:" + SET_ID, "set_id", SET_ID),
        ("ratio 1:2", "name", "ratio 1:2"),
        ("123456", "name", "123456"),
    ],
)
def test_terms_are_told_by_their_form_and_a_prefix_wins(text: str, kind: str, value: str) -> None:
    term = read_term(text)
    assert (term.kind, term.value) == (kind, value)


@pytest.mark.parametrize("text", ["", "   ", "name:", "---", "®"])
def test_nothing_to_look_for_is_wrong_use(text: str) -> None:
    with pytest.raises(WrongUse, match="nothing to look for"):
        read_term(text)


@given(st.text(min_size=1))
def test_any_text_is_a_term_or_wrong_use(text: str) -> None:
    try:
        assert read_term(text).value
    except WrongUse:
        assert not any(c.isalnum() for c in text.partition(":")[2] or text)


@pytest.mark.parametrize("unii", ["059QF0KO0R", "FYS6T7F842", "RR6P8L282I", "3Z9Y7UWC1J"])
def test_the_last_character_of_a_unii_is_a_check(unii: str) -> None:
    assert is_unii(unii)
    swapped = unii[:8] + chr(ord(unii[8]) + 1) + unii[9]
    assert not is_unii(swapped)


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("0078-0860", ["0078-0860"]),
        ("0078-0860-42", ["0078-0860-42"]),
        ("0078086042", ["0078-0860-42", "00780-860-42", "00780-8604-2"]),
        ("00078-0860-42", ["0078-0860-42", "00078-860-42"]),
        ("50242013201", ["50242-132-01", "50242-0132-1"]),
        ("50242-1321-11", ["50242-1321-11"]),
    ],
)
def test_an_ndc_is_written_as_fda_writes_it(written: str, codes: list[str]) -> None:
    assert ndc_codes(written) == codes


@pytest.mark.parametrize(
    ("text", "name", "held"),
    [
        ("ELIQUIS (APIXABAN) TABLET, FILM COATED", "eliquis", True),
        ("ELIQUIS (APIXABAN) TABLET, FILM COATED", "Apixaban", True),
        ("KISQALI FEMARA CO-PACK (RIBOCICLIB AND LETROZOLE) KIT", "femara co pack", True),
        ("PLATINOL-AQ (CISPLATIN) INJECTION", "platinol", True),
        ("OGIVRI (TRASTUZUMAB-DKST) INJECTION", "trastuzumab", True),
        ("KADCYLA (ADO-TRASTUZUMAB EMTANSINE) INJECTION", "trastuzumab", False),
        ("KADCYLA (ADO-TRASTUZUMAB EMTANSINE) INJECTION", "ado-trastuzumab emtansine", True),
        ("AVONEX (INTERFERON BETA-1A) INJECTION", "interferon beta-1a", True),
        ("BETASERON (INTERFERON BETA-1B) INJECTION", "interferon beta-1a", False),
        ("HYDROCODONE BITARTRATE/ACETAMINOPHEN TABLET", "acetaminophen", True),
        ("MEN’S ROGAINE® (MINOXIDIL)", "men's rogaine", True),
        ("VITAMIN B12 INJECTION", "vitamin b", False),
        ("PRO-EXEMPLINE", "exemplin", False),
        ("CAFÉINE", "cafeine", True),
        ("ANYTHING", "®", False),
    ],
)
def test_a_text_holds_a_name_as_whole_words(text: str, name: str, held: bool) -> None:
    assert holds_name(text, name) is held


def test_near_names_come_best_first_and_once() -> None:
    names = ["KISQALI", "Kisqali", "KISQALI FEMARA CO-PACK", "KEYTRUDA", "WARFARIN"]
    assert nearest("kisquali", names)[0].upper() == "KISQALI"
    assert len(nearest("kisquali", names)) < 4
    assert nearest("zzz", names) == []
