"""One sentence, clause by clause: each cue with what it governs and its own timing phrases.

"Measure X before treatment and, during treatment, regularly monitor Y" has two clauses: the first ends at "and".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

from extract.actions import actions
from extract.cues import Cue, asks, clause_end, find_cues, named_tests, orders_else
from extract.occasions import means_those_before, on_occasion, part_of_patients
from extract.parameters import mentions
from extract.spans import Span, blanked
from extract.targets import (
    CLINICAL_STATUS,
    by_default,
    is_again,
    is_weighing,
    of_product,
    targets,
    thing_name,
    without_connector,
)
from extract.timing import Timing, timings

_JOINT = re.compile(r"(?:,\s?|\s)(?:and/or|and|or|then)\b|[;,]")
# Longer ones are tables that have lost their lines.
_MAX_SENTENCE = 5000
_ADVERB = re.compile(r"\b(?!early\b|daily\b)\w+ly\b")
_LETTER = re.compile(r"\w")
_MONITOR = re.compile(r"\bmonitor(?:ed)?$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d]{2}")
_BEFORE_THING = re.compile(r"(?:[\w/®-]+(?:,? (?:and|or))? ){0,5}$")
_OF = re.compile(r"\s*(?:(?P<of>of)|for)\s+")
# "monitoring with MRI"
_BY = re.compile(r"\s*(?:with|by|via|using)\s+(?:an?\s+)?")
_NEAR = 40
_SHORT_FORM = re.compile(r"\([^()]*\)\s*")
# "X and Y frequently coexist": said of what the verb behind it tells
_ELSEWHERE = re.compile(
    r"\s+(?!(?:have|undergo|receive|be|been|the|their|an?|and|or|but|during|throughout|for|in|on|at|by|with|to|after|before|"
    r"while|thereafter|if|when|as|until|following|prior|every|over|within|because|due)\b)[a-z]+(?!\w)"
)
_WHO = re.compile(r"\b(?:who|whom|whose|including patients|including the possible)\b", re.IGNORECASE)
_PEOPLE_ON = re.compile(r"\b(?:patients?|women|females|children|infants|individuals)\b[^,]*$", re.IGNORECASE)
# a heading that ran into the sentence: "Tuberculosis Patients should …"
_PERSON = re.compile(r"\s(?=(?:All |Any )?(?:Patients|Women|Females|Infants|Children)\b)")
# "… is a concern, and patients should be monitored"
_AND_PATIENTS = re.compile(r"^.*\band\s+(?=(?:the\s+)?patients\s*$)", re.IGNORECASE)
_MODAL = re.compile(r"\b(?:should|must)\b")
# "Elevations of ALT should prompt more frequent monitoring"
_PROMPTED = re.compile(r"\b(?:should|must|will) prompt\s[\w\s]*$")
# "Monitoring recommended due to potential changes in X"
_DUE_TO = re.compile(r"\b(?:due to|because of)\b(?P<what>[^.;]+)")
# "further investigations, including X"
_INCLUDING = re.compile(r"\W*(?:including|such as|e\.g\.,?)\s+(?P<what>[^.;]+)")
_SIDE_BY_SIDE = re.compile(r"\s+(?:(?!in\b|with\b|for\b|of\b|who\b|to\b)[\w/-]+\s+){0,3}")
_WITH_DEFAULT = re.compile(
    r"(?:self-)?monitoring|surveillance|observation|follow-up|supervision|(?:evaluation|assessment)s?", re.IGNORECASE
)
# "refer to a specialist for further evaluation" names no test
_REFERRED = re.compile(r"\b(?:refer\w*|while an?)\s[^.;]*$", re.IGNORECASE)
# "Obtain the following before treatment: X, Y"
_LISTED = re.compile(r"\s+(?:all |any |each )?(?:of )?(?:the )?following\b[^:;.]{0,60}$", re.IGNORECASE)
# tests of no name that look for a cause
_TO_EXPLAIN = re.compile(r"investigations?|work-?up|testing")
# "Monitor for and advise patients about signs of X"
_ABOUT = re.compile(r"\b(?:about|of)\s+(?P<what>[^.;]+)")
# "assess and correct volume status"
_SHARED = re.compile(
    r",?\s+(?:and|or)\s+(?:\w+ly\s+)?[a-z]+\s+"
    r"(?P<what>(?!as\b|if\b|when\b|promptly\b|accordingly\b|patients?\b)[^,;.:]+)"
)
_SUBORDINATE = re.compile(
    r"(?:\W|\([^()]*\))*\b(?:because|despite|since|as|although|while|if|when|in|for|due|given|based|before|prior|during"
    r"|after|following|at|like|to)\b",
    re.IGNORECASE,
)

_GERUNDS = (
    "obtaining", "measuring", "checking", "testing", "assessing", "evaluating", "performing", "examining", "repeating",
)  # fmt: skip
# "X should be initiated, and the patient"
_CLAUSE_BEFORE = re.compile(r"^.*\b(?:should|must|may|can)\b.*?(?:,\s*(?:and\s+)?|\band\s+)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a clause asks to watch, when, and of whom."""

    parameter: str
    when: tuple[Timing, ...] = ()
    patients: Span | None = None
    """Where the sentence names the part of the patients that it is about."""
    those_before: bool = False
    """Asked of the patients of the sentence before: "these patients"."""
    on_occasion: bool = False


