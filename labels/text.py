"""The reading-order text of an SPL ``text`` element.

Paragraphs, list items and table rows stand on lines of their own; cells are parted by `` | ``; what is glued
across inline tags stays glued. Footnotes are marked where they are called, and told behind their table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count

from labels.xpaths import FOOTNOTES, LOOSE_FOOTNOTES, MEDIA_TEXTS, TABLES, Element

MAX_SPAN = 64
"""Widest ``colspan`` that is believed, and the column up to which: no real table has more."""
MAX_REPEATED = 9
"""How often a footnote's mark is written in a row; then it is counted."""

_BLANKS = re.compile(r"\s+")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
"""What shows nothing: soft hyphens, joiners, what turns the direction, controls (of terminals), half characters."""
_FOOTNOTE_MARKS = "*†‡§¶#♠♥♦♣"
_BULLET = "•"
_RAISED = str.maketrans("0123456789+-−–=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾")
_LOWERED = str.maketrans("0123456789+-−–=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎")
_SHIFTABLE = re.compile(r"[0-9+\-−–=()]+")
_TRADE_MARKS = {"TM": "™", "SM": "℠", "R": "®"}
_MARKED = frozenset({"footnote", "footnoteRef", "br"})
_INLINE_PARENTS = frozenset({"paragraph", "content", "td", "th", "item", "caption"})
_ORDINALS = frozenset({"st", "nd", "rd", "th"})
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")


def plain_text(element: Element) -> str:
    """Read one ``text`` (or ``title``) element; lines are parted by newlines, none is blank."""
    page = _Page(_footnote_marks(element))
    _children(element, page)
    page.footnotes(LOOSE_FOOTNOTES(element))
    return page.text()


def one_line(element: Element) -> str:
    """Read an element whose line breaks mean nothing, such as a title."""
    return plain_text(element).replace("\n", " ")


def visible(words: str) -> str:
    """The same without its invisible characters."""
    return _INVISIBLE.sub("", words)


def clean(words: str) -> str:
    """White space, no-break spaces included, becomes single blanks; invisible characters go."""
    return _BLANKS.sub(" ", _INVISIBLE.sub("", words)).strip()


def clean_lines(words: str) -> str:
    """The same, line by line; blank lines go."""
    return "\n".join(filter(None, map(clean, words.splitlines())))


class _Page:
    """Lines as they are written. A bullet waits until its item's first words come."""

    def __init__(self, marks: dict[Element | str, str], pictures: dict[str, str] | None = None) -> None:
        self.marks = marks
        self._pictures: dict[str, str] = {} if pictures is None else pictures
        self._lines: list[str] = []
        self._line: list[str] = []
        self._lead = ""
        self._indent = 0

    def write(self, words: str | None) -> None:
        words = _BLANKS.sub(" ", _INVISIBLE.sub("", words or ""))
        if not self._line or self._line[-1].endswith(" "):
            words = words.lstrip()
        if words and not self._line:
            words = (self._lead or " " * self._indent) + words
            self._lead = ""
        if words:
            self._line.append(words)

    def end_line(self) -> None:
        line = "".join(self._line)
        if line.strip():
            self._lines.append(line.rstrip())
        self._line.clear()

    def open_item(self, mark: str) -> None:
        self.end_line()
        told = self._lead.strip() not in {"", _BULLET}  # the mark of an item that begins with this list
        self._lead = f"{self._lead if told else ' ' * self._indent}{mark} "
        self._indent += 2

    def close_item(self) -> None:
        self.end_line()
        self._lead = ""
        self._indent -= 2

    def footnotes(self, notes: Iterable[Element]) -> None:
        """Tell footnotes, each on a line that begins with its mark."""
        for note in notes:
            self.end_line()
            words = " ".join(self.lines_of(note))
            if words:
                self.write(f"{self.marks[note]} {words}")
                self.end_line()

    def lines_of(self, element: Element) -> list[str]:
        """The lines of an element that is told elsewhere: a cell, a footnote."""
        aside = _Page(self.marks, self._pictures)
        _children(element, aside)
        aside.end_line()
        return [line.strip() for line in aside._lines]

    def pictured(self, element: Element, media: str) -> str:
        """What a picture shows, looked for once."""
        if media not in self._pictures:
            self._pictures[media] = clean(" ".join(_words(text) for text in MEDIA_TEXTS(element, media=media)[:1]))
        return self._pictures[media]

    def text(self) -> str:
        self.end_line()
        return "\n".join(self._lines).strip()


