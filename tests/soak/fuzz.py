"""Fuzzing of the readers, and of all that follows: no label, however it is broken, may end in an unhandled error.

    python -m tests.soak.fuzz spl --minutes 10 [--seed N] [--folder ../shared/spl]
    python -m tests.soak.fuzz records --minutes 10 [--seed N] [--folder ../shared/openfda]

Documents (the bundled samples, or those of a folder) are changed in their bytes and in their structure, or made
of nothing. What can be read is extracted and saved; allowed is a LabelError and nothing else. What goes wrong is
kept in a file, and the same seed makes the same inputs. The exit code is 1 where something went wrong.
"""

# ruff: noqa: E501 - a case reads best on its line
from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, cast

from lxml import etree
from sqlite_utils import Database

from db import open_database, save_document, save_label
from extract import extract_label
from extract.facts import Evidence
from ingest.sample import samples
from ingest.time_limit import time_limit
from labels import LabelError, parse_record, parse_spl
from labels.loinc import OPENFDA_KEYS
from tests.replica_data import read_folders
from tests.support_ingest import record, tiny_spl

MAX_SECONDS = 30.0
LARGEST = 3_000_000
"""Bytes of an input: changed documents could grow for ever."""
HOSTILE = (
    "", " ", "\x00", "\x1b[2J", "\u202e\u2066", "\ud800", "\U0010ffff", "\ufffc", "e\u0301" * 300, "9" * 500, "-1", "NaN", "1e999",
    "٣", "..", "../../x", "'; DROP TABLE labels; --", "<td>", "&amp;", "]]>", "(" * 500, "[see " * 200, " | " * 400, "• " * 400,
    "5.1 Hepatotoxicity " * 60, "indicated for the treatment of " * 50, "in combination with " * 50, "and " * 500, ", or " * 400,
    "every 2 weeks for the first 2 months, then ", "Grade 3 or 4 " * 50, "\n" * 300, "\t\r\n\x0b\x0c\x85\u2028", "İstanbul ß ﬁ ǆ",
    "WARNING: " * 40, "not indicated for pain", "1 INDICATIONS AND USAGE", "20240230", "99999999", "34067-9", "43685-7", "urn:hl7-org:v3",
)  # fmt: skip
"""Texts to put anywhere."""


@dataclass
class Tally:
    """What came of the inputs so far."""

    inputs: int = 0
    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, int] = (0.0, 0)
    wrong: list[str] = field(default_factory=list)


class Spls:
    """SPL documents, changed or made."""

    suffix = ".xml"
    media: Literal["spl", "openfda"] = "spl"

    def __init__(self, folder: Path | None) -> None:
        own = [document.data for document in samples()]
        given = [spl.data for spl in read_folders([folder])[0]] if folder else []
        self._seeds = [tiny_spl(), *(given or own)]
        self._seeds = [seed for seed in self._seeds if len(seed) < LARGEST]

    def make(self, rng: random.Random) -> bytes:
        """An input."""
        seed = self._small(rng)
        if (way := rng.randrange(5)) == 0:
            return change_bytes(rng, seed, self._small(rng))
        return self._grow(rng) if way == 1 else self._change_tree(rng, seed)

    def _small(self, rng: random.Random) -> bytes:
        """A document, small ones more often: they take less time."""
        return min(rng.sample(self._seeds, min(3, len(self._seeds))), key=len)

    def read(self, data: bytes) -> Any:
        """The label, or a LabelError."""
        return parse_spl(data, name="fuzz")

    def _change_tree(self, rng: random.Random, seed: bytes) -> bytes:
        root = etree.fromstring(seed, etree.XMLParser(resolve_entities=False, huge_tree=True))
        for _ in range(rng.randint(1, 12)):
            nodes = [node for node in root.iter() if isinstance(node.tag, str)]
            _change_element(rng, rng.choice(nodes), rng.choice(nodes), root)
        return cast(bytes, etree.tostring(root, encoding=rng.choice(("UTF-8", "UTF-8", "UTF-16", "ISO-8859-1"))))

    def _grow(self, rng: random.Random) -> bytes:
        """A label whose sections are made of nothing."""
        markup = "".join(_markup(rng, 6) for _ in range(rng.randint(1, 8)))
        code = rng.choice(("34067-9", "43685-7", "34066-1", "34068-7", "34070-3", "34071-1", "42229-5", "x"))
        made = tiny_spl(text="QQ").replace(b"<paragraph>QQ</paragraph>", markup.encode("utf-8", "replace"))
        return made.replace(b"34067-9", code.encode())


