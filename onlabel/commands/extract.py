"""``onlabel extract``: the facts of label files, of texts on stdin, or, again, of all stored documents."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onlabel.console import say, show
from onlabel.options import database_option, json_option, opened
from onlabel.storing import recorded, tell

if TYPE_CHECKING:
    from extract import Facts
    from labels import Label


@click.command("extract")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--jsonl", is_flag=True, help="Read texts from stdin, one JSON object a line, and write facts so.")
@click.option("--stored", is_flag=True, help="Read all documents in the database again, and store what they say now.")
@json_option
@database_option
@click.pass_context
def command(
    ctx: click.Context, paths: tuple[Path, ...], jsonl: bool, stored: bool, as_json: bool, db_path: Path
) -> None:
    """Show the facts of label files, without storing anything; with --json one object a label and line.

    With --jsonl each line of stdin is {"id", "text", "drug": {"brand", "generic"}, "section"}, the last two
    optional; a line that cannot be read is told on stderr and left out. With --stored the database is brought
    up to date with this version's rules, from the documents kept in it.

    \b
    Examples:
      onlabel extract kisqali.xml --json
      echo '{"id": 1, "text": "X is indicated for gout."}' | onlabel extract --jsonl
    """
    if (bool(paths), jsonl, stored).count(True) != 1:
        raise click.UsageError("give label files, or --jsonl, or --stored", ctx)
    if jsonl:
        failed = _extract_lines()
    elif stored:
        failed = _extract_stored(db_path)
    else:
        failed = _extract_files(paths, as_json=as_json)
    ctx.exit(1 if failed else 0)


def _extract_stored(db_path: Path) -> int:
    from ingest.job import reextract

    with opened(db_path) as database, recorded(database, doing="reading stored documents") as (_, on_progress):
        report = reextract(database, on_progress=on_progress)
    tell(report)
    return report.failed


def _extract_lines() -> int:
    """Facts of the texts on stdin. Returns how many lines failed."""
    failed = 0
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        try:
            told = _facts_of(line)
        except Exception as error:  # one line never stops the others
            failed += 1
            say(f"line {number}: {error or type(error).__name__}")
        else:
            _write(told)
    return failed


def _facts_of(line: bytes) -> dict[str, Any]:
    """A line's facts with its ``id``. Raises ValueError where it is not the contract's JSON."""
    from extract import extract_text

    record = json.loads(line)
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise ValueError('not an object with a "text"')
    drug = record.get("drug") or {}
    if not isinstance(drug, dict):
        raise ValueError('"drug" is not an object')
    names = {name: str(drug[name]) for name in ("brand", "generic") if drug.get(name)}
    facts = extract_text(record["text"], section=str(record.get("section") or "indications"), **names)
    return {"id": record.get("id")} | facts.to_dict()


def _write(told: dict[str, Any]) -> None:
    # Lone surrogates, which JSON may escape and UTF-8 cannot hold, come out escaped again.
    click.echo(json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace"))


def _extract_files(paths: tuple[Path, ...], *, as_json: bool) -> int:
    """Facts of label files. Returns how many documents failed."""
    from extract import extract_label
    from ingest.documents import Failed
    from ingest.files import read_paths
    from ingest.job import parse
    from labels import LabelError

    failed = 0
    for document in read_paths(paths):
        try:
            if isinstance(document, Failed):
                raise LabelError(document.name, document.reason)
            label = parse(document)
            facts = extract_label(label)
        except Exception as error:  # one document never stops the others
            failed += 1
            say(f"failed: {error if isinstance(error, LabelError) else f'{document.name}: {error}'}")
            continue
        if label.not_a_label:
            say(f"{document.name}: no drug label: {label.not_a_label}")
        elif as_json:
            _write_facts(label, facts)
        else:
            _print_facts(label, facts)
    return failed


def _write_facts(label: Label, facts: Facts) -> None:
    identity = {name: getattr(label, name) for name in ("set_id", "version", "brand", "generic")}
    _write(identity | facts.to_dict())


def _print_facts(label: Label, facts: Facts) -> None:
    from onlabel.tables import table

    rows = [("indication", ", ".join(c.name for c in i.conditions), i.statement.text) for i in facts.indications]
    rows += [("monitoring", m.parameter, m.evidence.text) for m in facts.monitoring]
    rows += [("boxed warning" if w.boxed else "warning", w.title or "", w.evidence.text) for w in facts.warnings]
    rows += [("contraindication", c.name, c.evidence.text) for c in facts.contraindications]
    rows += [("not understood", u.reason, u.evidence.text) for u in facts.unparsed]
    title = f"{label.brand or label.title}, version {label.version} of {label.effective_date}"
    show(table(("fact", "of", "evidence"), rows, title=title))
