"""The command line: one group, a module a command. What goes wrong becomes one line and an exit code.

0 done; 1 some labels failed (the rest is stored), or nothing was found; 2 wrong use; 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

import click

from onlabel import __version__
from onlabel.commands import (
    article,
    changes,
    demo,
    evaluate,
    export,
    extract,
    fetch_release,
    ingest,
    load,
    query,
    retry,
    status,
    sync,
    track,
    vocab,
)
from onlabel.console import say

FAILED, WRONG_USE, STOPPED = 1, 2, 130


class Program(click.Group):
    """The group of commands, with the house's way of telling errors."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Commands in the order in which a newcomer meets them."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; every error ends in one line on stderr."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            path = error.ctx.command_path if error.ctx else "onlabel"
            say(f"{path}: {error.format_message()} ('{path} --help' shows how)")
            ctx.exit(WRONG_USE)
        except KeyboardInterrupt:
            say("onlabel: stopped; what was stored whole is kept, nothing is half-written")
            ctx.exit(STOPPED)
        except click.ClickException as error:
            say(f"onlabel: {error.format_message()}")
            ctx.exit(error.exit_code)
        except (click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                _look_away()
                ctx.exit()
            if ctx.params["debug"]:
                raise
            say(f"onlabel: {_told(error)}")
            ctx.exit(_exit_code(error))


def _look_away() -> None:
    """Whoever read our output has gone ("| head"): that is no error, and nothing more is to be written."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())


def _told(error: Exception) -> str:
    """What a user needs to know of an error: ours are written for people, others are named."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    if _is_ours(error):
        return str(error)
    return f"unexpected {type(error).__name__}: {error} (--debug shows where)"


def _is_ours(error: Exception) -> bool:
    from db.errors import DatabaseError
    from evaluation.errors import EvaluationError
    from extract.lexicon import VocabularyError
    from ingest.errors import SourceError
    from labels.errors import LabelError

    return isinstance(error, DatabaseError | EvaluationError | LabelError | SourceError | VocabularyError)


def _exit_code(error: Exception) -> int:
    """Wrong use where another file, database or name would do; failed where trying again might."""
    from db.errors import DatabaseError, JobRunning
    from evaluation.errors import EvaluationError
    from ingest.errors import WrongUse

    if isinstance(error, JobRunning):
        return FAILED
    return WRONG_USE if isinstance(error, OSError | DatabaseError | EvaluationError | WrongUse) else FAILED


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="onlabel")
@click.option("--debug", is_flag=True, envvar="ONLABEL_DEBUG", help="Show where an error arose.")
def main(debug: bool) -> None:
    """What FDA drug labels say: indications, combinations and monitoring, each tied to its place there.

    \b
    First steps:
      onlabel demo                              see it work on the bundled sample labels
      onlabel ingest kisqali ogivri             fetch labels from DailyMed
      onlabel query --drug kisqali              what a drug is indicated for
      onlabel article "stage 4 breast cancer"   the article section, with citations
    """


MODULES = (
    demo,
    ingest,
    fetch_release,
    load,
    track,
    sync,
    retry,
    extract,
    query,
    changes,
    article,
    export,
    status,
    evaluate,
    vocab,
)
for module in MODULES:
    main.add_command(module.command)
main.add_command(track.untrack_command)
