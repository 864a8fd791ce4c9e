"""``onlabel sync``: brings the database up to date with what it follows."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onlabel.console import say
from onlabel.options import database_option, job_options, limit_option, opened
from onlabel.storing import recorded, run_json, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from db.tracking import Tracked
    from ingest.sync import Sync, Synced

SOURCES = ("dailymed", "openfda")


@click.command("sync")
@click.option("--source", type=click.Choice(SOURCES), default="dailymed", show_default=True, help="Where to look.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only what was published since this date.")
@limit_option
@click.option("--dry-run", is_flag=True, help="Show what would be fetched, and change nothing.")
@job_options
@database_option
@click.pass_context
def command(
    ctx: click.Context, /, source: str, dry_run: bool, as_json: bool, log: str, wait: float, db_path: Path, **given: Any
) -> None:
    """Fetch what is new of all that is tracked, and nothing else.

    Labels that the source no longer has are marked as withdrawn, never deleted. A sync that is cut off goes on
    where it stopped when it is run again.

    \b
    Examples:
      onlabel sync
      onlabel sync --dry-run --source openfda
      onlabel sync --wait 600 --max-failures 20 --log json
    """
    from db.tracking import tracked
    from ingest.search import followed_source
    from ingest.sync import Sync

    since: datetime | None = given["since"]
    followed = followed_source(source)
    with opened(db_path) as database:
        if not (entries := tracked(database)):
            raise click.UsageError('nothing is tracked yet; "onlabel track NAME" does that', ctx)
        sync = Sync(database, followed, since=since.date() if since else None, limit=given["limit"])
        if dry_run:
            _preview(sync, entries, as_json=as_json)
            return
        with recorded(database, doing=f"asking {source}", source=source, wait=wait, log=log) as (done, on_progress):
            try:
                report = sync.run(entries, max_failures=given["max_failures"], on_progress=on_progress)
            finally:
                done.requests = followed.http.requests
            done.reason = "; ".join(sync.done.notes) or None
            if report.stopped:
                done.outcome, done.reason = "stopped", report.stopped
    if log == "text":
        if report.seen:
            tell(report)
        else:
            say("nothing is new")
        _tell(sync.done)
    if as_json:
        click.echo(run_json(done, **_lists(sync.done)))
    ctx.exit(1 if report.failed else 0)


def _preview(sync: Sync, entries: Sequence[Tracked], *, as_json: bool) -> None:
    rows: list[dict[str, object]] = [
        {"entry": str(entry), "set_id": offer.set_id, "version": offer.version, "title": offer.title}
        for entry, offer in sync.wanted(entries)
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        click.echo("{set_id}  version {version}  {title}".format(**row))
    say(f"{len(rows)} labels would be fetched; nothing was changed")


def _tell(done: Synced) -> None:
    for note in done.notes:
        say(note)
    for entry in done.empty:
        say(f"nothing found for {entry}")
    for set_id in done.withdrawn:
        say(f"withdrawn: {set_id}")
    if done.unfinished:
        say(f"not complete, the next sync goes on: {', '.join(map(str, done.unfinished))}")


def _lists(done: Synced) -> dict[str, list[str]]:
    lists: dict[str, Sequence[Tracked | str]] = {
        "complete": done.complete,
        "empty": done.empty,
        "unfinished": done.unfinished,
        "withdrawn": done.withdrawn,
        "notes": done.notes,
    }
    return {name: [str(one) for one in of_list] for name, of_list in lists.items()}
