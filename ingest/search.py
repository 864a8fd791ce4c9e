"""Every source of labels, asked in the same way: terms in, documents out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ingest.dailymed import DailyMed
from ingest.documents import Failed, RawDocument
from ingest.errors import SourceError, WrongUse
from ingest.openfda import OpenFDA
from ingest.sample import Samples
from ingest.sources import Followed, Hit, Source
from ingest.terms import Term, read_term

SOURCES: dict[str, Callable[[], Source]] = {"dailymed": DailyMed, "openfda": OpenFDA, "sample": Samples}


@dataclass(frozen=True, slots=True)
class Missing:
    """A term that found nothing, and names like it."""

    term: Term
    near: list[str]

    def __str__(self) -> str:
        """One line for people."""
        hint = f"; near names: {', '.join(self.near)}" if self.near else ""
        return f"nothing found for {self.term.text!r}{hint}"


def open_source(name: str) -> Source:
    """The source called ``dailymed``, ``openfda`` or ``sample``. Raises WrongUse."""
    if name not in SOURCES:
        raise WrongUse(f"no source is called {name!r}: choose one of {', '.join(SOURCES)}")
    return SOURCES[name]()


def followed_source(name: str) -> Followed:
    """The source called ``dailymed`` or ``openfda``, which tells what is new. Raises WrongUse."""
    return DailyMed() if name == "dailymed" else OpenFDA()


def class_code(name: str, source: DailyMed | None = None) -> str:
    """The code of a pharmacologic class, by its name: "kinase inhibitor" or "Kinase Inhibitor [EPC]".

    Asks DailyMed. Raises WrongUse for a name of none or of several, SourceError.
    """
    found = (source or DailyMed()).drug_classes(name.partition(" [")[0])
    asked = name.casefold()
    named = {
        code: told for code, told in found.items() if asked in {told.casefold(), told.partition(" [")[0].casefold()}
    }
    if len(named) == 1:
        return next(iter(named))
    told = ", ".join(f"{told} ({code})" for code, told in sorted((named or found).items())[:8])
    if named:
        raise WrongUse(f"several classes are called {name!r}: give the code of one: {told}")
    raise WrongUse(f"DailyMed has no class {name!r}" + (f"; like it: {told}" if told else ""))


def find(
    source: Source,
    terms: Iterable[str],
    *,
    limit: int | None = None,
    on_missing: Callable[[Missing], None] = lambda _: None,
) -> Iterator[RawDocument | Failed]:
    """The labels that terms find, each once; a term or a label that fails is told and the rest goes on.

    ``limit`` holds for each term. ``on_missing`` hears of each term that finds nothing. Raises WrongUse,
    before anything is asked, where a term cannot be looked for.
    """
    return _find(source, [read_term(text) for text in terms], limit, on_missing)


def _find(
    source: Source, terms: list[Term], limit: int | None, on_missing: Callable[[Missing], None]
) -> Iterator[RawDocument | Failed]:
    seen: set[str] = set()
    for term in terms:
        found = False
        try:
            for hit in source.search(term, limit=limit):
                found = True
                if hit.set_id not in seen:
                    seen.add(hit.set_id)
                    yield _fetched(source, hit)
        except SourceError as error:
            yield Failed(source.name, term.text, term.text, str(error), kept=False)
        else:
            if not found:
                on_missing(Missing(term, source.near_names(term.value) if term.kind == "name" else []))


def _fetched(source: Source, hit: Hit) -> RawDocument | Failed:
    try:
        return hit.fetch()
    except SourceError as error:
        return Failed(source.name, hit.origin, hit.set_id, str(error))
