"""What the words of a label name: diseases and symptoms, drugs, classes of drugs, genes and markers.

The tables under ``data/vocabulary`` are built from public vocabularies (``extract.build_vocabulary``; sources and
licences in its manifest). The hand-kept tables beside them go first: label phrasing that no vocabulary has
(``synonyms.tsv``; where no concept is as narrow as the phrase, the ids are those of the nearest wider one), phrases
that vocabularies get wrong (``stoplist.tsv``), other names of ingredients (``drug_synonyms.tsv``), pharmacologic and
therapy classes (``drug_classes.tsv``) and the markers that labels ask for (``biomarkers.tsv``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

from extract.lexicon import Entry, Lexicon, Match, Status, VocabularyError, read_columns
from extract.normalize import key

__all__ = ["Entry", "Gene", "MarkerMatch", "Match", "Vocabulary", "VocabularyError"]

_BIOSIMILAR_SUFFIX = re.compile(r"-(?!(?:free|like|only|type|dose|line|week|year|hour|days?)\b)[a-z]{4}\b")
_STOPS = ("drop", "generic", "procedure", "no condition", "not a drug")


@dataclass(frozen=True, slots=True)
class Gene:
    """An approved gene, or a family of genes with its members' symbols; ``id`` is of HGNC or FamPlex."""

    id: str
    symbol: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MarkerMatch(Match):
    """A marker of patients; ``gene`` is its HGNC id, ``state`` what its own words tell ("exon 19 deletion")."""

    gene: str | None = None
    state: str | None = None


