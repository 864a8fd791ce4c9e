"""Indications: statements read whole, and the two tellings of a label made one.

The full text governs. The Highlights (21 CFR 201.57(a)) tell the same once more, in short: what they say is taken
only where the full text has nothing of it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from extract.biomarkers import read_biomarkers
from extract.blocks import Block
from extract.conditions import Abbreviations, read_conditions
from extract.confidence import confidence, indication_basis
from extract.facts import Condition, Evidence, Facts, Indication, Intent, Regimen, Unparsed
from extract.lines import aside_spans, prior_spans, read_line, read_response
from extract.population import read_population
from extract.qualifiers import read_qualifiers
from extract.regimens import read_background, read_regimens
from extract.rules import any_of, check_keys, compiled, load_rules
from extract.sentences import CROSS_REFERENCE
from extract.spans import Span, blanked, clipped
from extract.statements import BlockReader, Statement, patterns, use_cue
from extract.vocabulary import Vocabulary

_UNFINISHED = re.compile(r"\b(?:either|both|after|following|on|with|to|by|least|who|have|has)\W*$", re.IGNORECASE)
"""A clause on earlier treatment that ends so goes on in the item: "who have received a regimen either:"."""

_LONGEST_STATEMENT = 3000
"""In characters. Longer ones are tables that have lost their lines; real statements stay below 2100."""


@dataclass(slots=True)
class _Block:
    """What one block yields, before the tellings are made one."""

    block: Block
    indications: list[Indication] = field(default_factory=list)
    limitations: list[Evidence] = field(default_factory=list)
    unparsed: list[Unparsed] = field(default_factory=list)
    passed_over: list[Evidence] = field(default_factory=list)
    """What may have been a use, but was not known to be one."""


@lru_cache(maxsize=1)
def _intents() -> list[tuple[Intent, re.Pattern[str]]]:
    data = load_rules("intents")
    check_keys("intents.toml", data, ("intent",))
    return [(t["name"], compiled(t["name"], any_of(t["patterns"]))) for t in data["intent"]]


class IndicationReader:
    """Reads the indications of one drug."""

    def __init__(self, vocabulary: Vocabulary, own: Iterable[str], short: Abbreviations) -> None:
        """``own``: the drug's names, which are never partners; ``short``: the label's own short forms."""
        self.vocabulary = vocabulary
        self.own = frozenset(name.lower() for name in own)
        self.short = short

    def read(self, blocks: Sequence[Block]) -> Facts:
        """Read the blocks of an indications section, full text and Highlights, into indications told once."""
        read = [self._block(b) for b in blocks]
        merged = _one_telling(read)
        shared = tuple(e for b in read if not b.indications for e in b.limitations)
        indications = tuple(replace(i, limitations=i.limitations + shared) for i in merged)
        unparsed = tuple(u for b in read if b.block.telling == "full" for u in b.unparsed)
        if not indications and not unparsed:  # a section of uses is never passed over in silence
            unparsed = tuple(Unparsed(e, "no use recognised in the section") for b in read for e in b.passed_over)[:1]
        return Facts(indications=indications, unparsed=unparsed)

    def _block(self, block: Block) -> _Block:
        found = _Block(block)
        statements = list(BlockReader(block.section).read(block.text, block.start, block.end))
        uncued = not any(s.kind == "indication" for s in statements)
        for statement in statements:
            if len(statement.text) > _LONGEST_STATEMENT:
                found.unparsed.append(Unparsed(statement.pieces[-1].evidence(), "too long for a sentence"))
            else:
                self._take(statement, found, uncued=uncued)
        limits = tuple(found.limitations)
        spelled_out = [i for i in found.indications if i.cued]
        found.indications = [i for i in found.indications if not (_is_heading(i) and _covered(i, spelled_out))]
        found.indications = [replace(i, limitations=limits) for i in found.indications]
        return found

    def _take(self, statement: Statement, found: _Block, *, uncued: bool) -> None:
        if statement.kind == "limitation":
            found.limitations.append(statement.pieces[-1].evidence())
        elif statement.kind == "accelerated":
            _mark_accelerated(statement, found.indications)
        elif statement.kind == "selection":
            found.indications = [replace(i, test_required=True) for i in found.indications]
        elif found.indications and (given := self._background(statement)):
            found.indications = [replace(i, regimens=i.regimens or given) for i in found.indications]
        elif _may_be_use(statement, first=not found.indications, uncued=uncued):
            indication = self._indication(statement, found.block.text, cued=False)
            if indication and any(c.ids for c in indication.conditions):
                found.indications.append(indication)
            else:
                found.passed_over.append(statement.pieces[-1].evidence())
        elif statement.kind == "indication":
            indication = self._indication(statement, found.block.text, cued=True)
            if indication:
                found.indications.append(indication)
            elif patterns()["lead_in"].search(statement.text):
                found.passed_over.append(statement.pieces[-1].evidence())  # its list stands in the sections below
            else:
                reason = "a use is stated, no condition understood"
                found.unparsed.append(Unparsed(statement.pieces[-1].evidence(), reason))

    def _background(self, statement: Statement) -> tuple[Regimen, ...]:
        """What a sentence behind the indications asks to give with the drug, in whatever use."""
        if statement.kind != "other":
            return ()
        return read_background(statement, own=self.own, vocabulary=self.vocabulary)

    def _indication(self, statement: Statement, section_text: str, *, cued: bool) -> Indication | None:
        text = statement.text
        priors = clipped(prior_spans(text), [at for at in statement.joints if not _UNFINISHED.search(text, 0, at)])
        asides = aside_spans(text)
        references = [m.span() for m in CROSS_REFERENCE.finditer(text)]
        regimens = read_regimens(statement, priors + asides + references, own=self.own, vocabulary=self.vocabulary)
        partners = list(regimens.spans)
        masked = priors + asides + partners + references
        conditions, related = read_conditions(statement, masked, self.short, self.vocabulary)
        if not conditions:
            return None
        names = [(c.evidence.text, c.name) for c in conditions]
        stages, settings = read_qualifiers(
            text, priors=priors + asides, partners=partners, names=names, vocabulary=self.vocabulary
        )
        intent = _intent_of(text, priors) or "treatment"
        line = read_line(statement, (*settings, intent), priors=priors, masked=partners)
        basis = indication_basis(conditions, self.vocabulary, cued=cued, parts=len(statement.pieces))
        return Indication(
            statement=_quote(statement, [c.evidence for c in conditions], section_text),
            intent=intent,
            conditions=conditions,
            related=related,
            parts=tuple(p.evidence() for p in statement.pieces),
            stages=stages,
            settings=settings,
            biomarkers=read_biomarkers(statement, partners, self.vocabulary),
            population=read_population(statement, partners),
            line=line.name,
            line_evidence=line.evidence,
            prior_therapies=_in_pieces(statement, priors),
            response_status=read_response(text, priors),
            single_agent=regimens.single_agent,
            regimens=regimens.regimens,
            test_required=bool(patterns()["selection"].search(text)),
            confidence=confidence("indication", basis),
            basis=basis,
        )


def _may_be_use(statement: Statement, *, first: bool, uncued: bool) -> bool:
    """Without a cue: a heading or an item; a whole sentence only where the block has no cue to go by."""
    return statement.kind == "phrase" or (statement.kind == "other" and uncued and first)


def _is_heading(indication: Indication) -> bool:
    """A line that names a disease and no more, as above the sentence that gives the use."""
    return not indication.cued and len(indication.parts) == 1 and not indication.regimens


def _in_pieces(statement: Statement, spans: Iterable[Span]) -> tuple[Evidence, ...]:
    """Evidence of spans, one for each piece of the statement that a span runs over."""
    found = []
    for start, end in spans:
        cuts = [start, *(at for at in statement.joints if start < at < end), end]
        found += [statement.evidence(a, b) for a, b in itertools.pairwise(cuts)]
    return tuple(found)


def _intent_of(text: str, masked: list[Span]) -> Intent | None:
    """The intent of the first words that tell one; ``masked`` clauses are about other treatment."""
    cue = use_cue(text)
    start = cue.start() if cue else 0
    clear = blanked(text, masked)
    found = [(m.start(), n, name) for n, (name, p) in enumerate(_intents()) if (m := p.search(clear, start))]
    return min(found)[2] if found else None


def _quote(statement: Statement, conditions: list[Evidence], text: str) -> Evidence:
    """What to quote: the item alone where it names its condition, else from the lead-in to the item's end."""
    first, last = statement.pieces[0], statement.pieces[-1]
    own = any(e.section == last.section and last.start <= e.start < last.end for e in conditions)
    if own or first.section != last.section:
        return last.evidence()
    return Evidence(last.section, first.start, last.end, text[first.start : last.end])


