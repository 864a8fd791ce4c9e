"""``onlabel ingest``: labels by name or number from DailyMed, openFDA or the bundled samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from onlabel.console import say
from onlabel.options import database_option, job_options, opened
from onlabel.storing import store


@click.command("ingest")
@click.argument("names", nargs=-1)
@click.option(
    "--source", type=click.Choice(("dailymed", "openfda", "sample")), default="dailymed", show_default=True,
    help="Where to look; sample: the labels that come with onlabel.",
)  # fmt: skip
@click.option("--limit", type=click.IntRange(min=1), help="At most so many labels for each name.")
@job_options
@database_option
@click.pass_context
def command(
    ctx: click.Context, /, names: tuple[str, ...], source: str, limit: int | None, db_path: Path, **how: Any
) -> None:
    """Fetch labels and store what they say.

    NAMES are brand or generic names, set ids, NDCs, application numbers, UNIIs or RxCUIs (rxcui:1873916).
    With --source sample and no name all bundled labels are stored. What fails is kept as a failure, and told
    by "onlabel query failures"; the rest is stored.

    \b
    Example:
      onlabel ingest kisqali NDA208716 --source dailymed
    """
    from ingest.sample import samples
    from ingest.search import Missing, find, open_source

    if not names and source != "sample":
        raise click.UsageError("name at least one drug, set id, NDC or application number", ctx)
    missing: list[Missing] = []
    documents = find(open_source(source), names, limit=limit, on_missing=missing.append) if names else samples()
    with opened(db_path, create=True) as database:
        report = store(database, documents, source=source, **how)
    for name in missing:
        say(str(name))
    ctx.exit(1 if report.failed or missing else 0)
