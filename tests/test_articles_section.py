"""What an article says, and of which labels: numbers, quotes, groups, what is collapsed and what is left out."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

import pytest

from articles import Article, build, render
from articles.model import LEFT_OUT, SAMPLE_NOTICE
from db import set_review_status
from tests.support_articles import Use, Watch, database_of, empty_database, store

METASTATIC = "metastatic breast cancer"
HER2_POSITIVE = Use(
    "Vexamab treats HER2-positive metastatic breast cancer together with docelin and carbolin.",
    stages=("metastatic",),
    markers=(("HER2", "positive", 1),),
    partners=((("docelin", "ingredient"), ("carbolin", "ingredient")),),
)
HER2_NEGATIVE = Use(
    "Zorvanib treats HR-positive, HER2-negative advanced breast cancer with a hormone blocker or with fulvarex "
    "after earlier hormone therapy in postmenopausal women.",
    stages=("advanced",),
    markers=(("HR", "positive", 1), ("HER2", "negative", 2)),
    partners=((("hormone blocker", "class"),), (("fulvarex", "ingredient"),)),
    prior="after earlier hormone therapy",
    who="postmenopausal women",
)
ANY_BIOMARKER = Use(
    "Taxelin treats metastatic breast cancer alone.", stages=("metastatic",), more=(("single_agent", True),)
)
ADJUVANT = Use("Vexamab is adjuvant treatment of early breast cancer.", stages=("early",), settings=("adjuvant",))
MELANOMA = Use(
    "Zorvanib treats metastatic melanoma.", "melanoma", (("MONDO", "MONDO:0005105"),), stages=("metastatic",)
)


def brands(article: Article) -> list[str]:
    return [option.drug for option in article.options]


def citations(value: Any) -> set[int]:
    """All citation numbers anywhere in an article."""
    if isinstance(value, tuple):
        return {n for item in value for n in citations(item)}
    if not is_dataclass(value):
        return set()
    own = set(getattr(value, "citations", ()))
    return own.union(*(citations(getattr(value, f.name)) for f in fields(value)))


@pytest.fixture
def article() -> Article:
    watch = Watch("Check the heart before the first dose.", "heart output", "heart injury", ("before the first dose",))
    database = database_of(
        ("Vexa", [HER2_POSITIVE, ADJUVANT], {"generic": "vexamab", "watches": [watch]}),
        ("Zorvex", [HER2_NEGATIVE, MELANOMA], {"generic": "zorvanib", "date": "2025-03-04"}),
        ("Taxelin", [ANY_BIOMARKER], {}),
    )
    return build(database, "What are the options for metastatic breast cancer?", first_citation=4)


def test_each_label_has_one_number_and_every_number_is_used(article: Article) -> None:
    assert [(r.number, r.brand) for r in article.references] == [(4, "Taxelin"), (5, "Vexa"), (6, "Zorvex")]
    assert citations(article) == {4, 5, 6}


def test_every_claim_is_cited(article: Article) -> None:
    claims = [*article.statements, *article.options, *article.considerations[0].hazards[0].checks]
    assert len(claims) == 3 + 3 + 1
    assert all(claim.citations for claim in claims)


def test_options_are_grouped_by_biomarkers_with_none_stated_last(article: Article) -> None:
    told = [(group.profile, [o.drug for o in group.options]) for group in article.groups]
    assert told == [
        ("HER2-positive", ["Vexa (vexamab)"]),
        ("HR-positive, HER2-negative", ["Zorvex (zorvanib)"]),
        ("No biomarker stated in the indication", ["Taxelin"]),
    ]
    assert article.groups[1].biomarkers == (("HR-positive",), ("HER2-negative",))


def test_partners_and_qualifiers_stay_with_the_claim(article: Article) -> None:
    uses = {option.drug: option for option in article.options}
    assert uses["Vexa (vexamab)"].use == "with docelin and carbolin"
    assert uses["Taxelin"].use == "as a single agent"
    assert uses["Zorvex (zorvanib)"].use == "with a hormone blocker or fulvarex"
    assert uses["Zorvex (zorvanib)"].qualifiers == (
        "advanced breast cancer",
        "after earlier hormone therapy",
        "postmenopausal women",
    )


def test_statements_are_verbatim(article: Article) -> None:
    quoted = {drug.drug: [q.text for q in drug.quotes] for drug in article.statements}
    assert quoted["Vexa (vexamab)"] == [HER2_POSITIVE.text]


def test_other_settings_and_diseases_are_left_out(article: Article) -> None:
    for fmt in ("md", "html"):
        assert "adjuvant" not in render(article, fmt)
        assert "melanoma" not in render(article, fmt)
    assert [(one.drug, one.reason) for one in article.left_out] == [("Vexa (vexamab)", "for adjuvant use")]


def test_references_name_version_date_and_section(article: Article) -> None:
    zorvex = article.references[2]
    assert (zorvex.labeler, zorvex.version, zorvex.effective_date) == ("Example Works", 1, "2025-03-04")
    assert article.references[1].sections == ("1", "5.1")
    assert zorvex.url == f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={zorvex.set_id}&version=1"
    assert article.last_updated == "2025-03-04"


def test_bullets_share_their_lead_in_and_left_out_ones_are_marked() -> None:
    lead = "Vexamab treats HER2-positive disease:"
    uses = [
        Use("early breast cancer, as adjuvant therapy", lead=lead, settings=("adjuvant",)),
        Use("metastatic breast cancer, first of all", lead=lead, stages=("metastatic",)),
        Use("metastatic breast cancer, later on", lead=lead, stages=("metastatic",)),
        Use("gastric cancer", "gastric cancer", (), lead=lead),
    ]
    article = build(database_of(("Vexa", uses, {})), METASTATIC)
    [quote] = article.statements[0].quotes
    assert quote.text == lead
    assert quote.items == (LEFT_OUT, uses[1].text, uses[2].text, LEFT_OUT)


def test_equal_products_are_quoted_and_listed_once() -> None:
    def biosimilar(name: str) -> Use:
        return Use(f"{name} treats HER2-positive metastatic breast cancer.", markers=(("HER2", "positive", 1),))

    database = database_of(
        ("Vexa", [biosimilar("Vexa")], {"generic": "vexamab", "date": "2020-01-01"}),
        ("Vexi", [biosimilar("VEXI®")], {"generic": "vexamab-abcd", "date": "2021-01-01"}),
        ("Vexo", [biosimilar("Vexo (vexamab-efgh)")], {"generic": "vexamab-efgh", "date": "2019-01-01"}),
    )
    article = build(database, METASTATIC)
    [statement], [option] = article.statements, article.options
    assert statement.drug == option.drug == "Vexa, Vexi, Vexo (vexamab, vexamab-abcd, vexamab-efgh)"
    assert statement.citations == option.citations == (1, 2, 3)
    assert [q.text for q in statement.quotes] == ["VEXI® treats HER2-positive metastatic breast cancer."]
    assert [r.brand for r in article.references] == ["Vexi", "Vexa", "Vexo"]


def test_products_of_one_ingredient_with_other_words_are_quoted_apart() -> None:
    first = Use("Vexa treats metastatic breast cancer.", who="metastatic")
    second = Use("Vexi treats metastatic breast cancer after surgery.", who="metastatic", prior="after surgery")
    database = database_of(("Vexa", [first], {"generic": "vexamab"}), ("Vexi", [second], {"generic": "vexamab"}))
    article = build(database, METASTATIC)
    assert [s.citations for s in article.statements] == [(1,), (2,)]
    assert len(article.options) == 2


def test_a_sample_is_marked_everywhere_and_has_no_link() -> None:
    database = database_of(("Taxelin", [ANY_BIOMARKER], {"sample": True, "labeler": "onlabel samples"}))
    article = build(database, METASTATIC)
    assert article.notices[0] == SAMPLE_NOTICE
    assert article.references[0].sample
    assert article.references[0].url is None
    for fmt in ("md", "html"):
        text = render(article, fmt)
        assert SAMPLE_NOTICE in text
        assert "not FDA text" in text
        assert "dailymed" not in text


def test_samples_give_way_to_real_labels() -> None:
    database = database_of(
        ("Taxelin", [ANY_BIOMARKER], {"sample": True, "labeler": "onlabel samples"}),
        ("Vexa", [HER2_POSITIVE], {}),
    )
    article = build(database, METASTATIC)
    assert brands(article) == ["Vexa"]
    assert SAMPLE_NOTICE not in article.notices
    assert any("Sample labels" in notice for notice in article.notices)


def test_only_the_newest_version_is_told() -> None:
    database = empty_database()
    store(database, "Vexa", [HER2_POSITIVE], set_id="a")
    store(database, "Vexa", [Use("Vexa treats metastatic breast cancer.")], set_id="a", version=2)
    article = build(database, METASTATIC)
    assert [(r.version, s.quotes[0].text) for r, s in zip(article.references, article.statements, strict=True)] == [
        (2, "Vexa treats metastatic breast cancer.")
    ]


def test_the_same_database_gives_the_same_bytes_in_whatever_order_it_was_filled() -> None:
    labels: list[tuple[str, list[Use], dict[str, Any]]] = [
        ("Vexa", [HER2_POSITIVE, ADJUVANT], {}),
        ("Zorvex", [HER2_NEGATIVE], {}),
        ("Taxelin", [ANY_BIOMARKER], {}),
    ]
    one, other = database_of(*labels), database_of(*reversed(labels))
    for fmt in ("md", "html", "json"):
        assert render(build(one, METASTATIC), fmt) == render(build(other, METASTATIC), fmt)


def test_today_is_printed_and_nothing_else() -> None:
    database = database_of(("Vexa", [HER2_POSITIVE], {}))
    dated = render(build(database, METASTATIC, today=date(2026, 1, 2)), "md")
    assert dated.replace(" · Written: 2026-01-02", "") == render(build(database, METASTATIC), "md")


def test_review_status_is_the_lowest_of_the_facts_used() -> None:
    database = database_of(("Vexa", [HER2_POSITIVE], {}), ("Taxelin", [ANY_BIOMARKER], {}))
    ids = [row[0] for row in database.execute("SELECT indication_id FROM current_indications").fetchall()]
    set_review_status(database, fact_id=ids[0], status="approved", reviewer="r")
    assert build(database, METASTATIC).review.current == "Submitted"
    set_review_status(database, fact_id=ids[1], status="under review", reviewer="r")
    assert build(database, METASTATIC).review.current == "Under Review"
    set_review_status(database, fact_id=ids[1], status="approved", reviewer="r")
    approved = build(database, METASTATIC)
    assert approved.review.current == "Approved"
    assert not any("pending" in notice for notice in approved.notices)


def test_a_rejected_fact_is_not_told() -> None:
    database = database_of(("Vexa", [HER2_POSITIVE], {}), ("Taxelin", [ANY_BIOMARKER], {}))
    [(rejected,)] = database.execute("SELECT indication_id FROM current_indications WHERE brand = 'Vexa'").fetchall()
    set_review_status(database, fact_id=rejected, status="rejected", reviewer="r")
    assert brands(build(database, METASTATIC)) == ["Taxelin"]


def test_a_drug_is_a_topic_and_all_its_uses_answer() -> None:
    database = database_of(
        ("Zorvex", [HER2_NEGATIVE, MELANOMA], {"generic": "zorvanib"}), ("Vexa", [HER2_POSITIVE], {})
    )
    for question in ("Zorvex", "what is ZORVANIB for?"):
        article = build(database, question)
        assert {q for option in article.options for q in option.qualifiers} >= {"metastatic melanoma"}
        assert [r.brand for r in article.references] == ["Zorvex"]


def test_a_drug_with_a_disease_narrows_to_it_alone_or_as_a_partner() -> None:
    database = database_of(
        ("Vexa", [HER2_POSITIVE], {}), ("Docelin", [ANY_BIOMARKER], {}), ("Zorvex", [HER2_NEGATIVE], {})
    )
    assert brands(build(database, "docelin in metastatic breast cancer")) == ["Vexa", "Docelin"]
    after = build(database, "What helps in metastatic breast cancer after docelin?")
    assert len(after.options) == 3


@pytest.mark.parametrize(
    ("question", "says", "advises"),
    [
        ("Vexxa", "No disease and no drug", "similar name: vexa"),
        ("stage 4 breast cancer with HER2-negative tumors", "breast cancer", "Labels with other uses of it: Vexa"),
        ("gout", "No current label in the database has an indication for gout", "onlabel ingest"),
    ],
)
def test_an_empty_answer_says_why_and_what_to_do(question: str, says: str, advises: str) -> None:
    article = build(database_of(("Vexa", [HER2_POSITIVE], {})), question)
    assert not article.options
    assert not article.references
    assert article.problem is not None
    assert says in article.problem
    assert advises in " ".join(article.advice)
    assert says in re.sub(r"\\", "", render(article, "md"))
    assert says in render(article, "html")


def test_an_empty_database_is_answered_too() -> None:
    article = build(empty_database(), METASTATIC)
    assert article.problem
    assert not article.options


@pytest.mark.parametrize(
    ("words", "name", "told"),
    [
        ("metastatic breast cancer", "breast cancer", "advanced or metastatic breast cancer"),
        ("breast carcinoma", "breast cancer", "advanced or metastatic breast carcinoma"),
        ("MBC", "breast cancer", "advanced or metastatic breast cancer"),
    ],
)
def test_a_condition_is_told_in_the_labels_words_without_saying_its_stage_twice(
    words: str, name: str, told: str
) -> None:
    use = Use(f"It treats advanced or {words}.", words, name=name, stages=("advanced", "metastatic"))
    article = build(database_of(("Vexa", [use], {})), "breast cancer")
    assert article.options[0].qualifiers == (told,)


def test_two_lines_of_one_use_are_alternatives() -> None:
    use = Use(
        "It treats breast cancer, first of all or after surgery.",
        line="first of all",
        prior="after surgery",
        more=(("line", "first-line or subsequent"),),
    )
    article = build(database_of(("Vexa", [use], {})), "breast cancer")
    assert article.options[0].qualifiers == ("breast cancer", "first of all or after surgery")
