"""openFDA label record → Label.

A record gives each section as one flat string, and a section that has a key of its own twice: inside the
string of the section it stands in, and under its key. Here each is told once, where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from labels import loinc
from labels.errors import HostileDocument, LabelError
from labels.flat import Block, split_flat
from labels.headings import PLACEHOLDER, Heading, names_pattern, read_heading
from labels.identity import (
    MAX_TEXT,
    is_sample,
    iso_date,
    label_format,
    not_a_label,
    parse_set_id,
    parse_version,
)
from labels.model import Ingredient, Label, Product, Section
from labels.safe_xml import parse_xml
from labels.text import clean, clean_lines, plain_text, visible
from labels.xpaths import NAMESPACE

_NO_TEXT = frozenset({"set_id", "id", "version", "effective_time", "openfda"})
_NEVER_INSIDE = loinc.DATA_SECTIONS | {
    loinc.RECENT_MAJOR_CHANGES,
    loinc.INDICATIONS,
    loinc.WARNINGS_AND_PRECAUTIONS,
}
"""Sections that stand in no other one, unless in one of their own kind."""
_NOT_AROUND = loinc.DATA_SECTIONS | {
    loinc.MEDICATION_GUIDE,
    loinc.PATIENT_PACKAGE_INSERT,
    loinc.UNCLASSIFIED,
}
_SHORTEST_INSIDE = 20
MAX_STRINGS = 500
"""Texts of one record; real ones have up to about 110, and each is looked for in the others."""
_TABLES = {
    "dosage_and_administration_table": loinc.DOSAGE,
    "warnings_and_cautions_table": loinc.WARNINGS_AND_PRECAUTIONS,
    "warnings_table": loinc.WARNINGS,
    "precautions_table": loinc.PRECAUTIONS,
}
"""Keys of raw markup that may hold dose modifications, with the section that they stand in."""
_NAMED_IN = ("indications_and_usage", "contraindications", "how_supplied")


@dataclass(slots=True)
class _Told:
    """One string of a record, and the strings that stand in it."""

    key: str
    loinc: str | None
    text: str
    inside: list[_Told] = field(default_factory=list)


def parse_record(record: Mapping[str, Any], *, name: str = "record") -> Label:
    """Read one record of ``/drug/label.json``. Raises LabelError, which names the set id, else ``name``."""
    if not isinstance(record, Mapping):
        raise LabelError(name, f"this is no openFDA label record but a {type(record).__name__}")
    told = _first(record.get("set_id")) or ""
    if not told:
        keys = ", ".join(str(key)[:40] for key in list(record)[:4]) or "none"
        raise LabelError(name, f"this is no openFDA label record: it has no set_id (its keys: {keys})")
    set_id = parse_set_id(told)
    if not set_id:
        raise LabelError(name, f"{told[:64]!r} is no set id")
    _refuse_too_much(record, set_id)
    known = record.get("openfda")
    known = known if isinstance(known, Mapping) else {}
    product = _product(known) if known else _product_of_text(record)
    names = [n for n in (product.name, product.generic) if n] if product else []
    sections = tuple(_sections(record, names))
    kind, labeler = _first(known.get("product_type")), _first(known.get("manufacturer_name"))
    products = (product,) if product else ()
    return Label(
        set_id=set_id,
        document_id=(_first(record.get("id")) or "").lower(),
        version=parse_version(_first(record.get("version")), set_id),
        effective_date=iso_date(_first(record.get("effective_time"))),
        document_code=None,
        document_type=kind,
        title=product.name or "" if product else "",
        labeler=labeler,
        format=label_format(
            [s.loinc for s in sections],
            otc="OTC" in (kind or "").upper(),
            rx=kind is None or "PRESCRIPTION" in kind.upper(),
            highlights=any(s.telling == "highlights" for s in sections),
        ),
        source="openfda",
        products=products,
        sections=sections,
        not_a_label=not_a_label(None, kind, products, sections),
        sample=is_sample(labeler),
    )


def _refuse_too_much(record: Mapping[str, Any], name: str) -> None:
    texts = [text for value in record.values() for text in _strings(value)]
    if len(texts) > MAX_STRINGS or sum(map(len, texts)) > MAX_TEXT:
        raise HostileDocument(name, f"it says more than {MAX_STRINGS} texts or {MAX_TEXT:,} characters")


def _strings(value: object) -> list[str]:
    """The strings of a value that may be a string, a list of them, a number or nothing."""
    if isinstance(value, str):
        return [visible(value)]
    if isinstance(value, Sequence):
        return [visible(item) for item in value if isinstance(item, str)]
    return [str(value)] if isinstance(value, int) and abs(value) < 10**18 else []


def _each(value: object) -> list[str]:
    """The strings of a value as names, each in one line."""
    return list(filter(None, map(clean, _strings(value))))


def _first(value: object) -> str | None:
    return next(iter(_each(value)), None)


# Products


def _product(known: Mapping[str, Any]) -> Product | None:
    """All that the ``openfda`` block tells as one product: it does not say what belongs to which of several."""
    names = _each(known.get("brand_name"))
    generics = _each(known.get("generic_name"))
    if not names and not generics:
        return None
    return Product(
        name=_joined(names),
        generic=_joined(generics),
        routes=tuple(_each(known.get("route"))),
        ndcs=tuple(_each(known.get("product_ndc")) + _each(known.get("package_ndc"))),
        application_number=_joined(_each(known.get("application_number"))),
        ingredients=_ingredients(known),
        source_ndc=_first(known.get("original_packager_product_ndc")),
        pharm_classes=tuple(
            name for kind in ("epc", "moa", "pe", "cs") for name in _each(known.get(f"pharm_class_{kind}"))
        ),
    )


def _ingredients(known: Mapping[str, Any]) -> tuple[Ingredient, ...]:
    """Substances; with a UNII only where there is one of each, for the lists do not have the same order."""
    substances, uniis = _each(known.get("substance_name")), _each(known.get("unii"))
    unii = uniis[0] if len(substances) == len(uniis) == 1 else None
    return tuple(Ingredient(name=substance, unii=unii) for substance in substances)


def _joined(words: list[str]) -> str | None:
    return " / ".join(dict.fromkeys(words)) or None


def _product_of_text(record: Mapping[str, Any]) -> Product | None:
    """Names for a record without ``openfda`` block, from its product data: "Foo foonib FOONIB FOONIB TALC …".

    The brand is the longest beginning that the label's text uses as a name; the generic name comes next, and
    can be told where it is repeated at once as the substance's.
    """
    words = (_first(record.get("spl_product_data_elements")) or "").split()
    text = _plain(" ".join(s for key in _NAMED_IN for s in _strings(record.get(key))))
    ends = [end for end in range(1, 9) if _names(text, _plain(" ".join(words[:end])))] if words else []
    if not ends:
        return None
    rest = [word.casefold() for word in words[ends[-1] :]]
    size = next((n for n in range(1, 9) if rest[:n] and rest[:n] == rest[n : 2 * n]), 0)
    generic = " ".join(words[ends[-1] : ends[-1] + size]) or None
    return Product(name=" ".join(words[: ends[-1]]), generic=generic)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[®™]", " ", text).casefold().split())


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


# Sections


def _sections(record: Mapping[str, Any], names: Sequence[str]) -> list[Section]:
    sections: list[Section] = []
    for told in _nested(_all_told(record)):
        _add(sections, told, names, None)
    sections += _tables(record, sections)
    return sections


def _tables(record: Mapping[str, Any], sections: Sequence[Section]) -> list[Section]:
    """The tables that are read row by row, each as a section; their words stand in the flat text, too."""
    found: list[Section] = []
    for key, code in _TABLES.items():
        around = next((s for s in sections if s.loinc == code and s.telling == "full"), None)
        for markup in _strings(record.get(key)) if around else []:
            text = _table_text(markup)
            if around and " | " in text:
                index = len(sections) + len(found)
                found.append(_table(index, around, text))
    return found


def _table(index: int, around: Section, text: str) -> Section:
    return Section(
        index=index,
        parent=around.index,
        depth=around.depth + 1,
        loinc=around.loinc,
        code=None,
        number=None,
        title=None,
        telling="full",
        text=text,
        table=True,
    )


def _table_text(markup: str) -> str:
    """A table's rows, a line each; nothing where the markup cannot be read."""
    wrapped = f'<text xmlns="{NAMESPACE}">{markup}</text>'
    try:
        return plain_text(parse_xml(wrapped.encode("utf-8", "replace"), "table"))
    except LabelError:
        return ""


