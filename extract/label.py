"""All facts of a label, or of one text of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from extract.blocks import Block, label_blocks, text_blocks
from extract.conditions import abbreviations
from extract.contraindications import read_contraindications
from extract.dose_tables import read_dose_modifications
from extract.facts import DoseModification, Facts, Monitoring, Warning
from extract.indications import IndicationReader
from extract.monitoring import read_monitoring
from extract.vocabulary import Vocabulary
from extract.warnings import read_warnings
from labels import loinc
from labels.model import Label, Product

_PRESCRIBERS = (
    loinc.BOXED_WARNING,
    loinc.WARNINGS_AND_PRECAUTIONS,
    loinc.WARNINGS,
    loinc.PRECAUTIONS,
    loinc.GENERAL_PRECAUTIONS,
)
WARNING_CODES = (*_PRESCRIBERS, *loinc.OTC_WARNINGS)
MONITORING_CODES = (*_PRESCRIBERS, loinc.LABORATORY_TESTS, loinc.DOSAGE, loinc.CONTRAINDICATIONS)
DOSE_TABLE_CODES = (loinc.DOSAGE, *_PRESCRIBERS)

SECTION_NAMES = {
    "indications": loinc.INDICATIONS,
    "indications and usage": loinc.INDICATIONS,
    "boxed warning": loinc.BOXED_WARNING,
    "boxed warnings": loinc.BOXED_WARNING,
    "warnings and precautions": loinc.WARNINGS_AND_PRECAUTIONS,
    "warnings and cautions": loinc.WARNINGS_AND_PRECAUTIONS,
    "warnings": loinc.WARNINGS,
    "precautions": loinc.PRECAUTIONS,
    "general precautions": loinc.GENERAL_PRECAUTIONS,
    "laboratory tests": loinc.LABORATORY_TESTS,
    "dosage and administration": loinc.DOSAGE,
    "contraindications": loinc.CONTRAINDICATIONS,
}
"""Names that ``extract_text`` knows, with their LOINC codes; other sections hold no facts that are read."""


def extract_label(label: Label) -> Facts:
    """Facts of a whole label; ``Evidence.section`` is the index of the section. No facts where it is no drug label."""
    if label.not_a_label:
        return Facts()
    names = tuple(drug_names(label))
    codes = dict.fromkeys((loinc.INDICATIONS, *WARNING_CODES, *MONITORING_CODES))
    blocks = {code: list(label_blocks(label, (code,))) for code in codes}
    tables = list(label_blocks(label, DOSE_TABLE_CODES, tables=True))
    return _extract(blocks, names, both_tellings=False, tables=tables)


def extract_text(
    text: str, *, section: str = "indications", brand: str | None = None, generic: str | None = None
) -> Facts:
    """Facts of one text, such as a section of an openFDA record; ``Evidence.section`` is 0.

    What both tellings ask to monitor is given once for each, as each has its own place in the text.
    ``section`` is one of SECTION_NAMES (case and "&" do not matter); a section of another name yields no facts.
    """
    names = tuple(n for n in (brand, generic) if n)
    code = SECTION_NAMES.get(" ".join(section.lower().replace("&", "and").replace("_", " ").split()))
    blocks = {code: list(text_blocks(text, names))} if code else {}
    return _extract(blocks, names, both_tellings=True)


def drug_names(label: Label) -> Iterable[str]:
    """Names by which a label speaks of its own drug."""

    def walk(products: Sequence[Product]) -> Iterable[str]:
        for product in products:
            yield from filter(None, (product.name, product.generic))
            yield from (i.name for i in product.ingredients if i.active)
            yield from (moiety for i in product.ingredients if i.active for moiety, _ in i.moieties)
            yield from walk(product.parts)

    return dict.fromkeys(walk(label.products))


def _extract(
    blocks: dict[str, list[Block]], names: Sequence[str], *, both_tellings: bool, tables: Sequence[Block] = ()
) -> Facts:
    vocabulary = Vocabulary.load()
    short = abbreviations([b.own_text for found in blocks.values() for b in found], vocabulary)
    indications = blocks.get(loinc.INDICATIONS, [])
    read = IndicationReader(vocabulary, names, short).read(indications) if indications else Facts()
    warned = {code: found if both_tellings else _governing(found) for code, found in blocks.items()}
    governing = {code: _governing(found) for code, found in blocks.items()}
    contraindications = read_contraindications(blocks.get(loinc.CONTRAINDICATIONS, []), short, vocabulary)
    return Facts(
        indications=read.indications,
        monitoring=tuple(_monitoring(warned)),
        warnings=tuple(_warnings(governing)),
        contraindications=contraindications,
        unparsed=read.unparsed,
        dose_modifications=tuple(_dose_modifications(governing, tables)),
    )


def _monitoring(blocks: dict[str, list[Block]]) -> list[Monitoring]:
    found: list[Monitoring] = []
    for code in MONITORING_CODES:
        for b in blocks.get(code, []):
            found += read_monitoring(
                b.text,
                section=b.section,
                hazard=b.title if code in WARNING_CODES else None,  # elsewhere titles name no risk
                boxed=code == loinc.BOXED_WARNING,
                warns=code in WARNING_CODES,
                start=b.start,
                end=b.end,
            )
    return found


def _warnings(blocks: dict[str, list[Block]]) -> list[Warning]:
    found: list[Warning] = []
    for code in WARNING_CODES:
        for b in blocks.get(code, []):
            found += read_warnings(
                b.text,
                section=b.section,
                title=b.title,
                number=b.number,
                inherited=not b.own_title,
                boxed=code == loinc.BOXED_WARNING,
                start=b.start,
                end=b.end,
            )
    return found


def _dose_modifications(blocks: dict[str, list[Block]], tables: Sequence[Block]) -> list[DoseModification]:
    found: list[DoseModification] = []
    for b in (*(b for code in DOSE_TABLE_CODES for b in blocks.get(code, [])), *tables):
        found += read_dose_modifications(b.text, section=b.section, start=b.start, end=b.end)
    return found


def _governing(blocks: list[Block]) -> list[Block]:
    """The full telling governs: the Highlights count for a section only where it has nothing else."""
    return [b for b in blocks if b.telling == "full"] or blocks
