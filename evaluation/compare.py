"""Runs kept for later, and what became better or worse since.

A kept run holds figures and, by record id, what was wrong: annotated items by their number, predicted ones by their
name. It holds nothing of the texts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.errors import FileError
from evaluation.figures import figures, headlines
from evaluation.gold import GoldSet
from evaluation.outcome import Outcome

Errors = frozenset[tuple[str, str, str]]
FORMAT = 1


@dataclass(frozen=True, slots=True)
class KeptSet:
    """One set of an earlier run."""

    sha256: str
    figures: Mapping[str, float]
    wrong: Mapping[str, Errors]


@dataclass(frozen=True, slots=True)
class Change:
    """A record that came out otherwise than before: what was mended, what is newly wrong."""

    id: str
    mended: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """better, worse, or other where as much is newly wrong as was mended."""
        gain = len(self.mended) - len(self.new)
        return "better" if gain > 0 else "worse" if gain < 0 else "other"


def run_to_json(sets: Sequence[tuple[GoldSet, Sequence[Outcome]]]) -> str:
    """What is kept of a run."""
    told = {
        gold.name: {
            "sha256": gold.sha256,
            "figures": headlines(figures(outcomes)),
            "wrong": {o.record.id: sorted(set(o.wrong())) for o in outcomes if any(o.wrong())},
        }
        for gold, outcomes in sets
    }
    return json.dumps({"format": FORMAT, "sets": told}, ensure_ascii=False, indent=1) + "\n"


def read_run(path: Path) -> dict[str, KeptSet]:
    """Read a kept run, by set. Raises FileError where the file is none."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise FileError(f"{path}: kept by another version of onlabel; keep a new run with --save")
        return {name: _kept(one) for name, one in told["sets"].items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FileError(f"{path}: no run that --save has kept: {error}") from error


def _kept(told: Mapping[str, Any]) -> KeptSet:
    wrong = {id_: frozenset((a, s, k) for a, s, k in errors) for id_, errors in told["wrong"].items()}
    return KeptSet(told["sha256"], {n: float(f) for n, f in told["figures"].items()}, wrong)


def changes(before: KeptSet, outcomes: Sequence[Outcome]) -> list[Change]:
    """Records that came out otherwise, in the order of the set."""
    found = []
    for outcome in outcomes:
        was, now = before.wrong.get(outcome.record.id, frozenset()), frozenset(outcome.wrong())
        if was != now:
            named = {(one.attribute, "missed", item.key): item.shown for one in outcome.lists for item in one.wanted}
            mended, new = (tuple(_told(e, named) for e in sorted(errors)) for errors in (was - now, now - was))
            found.append(Change(outcome.record.id, mended, new))
    return found


def _told(error: tuple[str, str, str], named: Mapping[tuple[str, str, str], str]) -> str:
    attribute, side, key = error
    return f"{attribute} {side}: {named.get(error, key)}" if side != "wrong" else attribute
