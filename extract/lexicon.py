"""A lexicon: phrases and what they name, found in a text by their longest form.

A hash look-up of normalised word rows. It loads faster than a matcher over a hundred thousand patterns and reads a
text in one pass: at each word it tries the longest phrase that begins with that word first.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from extract.normalize import EXCHANGED, Token, key, second_tries, tokens

Status = Literal["name", "synonym", "abbreviation", "label", "generic", "procedure", "second", "brand"]
# Abbreviations of the built tables are too ambiguous to be looked for in a text: they answer exact questions only.
_STATUSES: dict[str, Status] = {"n": "name", "s": "synonym", "a": "abbreviation", "b": "brand"}
WEAK: tuple[Status, ...] = ("generic", "procedure")
"""How words are known that name a condition only in the right place."""
BY_REFERENCE = "by_reference"
"""The column of a table of entries that lists the vocabularies whose id rests on a cross-reference alone."""
_PREFIXED = ("MONDO", "DOID", "HP", "HGNC")
_LONGEST_PHRASE = 12
_LONGEST_SECOND_TRY = 5


class VocabularyError(Exception):
    """A vocabulary file or hand-kept table is not what it should be; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a phrase names; ``ids`` by vocabulary: {"MONDO": "MONDO:0007254", "MESH": "D001943"}.

    ``by_reference`` lists the vocabularies whose id comes from a cross-reference, with no name in common.
    """

    name: str
    ids: Mapping[str, str] = field(default_factory=dict)
    status: Status = "name"
    by_reference: tuple[str, ...] = ()


_NOTHING = Entry("")


@dataclass(frozen=True, slots=True)
class Match:
    """A mention and what it names: ``text`` stands from ``start`` to ``end`` in what was read.

    ``status`` says how it was found: by a name, an exact synonym, an abbreviation, our own table of label phrasing
    ("label"), a second try (cancer for carcinoma), a word that counts only in the right place ("generic"), or a
    procedure, which counts where nothing else is named.
    """

    start: int
    end: int
    text: str
    name: str
    ids: Mapping[str, str] = field(default_factory=dict)
    status: Status = "name"
    whole: tuple[int, int] | None = field(default=None, kw_only=True)
    """Where its name stands with the words that it shares with others: "colon or rectal cancer" of "colon"."""

    @property
    def specific(self) -> bool:
        """True where the mention names a condition wherever it stands."""
        return self.status not in WEAK


class Lexicon:
    """Phrases by key, each with its entry: those of a built table, and those of our own that go before them."""

    def __init__(self, *, loose: bool = False) -> None:
        self._loose = loose
        self._names: list[str] = []
        self._ids: dict[str, list[str]] = {}
        self._by_reference: list[str] = []
        self._phrases: dict[str, tuple[int, str]] = {}
        self._own: dict[str, Entry] = {}
        self._longest: dict[str, int] = {}
        self._rows: dict[str, dict[str, int]] = {}

    @classmethod
    def load(cls, entries: Path, phrases: Path, *, loose: bool = False) -> Lexicon:
        """Read a table of entries (name, a column of ids per vocabulary) and one of phrases (key, row, status).

        ``loose``: also try what means nearly the same where a phrase is not known (cancer for carcinoma).
        """
        lexicon = cls(loose=loose)
        columns = read_columns(entries)
        if next(iter(columns)) != "name":
            raise VocabularyError(f"{entries.name}: the first column must be name")
        lexicon._by_reference = columns.pop(BY_REFERENCE, [])
        lexicon._names, lexicon._ids = columns.pop("name"), columns
        lexicon._phrases = _read_phrases(phrases, len(lexicon._names))
        lexicon._learn_lengths(lexicon._phrases)
        return lexicon

    def __len__(self) -> int:
        return len(self._phrases.keys() | self._own.keys())

    def add(self, phrase: str, entry: Entry) -> None:
        """Give a phrase an entry of our own, before whatever the table says."""
        spelled = key(phrase)
        if not spelled:
            raise VocabularyError(f"no word in the phrase {phrase!r}")
        self._own[spelled] = entry
        self._learn_lengths((spelled,))

    def mask(self, phrase: str) -> None:
        """Let the words of a phrase name nothing where they stand together: "Onchocerca volvulus" is no volvulus."""
        self.add(phrase, _NOTHING)

    def drop(self, phrase: str) -> None:
        """Forget a phrase that the vocabularies get wrong."""
        self._phrases.pop(key(phrase), None)
        self._own.pop(key(phrase), None)

    def entry_of(self, cited: str) -> Entry | None:
        """The table's entry that has this id, cited with its vocabulary: MONDO:0007254, MESH:D001943."""
        source, _, number = cited.partition(":")
        if source not in self._ids:
            return None
        if source not in self._rows:
            column = self._ids[source]
            self._rows[source] = dict(zip(reversed(column), range(len(column) - 1, -1, -1), strict=True))
        row = self._rows[source].get(cited if source in _PREFIXED else number)
        return None if row is None else self._entry(row, "name")

    def get(self, phrase: str) -> Entry | None:
        """The entry of exactly this phrase after normalisation, or of one that means nearly the same; else None."""
        words = [token.word for token in tokens(phrase)]
        entry = self._at(" ".join(words)) or self._second(words)
        return None if entry is _NOTHING else entry

    def find(self, text: str) -> list[Match]:
        """The mentions in a text, the longest first where they compete; they do not overlap."""
        row = tokens(text)
        found: list[Match] = []
        at = 0
        while at < len(row):
            size, entry = self._longest_at(text, row, at)
            if entry is None:
                at += 1
                continue
            start, end = row[at].start, row[at + size - 1].end
            if entry is not _NOTHING:
                found.append(Match(start, end, text[start:end], entry.name, entry.ids, entry.status))
            at += size
        return found

    def _longest_at(self, text: str, row: Sequence[Token], at: int) -> tuple[int, Entry | None]:
        """How many words from here are the longest phrase known, and its entry."""
        longest = self._longest.get(row[at].word, 0)
        if not longest and not self._loose:
            return 0, None
        words = _together(row, at, max(longest, _LONGEST_SECOND_TRY))
        for size in range(min(len(words), longest), 0, -1):
            spelled = " ".join(words[:size])
            entry = self._at(spelled)
            if entry is not None and self._meant(spelled, entry, text, row[at].start, row[at + size - 1].end):
                longer = self._second_longer(words, size)
                return longer if longer[1] else (size, entry)
        return self._second_longer(words, 1)

    def _meant(self, spelled: str, entry: Entry, text: str, start: int, end: int) -> bool:
        """Whether an abbreviation or a brand is meant: "ALL" is a leukemia; "all", or ALL among capitals, is not."""
        if entry.status == "brand":
            return text[start].isupper()
        if entry.status != "abbreviation":
            return True
        surface = text[start:end]
        capitals = sum(c.isupper() for c in surface) + (not surface.isalpha())
        if spelled not in self._own or capitals < 2:
            return False
        around = text[max(0, start - 25) : start] + text[end : end + 25]
        return not surface.isalpha() or around.upper() != around or around.lower() == around

    def _second_longer(self, words: list[str], than: int) -> tuple[int, Entry | None]:
        if EXCHANGED.isdisjoint(words):
            return 0, None
        for size in range(min(len(words), _LONGEST_SECOND_TRY), than, -1):
            entry = self._second(words[:size])
            if entry is not None:
                return size, entry
        return 0, None

    def _second(self, words: list[str]) -> Entry | None:
        if not self._loose or len(words) < 2 or EXCHANGED.isdisjoint(words):
            return None
        for spelled in second_tries(words):
            entry = self._at(spelled)
            if entry is not None and entry.status in ("name", "synonym", "label"):
                return replace(entry, status="second")
        return None

    def _at(self, spelled: str) -> Entry | None:
        own = self._own.get(spelled)
        if own is not None:
            return own
        known = self._phrases.get(spelled)
        return None if known is None else self._entry(known[0], _STATUSES[known[1]])

    def _entry(self, row: int, status: Status) -> Entry:
        ids = {source: column[row] for source, column in self._ids.items() if column[row]}
        by_reference = self._by_reference[row] if self._by_reference else ""
        return Entry(self._names[row], ids, status, tuple(filter(None, by_reference.split("|"))))

    def _learn_lengths(self, keys: Iterable[str]) -> None:
        longest = self._longest
        for spelled in keys:
            first, _, rest = spelled.partition(" ")
            words = rest.count(" ") + 2 if rest else 1
            if longest.get(first, 0) < words:
                longest[first] = words


