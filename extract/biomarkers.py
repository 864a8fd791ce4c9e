"""Biomarkers that select patients: which marker, in which state, and how they combine.

Markers joined by "or" are alternatives and share a group; everything else is required and has its own group.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from extract.facts import Biomarker
from extract.markers import find_markers
from extract.rules import any_of, check_keys, compiled, load_rules
from extract.spans import Span, outside
from extract.statements import Statement
from extract.vocabulary import MarkerMatch, Vocabulary

_UNKNOWN = re.compile(r"\s+or\s+unknown\b", re.I)
_CLOSES = re.compile(r"\s*[)\]]")
_BRACKET = re.compile(r"\s*[(\[][^()\[\]]{0,60}[)\]]")
_GOES_ON = re.compile(
    r"(?:[^.;,]{0,40}\b(?:or|nor|and)\s+|,?\s*(?:(?:or|nor|and)\s+)?|[^.;,]{0,40},\s*(?:or|nor)\s+)", re.I
)
_NO_CUTOFF = re.compile(r"[.;]\s|\b(?:who|prior|mutations?|have|patients|years|after)\b", re.I)
_REACH = 60

States = list[tuple[str, int]]
"""States with the place where the words that say so end."""
Stated = tuple[MarkerMatch, States]
_OR = re.compile(
    r"[\s,)\]]*(?:\b(?:or|and/or)\b|/)\s*(?:(?:an?|other|with|have|positive for|exon \d+)\s+)*[(\[]?\s*", re.I
)
_COMMA = re.compile(r"[\s)\]]*,\s*")
_SHARED = re.compile(r"^[\s,/()-]*(?:or|and|and/or|,|/)[\s,/()-]*$", re.I)
_OR_ANOTHER = re.compile(r"\bor\s+(?:(?:an?|another|other|at\s+least\s+one|one)\s+)+$", re.I)
_VARIANT = re.compile(r"[A-Z]\d|exon|ITD|TKD")
"""How the state of a named variant begins."""
_MORE_VARIANTS = re.compile(r"(?:\s+mutations?)?\s*(?:,|/|\b(?:and/or|and|or)\b)[\s\w,/()]{0,12}$", re.I)


@dataclass(frozen=True, slots=True)
class _Cutoff:
    sign: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Rules:
    after: tuple[tuple[str, re.Pattern[str]], ...]
    before: tuple[tuple[str, re.Pattern[str]], ...]
    noun: re.Pattern[str]
    variant: re.Pattern[str]
    between: re.Pattern[str]
    cutoffs: tuple[_Cutoff, ...]
    open_before: re.Pattern[str]
    aimed_at: re.Pattern[str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    data = load_rules("biomarker_states")
    check_keys("biomarker_states.toml", data, ("after", "before", "noun", "variant", "cutoff", "number", "no_state"))

    def states(key: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
        return tuple((t["state"], compiled(key, any_of(t["patterns"]))) for t in data[key])

    return _Rules(
        after=states("after"),
        before=states("before"),
        noun=compiled("noun", data["noun"]["pattern"]),
        variant=re.compile(data["variant"]["pattern"]),
        between=re.compile(data["variant"]["between"], re.I),
        cutoffs=tuple(_cutoff_rules(data["cutoff"], data["number"])),
        open_before=compiled("no_state", data["no_state"]["before"]),
        aimed_at=compiled("no_state", data["no_state"]["behind"]),
    )


def _cutoff_rules(signs: list[dict[str, str]], number: dict[str, str]) -> Iterator[_Cutoff]:
    for table in signs:
        check_keys("biomarker_states.toml [[cutoff]]", table, ("sign", "before", "behind"))
        score, value = number["score"], number["value"]
        forms = [f"{score}(?:{table['before']}) ?{value}"]
        if "behind" in table:
            forms.append(f"{score}{value} (?:{table['behind']})")
        yield from (_Cutoff(table["sign"], compiled("cutoff", form)) for form in forms)


def read_biomarkers(statement: Statement, masked: list[Span], vocabulary: Vocabulary) -> tuple[Biomarker, ...]:
    """Biomarkers of a statement, in reading order. A marker whose state is not said is left out: no state, no fact."""
    text = statement.text
    markers = [m for m in find_markers(text, vocabulary) if outside((m.start, m.end), masked)]
    read: list[Stated] = []
    for marker, states in zip(markers, _all_states(text, markers), strict=True):
        if not states:
            continue
        if read and _explains(text, read[-1][0], marker):
            read[-1] = (read[-1][0], _explained(read[-1][1], states))
        else:
            read.append((marker, states))
    found: list[Biomarker] = []
    for (marker, states), group in zip(read, _groups(text, read), strict=True):
        for state, end in states:
            start, stop = _place(text, marker, state, end)
            one = Biomarker(statement.evidence(start, stop), marker.name, state, marker.gene, group)
            found += _beside(one, found, named_anew=bool(_OR_ANOTHER.search(text[:start])))
    return _once(found)


def _beside(one: Biomarker, found: list[Biomarker], *, named_anew: bool) -> list[Biomarker]:
    """Leave out what says less than a marker found before; "X or another mutation in the gene" is an alternative."""
    fuller = next((b for b in found if b.marker == one.marker and _says_less(one.state, b.state)), None)
    if fuller is None:
        return [one]
    return [replace(one, group=fuller.group)] if named_anew else []


def _place(text: str, marker: MarkerMatch, state: str, end: int) -> Span:
    """From the first to the last of the words that say the state: "no EGFR", "PD-L1 [… (CPS) ≥10]"."""
    stretch = _stretch(text, marker, 0)
    said = next((m for name, p in _rules().before if name == state and (m := p.search(stretch))), None)
    start = marker.start - len(stretch) + said.start() if said else marker.start
    if state == "absent" and (behind := _after(text, marker)):
        end = max(end, behind[0][1])
    while (closing := _CLOSES.match(text, end)) and _open_brackets(text[start:end]) > 0:
        end = closing.end()
    return start, end


def _open_brackets(text: str) -> int:
    return sum(map(text.count, "([")) - sum(map(text.count, ")]"))


def _groups(text: str, read: list[Stated]) -> list[int]:
    """Number the groups of alternatives; the commas of a list mean what its last connector means.

    "no EGFR or ALK aberrations" asks that both be absent: what is absent is no alternative.
    """
    between = [
        text[max(before.end, states[-1][1]) : marker.start]
        for (before, states), (marker, _) in itertools.pairwise(read)
    ]
    joins = [_alternatives(gap, *pair) for gap, pair in zip(between, itertools.pairwise(read), strict=True)]
    for i in reversed(range(len(joins) - 1)):
        joins[i] |= (
            bool(_COMMA.fullmatch(between[i])) and joins[i + 1] and not _apart(*(m.name for m, _ in read[i : i + 3]))
        )
    return list(itertools.accumulate((not join for join in joins), initial=1))[: len(read)]


def _apart(one: str, second: str, third: str) -> bool:
    """Tell a list of alternatives from a marker before another's two states: "HR-positive, HER2-low or -ultralow"."""
    return second == third != one