def _mark_accelerated(statement: Statement, indications: list[Indication]) -> None:
    """Mark the indication before, or all of the block where the sentence says "these indications"."""
    every = patterns()["accelerated_all"].search(statement.text)
    for n in range(0 if every else max(0, len(indications) - 1), len(indications)):
        indications[n] = replace(indications[n], accelerated_approval=True)


def _one_telling(blocks: list[_Block]) -> list[Indication]:
    """Drop what is told again: the Highlights, and a summary before the subsections that spell it out."""
    kept: list[tuple[int, int, Indication]] = []
    for place, read in sorted(enumerate(blocks), key=lambda pair: _rank(pair[1]), reverse=True):
        fuller = [i for at, _, i in kept if _rank(blocks[at]) > _rank(read)]
        covered = _covered if read.block.telling == "full" else _touched
        for n, indication in enumerate(read.indications):
            if not covered(indication, fuller) and not _repeated(indication, [i for *_, i in kept]):
                kept.append((place, n, indication))
    return [i for *_, i in sorted(kept, key=lambda k: k[:2])]


def _rank(read: _Block) -> tuple[bool, int]:
    return read.block.telling == "full", read.block.depth


def _covered(one: Indication, others: list[Indication]) -> bool:
    """True where the others name all its conditions, and all its partners beside them."""
    near = [o for o in others if any(_same(c, d) for c in one.conditions for d in o.conditions)]
    named = all(any(_same(c, d) for o in near for d in o.conditions) for c in one.conditions)
    return bool(near) and named and _partners([one]) <= _partners(near)