def _footnote_marks(root: Element) -> dict[Element | str, str]:
    """Marks of the footnotes, by element and by ID; every table begins anew, as on DailyMed's pages."""
    marks: dict[Element | str, str] = {}
    for scope in [LOOSE_FOOTNOTES(root), *(FOOTNOTES(table) for table in TABLES(root))]:
        for number, note in enumerate(scope):
            turn, place = divmod(number, len(_FOOTNOTE_MARKS))
            mark = _FOOTNOTE_MARKS[place] * (turn + 1) if turn < MAX_REPEATED else f"{_FOOTNOTE_MARKS[place]}{turn + 1}"
            marks[note] = marks[note.get("ID", "")] = mark
    return marks


def _children(element: Element, page: _Page) -> None:
    page.write(element.text)
    for child in element:
        _node(child, page)
        page.write(child.tail)


def _node(element: Element, page: _Page) -> None:
    match _tag(element):
        case "paragraph":
            _block(element, page)
        case "br":
            page.end_line()
        case "list":
            _list(element, page)
        case "table":
            _table(element, page)
        case "sup" | "sub" if not any(_tag(e) in _MARKED for e in element.iter()):
            page.write(_shifted(element))
        case "footnote":
            page.write(page.marks.get(element))
        case "footnoteRef":
            page.write(page.marks.get(element.get("IDREF", "")))
        case "renderMultiMedia":
            _caption(element, page)
            _image(element, page)
        case "caption":
            _caption(element, page)
        case "item" | "tr" | "td" | "th" | "text":
            _block(element, page)
        case _:
            _children(element, page)


def _words(element: Element) -> str:
    return "".join(map(str, element.itertext()))


