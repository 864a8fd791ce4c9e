"""``onlabel article``: the section *From the FDA Drug Label* that answers a question."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from onlabel.console import say, write_output
from onlabel.options import database_option, opened, output_option


@click.command("article")
@click.argument("question")
@click.option(
    "--format", "-f", "layout", type=click.Choice(("md", "html", "json")), default="md", show_default=True,
    help="Markdown, HTML or JSON.",
)  # fmt: skip
@click.option(
    "--first-citation", type=click.IntRange(min=1), default=1, show_default=True,
    help="Number of the first label, where other blocks of the page come before.",
)  # fmt: skip
@output_option
@database_option
@click.pass_context
def command(
    ctx: click.Context,
    question: str,
    layout: Literal["md", "html", "json"],
    first_citation: int,
    output: Path | None,
    db_path: Path,
) -> None:
    """Write the article section for a question or a plain topic, from the current labels.

    Every claim cites the label that makes it. Exit code 1 where no stored label answers.

    \b
    Example:
      onlabel article "treatment options for HER2-positive metastatic breast cancer" --format html -o out.html
    """
    from articles import build, render

    with opened(db_path) as database:
        article = build(database, question, first_citation=first_citation)
    if article.problem and output is not None:
        raise click.ClickException(f"{article.problem} Nothing is written to {output}.")
    write_output(render(article, layout), output)
    if output is not None:
        say(f"article written to {output}")
    ctx.exit(1 if article.problem else 0)
