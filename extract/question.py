"""What a question is about, read with the same means as a label."""

from __future__ import annotations

from dataclasses import dataclass

from extract.biomarkers import read_biomarkers
from extract.conditions import mentions
from extract.facts import Biomarker, Condition, Population
from extract.lines import prior_spans, read_line
from extract.population import read_population
from extract.qualifiers import find_terms
from extract.statements import Statement
from extract.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Topic:
    """A question's subject. Evidence points into the question itself (section 0)."""

    question: str
    conditions: tuple[Condition, ...]
    stages: tuple[str, ...]
    settings: tuple[str, ...]
    biomarkers: tuple[Biomarker, ...]
    population: Population
    line: str | None


def read_question(question: str) -> Topic:
    """Read a question ("What are the options for HER2-positive metastatic breast cancer?") or a plain topic."""
    vocabulary = Vocabulary.load()
    statement = Statement.of("other", 0, 0, question)
    found = mentions(question, {}, vocabulary)
    specific = [m for m in found if m.specific] or found
    terms = find_terms(question)
    settings = tuple(dict.fromkeys(t.name for t in terms if t.kind == "setting"))
    return Topic(
        question=question,
        conditions=tuple(Condition(statement.evidence(m.start, m.end), m.name, dict(m.ids)) for m in specific),
        stages=tuple(dict.fromkeys(t.name for t in terms if t.kind in ("stage", "course"))),
        settings=settings,
        biomarkers=read_biomarkers(statement, [], vocabulary),
        population=read_population(statement, []),
        line=read_line(statement, settings, priors=prior_spans(question), masked=[]).name,
    )