def read_sentence(sentence: str, hazard: str | None, before: list[str]) -> list[Asked]:
    """Give what a sentence asks for, in reading order; ``before`` is what the last one that asked did ask for.

    References to other sections must be blanked out of the sentence already.
    """
    if len(sentence) > _MAX_SENTENCE or not asks(sentence):
        return []
    when = timings(sentence)
    bare = blanked(sentence, ((t.start, t.end) for t in when))
    found = list(_read(sentence, bare, find_cues(sentence, [(t.start, t.end) for t in when]), when, hazard, before))
    return found or list(_read(sentence, bare, list(named_tests(sentence)), when, hazard, before))


def _read(
    sentence: str, bare: str, cues: list[Cue], when: list[Timing], hazard: str | None, before: list[str]
) -> Iterator[Asked]:
    left, last = _first_clause(bare, cues[0]) if cues else 0, list[str]()
    for cue, following in zip_longest(cues, cues[1:]):
        if _shares(bare, cue, following) or not _LETTER.search(bare, cue.start, cue.end):
            continue  # the next one asks for the same, or the words are part of a timing phrase
        clause = Clause(sentence, bare, when, cue, left, _right(sentence, bare, cue, following))
        names = clause.names(hazard, last, before)
        last = names or (last if cue.kind == "thing" else [])
        yield from map(clause.asked, last)
        left = clause.right if names or (cue.kind == "order" and _says(clause.behind)) else left


