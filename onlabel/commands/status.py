"""``onlabel status``: what the database holds, how fresh that is, and what needs somebody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onlabel.commands.track import freshness_table
from onlabel.console import show
from onlabel.options import database_option, json_option, opened

if TYPE_CHECKING:
    from rich.table import Table
    from sqlite_utils import Database

RUN_COLUMNS = (
    "command", "source", "started_at", "outcome", "seen", "new", "updated", "unchanged", "failed", "requests",
    "seconds",
)  # fmt: skip


@click.command("status")
@json_option
@database_option
def command(as_json: bool, db_path: Path) -> None:
    """Count labels, facts and failures, and tell how fresh they are, what ran last and what is due.

    \b
    Example:
      onlabel status --db onlabel.db
    """
    with opened(db_path) as database:
        told = _told(database)
    if as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    from rich.table import Table

    counts = Table.grid(padding=(0, 2))
    for name, value in told.items():
        if not isinstance(value, list):
            counts.add_row(name.replace("_", " "), f"{value:,}" if isinstance(value, int) else str(value or "none"))
    show(counts)
    for heading, table in _tables(told):
        click.echo(f"\n{heading}")
        show(table)


def _told(database: Database) -> dict[str, Any]:
    from db.jobs import last_runs
    from db.queries import status
    from db.tracking import freshness

    told = status(database)
    sql = "SELECT count(*) FROM current_labels WHERE withdrawn_on IS NOT NULL"
    told["withdrawn"] = database.execute(sql).fetchone()[0]
    told["tracked"] = freshness(database)
    told["due"] = [f"{row['kind']} {row['value']}" for row in told["tracked"] if row["due"]]
    told["runs"] = last_runs(database)
    sql = "SELECT reason, source, count(*) AS documents FROM failures GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT 20"
    told["failure_reasons"] = list(database.query(sql))
    return told


def _tables(told: dict[str, Any]) -> list[tuple[str, Table]]:
    """What there is to show of jobs, each with its heading."""
    tables = []
    if told["tracked"]:
        tables.append((f"tracked ({len(told['due'])} due)", freshness_table(told["tracked"])))
    if told["runs"]:
        tables.append(("last runs", _table(told["runs"], RUN_COLUMNS)))
    if told["failure_reasons"]:
        tables.append(('failures ("onlabel retry" takes them up)', _table(told["failure_reasons"])))
    return tables


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...] | None = None) -> Table:
    from rich.table import Table

    names = columns or tuple(rows[0])
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(name.replace("_", " "))
    for row in rows:
        table.add_row(*("" if row[name] is None else str(row[name]) for name in names))
    return table