def _alternatives(gap: str, before: Stated, one: Stated) -> bool:
    states = {before[1][0][0], one[1][0][0]}
    same = before[0].name == one[0].name
    if ("absent" in states and not same) or (
        gap.strip() == "/" and "negative" in states
    ):  # "HR+/HER2-", "ER/PR negative"
        return False
    if same and all(state.startswith("genotype") for state in states):
        return True  # nobody has two
    return bool(_OR.fullmatch(gap) or (same and _SHARED.match(gap)))


def _explains(text: str, last: MarkerMatch, marker: MarkerMatch) -> bool:
    """Tell a bracket that spells out the state before it: "HER2-negative (IHC 0, IHC 1+ or IHC 2+/ISH-)"."""
    return marker.name == last.name and _open_brackets(text[last.end : marker.start]) > 0


def _explained(states: States, spelled_out: States) -> States:
    """Cut-offs in the bracket say more than the state before it: "high expression (TC ≥50% or IC ≥10%)"."""
    cutoffs = [s for s in spelled_out if _is_cutoff(s[0])]
    return [s for s in states if _is_cutoff(s[0])] + cutoffs if cutoffs else states


def _is_cutoff(state: str) -> bool:
    return any(sign in state for sign in "≥>≤<")


def _all_states(text: str, markers: list[MarkerMatch]) -> list[States]:
    """The states of each marker; a coordinated marker without one of its own takes its neighbour's."""
    ends = [0, *(m.end for m in markers)]
    starts = [*(m.start for m in markers[1:]), len(text)]
    states = [_states(text, m, after, upto) for m, after, upto in zip(markers, ends, starts, strict=False)]
    told_before = [bool(_before(text, m, after)) for m, after in zip(markers, ends, strict=False)]
    for i in range(1, len(markers)):  # "no EGFR mutations or ALK aberrations": the negation goes on
        gap = text[markers[i - 1].end : markers[i].start]
        own = states[i][0][0] if states[i] else None
        if states[i - 1][:1] == [("absent", markers[i - 1].end)] and own != "positive" and _GOES_ON.fullmatch(gap):
            states[i] = [("absent", markers[i].end)]
        elif not states[i] and states[i - 1] and _SHARED.match(gap) and told_before[i - 1]:
            told_before[i] = True
            states[i] = [(state, markers[i].end) for state, _ in states[i - 1][:1]]  # "a mutation in X or Y"
    for i in reversed(range(len(markers) - 1)):  # "PIK3CA, AKT1 or PTEN alterations": the last one's counts for all
        if not states[i] and _SHARED.match(text[markers[i].end : markers[i + 1].start]):
            states[i] = [(state, markers[i].end) for state, _ in states[i + 1][:1] if not _is_cutoff(state)]
    return states