class Records:
    """openFDA records, changed or made."""

    suffix = ".json"
    media: Literal["spl", "openfda"] = "openfda"

    def __init__(self, folder: Path | None) -> None:
        given = [dict(one) for one in read_folders([folder])[1]] if folder else []
        own = [json.loads(document.data) for document in samples() if document.media == "openfda"]
        self._seeds = [record(), *(given or own)]

    def make(self, rng: random.Random) -> bytes:
        """An input."""
        seed = json.loads(json.dumps(rng.choice(self._seeds)))
        other = rng.choice(self._seeds)
        way = rng.randrange(5)
        if way == 0:
            return change_bytes(rng, json.dumps(seed).encode(), json.dumps(other).encode())
        if way == 1:
            seed = {key: _json(rng, 4) for key in rng.sample(sorted(OPENFDA_KEYS), 6)} | {
                "set_id": "a-1",
                "version": "1",
            }
        for _ in range(rng.randint(1, 10)):
            _change_json(rng, seed, other)
        return json.dumps(seed).encode()

    def read(self, data: bytes) -> Any:
        """The label, or a LabelError; what is no JSON is refused before a record is made of it."""
        try:
            told = json.loads(data)
        except (ValueError, RecursionError):
            raise LabelError("fuzz", "no JSON") from None
        return parse_record(told, name="fuzz")


