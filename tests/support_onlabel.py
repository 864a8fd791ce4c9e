"""What the tests of the command line share: running it, and what every error looks like."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner, Result

from onlabel.cli import main


def run(*arguments: str | Path, stdin: str | bytes | None = None, env: dict[str, str] | None = None) -> Result:
    """Run ``onlabel`` in this process, away from the user's settings."""
    clean = {"ONLABEL_DB": None, "ONLABEL_DEBUG": None, "COLUMNS": "160"} | (env or {})
    return CliRunner(env=clean).invoke(main, list(map(str, arguments)), input=stdin, prog_name="onlabel")


@contextmanager
def start(*arguments: str | Path, cwd: Path, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Start ``onlabel`` as a process of its own, with pipes."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("ONLABEL_")} | (env or {})
    root = str(Path(__file__).parent.parent)
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [root, env.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "onlabel", *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=cwd, env=env, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        yield process
        process.kill()


def assert_one_line(result: Result) -> None:
    """Nothing on stdout, one line on stderr, and no traceback."""
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert "Traceback" not in result.stderr