@dataclass(frozen=True)
class Clause:
    """The clause ``sentence[left:right]`` of a cue; ``bare`` is the sentence with its timing phrases blanked out."""

    sentence: str
    bare: str
    when: list[Timing]
    cue: Cue
    left: int
    right: int

    @cached_property
    def behind(self) -> str:
        """What stands behind the cue."""
        return self.bare[self.cue.end : self.right]

    @cached_property
    def subject(self) -> str | None:
        """Of a passive: what stands before the cue."""
        if self.cue.subject is None:
            return None
        start, end = self.cue.subject
        return self.bare[max(self.left, start) : end] or self.bare[start:end]

    @property
    def _timed(self) -> bool:
        """Whether the clause says when, and not only on what occasion."""
        return any(not t.event and self.left <= t.start < self.right for t in self.when)

    @property
    def _silent(self) -> bool:
        """Whether an order names nothing but a time: "Thereafter, monitor every month"."""
        silent = self.cue.kind == "order" and self.cue.demand != "carry" and not _WORD.search(_bare(self.behind))
        return silent and self._timed

    def names(self, hazard: str | None, last: list[str], before: list[str]) -> list[str]:
        """What is asked for; ``last`` is what this sentence asked for up to here."""
        if self.cue.parameter:
            return [self.cue.parameter]
        if self._silent and (last or before):
            return last or before
        if before and is_again(self.behind if self.subject is None else self.subject):
            return before
        named = [m.parameter.name for m in mentions(self.bare[self.cue.start : self.cue.end])]
        if named and self.cue.kind == "order":
            return named
        if self.cue.kind == "thing":
            return self._of_thing(hazard) or last or (before if self._timed else []) or self._unsaid(hazard)
        return self._governed(hazard)

    def _governed(self, hazard: str | None) -> list[str]:
        """What an order or a passive governs; what the order behind it does, where they share it."""
        shared = _SHARED.match(self.bare, self.right) if not _says(self.behind) else None
        if shared and of_product(shared["what"]):
            return []
        told = [name for name in targets(shared["what"], "judge", None) if name != CLINICAL_STATUS] if shared else []
        return told or targets(self._phrase(), self.cue.demand, hazard) or self._of_the_risk(hazard)

    def _of_the_risk(self, hazard: str | None) -> list[str]:
        """What "monitor" asks where nothing that it names can be watched: what its times name, else the risk."""
        if not _MONITOR.search(self.bare[self.cue.start : self.cue.end]):
            return []
        timed = mentions(" ".join(self.sentence[t.start : t.end] for t in self.timings()), tests_only=True)
        return [m.parameter.name for m in timed] or (by_default(hazard) if hazard else [])

    def asked(self, name: str) -> Asked:
        """What the clause asks, for one of the names that it asks to watch."""
        own, at = self._of_name(name, self.timings()), self.cue.start
        patients = part_of_patients(self.bare, self.left, self.right, at) or part_of_patients(self.bare, 0, at, at)
        those = patients is None and means_those_before(self.bare[: self.right])
        return Asked(name, tuple(own), patients, those, on_occasion(self.sentence, self.when, own, at))

    def _of_name(self, name: str, times: list[Timing]) -> list[Timing]:
        """Times of one name, where several have each its own: "A every month, and B every three months"."""
        named = [(self.cue.end + m.start, m.parameter.name) for m in mentions(self.behind)]
        starts = [at for at, _ in named]
        before = {t: max((at for at in starts if at < t.start), default=None) for t in times}
        ends = sorted({at for at in before.values() if at is not None})
        if len(ends) < 2 or starts[-1] != ends[-1]:
            return times  # one group of names, or the last has no time of its own
        group = {next(end for end in ends if at <= end) for at, one in named if one == name}
        return [t for t in times if before[t] is None or before[t] in group] or times

    def timings(self) -> list[Timing]:
        """Timing phrases of the clause. "If …" before the cue counts where nothing else says when."""
        said = (t for t in self.when if self.left <= t.start < self.right)
        own = [t for t in said if not self._of_people(t) and not self._of_another_verb(t)]
        rest = [t for t in own if not (t.event and t.start < self.cue.start)]
        return rest or own or [t for t in self.when if t.event and t.start < self.left] or self._at_the_end()

    def _at_the_end(self) -> list[Timing]:
        """The time that ends the sentence, behind what else to do: "Monitor X and replace it during treatment"."""
        last = self.when[-1] if self.when else None
        ends = last and last.start >= self.right and "during" in last.kinds and not _LETTER.search(self.bare, last.end)
        return [last] if last and ends and not find_cues(self.sentence[self.right :]) else []

    def _of_people(self, t: Timing) -> bool:
        """Whether a time is of the patients' story, not of the watching: "patients who had, during treatment, …"."""
        if t.start > self.cue.end:
            return bool(_WHO.search(self.sentence[self.cue.end : t.start]))
        ordered = _MODAL.search(self.sentence[self.left : t.start])
        told = _MODAL.search(self.sentence[t.end : self.cue.end]) or (self.cue.kind == "passive" and not ordered)
        return bool(told and not t.event and _PEOPLE_ON.search(self.sentence[self.left : t.start]))

    def _of_another_verb(self, t: Timing) -> bool:
        """Whether an adverb before the cue belongs to what is told there: "X and Y frequently coexist"."""
        adverb = t.kinds == ("manner",) and self.sentence[t.start : t.end].endswith("ly")
        return adverb and t.end < self.cue.start - 1 and bool(_ELSEWHERE.match(self.sentence, t.end, self.cue.start))

    def _phrase(self) -> str:
        """What the cue governs: what stands behind an order; the subject of a passive and what stands behind it."""
        if self.subject is not None:
            return f"{_main(self.subject)}, {self.behind}"
        if self.sentence[self.cue.start : self.cue.end].endswith((" for", " to")):
            return f"for {self.behind.strip()}"
        if self.behind.strip() == "for" and (about := _ABOUT.search(self.bare, self.right)):
            return f"for {about['what']}"
        return self.behind

    def _of_thing(self, hazard: str | None) -> list[str]:
        """What a thing is done to: "monitoring of X", "monitoring X", "X monitoring"."""
        behind, before = self.behind, self.bare[self.left : self.cue.start]
        of, by = _OF.match(behind), _BY.match(behind)
        if of and (level := self._just_before()):
            return [level]
        if by and (tests := [m for m in mentions(behind[by.end() :], tests_only=True) if m.start < _NEAR]):
            return [tests[0].parameter.name]
        if of:
            return targets(behind[of.end() :] if of["of"] else behind, "watch", hazard)
        word = self.sentence[self.cue.start : self.cue.end].lower()
        if word.endswith("ing") and any(_SIDE_BY_SIDE.fullmatch(behind[: m.start]) for m in mentions(behind[:60])):
            return targets(behind, "watch", hazard)
        near = _BEFORE_THING.search(_SHORT_FORM.sub("", before))
        named = mentions((near.group() if near else "") + self.bare[self.cue.start : self.cue.end])
        told = _INCLUDING.match(behind) or _DUE_TO.search(behind)
        named = named or mentions(before if _PROMPTED.search(before) else told["what"] if told else "")
        return [m.parameter.name for m in named]

    def _just_before(self) -> str | None:
        """The parameter named right before the cue: "plasma concentration determinations of X"."""
        text = self.bare[max(self.left, self.cue.start - _NEAR) : self.cue.start].rstrip()
        named = mentions(text)
        return named[-1].parameter.name if named and named[-1].end == len(text) else None

    def _unsaid(self, hazard: str | None) -> list[str]:
        """What a thing is about where no word of the table says so: its own name, else the risk."""
        word = self.sentence[self.cue.start : self.cue.end].lower()
        if word in _GERUNDS and (word != "testing" or targets(self.behind, "carry", None)):
            return targets(self.behind, "carry", None)
        if _REFERRED.search(self.bare[self.left : self.cue.start]) or is_weighing(self.bare[self.left : self.cue.end]):
            return []
        own = thing_name(self.bare[self.left : self.cue.end])
        if own:
            return [own]
        if hazard and _TO_EXPLAIN.fullmatch(word):
            return [f"{word} for {hazard}"]
        return by_default(hazard) if _WITH_DEFAULT.fullmatch(word) else []


