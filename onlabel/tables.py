"""Views for people: picking rows by filters, and a table of the columns that fit on a terminal."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from onlabel.console import show, width

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table
    from sqlite_utils import Database

COLUMNS = {
    "indications": ("brand", "intent", "disease", "biomarkers", "line", "population", "regimens", "citation"),
    "combinations": ("brand", "condition", "regimen", "role", "partner", "partner_kind", "citation"),
    "monitoring": ("brand", "parameter", "hazard", "timing", "population", "threshold", "action", "citation"),
    "warnings": ("brand", "boxed", "number", "title", "text", "citation"),
    "dose-modifications": ("brand", "reaction", "severity", "action", "instruction", "drug", "citation"),
    "contraindications": ("brand", "condition", "condition_id", "evidence", "citation"),
    "labels": ("brand", "generic", "labeler", "set_id", "version", "effective_date", "sample"),
    "sections": ("brand", "version", "number", "title", "telling", "snippet", "text"),
    "failures": ("source", "name", "reason", "failed_at"),
    "changes": ("effective_date", "brand", "versions", "kind", "subject", "details", "before", "after"),
}  # fmt: skip
UNBROKEN = ("set_id", "version", "versions", "effective_date")
NARROW = 100
"""Columns below which rows are shown as blocks of lines."""
LONGEST = 240
"""Characters of a cell; the whole text is in ``--json`` and ``onlabel export``."""


class NothingFound(click.ClickException):
    """The filters match nothing. The message names the drugs that were perhaps meant."""

    exit_code = 1


def select(database: Database, view: str, filters: Mapping[str, Any]) -> pd.DataFrame:
    """The rows of a view. Raises click.UsageError for a filter that the view does not have."""
    from db import queries

    query = getattr(queries, view.replace("-", "_"))
    given = {name: value for name, value in filters.items() if value is not None}
    known = inspect.signature(query).parameters
    for name in given:
        if name not in known:
            raise click.UsageError(f"--{name} does not go with {view}")
    frame: pd.DataFrame = query(database, **given)
    return frame


def nothing_found(database: Database, view: str, filters: Mapping[str, Any]) -> NothingFound:
    """Why a query gave no rows, as far as it can be told."""
    from db import queries

    given = {name: value for name, value in filters.items() if value is not None and name != "limit"}
    drug = given.pop("drug", None)
    if drug is None or len(queries.labels(database, drug=drug)):
        told = [f"{name} {value!r}" for name, value in ({"drug": drug} | given).items() if value is not None]
        return NothingFound(f"nothing found in {view}" + (f" for {', '.join(told)}" if told else ""))
    near = queries.near_names(database, drug)
    return NothingFound(f"nothing found for {drug!r}" + (f"; did you mean: {', '.join(near)}?" if near else ""))


def print_table(frame: pd.DataFrame, view: str) -> None:
    """Print a view's main columns; those that are empty in every row are left out."""
    for name in _COMPOSED.keys() & set(COLUMNS[view]):
        frame = frame.assign(**{name: [_COMPOSED[name](row) for row in frame.itertuples()]})
    cells = {column: [_cell(column, value) for value in frame[column]] for column in COLUMNS[view]}
    if "snippet" in cells:
        del cells["text" if any(cells["snippet"]) else "snippet"]
    shown = {column: values for column, values in cells.items() if any(values)}
    rows = list(zip(*shown.values(), strict=True))
    show(table(list(shown), rows) if width() >= NARROW else records(list(shown), rows))


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None) -> Table:
    """A table for the terminal. Cells are plain text: brackets in them mean nothing."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in header:
        made.add_column(name.replace("_", " "), overflow="fold", no_wrap=name in UNBROKEN)
    for row in rows:
        made.add_row(*(Text(shortened(cell)) for cell in row))
    return made


def records(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """The same for narrow terminals: a block of lines "name  value" for each row."""
    from rich.table import Table
    from rich.text import Text

    made = Table.grid(padding=(0, 2))
    for row in rows:
        for name, cell in zip(header, row, strict=True):
            if cell:
                made.add_row(Text(name.replace("_", " "), style="bold"), Text(shortened(cell)))
        made.add_row()
    return made


def shortened(text: str) -> str:
    """At most :data:`LONGEST` characters, with a mark where some are left out."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 2]} …"


def _cell(column: str, value: object) -> str:
    return "" if value is None or value == "" else _TOLD.get(column, str)(value)


def _citation(row: Any) -> str:
    return ", ".join(filter(None, [f"version {row.version}", row.effective_date, row.section]))


def _disease(row: Any) -> str:
    stages = _listed(row.stages)
    return f"{row.condition or ''} ({stages})" if stages else row.condition or ""


def _versions(row: Any) -> str:
    return f"{row.from_version} → {row.to_version}"


def _listed(value: Any) -> str:
    return ", ".join(map(str, json.loads(value)))


def _biomarkers(value: Any) -> str:
    """Groups are all required, the members of one are alternatives: "HR positive, HER2 negative"."""
    markers = sorted(json.loads(value), key=lambda marker: marker["group"])
    groups = groupby(markers, key=lambda marker: marker["group"])
    return ", ".join(" or ".join(f"{m['marker']} {m['state']}" for m in group) for _, group in groups)


def _regimens(value: Any) -> str:
    """Alternatives, one a line: "+ aromatase inhibitor"."""
    regimens = json.loads(value)
    return "\n".join("+ " + " + ".join(p["name"] for p in regimen["partners"]) for regimen in regimens)


def _yes(value: Any) -> str:
    return "yes" if value else ""


_COMPOSED: dict[str, Callable[[Any], str]] = {
    "citation": _citation,
    "disease": _disease,
    "versions": _versions,
}
_TOLD: dict[str, Callable[[Any], str]] = {
    "intent": lambda value: "" if value == "treatment" else str(value),
    "timing": _listed,
    "biomarkers": _biomarkers,
    "regimens": _regimens,
    "boxed": _yes,
    "sample": _yes,
}