def _tag(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _block(element: Element, page: _Page) -> None:
    page.end_line()
    _children(element, page)
    page.end_line()


def _caption(element: Element, page: _Page) -> None:
    """Captions stand on their own line, but for a paragraph's, which runs into its words."""
    parent = element.getparent()
    if parent is not None and _tag(parent) == "paragraph" and _tag(element) == "caption":
        _children(element, page)
        page.write(" ")
    elif _words(element).strip():
        _block(element, page)


def _image(element: Element, page: _Page) -> None:
    """What an image shows, as far as the document describes it: "[Image: carton label]"."""
    parent = element.getparent()
    inline = parent is not None and _tag(parent) in _INLINE_PARENTS
    for media in (element.get("referencedObject") or "").split():
        told = page.pictured(element, media)
        if told and inline:
            page.write(f" [Image: {told}] ")
        elif told:
            page.end_line()
            page.write(f"[Image: {told}]")
            page.end_line()


def _shifted(element: Element) -> str:
    """Raised or lowered characters: m², H₂O, Cmax; "^(a)" where plain letters would change the word."""
    words = _INVISIBLE.sub("", _words(element))
    bare = words.strip()
    if _tag(element) == "sub":
        told = bare.translate(_LOWERED) if _SHIFTABLE.fullmatch(bare) else bare
    elif _SHIFTABLE.fullmatch(bare):
        told = bare.translate(_RAISED)
    elif bare in _TRADE_MARKS:
        told = _TRADE_MARKS[bare]
    elif bare in _ORDINALS or not any(c.isalnum() for c in bare):
        told = bare
    else:
        told = f"^({bare})"
    return words.replace(bare, told, 1) if bare else words


def _list(element: Element, page: _Page) -> None:
    page.end_line()
    page.write(element.text)
    numbers = count(1)
    for child in element:
        if _tag(child) == "item":
            caption = next((c for c in child if _tag(c) == "caption"), None)
            mark = one_line(caption) if caption is not None else ""
            page.open_item(mark or _mark(element, next(numbers)))
            _item(child, page, caption)
            page.close_item()
        else:
            _node(child, page)
        page.write(child.tail)
    page.end_line()


def _item(item: Element, page: _Page, caption: Element | None) -> None:
    page.write(item.text)
    for child in item:
        if child is not caption:
            _node(child, page)
        page.write(child.tail)


def _mark(element: Element, number: int) -> str:
    if element.get("listType") != "ordered":
        return _BULLET
    style = element.get("styleCode", "")
    if "Alpha" in style and number <= 26:
        letter = chr(ord("a") + number - 1)
        return f"{letter.upper() if 'Big' in style else letter}."
    if "Roman" in style and number < 40:
        numeral = "x" * (number // 10) + _ROMAN[number % 10]
        return f"{numeral.upper() if 'Big' in style else numeral}."
    return f"{number}."


def _table(table: Element, page: _Page) -> None:
    """Caption, head, body, foot, footnotes: in the document the foot may stand before the body."""
    _stray(table, page)
    groups: dict[str, list[Element]] = {"caption": [], "thead": [], "tr": [], "tbody": [], "tfoot": []}
    for part in table:
        groups.get(_tag(part), groups["tr"]).append(part)
    for caption in groups["caption"]:
        _block(caption, page)
    for head in groups["thead"]:
        _row_group(head, page)
    _rows(groups["tr"], page)
    for body in groups["tbody"] + groups["tfoot"]:
        _row_group(body, page)
    if not _inside_table(table):
        page.footnotes(FOOTNOTES(table))


def _row_group(group: Element, page: _Page) -> None:
    _stray(group, page)
    _rows(group, page)


def _rows(rows: Iterable[Element], page: _Page) -> None:
    for cells in _grid(rows, page):
        _row(cells, page)


def _stray(element: Element, page: _Page) -> None:
    """Words that stand amiss between rows or cells are kept, on a line before them."""
    page.end_line()
    for words in (element.text, *(child.tail for child in element)):
        page.write(words)
        page.write(" ")
    page.end_line()


def _inside_table(table: Element) -> bool:
    return any(_tag(ancestor) == "table" for ancestor in table.iterancestors())


def _grid(rows: Iterable[Element], page: _Page) -> Iterator[list[Element | None]]:
    """The cells of each row; None where a cell from the left or from above reaches over."""
    covered: dict[int, int] = {}
    for row in rows:
        _stray(row, page)
        cells: list[Element | None] = []
        for cell in row:
            _skip_covered(cells, covered)
            width = min(_span(cell, "colspan"), MAX_SPAN)
            width = max(min(width, MAX_SPAN - len(cells)), 1)
            for column in range(len(cells), min(len(cells) + width, MAX_SPAN)):
                covered[column] = _span(cell, "rowspan") - 1
            cells += [cell] + [None] * (width - 1)
        _skip_covered(cells, covered)
        yield cells


def _skip_covered(cells: list[Element | None], covered: dict[int, int]) -> None:
    while covered.get(len(cells), 0) > 0:
        covered[len(cells)] -= 1
        cells.append(None)


def _span(cell: Element, name: str) -> int:
    value = cell.get(name, "")
    return max(int(value), 1) if value.isascii() and value.isdigit() and len(value) < 6 else 1


def _row(cells: list[Element | None], page: _Page) -> None:
    page.end_line()
    first, *others = cells or [None]
    if first is not None and not any(cell is not None for cell in others):
        _block(first, page)  # a row of one cell is a box around text, which keeps its lines
        return
    told = [" ".join(page.lines_of(cell)) if cell is not None else "" for cell in cells]
    if any(told):
        page.write(" | ".join(told))
        page.end_line()
