"""``onlabel changes``: what differs between the stored versions of labels."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from onlabel.console import say, write_output
from onlabel.options import database_option, opened, output_option
from onlabel.tables import nothing_found, print_table

if TYPE_CHECKING:
    import pandas as pd

_MARKDOWN = (
    "effective_date", "brand", "from_version", "to_version", "kind", "subject", "details", "before", "after", "url",
)  # fmt: skip


@click.command("changes")
@click.argument("drug", required=False)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only versions in effect since this day: YYYY-MM-DD.")
@click.option("--all", "textual", is_flag=True, help="Rewordings too, which change no fact.")
@click.option(
    "--format", "-f", "layout", type=click.Choice(("table", "md", "json", "atom")), default="table", show_default=True,
    help="How to write it; atom is a feed for news readers.",
)  # fmt: skip
@click.option("--limit", type=click.IntRange(min=1), help="At most so many changes, the newest.")
@output_option
@database_option
def command(
    *,
    drug: str | None,
    since: datetime | None,
    textual: bool,
    layout: Literal["table", "md", "json", "atom"],
    limit: int | None,
    output: Path | None,
    db_path: Path,
) -> None:
    """Show what changed from one stored version of a label to the next.

    DRUG is a brand or generic name, a set id, NDC or application number. Told are indications, boxed warnings and
    monitoring requirements that were added, removed or changed, what of them changed, and the words before and after.

    \b
    Examples:
      onlabel changes kisqali
      onlabel changes --since 2024-01-01 --format atom --output changes.xml
    """
    from db import queries

    if layout == "table" and output is not None:
        raise click.UsageError("--output needs --format md, json or atom")
    day = since.date().isoformat() if since else None
    with opened(db_path) as database:
        frame = queries.changes(database, drug=drug, since=day, textual=textual, limit=limit)
        unknown = frame.empty and drug is not None and queries.labels(database, drug=drug).empty
        problem = nothing_found(database, "changes", {"drug": drug}) if unknown else None
    if problem:
        raise problem
    if layout != "table":
        write_output(_written(frame, layout, drug), output)
    elif not frame.empty:
        print_table(frame, "changes")
    if frame.empty:
        say("no changes between stored versions")


def _written(frame: pd.DataFrame, layout: Literal["md", "json", "atom"], drug: str | None) -> str:
    from articles.feed import atom
    from articles.tables import export

    if layout == "atom":
        return atom(frame.to_dict("records"), drug=drug)  # type: ignore[arg-type] # its columns are names
    return export(frame[list(_MARKDOWN)] if layout == "md" else frame, layout)
