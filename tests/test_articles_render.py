"""Articles as Markdown, HTML and JSON: whatever a label's text holds, it is shown and does nothing."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from markdown_it import MarkdownIt

from articles import Article, build, render
from articles.render import FORMATS, escape_markdown, safe_link
from tests.support_articles import Use, Watch, database_of

HOSTILE = (
    "<script>alert(1)</script> | *bold* _it_ `code` [x](http://evil.example) # & &lt; <b> $x$ ~~y~~ \\ breast cancer"
)
PLAIN = MarkdownIt("gfm-like", {"linkify": False})


@pytest.fixture(scope="module")
def hostile() -> Article:
    use = Use(HOSTILE, limits="*bold*", prior="[x](http://evil.example)", markers=(("<b>|*", "positive", 1),))
    watch = Watch("<img src=x onerror=alert(2)>", "<i>test</i>", "*risk*", ("<!-- -->",), "discontinue")
    names = {"generic": "<b>generic</b>", "labeler": "[works](javascript:alert(3))", "boxed": "<u>WARNING</u>"}
    return build(database_of(('Vexa"><script>', [use], names | {"watches": [watch]})), '<i>breast cancer</i> "*" [q]')


def shown(article: Article) -> str:
    """What a reader of the rendered Markdown sees."""
    page = html.fromstring(PLAIN.render(render(article, "md")))
    return " ".join(page.text_content().split())


def test_html_is_well_formed_and_holds_no_foreign_markup(hostile: Article) -> None:
    page = html.document_fromstring(render(hostile, "html"), parser=html.HTMLParser(recover=False))
    tags = {element.tag for element in page.iter() if isinstance(element.tag, str)}
    assert not tags & {"script", "img", "i", "b", "u"}
    assert HOSTILE in page.text_content()
    assert [link for link in page.xpath("//a/@href") if not link.startswith(("#label-", "https://dailymed"))] == []
    assert page.xpath("//title")[0].text == hostile.title


def test_html_names_its_language_and_every_citation_has_its_target(hostile: Article) -> None:
    page = html.document_fromstring(render(hostile, "html"))
    assert page.get("lang") == "en"
    assert [h.tag for h in page.xpath("//h1|//h2")] == ["h1", "h2"]
    assert page.xpath("//*[@aria-current='step']")[0].text == "Submitted"
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.xpath("//a[starts-with(@href, '#')]/@href")} == {"label-1"} <= set(ids)


def test_markdown_shows_foreign_text_and_obeys_none_of_it(hostile: Article) -> None:
    rendered = PLAIN.render(render(hostile, "md"))
    tags = set(re.findall(r"</?(\w+)", rendered))
    assert tags <= {"h1", "h2", "h3", "p", "strong", "em", "blockquote", "ul", "li", "ol", "a", "hr"}
    assert re.findall(r'href="([^"]*)"', rendered) == [hostile.references[0].url.replace("&", "&amp;")]  # type: ignore[union-attr]
    assert " ".join(HOSTILE.split()) in shown(hostile)


def test_json_keeps_every_character_and_the_names_of_the_fields(hostile: Article) -> None:
    told = json.loads(render(hostile, "json"))
    assert told == json.loads(json.dumps(hostile.to_dict()))
    assert told["statements"][0]["quotes"][0]["text"] == HOSTILE
    assert list(told)[:3] == ["title", "understood", "last_updated"]


@pytest.mark.parametrize(
    "text",
    [
        "- item",
        "+ item",
        "1. item",
        "12) item",
        "# heading",
        "> quote",
        "=== rule",
        "| a | b |",
        "    code",
        "a\n\n- b",
    ],
)
def test_a_text_is_one_line_whatever_it_begins_with(text: str) -> None:
    assert PLAIN.render(escape_markdown(text)) == f"<p>{' '.join(text.split()).replace('>', '&gt;')}</p>\n"


@given(st.text(alphabet=st.characters(blacklist_categories=["Cc", "Cs"], blacklist_characters="\x85\u2028\u2029")))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    page = html.fragment_fromstring(PLAIN.render(f"**x** {escape_markdown(text)}") or "<p></p>")
    assert " ".join(page.text_content().split()) == " ".join(f"x {text}".split())


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://dailymed.nlm.nih.gov/x?setid=1&version=2", True),
        ("javascript:alert(1)", False),
        ("https://a.example/\" onclick=x", False),
        ("https://a.example/<b>", False),
        (None, False),
    ],
)  # fmt: skip
def test_only_plain_web_addresses_become_links(url: str | None, kept: bool) -> None:
    assert safe_link(url) == (url if kept else None)


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_format_ends_its_last_line(hostile: Article, fmt: str) -> None:
    text = render(hostile, fmt)  # type: ignore[arg-type]
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_an_unknown_format_is_refused(hostile: Article) -> None:
    with pytest.raises(ValueError, match="docx"):
        render(hostile, "docx")  # type: ignore[arg-type]


def test_markdown_reads_well() -> None:
    use = Use("Vexamab treats metastatic breast cancer.", stages=("metastatic",))
    database = database_of(("Vexa", [use], {"generic": "vexamab"}))
    text = render(build(database, "metastatic breast cancer", first_citation=2), "md")
    assert "**Vexa (vexamab)** [2]\n\n> Vexamab treats metastatic breast cancer.\n" in text
    assert "\n- **Vexa (vexamab)** for metastatic breast cancer [2]\n" in text
    assert "\n2. Vexa (vexamab). Example Works. Section 1. Version 1, effective 2024-01-01. <https://" in text
    assert "\n\n\n" not in text
