"""``onlabel status``: what the database holds."""

from __future__ import annotations

import json
from pathlib import Path

import click

from onlabel.console import show
from onlabel.options import database_option, json_option, opened


@click.command("status")
@json_option
@database_option
def command(as_json: bool, db_path: Path) -> None:
    """Count labels, facts and failures, and tell how fresh they are.

    \b
    Example:
      onlabel status --db onlabel.db
    """
    from db.queries import status

    with opened(db_path) as database:
        told = status(database)
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for name, value in told.items():
        table.add_row(name.replace("_", " "), f"{value:,}" if isinstance(value, int) else str(value or "none"))
    show(table)
