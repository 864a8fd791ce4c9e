"""``onlabel retry``: takes up what failed."""

from __future__ import annotations

from pathlib import Path

import click

from onlabel.console import say
from onlabel.options import database_option, json_option, log_option, opened, wait_option
from onlabel.storing import recorded, run_json, tell


@click.command("retry")
@json_option
@log_option
@wait_option
@database_option
@click.pass_context
def command(ctx: click.Context, as_json: bool, log: str, wait: float, db_path: Path) -> None:
    """Take up what failed: read kept documents again, and fetch those that never came.

    \b
    Example:
      onlabel retry --wait 60
    """
    from ingest.retry import retry

    with (
        opened(db_path) as database,
        recorded(database, doing="taking up failures", wait=wait, log=log) as (done, on_progress),
    ):
        report = retry(database, on_progress=on_progress)
    if log == "text" and report.seen:
        tell(report)
    elif log == "text":
        say("no failures")
    if as_json:
        click.echo(run_json(done))
    ctx.exit(1 if report.failed else 0)
