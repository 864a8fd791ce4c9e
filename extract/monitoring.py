"""What to watch for: sentences that ask for a test or an observation, read into requirements.

A sentence is read clause by clause (:mod:`extract.clauses`): a cue says that something is asked for, what it governs
says what, and the phrases of its clause say when. What to do about it is looked for in the same sentence, then in the
next ones on the same risk (:mod:`extract.actions`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from extract.abbreviations import defined_in, expanded
from extract.actions import actions, thresholds
from extract.clauses import read_sentence
from extract.confidence import confidence
from extract.facts import Evidence, Monitoring
from extract.hazards import RiskBlock, risk_blocks
from extract.parameters import canonical_names, mentions
from extract.sentences import sentences

Span = tuple[int, int]

# What says nothing about what to watch: "[see Dosage and Administration (2.2)]", "( 5.1 )", the name of a program.
_BESIDE = re.compile(
    r"\[\s*see[^\]]*\]|\(\s*see(?:[^()]|\([^()]*\))*\)"
    r"|\(\s*\d{1,2}(?:\.\d{1,2})*(?:\s*,\s*\d{1,2}(?:\.\d{1,2})*)*\s*\)"
    r"|risk\s+evaluation\s+and\s+mitigation\s+strateg(?:y|ies)",
    re.IGNORECASE,
)

# How many sentences on, and back, an action still belongs to a requirement: on one risk, and where no risk is named.
_REACH, _REACH_UNNAMED = (5, 2), (1, 0)
# How many sentences on "these tests" may stand from the tests.
_RECALL = 2


def read_monitoring(
    text: str,
    *,
    section: int = 0,
    hazard: str | None = None,
    boxed: bool = False,
    start: int = 0,
    end: int | None = None,
) -> list[Monitoring]:
    """Monitoring requirements of ``text[start:end]``, in reading order; evidence is the asking sentence.

    ``hazard`` is the title of the subsection where it is known; headings within the stretch take its place for what
    stands under them. Labels must say there what to monitor: 21 CFR 201.57(c)(6)(iii), 201.80(f)(3).
    """
    found: list[Monitoring] = []
    for block in risk_blocks(text, start, len(text) if end is None else end, title=hazard):
        found += _Reader(text, block, section, boxed=boxed).read()
    return found


@dataclass(slots=True)
class _Need:
    """A requirement on its way: what is asked for in the sentence of this number, and its timing phrases."""

    parameter: str
    sentence: int
    timing: list[str] = field(default_factory=list)


class _Reader:
    """Reads the stretch of a text that is about one risk."""

    def __init__(self, text: str, block: RiskBlock, section: int, *, boxed: bool) -> None:
        self.text, self.section, self.boxed, self.hazard = text, section, boxed, block.hazard
        self.spans = [(block.start + a, block.start + b) for a, b in sentences(text[block.start : block.end])]
        self.masked = [_masked(text[a:b]) for a, b in self.spans]

    def read(self) -> list[Monitoring]:
        needs: list[_Need] = []
        for number, sentence in enumerate(self.masked):
            last = needs[-1].sentence if needs and needs[-1].sentence >= number - _RECALL else None
            before = [need.parameter for need in needs if need.sentence == last]
            needs += _merged(number, read_sentence(sentence, self.hazard, before))
        return [self._fact(need) for need in needs]

    def _fact(self, need: _Need) -> Monitoring:
        acting = self._acting(need.sentence)
        told = actions(self.masked[acting]) if acting is not None else []
        known = need.parameter in canonical_names()
        basis = ("known" if known else "text",)
        return Monitoring(
            evidence=self._evidence(need.sentence),
            parameter=need.parameter if known else expanded(need.parameter, defined_in(self.text)),
            hazard=self.hazard,
            timing=tuple(need.timing),
            threshold=self._threshold(need.parameter, acting, need.sentence),
            action=", ".join(dict.fromkeys(one.name for one in told)) or None,
            boxed=self.boxed,
            action_evidence=self._evidence(acting) if acting is not None else None,
            confidence=confidence("monitoring", basis),
            basis=basis,
        )

    def _evidence(self, number: int) -> Evidence:
        a, b = self.spans[number]
        return Evidence(self.section, a, b, self.text[a:b])

    def _acting(self, number: int) -> int | None:
        """Give the number of the sentence that says what to do: the same, else one of the next, else one before."""
        on, back = _REACH if self.hazard else _REACH_UNNAMED
        ahead = range(number, min(len(self.masked), number + on + 1))
        behind = range(number - 1, max(-1, number - back - 1), -1)
        return next((n for n in (*ahead, *behind) if actions(self.masked[n])), None)

    def _threshold(self, parameter: str, *numbers: int | None) -> str | None:
        """Give the first threshold of these sentences that is not said of another parameter."""
        for n in (n for n in numbers if n is not None):
            for a, b in thresholds(self.masked[n]):
                measured = {m.parameter.name for m in mentions(self.masked[n][max(0, a - 25) : b])}
                if not measured or parameter in measured or parameter not in canonical_names():
                    return self.text[self.spans[n][0] + a : self.spans[n][0] + b]
        return None


def _masked(sentence: str) -> str:
    """Give the sentence with what says nothing blanked out, every white space a blank, of the same length."""
    return re.sub(r"\s", " ", _BESIDE.sub(lambda m: " " * len(m.group()), sentence))


def _merged(number: int, asked: list[tuple[str, list[str]]]) -> list[_Need]:
    """One requirement for each parameter of a sentence, with all its timing phrases."""
    by_name: dict[str, _Need] = {}
    for name, told in asked:
        need = by_name.setdefault(name, _Need(name, number))
        need.timing += dict.fromkeys(t for t in told if t not in need.timing)
    return list(by_name.values())
