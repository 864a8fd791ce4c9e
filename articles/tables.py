"""Query results as CSV, JSON or Markdown.

Columns keep the frame's order and rows theirs. Dates are ISO 8601, what is missing is empty (JSON: null).
Columns that hold JSON lists (``stages``, ``biomarkers`` …) stay JSON text in CSV, become real lists in JSON,
and read "a; b" in Markdown.

CSV is made for spreadsheets: a text that begins with ``=``, ``+``, ``-``, ``@``, tab or carriage return gets
an apostrophe in front, or it would run as a formula (OWASP, CSV injection). Programs that need every
character as stored take JSON.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Literal, get_args

import pandas as pd

from articles.render import escape_markdown

Format = Literal["csv", "json", "md"]
FORMATS: tuple[str, ...] = get_args(Format)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(frame: pd.DataFrame, fmt: Format) -> str:
    """Give a frame as text. Raises ValueError where the format is none of FORMATS."""
    writers = {"csv": _csv, "json": _json, "md": _markdown}
    if fmt not in writers:
        raise ValueError(f"no format {fmt!r}: {', '.join(FORMATS)}")
    return writers[fmt](list(map(str, frame.columns)), _rows(frame))


def _rows(frame: pd.DataFrame) -> Iterator[list[Any]]:
    lists = [_holds_lists(frame.iloc[:, at]) for at in range(frame.shape[1])]
    for row in frame.itertuples(index=False, name=None):
        yield [_value(cell, decode=decode) for cell, decode in zip(row, lists, strict=True)]


def _holds_lists(column: pd.Series[Any]) -> bool:
    """A column of JSON lists or objects: every value that is there reads as one."""
    values = [value for value in column if not _is_missing(value)]
    return bool(values) and all(isinstance(value, str) and _decoded(value) is not None for value in values)


def _decoded(text: str) -> list[Any] | dict[str, Any] | None:
    if not text.startswith(("[", "{")):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, list | dict) else None


def _is_missing(value: object) -> bool:
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))  # type: ignore[call-overload]


def _value(cell: Any, *, decode: bool) -> Any:
    if isinstance(cell, list | tuple | dict):
        return cell
    if _is_missing(cell):
        return None
    if isinstance(cell, datetime):
        return cell.isoformat() if cell.time().isoformat() != "00:00:00" else cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if decode:
        return _decoded(cell)
    plain = cell.item() if hasattr(cell, "item") else cell
    return int(plain) if isinstance(plain, float) and plain.is_integer() else plain


def _csv(columns: list[str], rows: Iterator[list[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(_cell, columns))
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return value
    return ("'" if value.startswith(_FORMULA) else "") + value.replace("\r\n", "\n").replace("\r", "\n")


def _json(columns: list[str], rows: Iterator[list[Any]]) -> str:
    return json.dumps([dict(zip(columns, row, strict=True)) for row in rows], ensure_ascii=False, indent=2) + "\n"


def _markdown(columns: list[str], rows: Iterator[list[Any]]) -> str:
    lines = [columns, ["---"] * len(columns)]
    table = [lines[0], *([_readable(value) for value in row] for row in rows)]
    told = ["| " + " | ".join(map(escape_markdown, row)) + " |" for row in table]
    told.insert(1, "| " + " | ".join(lines[1]) + " |")
    return "\n".join(told) + "\n"


def _readable(value: Any) -> str:
    """A value for people: lists as "a; b", objects as "key: value, key: value" without what is missing."""
    if isinstance(value, dict):
        return ", ".join(f"{k}: {_readable(v)}" for k, v in value.items() if v not in (None, "", [], {}))
    if isinstance(value, list | tuple):
        return "; ".join(map(_readable, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
