"""``onlabel query``: what is stored, as a table or as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from onlabel.console import say, write_output
from onlabel.options import database_option, filter_options, json_option, opened, view_argument
from onlabel.tables import nothing_found, print_table, select


@click.command("query")
@view_argument
@filter_options
@json_option
@database_option
def command(view: str, as_json: bool, db_path: Path, **filters: Any) -> None:
    """Show what the stored labels say.

    VIEW is indications (default), combinations, monitoring, warnings, dose-modifications, contraindications,
    labels, sections or failures.

    \b
    Examples:
      onlabel query --drug kisqali
      onlabel query monitoring --parameter LVEF --json
      onlabel query sections --search "QT prolongation" --limit 5
    """
    with opened(db_path) as database:
        frame = select(database, view, filters)
        problem = nothing_found(database, view, filters) if frame.empty and view != "failures" else None
    if as_json:
        from articles.tables import export

        write_output(export(frame, "json"), None)
    elif not frame.empty:
        print_table(frame, view)
    elif view == "failures":
        say("no failures")
    if problem:
        raise problem