def _says(text: str) -> bool:
    """Whether a text says more than conjunctions and adverbs."""
    return bool(_LETTER.search(_bare(text)))


def _bare(text: str) -> str:
    return _ADVERB.sub("", _JOINT.sub("", f" {text} "))


def _shares(bare: str, cue: Cue, following: Cue | None) -> bool:
    """Whether what the next cue asks for is what this one does too: "Evaluate and test patients"."""
    alike = following is not None and cue.kind == following.kind != "thing"
    return bool(following and alike and not _says(bare[cue.end : following.start]))


def _right(sentence: str, bare: str, cue: Cue, following: Cue | None) -> int:
    """Where the clause of a cue ends: before the next cue's clause, or before another order."""
    limit = _joint(bare, cue.end, following.start) if following else len(sentence)
    end = clause_end(sentence, cue, limit)
    if sentence[end : end + 1] == ";" and not _says(bare[end:limit]):
        end = limit  # "every month; or more often if needed"
    if sentence[end : end + 1] == ":" and _LISTED.match(sentence, cue.end, end):
        end = limit
    return max(cue.end, end)


def _joint(bare: str, start: int, end: int) -> int:
    """Where the clause that goes on at ``end`` begins: at the conjunction before it, past its own leading timings."""
    at = end
    for joint in reversed(list(_JOINT.finditer(bare, start, end))):
        if _LETTER.search(bare, joint.end(), at):
            break
        at = joint.start()
    return at


def _first_clause(bare: str, cue: Cue) -> int:
    """Where the first cue's clause begins: behind another order that the sentence gives before it."""
    if not (actions(bare[: cue.start]) or orders_else(bare[: cue.start])):
        return 0
    at = _joint(bare, 0, cue.start)
    return at if at < cue.start else 0


def _main(subject: str) -> str:
    """Give a subject without the clause before it: "Because of X, the patient" → "the patient"."""
    subject = without_connector(subject)
    subject = _CLAUSE_BEFORE.sub("", re.split(r"[;:.]\s|,\s+but\s", subject.rstrip(" ;:."))[-1])
    subject = _AND_PATIENTS.sub("", _PERSON.split(subject)[-1])
    pieces = subject.strip(" ,;:").split(", ")
    if len(pieces) == 1 or not _SUBORDINATE.match(subject):
        return subject
    kept = [pieces.pop()]
    while pieces and (kept[0].startswith(("and ", "or ")) or (len(kept) > 1 and len(pieces[-1].split()) <= 3)):
        kept.insert(0, pieces.pop())
    return ", ".join(kept)
