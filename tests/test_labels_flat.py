"""Flat section strings split back: heading, full telling, Highlights, numbered subsections."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from labels.flat import Block, split_flat
from labels.identity import split_title

NAMES = ["FOONIB", "foonib mesylate"]


def told(text: str, names: list[str] | None = None) -> list[tuple[str | None, str | None, str, str]]:
    blocks = split_flat(text, names=NAMES if names is None else names)
    assert_sound(text, blocks)
    return [(b.number, b.title, b.telling, text[b.start : b.end]) for b in blocks]


def assert_sound(text: str, blocks: list[Block]) -> None:
    """Blocks are in order and in range, do not overlap, and are stripped."""
    assert blocks
    assert all(0 <= b.start <= b.end <= len(text) for b in blocks)
    assert all(a.end <= b.start for a, b in pairwise(blocks))
    assert all(text[b.start : b.end] == text[b.start : b.end].strip() for b in blocks)


FULL, BRIEF = "full", "highlights"
USES = "INDICATIONS AND USAGE"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "1 INDICATIONS AND USAGE FOONIB is indicated, with barol, for the treatment of lasting itch [see "
            "Clinical Studies (14) ] . FOONIB is an itch inhibitor indicated, with barol, for the treatment of "
            "lasting itch. ( 1 )",
            [
                ("1", USES, FULL, "FOONIB is indicated, with barol, for the treatment of lasting itch [see "
                 "Clinical Studies (14) ] ."),
                ("1", USES, BRIEF, "FOONIB is an itch inhibitor indicated, with barol, for the treatment of "
                 "lasting itch. ( 1 )"),
            ],
            id="full, then Highlights",
        ),
        pytest.param(
            "1. INDICATIONS AND USAGE FOONIB is an itch inhibitor indicated for: lasting itch ( 1.1 ) rash of the "
            "elbow (1.2, 2.1). 1.1 Lasting Itch FOONIB is indicated for itch that lasts. 1.2 Rash of the Elbow "
            "In adults, FOONIB is indicated for elbow rash.",
            [
                ("1", USES, BRIEF, "FOONIB is an itch inhibitor indicated for: lasting itch ( 1.1 ) rash of the "
                 "elbow (1.2, 2.1)."),
                ("1.1", "Lasting Itch", FULL, "FOONIB is indicated for itch that lasts."),
                ("1.2", "Rash of the Elbow", FULL, "In adults, FOONIB is indicated for elbow rash."),
            ],
            id="Highlights, then subsections",
        ),
        pytest.param(
            "1 INDICATIONS AND USAGE FOONIB is indicated for lasting itch in adults. FOONIB is an itch inhibitor "
            "indicated for lasting itch in adults. ( 1 ) Limitations of Use: Do not use FOONIB for rash. ( 1 ) "
            "Limitations of Use: Do not use FOONIB for rash.",
            [
                ("1", USES, FULL, "FOONIB is indicated for lasting itch in adults."),
                ("1", USES, BRIEF, "FOONIB is an itch inhibitor indicated for lasting itch in adults. ( 1 ) "
                 "Limitations of Use: Do not use FOONIB for rash. ( 1 )"),
                ("1", USES, FULL, "Limitations of Use: Do not use FOONIB for rash."),
            ],
            id="an unnumbered subsection behind the Highlights",
        ),
        pytest.param(
            "1 INDICATIONS AND USAGE FOONIB is an itch inhibitor indicated for lasting itch in adults. ( 1 ) FOONIB "
            "is indicated for lasting itch in adults.",
            [
                ("1", USES, BRIEF, "FOONIB is an itch inhibitor indicated for lasting itch in adults. ( 1 )"),
                ("1", USES, FULL, "FOONIB is indicated for lasting itch in adults."),
            ],
            id="Highlights first",
        ),
        pytest.param(
            "1 INDICATIONS AND USAGE FOONIB is indicated to soothe lasting itch of the elbow in adults. FOONIB is "
            "an itch inhibitor indicated to soothe lasting itch of the elbow in adults.",
            [
                ("1", USES, FULL, "FOONIB is indicated to soothe lasting itch of the elbow in adults."),
                ("1", USES, BRIEF, "FOONIB is an itch inhibitor indicated to soothe lasting itch of the elbow in "
                 "adults."),
            ],
            id="said twice, without references",
        ),
        pytest.param(
            "1 INDICATIONS AND USAGE FOONIB is indicated for lasting itch. Itch is a common complaint.",
            [("1", USES, FULL, "FOONIB is indicated for lasting itch. Itch is a common complaint.")],
            id="one telling, no references",
        ),
        pytest.param(
            "4 CONTRAINDICATIONS None. None. ( 4 )",
            [("4", "CONTRAINDICATIONS", FULL, "None."), ("4", "CONTRAINDICATIONS", BRIEF, "None. ( 4 )")],
            id="none, twice",
        ),
        pytest.param(
            "6 ADVERSE REACTIONS Most common: sleep. ( 6.1 ) To report SUSPECTED ADVERSE REACTIONS, call "
            "Testwell, or go to www.fda.gov/medwatch. 6.1 Clinical Trials Experience "
            "Because trials differ, rates do.",
            [
                ("6", "ADVERSE REACTIONS", BRIEF, "Most common: sleep. ( 6.1 ) To report SUSPECTED ADVERSE "
                 "REACTIONS, call Testwell, or go to www.fda.gov/medwatch."),
                ("6.1", "Clinical Trials Experience", FULL, "Because trials differ, rates do."),
            ],
            id="the reporting line ends the Highlights",
        ),
        pytest.param(
            "WARNING: LIVER FAILURE and DEATH FOONIB can harm the liver [see Warnings and Precautions (5.1)]. "
            "WARNING: LIVER FAILURE and DEATH See full prescribing information for complete boxed warning. Test "
            "the liver. ( 5.1 )",
            [
                (None, "WARNING: LIVER FAILURE and DEATH", FULL, "FOONIB can harm the liver [see Warnings and "
                 "Precautions (5.1)]."),
                (None, "WARNING: LIVER FAILURE and DEATH", BRIEF, "WARNING: LIVER FAILURE and DEATH See full "
                 "prescribing information for complete boxed warning. Test the liver. ( 5.1 )"),
            ],
            id="boxed warning",
        ),
        pytest.param(
            "INDICATIONS AND USAGE FOONIB tablets are indicated for itch (see WARNINGS). Give (1) by day or (2) by "
            "night.",
            [(None, USES, FULL, "FOONIB tablets are indicated for itch (see WARNINGS). Give (1) by day or (2) by "
              "night.")],
            id="older format",
        ),
        pytest.param(
            "5 WARNINGS AND PRECAUTIONS\n5.1 Liver harm seen late\nTest the liver.\nTwice.\n5.2 Sleep\nDo not drive.",
            [
                ("5", "WARNINGS AND PRECAUTIONS", FULL, ""),
                ("5.1", "Liver harm seen late", FULL, "Test the liver.\nTwice."),
                ("5.2", "Sleep", FULL, "Do not drive."),
            ],
            id="lines",
        ),
        pytest.param(
            "5 WARNINGS AND PRECAUTIONS 5.1 Liver Harm Stop at 5.2 times the limit, see 5.3 Sleep (in Table 5.4 Doses, "
            "[see 5.5 More]). 5. 2 Sleep FOONIB makes sleepy.",
            [
                ("5", "WARNINGS AND PRECAUTIONS", FULL, ""),
                ("5.1", "Liver Harm", FULL, "Stop at 5.2 times the limit, see 5.3 Sleep (in Table 5.4 Doses, [see "
                 "5.5 More])."),
                ("5.2", "Sleep", FULL, "FOONIB makes sleepy."),
            ],
            id="numbers that are no sections'",
        ),
        pytest.param(
            "8.1 Pregnancy Risk Summary There are no data.",
            [("8.1", "Pregnancy", FULL, "Risk Summary There are no data.")],
            id="a subsection by itself",
        ),
        pytest.param("5.1 Liver Harm Test the liver. 5.2 Sleep No driving.",
                     [("5.1", "Liver Harm", FULL, "Test the liver. 5.2 Sleep No driving.")],
                     id="a sibling does not stand in its sibling"),
        pytest.param("FOONIB is indicated for itch.", [(None, None, FULL, "FOONIB is indicated for itch.")], id="bare"),
        pytest.param("1 INDICATIONS AND USAGE", [("1", USES, FULL, "")], id="heading alone"),
        pytest.param("10 Tablets were given.", [(None, None, FULL, "10 Tablets were given.")], id="a count"),
        pytest.param("", [(None, None, FULL, "")], id="nothing"),
        pytest.param(" \n ", [(None, None, FULL, "")], id="blank"),
    ],
)  # fmt: skip
def test_split(text: str, expected: list[tuple[str | None, str | None, str, str]]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "title", "begins"),
    [
        ("Liver Harm FOONIB ® (foonib) tablets are hard on the liver.", "Liver Harm", "FOONIB ®"),
        ("Stopping FOONIB In some patients itch returns.", "Stopping FOONIB", "In some"),
        ("Liver Harm In STUDY-2, STUDY-7 and STUDY-3, livers failed.", "Liver Harm", "In STUDY-2"),
        ("Liver Harm Severe or fatal cases were seen.", "Liver Harm", "Severe or"),
        ("Hypertension Hypertension was seen.", "Hypertension", "Hypertension was"),
        ("Serious Infections Infections were seen.", "Serious Infections", "Infections were"),
        ("Use with Other Drugs Use of FOONIB may add up.", "Use with Other Drugs", "Use of"),
        ("Lung Disease (LD)/Cough Monitor for cough.", "Lung Disease (LD)/Cough", "Monitor for"),
        ("FOO -positive Itch FOONIB is indicated.", "FOO -positive Itch", "FOONIB is"),
        ("Treatment of H. testi Infection Give FOONIB daily.", "Treatment of H. testi Infection Give", "FOONIB daily"),
        ("Older Adults • Give less. • Watch.", "Older Adults", "• Give"),
        ("Hepatitis A Virus Table 3 lists livers.", "Hepatitis A Virus", "Table 3"),
        ("Drug Interaction Study Study 4 was small.", "Drug Interaction Study", "Study 4"),
        ("Mortality in older people was seen.", None, "Mortality in"),
        ("Liver Harm Toxic Hepatitis was seen.", None, "Liver Harm"),
    ],
)
def test_where_a_title_ends(text: str, title: str | None, begins: str) -> None:
    (_, _, _, head), (number, found, _, body) = told(f"5 WARNINGS AND PRECAUTIONS 5.1 {text}")
    assert (head, number, found) == ("", "5.1", title)
    assert body.startswith(begins)


@pytest.mark.parametrize(
    "text",
    [
        "HELPS WITH LASTING ITCH AND HIVES. FOR THE SKIN ONLY.",
        "AS THESE SALTS CAN HARM THE GUT THEY SHOULD BE KEPT FOR THOSE WHO CANNOT SWALLOW LIQUIDS. Foonib is a salt.",
    ],
)
def test_sentences_in_capitals_are_no_title(text: str) -> None:
    assert told(text) == [(None, None, FULL, text)]


def test_names_are_not_needed_to_tell_the_tellings_apart() -> None:
    text = (
        "1 INDICATIONS AND USAGE FOONIB is indicated for: itch rash to lower HBX FOONIB is an inhibitor indicated "
        "for: itch (1) rash (1) to lower HBX (1)"
    )
    assert [b[2] for b in told(text, [])] == ["full", "highlights"]


def test_many_numbers_and_references_are_read_in_time() -> None:
    text = "5 WARNINGS AND PRECAUTIONS " + "5.1 Aaa bbb (5.1). " * 20_000
    assert len(told(text)) > 1


PIECES = st.sampled_from(
    "1 1. 1.1 1.2 5. 2 ( 1 ) (1.1, 2.1) [see Clinical Studies (14)] . : ) ( [ INDICATIONS AND USAGE WARNING: FOONIB is "  # noqa: SIM905
    "indicated for The Itch • \n \t None. See full prescribing information for complete boxed warning 2.5 mg "
    "\ufffc β-rash Study A".split(" ")
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=60).map(" ".join), st.lists(st.text(max_size=8), max_size=3))
def test_split_is_sound_on_anything_like_a_label(text: str, names: list[str]) -> None:
    assert_sound(text, split_flat(text, names=names))


@example("AAAAAA\x1fAa")
@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_split_is_sound_on_any_text(text: str) -> None:
    assert_sound(text, split_flat(text))


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=60).map(" ".join))
def test_no_word_is_lost(text: str) -> None:
    """What lies between blocks is the number and title of the next one."""
    end, gaps = 0, []
    for block in split_flat(text, names=NAMES):
        gaps.append((text[end : block.start], f"{block.number or ''}{block.title or ''}"))
        end = block.end
    gaps.append((text[end:], ""))
    for gap, named in gaps:
        assert letters(gap) in ("", letters(named))


def letters(words: str) -> str:
    return "".join(c for c in words if c.isalnum())


@given(st.text(max_size=40))
def test_split_title_never_fails(title: str) -> None:
    number, rest = split_title(title)
    assert number is None or number.replace(".", "").isdecimal()
    assert rest is None or rest.strip(" :") == rest