class Vocabulary:
    """All that is known of words. Each part is read when it is first asked for."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._built = data / "vocabulary"

    @staticmethod
    @lru_cache(maxsize=1)
    def load() -> Vocabulary:
        """The vocabulary that comes with the program; the same object every time."""
        return Vocabulary(Path(__file__).parent / "data")

    def conditions(self, text: str) -> list[Match]:
        """Diseases, symptoms and procedures named in the text: the longest mentions, none overlapping."""
        return self._conditions.find(text)

    def condition(self, phrase: str) -> Entry | None:
        """The condition that exactly this phrase names, after normalisation; None where none is known."""
        return self._conditions.get(phrase)

    def drugs(self, text: str) -> list[Match]:
        """Active ingredients in the text; salts and biosimilar suffixes belong to the mention, not to the name."""
        return [_with_suffix(text, match) for match in self._drugs.find(text)]

    def drug(self, phrase: str) -> Entry | None:
        """The ingredient of a phrase: "ribociclib succinate" → ribociclib, "trastuzumab-dkst" → trastuzumab."""
        return self._drugs.get(phrase) or self._drugs.get(_BIOSIMILAR_SUFFIX.sub("", phrase))

    def classes(self, text: str) -> list[Match]:
        """Pharmacologic classes, kinds of therapy and named regimens in the text."""
        return self._classes.find(text)

    def drug_class(self, phrase: str) -> Entry | None:
        """The class, kind of therapy or regimen that exactly this phrase names."""
        return self._classes.get(phrase)

    def gene(self, symbol: str) -> Gene | None:
        """The gene or family with this symbol, alias or earlier symbol: "ERBB2", "HER2", "NTRK"."""
        return self._genes.get(symbol.upper())

    def markers(self, text: str) -> list[MarkerMatch]:
        """The markers of our table that the text names, each with its gene, and its state where the name tells it."""
        found = self._markers[0].find(text)
        return [self._as_marker(match) for match in found]

    def size(self, part: str) -> int:
        """How many phrases a part knows: conditions, drugs, classes, markers or genes. It is read for that."""
        return len(self._markers[0] if part == "markers" else getattr(self, f"_{part}"))

    def stopped(self, phrase: str) -> tuple[str, str] | None:
        """How the stop list treats exactly this phrase (a kind of _STOPS), and why; None where it does not name it."""
        return self._stopped.get(key(phrase))

    @cached_property
    def _stopped(self) -> dict[str, tuple[str, str]]:
        return {key(phrase): (kind, why) for phrase, kind, why in self._stops()}

    @cached_property
    def _conditions(self) -> Lexicon:
        lexicon = self._lexicon("conditions", loose=True)
        for phrases, concept, name in self._table("synonyms", ("phrases", "concept", "name")):
            entry = _own_entry(lexicon, concept, name)
            for phrase in phrases.split("|"):
                lexicon.add(phrase, _spoken(phrase, entry))
        for phrase, kind, _why in self._stops():
            if kind == "no condition":
                lexicon.mask(phrase)
            elif kind != "not a drug":
                _stop(lexicon, phrase, kind)
        return lexicon

    @cached_property
    def _drugs(self) -> Lexicon:
        lexicon = self._lexicon("drugs")
        for phrases, ingredient, name in self._table("drug_synonyms", ("phrases", "ingredient", "name")):
            known = lexicon.entry_of(ingredient)
            if known is None:
                raise VocabularyError(f"drug_synonyms.tsv: {ingredient!r} is not in the vocabulary")
            for phrase in phrases.split("|"):
                lexicon.add(phrase, _spoken(phrase, Entry(name, known.ids, "label")))
        for phrase, kind, _why in self._stops():
            if kind == "not a drug":
                lexicon.drop(phrase)
        return lexicon

    @cached_property
    def _classes(self) -> Lexicon:
        lexicon = self._lexicon("classes")
        for name, forms, ids in self._table("drug_classes", ("name", "forms", "ids")):
            entry = Entry(name, _ids(ids), "label")
            for phrase in (name, *filter(None, forms.split("|"))):
                lexicon.add(phrase, _spoken(phrase, entry))
        return lexicon

    @cached_property
    def _markers(self) -> tuple[Lexicon, dict[str, tuple[str | None, str | None]]]:
        lexicon, told = Lexicon(), {}
        for marker, gene, state, forms in self._table("biomarkers", ("marker", "gene", "state", "forms")):
            ids = {"FPLX" if gene.startswith("FPLX") else "HGNC": gene} if gene else {}
            for phrase in forms.split("|"):
                lexicon.add(phrase, _spoken(phrase, Entry(marker, ids, "label")))
                told[key(phrase)] = (gene or None, state or None)
        return lexicon, told

    def _as_marker(self, match: Match) -> MarkerMatch:
        gene, state = self._markers[1][key(match.text)]
        return MarkerMatch(match.start, match.end, match.text, match.name, match.ids, match.status, gene, state)

    @cached_property
    def _genes(self) -> dict[str, Gene]:
        columns = read_columns(self._built / "genes.tsv.gz")
        if list(columns) != ["id", "symbol", "others", "members"]:
            raise VocabularyError(f"genes.tsv.gz: the columns must be those of genes, not {', '.join(columns)}")
        found: dict[str, Gene] = {}
        for identifier, symbol, others, members in zip(*columns.values(), strict=True):
            gene = Gene(identifier, symbol, tuple(filter(None, members.split("|"))))
            for name in filter(None, others.split("|")):
                found.setdefault(name.upper(), gene)
            found[symbol.upper()] = gene
        return found

    def _lexicon(self, name: str, *, loose: bool = False) -> Lexicon:
        return Lexicon.load(self._built / f"{name}.tsv.gz", self._built / f"{name}_names.tsv.gz", loose=loose)

    def _stops(self) -> Iterator[tuple[str, ...]]:
        for row in self._table("stoplist", ("phrase", "kind", "why")):
            if row[1] not in _STOPS:
                raise VocabularyError(f"stoplist.tsv: {row[0]!r} has the unknown kind {row[1]!r}")
            yield row

    def _table(self, name: str, columns: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """The rows of a hand-kept table, whose columns must be exactly these."""
        file = self._data / f"{name}.tsv"
        found = read_columns(file)
        if tuple(found) != columns:
            raise VocabularyError(f"{file.name}: the columns must be {', '.join(columns)}, not {', '.join(found)}")
        return zip(*found.values(), strict=True)


def _stop(lexicon: Lexicon, phrase: str, kind: str) -> None:
    """Forget the phrase, or keep it for places where nothing better stands."""
    entry = lexicon.get(phrase)
    lexicon.drop(phrase)
    if kind in ("generic", "procedure"):
        status: Status = "generic" if kind == "generic" else "procedure"
        lexicon.add(phrase, replace(entry, status=status) if entry else Entry(phrase, status=status))


def _own_entry(lexicon: Lexicon, concept: str, name: str) -> Entry:
    """What a row of synonyms.tsv means: the vocabulary's concept with this id, or with "=" these ids and no more."""
    if not concept or concept.startswith("="):
        return Entry(name, _ids(concept.removeprefix("=")), "label")
    known = lexicon.entry_of(concept)
    if known is None:
        raise VocabularyError(f"synonyms.tsv: {concept!r} is not in the vocabulary")
    return replace(known, name=name, status="label")


def _ids(cited: str) -> dict[str, str]:
    """{"MESH": "D000758"} of "MESH:D000758"; MONDO, DOID and HP ids keep their prefix."""
    found: dict[str, str] = {}
    for one in filter(None, cited.split("|")):
        source, colon, number = one.partition(":")
        if not colon or source not in ("MONDO", "MESH", "DOID", "HP", "ICD10CM", "UNII"):
            raise VocabularyError(f"{one!r} is not an id of a vocabulary we use")
        found[source] = one if source in ("MONDO", "DOID", "HP") else number
    return found


def _spoken(phrase: str, entry: Entry) -> Entry:
    """A phrase that is an abbreviation must stand in the text in capitals."""
    short = " " not in phrase and sum(c.isupper() for c in phrase) > 1 and len(phrase) < 8
    return replace(entry, status="abbreviation") if short else entry


def _with_suffix(text: str, match: Match) -> Match:
    """A mention with the four letters of a biosimilar behind its hyphen: trastuzumab-dkst."""
    suffix = _BIOSIMILAR_SUFFIX.match(text, match.end)
    if suffix is None:
        return match
    end = suffix.end()
    return Match(match.start, end, text[match.start : end], match.name, match.ids, match.status)
