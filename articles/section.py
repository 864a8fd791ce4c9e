"""Build the section *From the FDA Drug Label* for one question from the current labels of a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlite_utils import Database

from articles import wording
from articles.claims import Claim, read_claims
from articles.matching import matching_conditions, reason_left_out
from articles.model import (
    REVIEW_STEPS,
    REVIEWED_NOTICE,
    SAMPLE_NOTICE,
    UNREVIEWED_NOTICE,
    Article,
    LeftOut,
)
from articles.names import drug_in
from articles.writer import Writer
from db import queries
from extract.question import Topic, read_question

LOAD = "Load labels with: onlabel ingest NAME, or onlabel load PATH."
_SAMPLE = "a sample, and real labels answer"
_SAMPLES_LEFT_OUT = "Sample labels in the database are left out, because real labels answer."


def build(database: Database, question: str, *, first_citation: int = 1, today: date | None = None) -> Article:
    """Build the section for a question ("What are the options for …?"), a topic or a drug name.

    Labels are numbered from ``first_citation`` on, in the order in which they are quoted. The result depends
    on the database and the arguments alone; ``today`` is only printed. Where nothing answers, there are no
    options, and ``problem`` and ``advice`` say why and what to do.
    """
    topic = read_question(question)
    drug = drug_in(database, topic)
    article = Article(
        title=" ".join(question.split()),
        understood=wording.understood(topic, drug),
        written=today.isoformat() if today else None,
    )
    if not topic.conditions and not drug:
        return _not_understood(database, article)
    kept, left_out = _sorted_out(database, topic, drug)
    if not kept:
        return _unanswered(article, topic, drug, left_out)
    article = replace(article, left_out=_told(left_out))
    return _with_notices(Writer(database, topic, drug, first_citation).write(article, kept))


# What answers


def _sorted_out(database: Database, topic: Topic, drug: str | None) -> tuple[list[Claim], list[tuple[Claim, str]]]:
    """The claims that answer, and those of the same condition that do not, with the reason."""
    claims = read_claims(database, topic, drug)
    if topic.conditions:
        claims = [claim for claim in claims if matching_conditions(topic, claim)]
        if drug:
            own = {*queries.labels(database, drug=drug)["set_id"]}
            claims = [claim for claim in claims if claim.label.key.set_id in own or _given_with(claim, drug)]
    reasons = [(claim, reason_left_out(topic, claim)) for claim in claims]
    kept = [claim for claim, reason in reasons if not reason]
    left_out = [(claim, reason) for claim, reason in reasons if reason]
    if any(not claim.label.sample for claim in kept):
        left_out += [(claim, _SAMPLE) for claim in kept if claim.label.sample]
        kept = [claim for claim in kept if not claim.label.sample]
    return kept, left_out


def _given_with(claim: Claim, drug: str) -> bool:
    return any(drug.casefold() in name.casefold() for regimen in claim.regimens for name, _ in regimen.drugs)


def _told(left_out: list[tuple[Claim, str]]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(claim.label.display, claim.statement.text, reason) for claim, reason in left_out)


def _not_understood(database: Database, article: Article) -> Article:
    near = queries.near_names(database, article.title)
    return replace(
        article,
        problem="No disease and no drug of the database was understood in this question.",
        advice=(
            *([f"Stored drugs with a similar name: {', '.join(near)}."] if near else []),
            'Name a disease ("stage 4 breast cancer") or a drug whose label is loaded.',
            "See what is loaded with: onlabel status.",
            LOAD,
        ),
    )


def _unanswered(article: Article, topic: Topic, drug: str | None, left_out: list[tuple[Claim, str]]) -> Article:
    names = sorted({claim.label.display for claim, _ in left_out}, key=str.casefold)
    others = f"Labels with other uses of it: {', '.join(names)}. Ask less narrowly to see them."
    return replace(
        article,
        problem=f"No current label in the database has an indication for {wording.subject(topic, drug)}.",
        advice=(others, LOAD) if names else (LOAD,),
        left_out=_told(left_out),
    )


def _with_notices(article: Article) -> Article:
    reviewed = article.review.current == REVIEW_STEPS[-1]
    notices = [REVIEWED_NOTICE if reviewed else UNREVIEWED_NOTICE]
    if any(reference.sample for reference in article.references):
        notices.insert(0, SAMPLE_NOTICE)
    if any(one.reason == _SAMPLE for one in article.left_out):
        notices.append(_SAMPLES_LEFT_OUT)
    return replace(article, notices=tuple(notices))