def _together(row: Sequence[Token], at: int, most: int) -> list[str]:
    """The words from here on that stand together, with no comma, stop or bracket between them; at most so many."""
    words = [row[at].word]
    for token in row[at + 1 : at + min(most, _LONGEST_PHRASE)]:
        if token.after_break:
            break
        words.append(token.word)
    return words


def read_columns(file: Path) -> dict[str, list[str]]:
    """The columns of a (gzipped) TSV with a header, by name."""
    data = file.read_bytes()
    text = (gzip.decompress(data) if file.name.endswith(".gz") else data).decode("utf-8").rstrip("\n")
    header = text.partition("\n")[0].split("\t")
    cells = text.replace("\n", "\t").split("\t")
    width = len(header)
    if len(set(header)) != width or len(cells) != width * (text.count("\n") + 1):
        raise VocabularyError(f"{file.name}: a row has not the {width} columns of the header")
    return {name: cells[width + at :: width] for at, name in enumerate(header)}


def _read_phrases(file: Path, entries: int) -> dict[str, tuple[int, str]]:
    columns = read_columns(file)
    if list(columns) != ["key", "row", "status"]:
        raise VocabularyError(f"{file.name}: the columns must be key, row, status, not {', '.join(columns)}")
    if unknown := set(columns["status"]) - set(_STATUSES):
        raise VocabularyError(f"{file.name}: unknown status {', '.join(sorted(unknown))}")
    rows = list(map(int, columns["row"]))
    if rows and not 0 <= min(rows) <= max(rows) < entries:
        raise VocabularyError(f"{file.name}: a phrase points outside the table of entries")
    return dict(zip(columns["key"], zip(rows, columns["status"], strict=True), strict=True))
