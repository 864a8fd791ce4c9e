"""Where output goes: data to stdout, messages and progress to stderr, files written whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

PLAIN_WIDTH = 140
"""Columns of a table that goes to a file or a pipe."""


def is_terminal() -> bool:
    """Whether a person looks at stdout."""
    return sys.stdout.isatty()


def width() -> int:
    """Columns of stdout: those of the terminal, or COLUMNS, or :data:`PLAIN_WIDTH`."""
    return shutil.get_terminal_size().columns if is_terminal() or "COLUMNS" in os.environ else PLAIN_WIDTH


def show(renderable: RenderableType) -> None:
    """Print a table or Markdown to stdout."""
    from rich.console import Console

    console = Console(highlight=False, width=width())
    with console.capture() as captured:
        console.print(renderable)
    click.echo(captured.get(), nl=False)


def say(message: str) -> None:
    """Tell the user something, on stderr, in one line; what would command the terminal comes escaped."""
    from ingest.documents import LONGEST_ORIGIN, shown

    click.echo(shown(" ".join(message.split()), 2 * LONGEST_ORIGIN), err=True)


@contextmanager
def progress(description: str) -> Iterator[Callable[..., None]]:
    """A spinner, a count and the last label's name on stderr; silent where that is no terminal."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed:.0f}"), TimeElapsedColumn())
    name = TextColumn("{task.fields[name]}", style="dim", markup=False)
    console = Console(stderr=True)
    with Progress(*columns, name, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(description, total=None, name="")

        def advance(name: str = "", *_: Any) -> None:
            bar.update(task, advance=1, name=name)

        yield advance


@contextmanager
def downloading() -> Iterator[Callable[[str, int, int | None], None]]:
    """Name, bytes and speed of a download on stderr; silent where that is no terminal."""
    from rich import progress as parts
    from rich.console import Console

    console = Console(stderr=True)
    columns = (
        parts.TextColumn("{task.description}", markup=False),
        parts.BarColumn(),
        parts.DownloadColumn(),
        parts.TransferSpeedColumn(),
    )
    with parts.Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def on_bytes(name: str, have: int, whole: int | None) -> None:
            bar.update(task, description=name, completed=have, total=whole)

        yield on_bytes


def write_output(text: str, output: Path | None) -> None:
    """Write to stdout, or to a file that is replaced whole: a run that is cut off leaves the old one."""
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
    elif output.exists() and not output.is_file():  # a device or a pipe cannot be replaced
        output.write_text(text, encoding="utf-8")
    else:
        _replace(output, text)


def _replace(output: Path, text: str) -> None:
    target = output.resolve()
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(target)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