def _touched(one: Indication, others: list[Indication]) -> bool:
    """True where the others know any of its conditions: the full text has the say on those."""
    uncued = not one.cued and bool(others)
    return uncued or any(_alike(c, d) for o in others for c in one.conditions for d in o.conditions)


def _alike(a: Condition, b: Condition) -> bool:
    words, others = set(a.name.lower().split()), set(b.name.lower().split())
    return _same(a, b) or words <= others or others <= words


def _partners(indications: list[Indication]) -> set[str]:
    return {p.name for i in indications for r in i.regimens for p in r.partners}


def _repeated(one: Indication, others: list[Indication]) -> bool:
    return any(_signature(one) == _signature(o) for o in others)


def _same(a: Condition, b: Condition) -> bool:
    return a.name == b.name or bool(set(a.ids.items()) & set(b.ids.items()))


def _signature(i: Indication) -> tuple[object, ...]:
    partners = tuple(tuple(p.name for p in r.partners) for r in i.regimens)
    markers = frozenset((b.marker, b.state) for b in i.biomarkers)
    names = frozenset(c.name for c in i.conditions)
    return (i.intent, names, i.stages, i.settings, markers, partners, i.line, i.single_agent, i.population.adult,
            i.population.pediatric, i.population.min_age, i.population.max_age)  # fmt: skip
