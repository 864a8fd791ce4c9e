"""``onlabel demo``: sample labels, database, article, in a few seconds and without the network."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from onlabel.console import is_terminal, show
from onlabel.options import FilePath, opened
from onlabel.storing import store

QUESTION = "What are the treatment options for stage 4 breast cancer in the US?"
NEXT_STEPS = """
Next:
  onlabel ingest --source sample                 keep the sample labels in onlabel.db
  onlabel query --drug kisqali                   what a drug is indicated for
  onlabel query monitoring --drug ogivri         what to monitor, when, and what to do
  onlabel ingest kisqali --source dailymed       the real label
  onlabel --help                                 everything else"""


@click.command("demo")
@click.option("--db", "db_path", type=FilePath, help="Keep the database here; else it is thrown away.")
@click.pass_context
def command(ctx: click.Context, db_path: Path | None) -> None:
    """Store the bundled sample labels and write an article from them.

    \b
    Example:
      onlabel demo
    """
    if db_path is not None:
        failed = _show(db_path)
    else:
        with TemporaryDirectory(prefix="onlabel-") as folder:
            failed = _show(Path(folder, "demo.db"))
    ctx.exit(1 if failed else 0)


def _show(db_path: Path) -> int:
    """Store, write and print. Returns how many sample labels failed."""
    from articles import build, render
    from ingest.sample import samples

    with opened(db_path, create=True) as database:
        report = store(database, samples(), source="sample")
        text = render(build(database, QUESTION), "md")
    if is_terminal():
        from rich.markdown import Markdown

        show(Markdown(text))
    else:
        click.echo(text)
    click.echo(NEXT_STEPS, err=True)
    return report.failed
