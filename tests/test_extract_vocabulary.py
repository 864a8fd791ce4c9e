"""The vocabulary that comes with the program: what it finds, and that its files are what the manifest says."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.coordination import coordinated
from extract.lexicon import Entry, Lexicon, VocabularyError, read_columns
from extract.merge_concepts import SOURCES, Concept, merge
from extract.normalize import key
from extract.vocabulary import Vocabulary
from extract.vocabulary_sources import Term

DATA = Path(__file__).parent.parent / "extract" / "data"
BUILT = DATA / "vocabulary"
CITED = {
    "MONDO": r"MONDO:\d{7}",
    "DOID": r"DOID:\d+",
    "HP": r"HP:\d{7}",
    "MESH": r"[CD]\d+",
    "ICD10CM": r"[A-Z]\d[\dA-Z.]*",
}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.load()


def names(vocabulary: Vocabulary, text: str) -> list[str]:
    return [m.name for m in vocabulary.conditions(text)]


def test_a_condition_has_the_ids_of_every_vocabulary_that_knows_it(vocabulary: Vocabulary) -> None:
    entry = vocabulary.condition("Breast cancer")
    assert entry is not None
    assert entry.name == "breast cancer"
    assert entry.ids == {"MONDO": "MONDO:0007254", "MESH": "D001943", "DOID": "DOID:1612", "ICD10CM": "C50"}


@pytest.mark.parametrize(
    ("phrase", "mondo"),
    [
        ("nonvalvular atrial fibrillation", "MONDO:0004981"),
        ("NSCLC", "MONDO:0005233"),
        ("non–small cell lung cancer", "MONDO:0005233"),
        ("Crohn's disease", "MONDO:0005011"),
        ("hypertension", "MONDO:0005044"),
        ("schizophrenia", "MONDO:0005090"),
        ("carcinoma of the prostate", "MONDO:0008315"),
        ("Parkinsons disease", "MONDO:0005180"),
        ("chronic myeloid leukaemia", "MONDO:0011996"),
        ("atopic dermatitis", "MONDO:0004980"),
    ],
)
def test_label_phrasing_reaches_mondo(vocabulary: Vocabulary, phrase: str, mondo: str) -> None:
    entry = vocabulary.condition(phrase)
    assert entry is not None
    assert entry.ids["MONDO"] == mondo


def test_a_related_synonym_does_not_name_its_neighbour(vocabulary: Vocabulary) -> None:
    schizoaffective, schizophrenia = (
        vocabulary.condition("schizoaffective disorder"),
        vocabulary.condition("schizophrenia"),
    )
    assert schizoaffective is not None
    assert schizophrenia is not None
    assert schizoaffective.ids["MONDO"] != schizophrenia.ids["MONDO"]


def test_the_longest_mention_wins_and_keeps_its_place(vocabulary: Vocabulary) -> None:
    text = "for pulmonary arterial hypertension, and for fever"
    first, second = vocabulary.conditions(text)
    assert (first.text, text[first.start : first.end]) == ("pulmonary arterial hypertension",) * 2
    assert second.name == "fever"


def test_negated_and_partial_words_are_not_mentions(vocabulary: Vocabulary) -> None:
    assert "melanoma" not in names(vocabulary, "history of non-melanoma skin tumors")
    assert names(vocabulary, "take it with all meals; it may dress the arm") == []


def test_an_abbreviation_needs_its_capitals(vocabulary: Vocabulary) -> None:
    assert names(vocabulary, "adults with relapsed ALL") == ["acute lymphoblastic leukemia"]
    assert names(vocabulary, "for all adults") == []
    assert names(vocabulary, "READ ALL OF THE DIRECTIONS") == []


def test_words_that_count_only_in_the_right_place_are_marked(vocabulary: Vocabulary) -> None:
    assert {m.status for m in vocabulary.conditions("infection or disease during pregnancy")} == {"generic"}


def test_a_second_try_is_marked(vocabulary: Vocabulary) -> None:
    entry = vocabulary.condition("urothelial malignancy")
    assert entry is not None
    assert entry.status == "second"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["breast", "cancer", "of the", "liver", ",", "and", "acute", "renal", "failure", "(", "HIV-1"])
    )
)
def test_mentions_never_overlap_and_quote_the_text(words: list[str]) -> None:
    text, end = " ".join(words), 0
    for match in Vocabulary.load().conditions(text):
        assert match.start >= end
        assert text[match.start : match.end] == match.text != ""
        end = match.end


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "epithelial ovarian, fallopian tube, or primary peritoneal cancer",
            [("epithelial ovarian", "epithelial ovarian cancer"), ("fallopian tube", "fallopian tube cancer")],
        ),
        ("rheumatoid and psoriatic arthritis", [("rheumatoid", "rheumatoid arthritis")]),
        ("acute or chronic lymphocytic leukemia", [("acute", "acute lymphoblastic leukemia")]),
        (
            "carcinoma of the breast, ovary, and prostate",
            [("ovary", "ovarian cancer"), ("prostate", "prostate cancer")],
        ),
        ("tinea pedis, cruris, and corporis", [("cruris", "tinea cruris"), ("corporis", "tinea corporis")]),
        ("seasonal and perennial allergic rhinitis", [("seasonal", "seasonal allergic rhinitis")]),
        ("asthma and allergic rhinitis", []),
        ("men and women with osteoporosis", []),
        ("ovarian, prostate cancer", []),
    ],
)
def test_coordinated_conditions(vocabulary: Vocabulary, text: str, wanted: list[tuple[str, str]]) -> None:
    matches = vocabulary.conditions(text)
    found = coordinated(text, matches, vocabulary)
    assert [(m.text, m.name) for m in found if m not in matches] == wanted
    assert all(text[m.start : m.end] == m.text for m in found)


@pytest.mark.parametrize(
    ("phrase", "name", "unii"),
    [
        ("ribociclib succinate", "ribociclib", "TK8ERE8P56"),
        ("trastuzumab-dkst", "trastuzumab", "P188ANX8CK"),
        ("METFORMIN HYDROCHLORIDE", "metformin", "9100L32L2N"),
        ("5-FU", "fluorouracil", "U3P01618RT"),
        ("nab-paclitaxel", "paclitaxel", "P88XT4IS4D"),
        ("sodium chloride", "sodium chloride", "451W47IQ8X"),
    ],
)
def test_a_drug_is_its_active_ingredient(vocabulary: Vocabulary, phrase: str, name: str, unii: str) -> None:
    entry = vocabulary.drug(phrase)
    assert entry is not None
    assert (entry.name, entry.ids["UNII"]) == (name, unii)


def test_a_salt_and_a_suffix_belong_to_the_mention(vocabulary: Vocabulary) -> None:
    found = vocabulary.drugs("with bevacizumab-awwb, or a platinum-free plan of letrozole and leucovorin calcium")
    assert [m.text for m in found] == ["bevacizumab-awwb", "letrozole", "leucovorin calcium"]


def test_classes_and_regimens(vocabulary: Vocabulary) -> None:
    text = "an aromatase inhibitor, platinum-based chemotherapy, CHOP, an ACE inhibitor or a thiazide diuretic"
    assert [m.name for m in vocabulary.classes(text)] == [
        "aromatase inhibitor", "platinum-based chemotherapy", "CHOP", "ACE inhibitor", "thiazide diuretic",
    ]  # fmt: skip
    entry = vocabulary.drug_class("statins")
    assert entry is not None
    assert entry.name == "statin"


def test_markers_have_their_gene_and_the_state_that_their_name_tells(vocabulary: Vocabulary) -> None:
    text = "HR-positive, HER2-low; EGFR exon 19 deletions; MSI-H or dMMR; BRAF V600E; KRAS G12C; del(17p); CLDN18.2"
    found = [(m.name, m.gene, m.state) for m in vocabulary.markers(text)]
    assert found == [
        ("HR", None, "positive"),
        ("HER2", "HGNC:3430", "low"),
        ("EGFR", "HGNC:3236", "exon 19 deletion"),
        ("MSI", None, "high"),
        ("MMR", None, "deficient"),
        ("BRAF", "HGNC:1097", "V600E"),
        ("KRAS", "HGNC:6407", "G12C"),
        ("17p", None, "deleted"),
        ("CLDN18.2", "HGNC:2039", None),
    ]


def test_words_that_are_spelled_like_genes_are_not_markers(vocabulary: Vocabulary) -> None:
    assert vocabulary.markers("who met the kit, set a ret and had an alk at a ph of 7; her er visit") == []


def test_genes_and_families(vocabulary: Vocabulary) -> None:
    gene, family = vocabulary.gene("her2"), vocabulary.gene("NTRK")
    assert gene is not None
    assert (gene.id, gene.symbol) == ("HGNC:3430", "ERBB2")
    assert family is not None
    assert family.members == ("NTRK1", "NTRK2", "NTRK3")
    assert vocabulary.gene("NOSUCHGENE") is None


def test_files_are_what_the_manifest_says() -> None:
    manifest = tomllib.loads((BUILT / "manifest.toml").read_text(encoding="utf-8"))
    tables = {table["file"]: table for table in manifest["table"]}
    assert set(tables) == {file.name for file in BUILT.glob("*.tsv.gz")}
    for name, table in tables.items():
        data = (BUILT / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == table["sha256"], name
        assert gzip.decompress(data).count(b"\n") == table["rows"], name
    packages = {package["name"] for package in manifest["package"]}
    for source in manifest["vocabulary"]:
        assert source["package"] in packages
        assert source["licence"]
        assert source["attribution"]
        assert len(source["sha256"]) == 64
    assert not {"SNOMED", "UMLS", "MedDRA", "OMIM"} & {source["name"] for source in manifest["vocabulary"]}


def concepts(*terms: Term) -> dict[str, Concept]:
    """The concepts of a few terms, by their first id."""
    by_source = {source: [term for term in terms if term.source == source] for source in SOURCES}
    return {concept.primary: concept for concept in merge(by_source)}


def test_a_term_with_a_word_of_extent_more_is_not_the_same_concept() -> None:
    loose = Term("MONDO", "MONDO:1", "fooitis", ("chronic fooitis", "foo inflammation"), (("ICD10CM", "X1"),))
    found = concepts(loose, Term("ICD10CM", "X1", "Chronic fooitis"), Term("MESH", "D1", "Fooitis"))
    assert found["MONDO:1"].ids == {"MONDO": "MONDO:1", "MESH": "D1"}
    assert found["X1"].name == "chronic fooitis"


def test_a_wider_term_that_lists_the_name_gives_its_id() -> None:
    narrow = Term("MONDO", "MONDO:1", "familial fooitis")
    found = concepts(narrow, Term("MESH", "D1", "Fooitis", ("Familial Fooitis", "Fooitides")))
    assert found["MONDO:1"].ids == {"MONDO": "MONDO:1", "MESH": "D1"}


def test_an_id_that_rests_on_a_cross_reference_alone_is_marked() -> None:
    term = Term("MONDO", "MONDO:1", "foo gland barosis", (), (("DOID", "DOID:1"), ("MESH", "D1")))
    found = concepts(term, Term("DOID", "DOID:1", "barosis of gland X"), Term("MESH", "D1", "Foo Gland Barosis"))
    assert found["MONDO:1"].ids == {"MONDO": "MONDO:1", "MESH": "D1", "DOID": "DOID:1"}
    assert found["MONDO:1"].by_reference == {"DOID"}


def test_cross_references_are_told_by_the_built_table_and_the_manifest() -> None:
    manifest = tomllib.loads((BUILT / "manifest.toml").read_text(encoding="utf-8"))
    told = read_columns(BUILT / "conditions.tsv.gz")["by_reference"]
    for counted in manifest["ids"]:
        marked = sum(counted["vocabulary"] in cell.split("|") for cell in told)
        assert marked == counted["by_reference"] < counted["conditions"] / 10


@pytest.mark.parametrize(
    ("phrase", "source", "narrower"),
    [
        ("hepatitis", "ICD10CM", "K73.9"),
        ("lung cancer", "ICD10CM", "C34.1"),
        ("colorectal cancer", "ICD10CM", "C18.9"),
        ("uveitis", "ICD10CM", "H20.9"),
        ("dyspareunia", "MONDO", "MONDO:0001196"),
        ("chronic kidney disease", "MESH", "D007676"),
        ("hemophilia", "MESH", "D006467"),
        ("non-squamous non-small cell lung cancer", "MONDO", "MONDO:0005061"),
    ],
)
def test_no_id_is_narrower_than_the_phrase(vocabulary: Vocabulary, phrase: str, source: str, narrower: str) -> None:
    entry = vocabulary.condition(phrase)
    assert entry is not None
    assert entry.ids.get(source) != narrower


@pytest.mark.parametrize(
    ("phrase", "ids"),
    [
        ("attention deficit disorder with hyperactivity", {"MONDO": "MONDO:0007743"}),
        ("hyperactivity", {"HP": "HP:0000752"}),
        ("cataplexy", {"HP": "HP:0002524"}),
        ("effort angina", {"MESH": "D000787"}),
        ("petit mal variant", {"MONDO": "MONDO:0016532"}),
        ("lung cancer", {"MONDO": "MONDO:0008903", "MESH": "D008175"}),
        ("atopic dermatitis", {"MONDO": "MONDO:0004980", "MESH": "D003876"}),
    ],
)
def test_a_phrase_has_the_ids_of_its_own_concept(vocabulary: Vocabulary, phrase: str, ids: dict[str, str]) -> None:
    entry = vocabulary.condition(phrase)
    assert entry is not None
    assert ids.items() <= entry.ids.items()


@pytest.mark.parametrize(
    "text",
    ["due to Onchocerca volvulus", "a body mass index of 30", "in the oral cavity", "given as Samplix HCl"],
)
def test_words_that_name_no_condition_together_are_masked(vocabulary: Vocabulary, text: str) -> None:
    assert vocabulary.conditions(text) == []


def test_files_are_small_and_load_fast() -> None:
    assert sum(file.stat().st_size for file in BUILT.iterdir()) < 5_000_000
    started = time.process_time()
    assert Vocabulary(DATA).condition("asthma") is not None
    assert time.process_time() - started < 1


def test_stored_keys_are_keys_of_this_normalisation() -> None:
    for table in ("conditions", "drugs", "classes"):
        stored = read_columns(BUILT / f"{table}_names.tsv.gz")["key"]
        changed = [k for k in stored[:: max(1, len(stored) // 4000)] if key(k) != k]
        assert len(changed) <= len(stored) // 400, changed[:10]


def test_ids_are_spelled_as_they_are_cited() -> None:
    columns = read_columns(BUILT / "conditions.tsv.gz")
    for source, pattern in CITED.items():
        told = [identifier for identifier in columns[source] if identifier]
        assert len(told) > 1000
        assert re.fullmatch(pattern, told[0])
        assert all(" " not in identifier and "|" not in identifier for identifier in told)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_the_loader_rejects_what_it_does_not_understand(tmp_path: Path) -> None:
    entries = write(tmp_path / "entries.tsv", "name\tMONDO\nasthma\tMONDO:0004979")
    good = write(tmp_path / "good.tsv", "key\trow\tstatus\nasthma\t0\tn")
    assert Lexicon.load(entries, good).get("Asthma") == Entry("asthma", {"MONDO": "MONDO:0004979"}, "name")
    for text, reason in [
        ("key\trow\tstate\nasthma\t0\tn", "columns must be"),
        ("key\trow\tstatus\nasthma\t0\tx", "unknown status"),
        ("key\trow\tstatus\nasthma\t7\tn", "outside"),
        ("key\trow\tstatus\nasthma\t0", "has not the 3 columns"),
    ]:
        bad = write(tmp_path / "bad.tsv", text)
        with pytest.raises(VocabularyError, match=reason):
            Lexicon.load(entries, bad)


@pytest.mark.parametrize(
    ("table", "text", "reason"),
    [
        ("stoplist.tsv", "phrase\tkind\twhy\nasthma\tperhaps\tno reason", "unknown kind"),
        ("stoplist.tsv", "phrase\tkind\nasthma\tdrop", "columns must be"),
        ("synonyms.tsv", "phrases\tconcept\tname\nwheezes\tMONDO:9999999\tasthma", "not in the vocabulary"),
        ("synonyms.tsv", "phrases\tconcept\tname\nwheezes\t=SNOMED:1\tasthma", "not an id of a vocabulary"),
    ],
)
def test_hand_kept_tables_are_checked(tmp_path: Path, table: str, text: str, reason: str) -> None:
    (tmp_path / "vocabulary").symlink_to(BUILT)
    for name in ("stoplist.tsv", "synonyms.tsv"):
        (tmp_path / name).write_text((DATA / name).read_text(encoding="utf-8"), encoding="utf-8")
    write(tmp_path / table, text)
    with pytest.raises(VocabularyError, match=reason):
        Vocabulary(tmp_path).condition("asthma")


def test_real_ingredients_are_known(vocabulary: Vocabulary, shared: Path) -> None:
    told: set[str] = set()
    with gzip.open(shared / "openfda" / "labels.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            told |= set(json.loads(line).get("openfda", {}).get("substance_name", []))
    unknown = sorted(name for name in told if vocabulary.drug(name) is None)
    assert len(told) > 150
    assert len(unknown) <= len(told) // 50, unknown
