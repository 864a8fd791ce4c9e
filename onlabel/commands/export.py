"""``onlabel export``: a view as CSV, JSON or Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click

from onlabel.console import say, write_output
from onlabel.options import database_option, filter_options, opened, output_option, view_argument
from onlabel.tables import nothing_found, select


@click.command("export")
@view_argument
@click.option(
    "--format", "-f", "layout", type=click.Choice(("csv", "json", "md")), default="csv", show_default=True,
    help="How to write it.",
)  # fmt: skip
@output_option
@filter_options
@database_option
def command(
    view: str, layout: Literal["csv", "json", "md"], output: Path | None, db_path: Path, **filters: Any
) -> None:
    """Write a view with all its columns; the views and filters are those of "onlabel query".

    \b
    Example:
      onlabel export combinations --format csv --output combinations.csv
    """
    from articles.tables import export

    with opened(db_path) as database:
        frame = select(database, view, filters)
        if frame.empty:
            raise nothing_found(database, view, filters)
    write_output(export(frame, layout), output)
    if output is not None:
        say(f"{len(frame)} rows written to {output}")