def _all_told(record: Mapping[str, Any]) -> list[_Told]:
    """The strings of all section keys, in a label's order; ``*_table`` keys repeat tables as raw markup."""
    order = {key: place for place, key in enumerate(loinc.OPENFDA_KEYS)}
    keys = [k for k, v in record.items() if isinstance(k, str) and isinstance(v, str | list | tuple)]
    keys = [k for k in keys if k not in _NO_TEXT and not k.startswith("@") and not k.endswith("_table")]
    keys.sort(key=lambda key: order.get(key, len(order)))
    return [
        _Told(key, loinc.OPENFDA_KEYS.get(key), clean_lines(text))
        for key in keys
        for text in _strings(record[key]) or [""]
    ]


def _nested(told: list[_Told]) -> list[_Told]:
    """Put each string into the shortest other one that it stands in; returns those that stand in none."""
    top: list[_Told] = []
    for inner in told:
        outer = min((o for o in told if _stands_in(inner, o)), key=lambda o: len(o.text), default=None)
        (outer.inside if outer else top).append(inner)
    return top


def _stands_in(inner: _Told, outer: _Told) -> bool:
    if not _SHORTEST_INSIDE <= len(inner.text) < len(outer.text) or outer.loinc in _NOT_AROUND:
        return False
    return (inner.loinc not in _NEVER_INSIDE or inner.key == outer.key) and inner.text in outer.text


