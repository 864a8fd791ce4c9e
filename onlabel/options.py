"""Options that several commands share, and the database that they name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from sqlite_utils import Database

Command = TypeVar("Command", bound=Callable[..., Any])
FilePath = click.Path(dir_okay=False, path_type=Path)

database_option = click.option(
    "--db", "db_path", envvar="ONLABEL_DB", default="onlabel.db", type=FilePath,
    show_default="onlabel.db, or ONLABEL_DB", help="The SQLite database.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="JSON on stdout, for programs.")
output_option = click.option("--output", "-o", type=FilePath, help="Write to this file, whole or not at all.")
wait_option = click.option(
    "--wait", type=click.FloatRange(min=0), default=0, metavar="SECONDS",
    help="How long to wait for another job on the same database; without, leave at once with exit code 1.",
)  # fmt: skip
_max_failures_option = click.option("--max-failures", type=click.IntRange(min=1), help="Stop when so many have failed.")
limit_option = click.option("--limit", type=click.IntRange(min=1), help="At most so many labels.")
log_option = click.option(
    "--log", type=click.Choice(("text", "json")), default="text", show_default=True,
    help="How to tell on stderr what happens; json: a line for each document.",
)  # fmt: skip
VIEWS = (
    "indications", "combinations", "monitoring", "warnings", "dose-modifications", "contraindications", "labels",
    "sections", "failures",
)  # fmt: skip
view_argument = click.argument("view", type=click.Choice(VIEWS), default="indications")


def job_options(command: Command) -> Command:
    """The options of a job that stores labels: ``max_failures``, ``as_json``, ``log`` and ``wait``."""
    for option in (wait_option, log_option, json_option, _max_failures_option):
        command = option(command)
    return command


def filter_options(command: Command) -> Command:
    """The filters of ``query`` and ``export``, which go by name to the functions of ``db.queries``."""
    for option in reversed((
        click.option("--drug", help="Brand or generic name, or set id."),
        click.option("--condition", help="A disease, by name or id: MONDO:0007254."),
        click.option("--biomarker", help="A marker, with its state or without: HER2, HER2-negative."),
        click.option("--partner", help="A drug given together with it (view combinations)."),
        click.option("--parameter", help="What is monitored, by any name: LVEF, liver function (view monitoring)."),
        click.option("--hazard", help="A risk, by words of its name (views monitoring, dose-modifications)."),
        click.option("--kind", type=click.Choice(("routine", "conditional")), help="How it is asked (monitoring)."),
        click.option("--boxed/--not-boxed", default=None, help="In a boxed warning or not (warnings, monitoring)."),
        click.option("--section", help="Number or words of the section's heading."),
        click.option("--search", help="Words to find in the text (view sections)."),
        click.option("--limit", type=click.IntRange(min=1), help="At most so many rows."),
    )):  # fmt: skip
        command = option(command)
    return command


@contextmanager
def opened(path: Path, *, create: bool = False) -> Iterator[Database]:
    """The database of a command, closed at its end. Raises ``db.DatabaseError``."""
    from db import open_database

    database = open_database(path, create=create)
    try:
        yield database
    finally:
        database.close()
