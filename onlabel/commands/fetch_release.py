"""``onlabel fetch-release``: bulk files of DailyMed and openFDA, whole and checked."""

from __future__ import annotations

from pathlib import Path

import click

from onlabel.console import downloading, say


@click.command("fetch-release")
@click.argument("names", nargs=-1, required=True, metavar="NAME|URL...")
@click.option(
    "--to", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder that files go to. Default: this one.",
)  # fmt: skip
@click.pass_context
def command(ctx: click.Context, names: tuple[str, ...], to: Path) -> None:
    """Download releases for "onlabel load", and print where they are.

    NAMES are addresses; names of DailyMed's files (dm_spl_weekly_update_….zip, rxnorm_mappings.zip); human_rx and
    human_otc for all parts of the full releases; monthly:2026-07 and daily:2026-08-01 for updates; openfda for
    all parts of openFDA's drug labels, openfda:3 for one. What was broken off goes on where it stopped, and what
    is there already is not fetched again.

    \b
    Example:
      onlabel fetch-release daily:2026-08-01 openfda:1 --to releases
    """
    from ingest.errors import SourceError, WrongUse
    from ingest.releases import fetch, new_session

    session, failed = new_session(), False
    for name in names:
        try:
            with downloading() as on_bytes:
                for path in fetch(name, to, session=session, on_bytes=on_bytes):
                    click.echo(str(path))
        except WrongUse:
            raise
        except SourceError as error:
            failed = True
            say(f"failed: {name}: {error}")
    ctx.exit(1 if failed else 0)