def _add(sections: list[Section], told: _Told, names: Sequence[str], parent: Section | None) -> None:
    """Add a string's section, its Highlights, and its subsections, numbered or with keys of their own."""
    text, inside = _cut_out(told)
    heading, blocks = _split(told, text, names)
    parts = list(_parts(text, blocks, inside, heading.number))
    own = ""
    match parts:
        case [(Block(number=heading.number, telling="full"), str(own)), *_]:
            parts = parts[1:]
    title = heading.title or (None if told.loinc else told.key.replace("_", " "))
    unclassified = told.loinc in {None, loinc.UNCLASSIFIED}
    root = Section(
        index=len(sections),
        parent=parent.index if parent else None,
        depth=parent.depth + 1 if parent else 0,
        loinc=parent.loinc if parent and unclassified else told.loinc,
        code=told.loinc,
        number=heading.number,
        title=title,
        telling="full",
        text=own,
    )
    sections.append(root)
    around = root
    for part in parts:
        if isinstance(part, _Told):
            _add(sections, part, names, around if _belongs(part, around) else root)
        else:
            sections.append(_subsection(len(sections), root, *part))
            around = sections[-1] if sections[-1].number else around


def _belongs(inner: _Told, around: Section) -> bool:
    """True where a string stands in the numbered subsection before it: it has no number, or one below."""
    number = read_heading(inner.text, None).number
    return around.telling == "full" and (number is None or number.startswith(f"{around.number}."))


def _split(told: _Told, text: str, names: Sequence[str]) -> tuple[Heading, list[Block]]:
    """Heading and blocks; data have neither, and recent major changes stand in the Highlights alone."""
    whole = Heading(None, None, 0)
    if told.loinc == loinc.RECENT_MAJOR_CHANGES:
        return whole, [Block(None, None, "highlights", 0, len(text))]
    if told.loinc in loinc.DATA_SECTIONS:
        return whole, [Block(None, None, "full", 0, len(text))]
    return read_heading(text, names_pattern(names)), split_flat(text, names=names)


def _cut_out(told: _Told) -> tuple[str, list[_Told]]:
    """The string with placeholders for those that stand in it, and these by place; last what has no place."""
    text, cut, placed, rest = told.text, 0, [], []
    pieces = []
    for inner in sorted(told.inside, key=lambda inner: text.find(inner.text)):
        place = text.find(inner.text, cut)
        if place < 0:
            rest.append(inner)
            continue
        pieces.append(text[cut:place])
        placed.append(inner)
        cut = place + len(inner.text)
    return f" {PLACEHOLDER} ".join([*pieces, text[cut:]]), placed + rest


def _parts(
    text: str, blocks: list[Block], inside: list[_Told], number: str | None
) -> Iterator[tuple[Block, str] | _Told]:
    """The parts of a string in reading order: stretches of its blocks, and the strings that stand between.

    Stretches without words are left out, unless they are all that a numbered subsection has.
    """
    waiting = iter(inside)
    for block in blocks:
        for turn, piece in enumerate(text[block.start : block.end].split(PLACEHOLDER)):
            if turn and (inner := next(waiting, None)):
                yield inner
            if piece.strip() or (not turn and block.number != number):
                yield block if not turn else replace(block, title=None, number=None), piece.strip()
    yield from waiting


def _subsection(index: int, root: Section, block: Block, text: str) -> Section:
    """A Highlights telling, a numbered subsection, or more of the section's own text, which has no title."""
    highlights = block.telling == "highlights"
    named = highlights or block.number != root.number
    return Section(
        index=index,
        parent=root.index,
        depth=root.depth + 1,
        loinc=root.loinc,
        code=root.code if highlights else None,
        number=block.number if named else None,
        title=block.title if named else None,
        telling=block.telling,
        text=text,
    )
