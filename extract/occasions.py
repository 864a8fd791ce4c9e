"""Of whom, and on what occasion, a test or an observation is asked for.

"Monitor liver tests monthly" is a routine. "Monitor patients with renal impairment" is asked for a part of the
patients, "obtain an ECG if syncope occurs" on an occasion: both are conditional. The words are data
(``data/occasions.toml``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from extract.patterns import Patterns, load_patterns
from extract.spans import Span
from extract.timing import Timing

_PATTERNS = {"people", "again", "aside", "on_occasion", "on_top", "treatment"}
_OCCASIONAL = frozenset({"event", "need"})


@lru_cache(maxsize=1)
def _patterns() -> Patterns:
    return load_patterns("occasions", _PATTERNS)


def part_of_patients(bare: str, start: int, end: int, cue: int) -> Span | None:
    """Give the place of the patients that a clause ``bare[start:end]`` is about, where they are a part of all.

    ``cue``: where the clause asks. Those told behind it come first: "in women, monitor patients with X" is about X.
    """
    found = [_closed(bare, *m.span()) for m in _patterns()["people"].finditer(bare, start, end)]
    about = [span for span in found if not _patterns()["aside"].search(bare[start : span[0]])]
    behind = [span for span in about if span[0] >= cue]
    return behind[0] if behind else about[-1] if about else None


def _closed(text: str, start: int, end: int) -> Span:
    """A span that does not end within a bracket."""
    opened = text.rfind("(", start, end)
    cut = opened >= 0 and text.find(")", opened, end) < 0
    return start, start + len(text[start:opened].rstrip()) if cut else end


def means_those_before(clause: str) -> bool:
    """Whether a clause is about the patients of the sentence before: "these patients"."""
    return bool(_patterns()["again"].search(clause))


def on_occasion(sentence: str, when: Sequence[Timing], own: Sequence[Timing], cue: int) -> bool:
    """Whether something is asked for only when something happens, or only as needed.

    ``when``: all timing phrases of the sentence; ``own``: those of the clause, whose cue stands at ``cue``.
    """
    known = _patterns()
    when, own = ([t for t in told if not known["treatment"].search(sentence[t.start : t.end])] for told in (when, own))
    events = [t for t in {*when, *own} if t.event and (t.start < cue or t in own)]
    if any(not known["on_top"].search(sentence[: t.start]) for t in events):
        return True
    return bool(own) and all(
        _OCCASIONAL.issuperset(t.kinds) or known["on_occasion"].search(sentence[t.start : t.end]) for t in own
    )
