"""The bundled samples: marked as what they are, readable, and none of their text anybody else's."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path
from uuid import UUID

import pytest

from labels import Label, LabelFormat, Product, parse_spl
from labels.loinc import (
    BOXED_WARNING,
    CONTRAINDICATIONS,
    INDICATIONS,
    LABORATORY_TESTS,
    PRECAUTIONS,
    WARNINGS,
    WARNINGS_AND_PRECAUTIONS,
)

FILES = sorted(Path(str(resources.files("ingest") / "samples")).glob("*.xml"))
LABELS = {file.stem: parse_spl(file.read_bytes(), name=file.name) for file in FILES}
PLR, OLDER, OTC = LabelFormat.PLR, LabelFormat.OLDER, LabelFormat.OTC

# name: brand, generic, format, boxed warning, numbers of the indications sections in the full telling
EXPECTED: dict[str, tuple[str, str, LabelFormat, bool, list[str | None]]] = {
    "eliquis": ("ELIQUIS", "apixaban", PLR, True, ["1", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6"]),
    "enhertu": ("ENHERTU", "fam-trastuzumab deruxtecan-nxki", PLR, True, ["1", "1.1", "1.2", "1.3", "1.4"]),
    "femara-repackaged": ("FEMARA", "letrozole", PLR, False, ["1", "1.1", "1.2", "1.3"]),
    "fulvestrant": ("Fulvestrant", "fulvestrant", PLR, False, ["1", "1.1", "1.2"]),
    "ibrance": ("IBRANCE", "palbociclib", PLR, False, ["1"]),
    "ibuprofen": ("Ibuprofen", "ibuprofen", OTC, False, [None]),
    "keytruda-breast": ("KEYTRUDA", "pembrolizumab", PLR, False, ["1", "1.19"]),
    "kisqali": ("KISQALI", "ribociclib", PLR, False, ["1"]),
    "kisqali-femara-co-pack": ("KISQALI FEMARA CO-PACK", "ribociclib / letrozole", PLR, False, ["1"]),
    "letrozole": ("Letrozole", "letrozole", PLR, False, ["1", "1.1", "1.2", "1.3"]),
    "lynparza": ("Lynparza", "olaparib", PLR, False, ["1", *(f"1.{n}" for n in range(1, 9))]),
    "modafinil": ("Modafinil", "modafinil", PLR, False, ["1"]),
    "ogivri": ("OGIVRI", "trastuzumab-dkst", PLR, True, ["1", "1.1", "1.2", "1.3"]),
    "perjeta": ("PERJETA", "pertuzumab", PLR, True, ["1", "1.1", "1.2"]),
    "piqray": ("PIQRAY", "alpelisib", PLR, False, ["1"]),
    "tamoxifen": ("Tamoxifen citrate", "tamoxifen citrate", OLDER, True, [None] * 5),
    "trodelvy": ("TRODELVY", "sacituzumab govitecan-hziy", PLR, True, ["1", "1.1", "1.2"]),
    "verzenio": ("VERZENIO", "abemaciclib", PLR, False, ["1", "1.1", "1.2"]),
    "xeloda": ("Xeloda", "capecitabine", PLR, True, ["1", "1.1", "1.2", "1.3", "1.4"]),
}


def test_every_sample_is_in_the_table() -> None:
    assert sorted(LABELS) == sorted(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_drug_format_and_sections(name: str) -> None:
    brand, generic, layout, boxed, numbers = EXPECTED[name]
    label = LABELS[name]
    assert (label.brand, label.generic, label.format) == (brand, generic, layout)
    assert label.not_a_label is None
    assert [s.number for s in label.find(INDICATIONS, telling="full")] == numbers
    assert label.state(BOXED_WARNING) == ("present" if boxed else "absent")
    warned = WARNINGS_AND_PRECAUTIONS if layout is PLR else WARNINGS
    assert label.state(warned) == "present"


@pytest.mark.parametrize("name", sorted(LABELS))
def test_is_marked_as_a_sample(name: str) -> None:
    label = LABELS[name]
    assert label.sample
    assert label.labeler == "onlabel samples (not FDA text)"
    assert label.title.startswith("SAMPLE (not FDA text): ")
    notes = [s for s in label.sections if "sample written for onlabel" in s.text]
    assert len(notes) == 1
    assert "not FDA labeling" in notes[0].text
    assert notes[0].loinc == "42229-5", "the note stands in a section of its own, where no fact is looked for"


def test_set_ids_are_our_own_and_once_each() -> None:
    ids = [label.set_id for label in LABELS.values()]
    assert len(set(ids)) == len(ids)
    assert all(UUID(i).version == 4 and str(UUID(i)) == i for i in ids)
    documents = {label.document_id for label in LABELS.values()}
    assert len(documents) == len(ids)
    assert not documents & set(ids)


def test_versions_dates_and_sizes() -> None:
    assert all(label.version >= 1 for label in LABELS.values())
    assert all(re.fullmatch(r"202[45]-\d\d-\d\d", label.effective_date or "") for label in LABELS.values())
    assert all(8_000 < file.stat().st_size < 40_000 for file in FILES)


def leaves(label: Label) -> list[Product]:
    return [leaf for p in label.products for leaf in (p.parts or (p,))]


@pytest.mark.parametrize("name", sorted(LABELS))
def test_active_ingredients_have_unii_and_strength(name: str) -> None:
    active = [i for p in leaves(LABELS[name]) for i in p.ingredients if i.active]
    assert active
    assert all(re.fullmatch(r"[0-9A-Z]{10}", i.unii or "") and i.strength for i in active)


def test_product_facts() -> None:
    kisqali = LABELS["kisqali"].products[0]
    assert kisqali.ndcs == ("0078-0874", "0078-0874-21", "0078-0874-63")
    assert (kisqali.application_number, kisqali.routes) == ("NDA209092", ("ORAL",))
    assert kisqali.ingredients[0].moieties == (("RIBOCICLIB", "TK8ERE8P56"),)
    assert [p.name for p in LABELS["kisqali-femara-co-pack"].products[0].parts] == ["KISQALI", "FEMARA"]
    assert [bool(p.parts) for p in LABELS["ogivri"].products] == [False, True]
    assert LABELS["femara-repackaged"].products[0].source_ndc == "0078-0249"
    assert [p.ingredients[0].strength for p in LABELS["ibrance"].products] == ["125 mg", "100 mg", "75 mg"]


def texts(label: Label, loinc: str, *, telling: str) -> str:
    return "\n".join(s.text for s in label.find(loinc) if s.telling == telling)


@pytest.mark.parametrize("name", [n for n, e in EXPECTED.items() if e[2] is PLR and n != "femara-repackaged"])
def test_highlights_are_a_second_telling(name: str) -> None:
    highlights = texts(LABELS[name], INDICATIONS, telling="highlights")
    assert re.search(r"\(1(\.\d+)?(, \d[\d.]*)*\)", highlights)
    assert "indicated" in highlights


def test_markup_survives() -> None:
    assert "≥10" in texts(LABELS["keytruda-breast"], INDICATIONS, telling="full")
    assert "gBRCAm" in texts(LABELS["lynparza"], INDICATIONS, telling="full")
    assert "10⁹/L" in texts(LABELS["xeloda"], WARNINGS_AND_PRECAUTIONS, telling="full")
    assert "m²" in "".join(s.text for s in LABELS["perjeta"].sections)


def test_older_format_has_its_own_sections() -> None:
    tamoxifen = LABELS["tamoxifen"]
    assert tamoxifen.state(PRECAUTIONS) == "blank", "all of its text stands in subsections"
    assert "liver function tests" in texts(tamoxifen, LABORATORY_TESTS, telling="full")
    assert tamoxifen.state(WARNINGS_AND_PRECAUTIONS) == "absent"


def test_contraindications_none_is_told_from_absent() -> None:
    assert texts(LABELS["kisqali"], CONTRAINDICATIONS, telling="full") == "None."
    assert LABELS["ibuprofen"].state(CONTRAINDICATIONS) == "absent"


def test_no_real_set_id(shared: Path) -> None:
    real = {file.name[:36] for file in (shared / "spl").glob("*.xml")}
    for file in (shared / "openfda").glob("*.jsonl.gz"):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            real |= {json.loads(line)["set_id"] for line in lines}
    assert len(real) > 200
    assert not {label.set_id for label in LABELS.values()} & real


def test_shares_no_run_of_words_with_real_labels(shared: Path, tmp_path: Path) -> None:
    for file in FILES:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    for git in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", "-C", str(tmp_path), *git], check=True)  # noqa: S607
    check = [sys.executable, str(shared / "originality.py"), str(tmp_path)]
    found = subprocess.run(check, capture_output=True, text=True, check=False)
    assert found.stdout == ""
    assert found.returncode == 0
