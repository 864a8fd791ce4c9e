"""Active ingredients out of UNII: those that drug registers list, salts and hydrates folded into their base."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from extract.normalize import inverted, key, words
from extract.vocabulary_sources import Substance, Term

# Who lists a substance under a name makes it a drug: the FDA's Orange and Purple Books, the VA's drug file, and the
# naming bodies (INN, USAN). UNII as a whole has 160,000 substances, foods and impurities among them.
DRUG_REGISTERS = frozenset({"ORANGE BOOK", "PURPLE BOOK CDER", "PURPLE BOOK CBER", "VANDF", "INN", "USAN", "EMA EPAR"})
MARKETED = frozenset({"ORANGE BOOK", "PURPLE BOOK CDER", "PURPLE BOOK CBER", "VANDF"})
NAME_REGISTERS = DRUG_REGISTERS | {"JAN", "USP", "USP-RS", "USP MONOGRAPH", "EP MONOGRAPH", "WHO-DD", "MART.", "BAN"}
MAX_WORDS = 4

_SALTS = words(
    "acetate acefurate adipate alginate aluminum ammonium arginine ascorbate aspartate benzathine benzoate besilate "
    "besylate bicarbonate bitartrate borate bromide butyrate calcium camsylate caproate carbamate carbonate chloride "
    "choline citrate cyclamate cypionate decanoate dihydrate dihydrochloride dimesylate dipropionate "
    "disodium dofenate dipotassium edetate edisylate enanthate erbumine esylate ethanolate ethylsuccinate "
    "etexilate fluoride formate fumarate furoate gluconate glucuronate glutamate glycolate hemifumarate "
    "hemihydrate heptahydrate hexahydrate hippurate hyclate hydrate hydrobromide hydrochloride hydroiodide "
    "hydroxide iodide isethionate lactate lactobionate laurate lysine magnesium malate maleate mandelate meglumine "
    "mesilate mesylate methylbromide methylsulfate monohydrate mononitrate monosodium mucate napadisylate "
    "napsylate nicotinate nitrate octanoate olamine oleate orotate oxalate oxoglurate palmitate pamoate pantothenate "
    "pentahydrate phosphate pidolate pivalate potassium propionate pyrophosphate saccharate "
    "salicylate sebacate sesquihydrate sodium stearate strontium succinate sulfate sulphate sulfonate tannate "
    "tartrate tebutate tetrahydrate theoclate tetrasodium tosilate tosylate trihydrate trifenatate trifluoroacetate "
    "trisodium tromethamine undecanoate undecylenate valerate xinafoate zinc anhydrous hydrogen acid dibasic monobasic "
    "hemisulfate sesquioleate diphosphate hemitartrate "
    "monophosphate trometamol diethylamine epolamine ethyl hexanoate hemihydrochloride dimaleate difumarate"
)
# Bases that are no drug without the rest of the name.
_NOT_A_BASE = words(
    "sodium potassium calcium magnesium zinc iron aluminum ammonium copper silver hydrogen barium bismuth cobalt "
    "selenium manganese chromium strontium gold nicotinic ascorbic folic valproic ferric ferrous acetic boric benzoic "
    "lactic citric salicylic alpha beta gamma technetium gallium iodine water phosphoric tin lead"
)
_PLAIN = re.compile(r"^[A-Za-z][A-Za-z0-9 .'-]*$")
_BRAND = re.compile(r"^[A-Za-z][A-Za-z-]{4,}$")


@dataclass(frozen=True, slots=True)
class Drug:
    """An ingredient: its base name, its UNII, and keys with their status (n name, s synonym, b brand)."""

    name: str
    unii: str
    keys: tuple[tuple[str, str], ...]


def ingredients(found: list[Substance]) -> list[Drug]:
    """The drugs among the substances, sorted by UNII; each key belongs to one drug."""
    by_name = _by_name(found)
    drugs: dict[str, Substance] = {}
    claims: dict[str, tuple[int, str, str]] = {}
    for substance in sorted(found, key=lambda s: s.unii):
        base = _base(substance, by_name)
        if not (substance.registers & DRUG_REGISTERS or (substance.registers and base.registers & MARKETED)):
            continue
        drugs[base.unii] = base
        for rank, phrase, status in _phrases(substance, base):
            claim = (rank, base.unii, status)
            claims[phrase] = min(claims.get(phrase, claim), claim)
    keys: dict[str, list[tuple[str, str]]] = {unii: [] for unii in drugs}
    for phrase, (_, unii, status) in sorted(claims.items()):
        keys[unii].append((phrase, status))
    return [Drug(_spoken(drugs[unii].display), unii, tuple(keys[unii])) for unii in sorted(drugs) if keys[unii]]


def _spoken(display: str) -> str:
    """A display name as it is spoken: "DEXTROSE, UNSPECIFIED FORM" → dextrose."""
    name = re.sub(r",? unspecified.*$|,? anhydrous$", "", display.lower())
    return inverted(name) or name if name.count(",") == 1 else name


def _by_name(found: list[Substance]) -> dict[str, Substance]:
    names: dict[str, Substance] = {}
    for substance in sorted(found, key=lambda s: s.unii):
        names[substance.display.lower()] = substance
    for substance in found:
        for name, registers in substance.names.items():
            if registers & DRUG_REGISTERS:
                names.setdefault(name.lower(), substance)
    return names


def _base(substance: Substance, by_name: dict[str, Substance]) -> Substance:
    """The substance without salt and water: neratinib maleate anhydrous → neratinib."""
    words = substance.display.lower().split(",")[0].split()
    found = substance
    while len(words) > 1 and re.sub(r"^[dls(+)-]+-", "", words[-1]) in _SALTS:
        words.pop()
        base = by_name.get(" ".join(words))
        if base is not None and words[-1] not in _NOT_A_BASE and words[0] not in _NOT_A_BASE:
            found = base
    return found


def _phrases(substance: Substance, base: Substance) -> Iterator[tuple[int, str, str]]:
    """(rank, key, status): display names first, then official ones, brands last."""
    own = substance is base
    for name in _usable((substance.display,)):
        yield (0 if own else 1), name, "n" if own else "s"
    official = (name for name, registers in sorted(substance.names.items()) if registers & NAME_REGISTERS)
    for name in _usable(official):
        yield 2, name, "s"
    if substance.registers & MARKETED:
        for name in sorted(substance.brands):
            if _BRAND.match(name):
                yield 3, key(name), "b"


def _usable(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        spelled = key(name)
        if _PLAIN.match(name) and len(spelled) > 3 and spelled.count(" ") < MAX_WORDS + 1:
            yield spelled


def class_terms(actions: Iterable[Term]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(name, MeSH id, keys) of each pharmacologic action: "Aromatase Inhibitors" → aromatase inhibitor."""
    for term in actions:
        spelled = dict.fromkeys(key(phrase) for phrase in (term.name, *term.synonyms) if "," not in phrase)
        yield next(iter(spelled), key(term.name)), term.id, tuple(k for k in spelled if len(k) > 3)