def change_bytes(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Bytes flipped, cut out, doubled, or put in from another document."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at, size = rng.randrange(len(changed) + 1), int(2 ** rng.uniform(0, 11))
        way = rng.randrange(5)
        if way == 0 and at < len(changed):
            changed[at] = rng.randrange(256)
        elif way == 1:
            del changed[at : at + size]
        elif way == 2:
            changed[at:at] = changed[at : at + size]
        elif way == 3:
            begin = rng.randrange(len(other))
            changed[at : at + size] = other[begin : begin + size]
        else:
            changed[at:at] = rng.choice(HOSTILE).encode("utf-8", "surrogatepass")
    return bytes(changed)


def _change_element(rng: random.Random, node: Any, other: Any, root: Any) -> None:
    """Change one element: take it out, put it elsewhere, or change its name, attributes or text."""
    way, parent = rng.randrange(8), node.getparent()
    if way == 0 and parent is not None:
        parent.remove(node)
    elif way == 1 and len(etree.tostring(node)) < 100_000 and len(root) < 10_000:
        other.append(etree.fromstring(etree.tostring(node, with_tail=False)))
    elif way == 2 and parent is not None and node not in other.iterancestors() and node is not other:
        other.insert(0, node)
    elif way == 3 and node is not root:
        node.tag = other.tag
    elif way == 4 and node.attrib:
        node.set(rng.choice(list(node.attrib)), _xml_text(rng))
    elif way == 5:
        node.set(
            rng.choice(("colspan", "rowspan", "styleCode", "listType", "ID", "IDREF", "value", "code", "root")),
            _xml_text(rng),
        )
    elif way == 6:
        node.tail = _xml_text(rng)
    else:
        node.text = f"{(node.text or '')[: rng.randrange(80)]}{_xml_text(rng)}{(node.text or '')[rng.randrange(80) :]}"


def _xml_text(rng: random.Random) -> str:
    """A hostile text of what XML may hold."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", _words(rng))


def _words(rng: random.Random) -> str:
    return " ".join(rng.choice(HOSTILE) for _ in range(rng.randint(1, 4)))


def _markup(rng: random.Random, depth: int) -> str:
    """Text markup that is well formed and makes no sense."""
    tag = rng.choice(("paragraph", "list", "item", "table", "tbody", "thead", "tfoot", "tr", "td", "th", "caption", "content",
                      "sup", "sub", "footnote", "footnoteRef", "br", "renderMultiMedia", "linkHtml", "text"))  # fmt: skip
    inside = "".join(_markup(rng, depth - 1) for _ in range(rng.randint(0, 4))) if depth else ""
    words = _xml_text(rng).replace("&", "&amp;").replace("<", "&lt;")
    span = rng.choice(
        ("", ' colspan="64"', ' rowspan="99999" ID="a"', ' IDREF="a"', ' listType="ordered" styleCode="BigRoman"')
    )
    return f"<{tag}{span}>{words if rng.random() < 0.6 else ''}{inside}</{tag}>"


def _json(rng: random.Random, depth: int) -> Any:
    """A value of any type."""
    way = rng.randrange(9 if depth else 6)
    if way < 6:
        return (None, True, rng.choice((0, -1, 10**30, 7)), rng.choice((1.5, 1e308)), _words(rng), [_words(rng)])[way]
    if way == 6:
        return {_words(rng): _json(rng, depth - 1) for _ in range(rng.randrange(4))}
    return [_json(rng, depth - 1) for _ in range(rng.randrange(5))]


def _change_json(rng: random.Random, data: Any, other: dict[str, Any]) -> None:
    """Change one key of a record, or of what is in it."""
    key, way = rng.choice([*data, "set_id", "version", "openfda"]), rng.randrange(7)
    value = data.get(key)
    if way == 0:
        data.pop(key, None)
    elif way == 1:
        data[key] = _json(rng, 3)
    elif way == 2:
        theirs = rng.choice(list(other))
        data[rng.choice((key, theirs))] = other[theirs]
    elif way == 3 and isinstance(value, dict) and value:
        _change_json(rng, value, {"x": _words(rng)})
    elif way == 4 and isinstance(value, list) and len(value) < 200:
        data[key] = value * rng.randint(2, 3) + [_json(rng, 1)]
    elif isinstance(value, list) and value and isinstance(value[0], str) and len(value[0]) < LARGEST:
        at = rng.randrange(len(value[0]) + 1)
        data[key] = [value[0][:at] + _words(rng) + value[0][at + rng.randrange(200) :], *value[1:]]


def try_input(source: Spls | Records, data: bytes, database: Database, tally: Tally) -> None:
    """Read, extract and save one input. Raises whatever is not to be raised."""
    tally.inputs += 1
    began = time.monotonic()
    try:
        with time_limit(MAX_SECONDS):
            label = source.read(data)
            facts = extract_label(label)
            texts = {section.index: section.text for section in label.sections}
            for evidence in _evidence(facts):
                assert texts[evidence.section][evidence.start : evidence.end] == evidence.text, evidence
            sha256 = save_document(database, data, source="files", origin="fuzz", name="fuzz", media=source.media)
            save_label(database, label, facts, sha256=sha256)
        tally.read += 1
    except LabelError as error:
        tally.refused[re.sub(r"'.*'|\d[\d,]*|\(.*", "…", error.reason)[:60]] += 1
    finally:
        tally.slowest = max(tally.slowest, (time.monotonic() - began, tally.inputs))


def _evidence(value: Any) -> Iterator[Evidence]:
    """All evidence in facts, at any depth."""
    if isinstance(value, Evidence):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _evidence(item)
    elif is_dataclass(value):
        for own in fields(value):
            yield from _evidence(getattr(value, own.name))


def fuzz(source: Spls | Records, *, seed: int, enough: Callable[[Tally], bool], keep: Path | None = None) -> Tally:
    """Try inputs until there are enough; ``keep`` is a folder for those that go wrong."""
    tally = Tally()
    database = open_database(":memory:")
    try:
        while not enough(tally):
            data = source.make(random.Random(f"{seed} {tally.inputs}"))[:LARGEST]
            try:
                try_input(source, data, database, tally)
            except Exception as error:
                number = tally.inputs - 1
                tally.wrong.append(f"seed {seed}, input {number}: {type(error).__name__}: {str(error)[:200]}")
                if keep:
                    (keep / f"{seed}-{number}{source.suffix}").write_bytes(data)
                    (keep / f"{seed}-{number}.txt").write_text(
                        traceback.format_exc(), encoding="utf-8", errors="replace"
                    )
            if tally.inputs % 2_000 == 0:  # what was saved is not to slow down what comes
                database.close()
                database = open_database(":memory:")
    finally:
        database.close()
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz for some minutes and tell what came of it."""
    parser = argparse.ArgumentParser("python -m tests.soak.fuzz", description="Fuzzing of the readers.")
    parser.add_argument("what", choices=("spl", "records"))
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="documents to begin with; default: the bundled samples")
    told = parser.parse_args(arguments)
    source = Spls(told.folder) if told.what == "spl" else Records(told.folder)
    end, keep = time.monotonic() + told.minutes * 60, Path(tempfile.mkdtemp(prefix="onlabel-fuzz-"))
    tally = fuzz(source, seed=told.seed, enough=lambda _: time.monotonic() > end, keep=keep)
    print(
        f"{tally.inputs:,} inputs in {told.minutes:g} minutes (seed {told.seed}): {tally.read:,} read, extracted and saved,"
    )
    print(
        f"{sum(tally.refused.values()):,} refused; the slowest took {tally.slowest[0]:.1f} s (input {tally.slowest[1] - 1})"
    )
    for reason, count in tally.refused.most_common(15):
        print(f"  {count:>8,}  {reason}")
    for wrong in tally.wrong:
        print(f"  WRONG  {wrong}")
    print(f"{len(tally.wrong)} unhandled errors" + (f", kept in {keep}" if tally.wrong else ""))
    if not tally.wrong:
        keep.rmdir()
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
