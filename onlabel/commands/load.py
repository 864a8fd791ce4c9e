"""``onlabel load``: labels from files and folders, without the network."""

from __future__ import annotations

from pathlib import Path

import click

from onlabel.options import database_option, opened
from onlabel.storing import store


@click.command("load")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@database_option
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], db_path: Path) -> None:
    """Store the labels in files and folders.

    Reads SPL XML (.xml), zips of one label, and openFDA JSON: a record, a list, an API answer (.json) or one
    record a line (.jsonl, .jsonl.gz). Folders are read at any depth. The same document twice changes nothing.

    \b
    Example:
      onlabel load labels/ kisqali.zip --db onlabel.db
    """
    from ingest.files import read_paths

    documents = read_paths(paths)
    with opened(db_path, create=True) as database:
        report = store(database, documents, doing="loading labels")
    ctx.exit(1 if report.failed or not report.seen else 0)
