"""What to watch for: sentences that ask for a test or an observation, read into requirements.

A sentence is read clause by clause (:mod:`extract.clauses`): a cue says that something is asked for, what it governs
says what, and the phrases of its clause say when. What to do about it is looked for in the same sentence, then in the
next ones that answer it (:mod:`extract.acting`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from extract.abbreviations import defined_in, expanded
from extract.acting import acting_sentences
from extract.actions import actions, with_thresholds
from extract.boxes import boxed_risks
from extract.clauses import Asked, read_sentence
from extract.confidence import confidence
from extract.cues import asks, find_cues
from extract.facts import Evidence, Monitoring, Order
from extract.hazards import RiskBlock, is_risk, risk_blocks
from extract.occasions import part_of_patients
from extract.parameters import mentions, parameter_id
from extract.schedule import schedule
from extract.sentences import BULLET, sentences
from extract.spans import Span
from extract.targets import CLINICAL_STATUS, by_default
from extract.thresholds import threshold, thresholds
from extract.timing import timings

# What says nothing about what to watch: "[see Dosage and Administration (2.2)]", "( 5.1 )", the name of a program.
_BESIDE = re.compile(
    r"\[\s*see[^\]]*\]|\(\s*see(?:[^()]|\([^()]*\))*\)"
    r"|\(\s*\d{1,2}(?:\.\d{1,2})*(?:\s*,\s*\d{1,2}(?:\.\d{1,2})*)*\s*\)"
    r"|risk\s+evaluation\s+and\s+mitigation\s+strateg(?:y|ies)",
    re.IGNORECASE,
)

_BULLET = re.compile(rf"{BULLET}\s+")
_RUNS_ON = re.compile(r"\b(?:for|of|including|with|the|to|on)\s*:$", re.IGNORECASE)
# How many sentences on "these tests" may stand from the tests.
_RECALL = 2


def read_monitoring(
    text: str,
    *,
    section: int = 0,
    hazard: str | None = None,
    boxed: bool = False,
    warns: bool = True,
    start: int = 0,
    end: int | None = None,
) -> list[Monitoring]:
    """Monitoring requirements of ``text[start:end]``, in reading order; evidence is the asking sentence.

    ``hazard`` is the title of the subsection where it is known; headings within the stretch take its place for what
    stands under them. ``warns``: the titles of the section are those of risks; elsewhere ("Dosage and Administration")
    only those are that end in a word for one. Labels must say there what to monitor: 21 CFR 201.57(c)(6)(iii),
    201.80(f)(3).
    """
    stop = len(text) if end is None else end
    outer = boxed_risks(text, start, stop, hazard) if boxed else [RiskBlock(hazard, start, stop)]
    blocks = [inner for one in outer for inner in risk_blocks(text, one.start, one.end, title=one.title)]
    risks = [block.hazard if warns or is_risk(block.hazard or "") else None for block in blocks]
    found: list[Monitoring] = []
    # What stands under a heading that names no risk of its own is still about the risk before it.
    for risk, of_risk in groupby(zip(risks, blocks, strict=True), key=lambda pair: pair[0]):
        found += _Reader(text, [block for _, block in of_risk], section, risk, boxed=boxed).read()
    return found


@dataclass(frozen=True, slots=True)
class _Need:
    """A requirement on its way: what is asked for in the sentence of this number, when, and of whom."""

    sentence: int
    asked: Asked
    when: tuple[Evidence, ...]
    patients: Evidence | None


class _Reader:
    """Reads the stretches of a text that are about one risk."""

    def __init__(
        self, text: str, blocks: Iterable[RiskBlock], section: int, hazard: str | None, *, boxed: bool
    ) -> None:
        self.text, self.section, self.boxed, self.hazard = text, section, boxed, hazard
        self.spans = [(one.start + a, one.start + b) for one in blocks for a, b in sentences(text[one.start : one.end])]
        self.masked = [_masked(text[a:b]) for a, b in self.spans]
        self.needs: list[_Need] = []

    def read(self) -> list[Monitoring]:
        number = 0
        while number < len(self.masked):
            items = self._items(number)
            if items:
                self._read_list(number, items)
            else:
                self.needs += self._asked(number)
            number += 1 + len(items)
        asking = {need.sentence for need in self.needs}
        return [self._fact(need, asking) for need in self.needs]

    def _items(self, lead: int) -> range:
        """Numbers of the sentences of a list behind its lead-in; none where the sentence is no lead-in."""
        end = lead + 1
        while end < len(self.masked) and self.masked[lead].endswith(":"):
            goes_on = end > lead + 1 and "\n" not in self.text[self.spans[end - 1][1] : self.spans[end][0]]
            if not (_BULLET.match(self.masked[end]) or goes_on):
                break
            end += 1
        return range(lead + 1, end)

    def _read_list(self, lead: int, items: range) -> None:
        """A list: its lead-in says what to do with each item, or when; alone it counts where the items ask nothing."""
        asked = self._asked(lead)
        vague = {need.asked.parameter for need in asked} <= {CLINICAL_STATUS, *by_default(self.hazard)}
        told = [t for t in timings(self.masked[lead]) if not t.event] if not asks(self.masked[lead]) else []
        when = tuple(self._evidence(lead, t.start, t.end) for t in told)
        before = len(self.needs)
        self.needs += [] if vague else asked
        for number in items:
            own = [replace(need, when=(*when, *need.when)) for need in self._asked(number)]
            self.needs += own or (self._asked_in_item(lead, number) if vague else [])
        if vague and not self.needs[before:]:
            self.needs += asked

    def _asked(self, number: int) -> list[_Need]:
        """What one sentence asks for."""
        last = self.needs[-1].sentence if self.needs and self.needs[-1].sentence >= number - _RECALL else None
        before = [need.asked.parameter for need in self.needs if need.sentence == last]
        return [
            self._need(number, one, lambda start, end: self._evidence(number, start, end))
            for one in _merged(read_sentence(self.masked[number], self.hazard, before))
        ]

    def _asked_in_item(self, lead: int, number: int) -> list[_Need]:
        """What an item asks for with its lead-in before it: "Obtain before treatment: • liver tests"."""
        mark = _BULLET.match(self.masked[number])
        joint, skipped = len(self.masked[lead]) + 1, mark.end() if mark else 0
        sentence = f"{_opening(self.masked[lead])} {self.masked[number][skipped:]}"

        def place(start: int, end: int) -> Evidence:
            if start < joint:
                return self._evidence(lead, start, min(end, joint - 1))
            return self._evidence(number, start - joint + skipped, end - joint + skipped)

        return [self._need(number, one, place) for one in _merged(read_sentence(sentence, self.hazard, []))]

    def _need(self, number: int, asked: Asked, place: Callable[[int, int], Evidence]) -> _Need:
        patients = place(*asked.patients) if asked.patients else None
        return _Need(number, asked, tuple(place(t.start, t.end) for t in asked.when), patients)

    def _fact(self, need: _Need, asking: Collection[int]) -> Monitoring:
        asked, number = need.asked, need.sentence
        acting = acting_sentences(self.masked, number, asked.parameter, self.hazard, asking)
        orders = tuple(order for n in acting for order in self._orders(n, asked.parameter))
        population = need.patients or (self._those_before(number) if asked.those_before else None)
        known = parameter_id(asked.parameter)
        basis = ("known" if known else "text",)
        return Monitoring(
            evidence=self._evidence(number),
            parameter=asked.parameter if known else expanded(asked.parameter, defined_in(self.text)),
            parameter_id=known,
            hazard=self.hazard,
            timing=tuple(dict.fromkeys(_masked(phrase.text) for phrase in need.when)),
            schedule=tuple(map(schedule, need.when)),
            threshold=self._threshold(asked.parameter, *acting, number),
            action=", ".join(dict.fromkeys(one.name for one in orders)) or None,
            orders=orders,
            boxed=self.boxed,
            action_evidence=self._evidence(acting[0]) if acting else None,
            population=population,
            conditional=asked.on_occasion or asked.those_before or population is not None,
            confidence=confidence("monitoring", basis),
            basis=basis,
        )

    def _evidence(self, number: int, start: int = 0, end: int | None = None) -> Evidence:
        """The sentence of this number, or a piece of it."""
        a, b = self.spans[number]
        a, b = a + start, b if end is None else a + end
        return Evidence(self.section, a, b, self.text[a:b])

    def _those_before(self, number: int) -> Evidence | None:
        """The patients that "these patients" are: those of a sentence before, where it names any."""
        for n in range(number - 1, max(-1, number - 1 - _RECALL), -1):
            before = self.masked[n]
            if told := part_of_patients(before, 0, len(before), len(before)):
                return self._evidence(n, *told)
        return None

    def _orders(self, number: int, parameter: str) -> Iterator[Order]:
        """Orders of a sentence, each with the thresholds that it goes by."""
        text = self.masked[number]
        for order, own in with_thresholds(text, actions(text), self._limits(number, parameter)):
            limits = tuple(threshold(self._evidence(number, a, b)) for a, b in own)
            yield Order(order.name, self._evidence(number, order.start, order.end), limits)

    def _threshold(self, parameter: str, *numbers: int) -> str | None:
        """Give the first threshold of these sentences that is not said of another parameter."""
        limits = ((n, at) for n in numbers for at in self._limits(n, parameter))
        return next((self._evidence(n, *at).text for n, at in limits), None)

    def _limits(self, number: int, parameter: str) -> list[Span]:
        """Thresholds of a sentence but those that are said of another parameter."""
        text = self.masked[number]
        return [at for at in thresholds(text) if _may_be_of(parameter, text[max(0, at[0] - 25) : at[1]])]


def _opening(lead: str) -> str:
    """A lead-in as the beginning of its items' sentences: "Monitor for:" goes on without a colon."""
    cues = find_cues(lead)
    runs_on = _RUNS_ON.search(lead) or (cues and not lead[cues[-1].end :].strip(" :"))
    return f"{lead[:-1]} " if runs_on else lead


def _may_be_of(parameter: str, said: str) -> bool:
    measured = {m.parameter.name for m in mentions(said)}
    return not measured or parameter in measured or parameter_id(parameter) is None


def _masked(sentence: str) -> str:
    """Give the sentence with what says nothing blanked out, every white space a blank, of the same length."""
    return re.sub(r"\s", " ", _BESIDE.sub(lambda m: " " * len(m.group()), sentence))


def _merged(asked: Iterable[Asked]) -> list[Asked]:
    """One requirement for each parameter of a sentence, with all its timing phrases."""
    by_name: dict[str, Asked] = {}
    for one in asked:
        had = by_name.get(one.parameter)
        by_name[one.parameter] = _joined(had, one) if had else one
    return list(by_name.values())


def _joined(first: Asked, second: Asked) -> Asked:
    """Two askings for the same: a routine where either is one, of some patients where both are."""
    return replace(
        first,
        when=tuple(dict.fromkeys((*first.when, *second.when))),
        patients=first.patients if second.patients else None,
        on_occasion=first.on_occasion and second.on_occasion,
    )
