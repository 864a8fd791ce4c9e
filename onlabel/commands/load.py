"""``onlabel load``: labels from files, folders and releases."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onlabel.console import downloading
from onlabel.options import database_option, job_options, opened
from onlabel.storing import store

if TYPE_CHECKING:
    from ingest.documents import Failed


@click.command("load")
@click.argument("paths", nargs=-1, required=True, metavar="PATH|URL...")
@click.option(
    "--to", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder that files from a URL go to, and stay in. Default: that of the database.",
)  # fmt: skip
@click.option(
    "--workers", type=click.IntRange(min=1), default=lambda: min(os.cpu_count() or 1, 2), show_default="2",
    help="Processes that read labels, of about 300 MB each; what is stored does not depend on it.",
)  # fmt: skip
@job_options
@database_option
@click.pass_context
def command(
    ctx: click.Context, /, paths: tuple[str, ...], to: Path | None, workers: int, db_path: Path, **how: Any
) -> None:
    """Store the labels in files and folders.

    Reads SPL XML (.xml), zips of one label, DailyMed's releases (zips in a zip), and openFDA JSON: a record, a
    list, an API answer or a bulk file (.json, .json.zip), or one record a line (.jsonl, .jsonl.gz). Files may be
    gigabytes: they are read a label at a time, and never unpacked to the disk. Folders are read at any depth.
    The same document twice changes nothing.

    \b
    Example:
      onlabel load labels/ kisqali.zip dm_spl_daily_update_08012026.zip --db onlabel.db
    """
    from itertools import chain

    from ingest.files import read_paths
    from ingest.releases import is_address
    from ingest.workers import in_processes

    read_paths(path for path in paths if not is_address(path))  # a wrong path is told before anything is fetched
    fetched = [_fetched(path, to or db_path.parent) if is_address(path) else Path(path) for path in paths]
    failed = [item for item in fetched if not isinstance(item, Path)]
    documents = chain(failed, read_paths(item for item in fetched if isinstance(item, Path)))
    with opened(db_path, create=True) as database:
        report = store(database, documents, source="files", reader=in_processes(workers), **how)
    ctx.exit(1 if report.failed or not report.seen else 0)


def _fetched(url: str, to: Path) -> Path | Failed:
    from ingest.documents import Failed
    from ingest.errors import SourceError, WrongUse
    from ingest.releases import fetch_file, new_session

    try:
        with downloading() as on_bytes:
            return fetch_file(url, to, session=new_session(), on_bytes=on_bytes)
    except WrongUse:
        raise
    except SourceError as error:
        return Failed("files", url, url, str(error), kept=False)
