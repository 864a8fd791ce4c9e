"""``onlabel track`` and ``untrack``: what the database follows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onlabel.console import say, show
from onlabel.options import database_option, json_option, opened

if TYPE_CHECKING:
    from rich.table import Table
    from sqlite_utils import Database

    from db.tracking import TrackedKind

KINDS = ("drug", "ingredient", "setid", "class", "labeler", "all-rx")
by_option = click.option(
    "--by", "kind", type=click.Choice(KINDS), default="drug", show_default=True,
    help="What the names are; class: names (which DailyMed is asked for) or codes; all-rx: every prescription label.",
)  # fmt: skip
_SET_ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CLASS_CODE = r"[Nn]\d{10}"


@click.command("track")
@click.argument("names", nargs=-1)
@by_option
@click.option("--list", "listing", is_flag=True, help="Show what is followed, and how far.")
@json_option
@database_option
@click.pass_context
def command(
    ctx: click.Context, names: tuple[str, ...], kind: TrackedKind, listing: bool, as_json: bool, db_path: Path
) -> None:
    """Choose what "onlabel sync" follows.

    NAMES are brand or generic names, or what --by says. The list is kept in the database.

    \b
    Examples:
      onlabel track kisqali "ado-trastuzumab emtansine"
      onlabel track --by setid f7b4cc55-5f9f-4d7c-a5a4-0b5e4f5f6f55
      onlabel track --by class "kinase inhibitor"
      onlabel track --list
    """
    if listing and names:
        raise click.UsageError("--list takes no names", ctx)
    if listing:
        with opened(db_path) as database:
            _list(database, as_json=as_json)
        return
    from db.tracking import track

    values = _values(ctx, names, kind)
    with opened(db_path, create=True) as database:
        new = track(database, kind, values)
    for value in values:
        say(f"{value}: {'followed from the next sync on' if value in new else 'is followed already'}")


@click.command("untrack")
@click.argument("names", nargs=-1)
@by_option
@database_option
@click.pass_context
def untrack_command(ctx: click.Context, names: tuple[str, ...], kind: TrackedKind, db_path: Path) -> None:
    """Follow these no more. What is stored of them stays.

    \b
    Example:
      onlabel untrack kisqali
    """
    from db.tracking import untrack

    values = _values(ctx, names, kind)
    with opened(db_path) as database:
        gone = untrack(database, kind, values)
    for value in values:
        say(f"{value}: {'not followed any more' if value in gone else 'was not followed'}")
    ctx.exit(0 if len(gone) == len(values) else 1)


def _values(ctx: click.Context, names: tuple[str, ...], kind: TrackedKind) -> list[str]:
    """The names as they are kept. Raises click.UsageError."""
    if kind == "all-rx":
        if names:
            raise click.UsageError("--by all-rx takes no names", ctx)
        return ["all-rx"]
    values = list(dict.fromkeys(" ".join(name.split()) for name in names))
    if not values or not all(any(c.isalnum() for c in value) for value in values):
        raise click.UsageError(f"name at least one {kind}", ctx)
    if kind == "setid":
        for value in values:
            if not re.fullmatch(_SET_ID, value, re.IGNORECASE):
                raise click.UsageError(f"{value}: a set id has 32 hexadecimal digits in five groups", ctx)
        return [value.lower() for value in values]
    return list(map(_class_code, values)) if kind == "class" else values


def _class_code(value: str) -> str:
    """The code of a class (N and ten digits), whether that or its name is given. Raises ingest.errors.SourceError."""
    if re.fullmatch(_CLASS_CODE, value):
        return value.upper()
    from ingest.search import class_code

    code = class_code(value)
    say(f"{value} is {code}")
    return code


def _list(database: Database, *, as_json: bool) -> None:
    from db.tracking import freshness

    rows = freshness(database)
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif not rows:
        say('nothing is followed; "onlabel track NAME" changes that')
    else:
        show(freshness_table(rows))


def freshness_table(rows: list[dict[str, Any]]) -> Table:
    """A table of what is followed and how far."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("by", "name", "source", "labels", "last complete sync", "due"):
        table.add_column(heading)
    for row in rows:
        cells = (row["kind"], row["value"], row["source"] or "", row["labels"], row["synced_at"] or "never")
        table.add_row(*map(str, cells), "yes" if row["due"] else "")
    return table