def _states(text: str, marker: MarkerMatch, after: int, upto: int) -> States:
    rules = _rules()
    if rules.aimed_at.match(text, marker.end) or rules.open_before.search(_stretch(text, marker, after)):
        return []
    earlier = _before(text, marker, after)
    if earlier == "absent":
        return [("absent", marker.end)]
    if marker.state:
        more = _variants(text, marker, upto) if _VARIANT.match(marker.state) else []
        return [(marker.state, marker.end), *(v for v in more if _listed(text, marker, v))]
    found = _cutoffs(text, marker, upto) or _variants(text, marker, upto) or _after(text, marker)
    if not earlier or (found and earlier != "germline mutated"):
        return found
    return [(earlier, found[0][1] if found else marker.end)]


def _listed(text: str, marker: MarkerMatch, variant: tuple[str, int]) -> bool:
    """Tell a further variant of a list from the words that say the marker's own again."""
    start = variant[1] - len(variant[0])
    return bool(_MORE_VARIANTS.match(text[marker.end : start]))


def _stretch(text: str, marker: MarkerMatch, after: int) -> str:
    return text[max(after, marker.start - _REACH) : marker.start]


def _before(text: str, marker: MarkerMatch, after: int) -> str | None:
    stretch = _stretch(text, marker, after)
    return next((state for state, pattern in _rules().before if pattern.search(stretch)), None)


def _after(text: str, marker: MarkerMatch) -> States:
    for at in _places_behind(text, marker.end):
        for state, pattern in _rules().after:
            if match := pattern.match(text, at):
                unknown = _UNKNOWN.match(text, match.end())
                return [(state, match.end()), *([("unknown", unknown.end())] if unknown else [])]
    return []


def _places_behind(text: str, end: int) -> list[int]:
    """Where the words on the state may begin: behind the marker, a bracket, "antibody" or "gene", in either order."""
    places = [end]
    for pattern in (_CLOSES, _BRACKET, _rules().noun, _BRACKET):
        places += [match.end() for at in places if (match := pattern.match(text, at))]
    return list(dict.fromkeys(places))


def _variants(text: str, marker: MarkerMatch, limit: int) -> States:
    rules = _rules()
    found: States = []
    for match in rules.variant.finditer(text, marker.end, min(limit, marker.end + 2 * _REACH)):
        if rules.between.match(text[marker.end : match.start()]) or found:
            found.append((" ".join(match["name"].split()), match.end()))
    return found


def _cutoffs(text: str, marker: MarkerMatch, limit: int) -> States:
    """Cut-offs behind a marker; those of a named score count alone where there are any."""
    limit = min(limit, marker.end + 2 * _REACH)
    matches = [(c.sign, m) for c in _rules().cutoffs for m in c.pattern.finditer(text, marker.end, limit)]
    matches = [(s, m) for s, m in matches if _is_of(text[marker.end : m.start()], m)]
    scored = [(s, m) for s, m in matches if m["score"]] or matches[:1]
    return [(_cutoff(sign, match), match.end()) for sign, match in sorted(scored, key=lambda pair: pair[1].start())]


def _is_of(between: str, cutoff: re.Match[str]) -> bool:
    """Tell a cut-off of the marker from another number: it names a score or a unit, or stands right behind."""
    named = cutoff["score"] or cutoff["unit"] or not between.strip(" ([")
    return bool(named) and not _NO_CUTOFF.search(between)


def _cutoff(sign: str, match: re.Match[str]) -> str:
    score = f"{match['score'].upper()} " if match["score"] else ""
    unit = " ".join((match["unit"] or "").split())
    return f"{score}{sign}{match['value']}{'' if unit in ('', '%') else ' '}{unit}"


def _once(found: list[Biomarker]) -> tuple[Biomarker, ...]:
    kept: dict[tuple[str, str], Biomarker] = {}
    for one in found:
        behind = found[found.index(one) + 1 :]
        if not any(other.marker == one.marker and _says_less(one.state, other.state) for other in behind):
            kept.setdefault((one.marker, one.state), one)
    numbers = {group: n for n, group in enumerate(sorted({b.group for b in kept.values()}), start=1)}
    return tuple(replace(b, group=numbers[b.group]) for b in kept.values())


def _says_less(state: str, other: str) -> bool:
    """A named variant says more than "mutated", and the variant that a test shows more than the lack it causes."""
    return (state == "mutated" and bool(_VARIANT.match(other))) or (state == "deficient" and other == "mutated")
