"""Floors: figures that the extractor must not fall below, each for the very file that it was measured on."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evaluation.errors import FileError
from evaluation.gold import GoldSet

SLACK = 0.005
"""A floor lies this much under the figure, so that a chance tie does not fail a run."""

Headlines = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Floor:
    """The floors of one set: ``{"conditions.f1": 0.9}``, measured on the file with this SHA-256."""

    sha256: str
    figures: Headlines


class Floors:
    """The floors of all sets, in a JSON file that is kept with the code."""

    def __init__(self, sets: Mapping[str, Floor]) -> None:
        self.sets = dict(sets)

    @classmethod
    def read(cls, path: Path) -> Floors:
        """Read the file. Raises FileError where it is none of floors."""
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            sets = {name: Floor(str(one["sha256"]), _figures(one["floors"])) for name, one in told.items()}
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise FileError(f"{path}: no file of floors: {error}") from error
        return cls(sets)

    def to_json(self) -> str:
        """What the file holds."""
        told = {name: {"sha256": one.sha256, "floors": dict(one.figures)} for name, one in self.sets.items()}
        return json.dumps(told, indent=1, sort_keys=True) + "\n"

    def of(self, gold: GoldSet) -> Headlines:
        """The floors of a set; none where it has none."""
        return self.sets[gold.name].figures if gold.name in self.sets else {}

    def foreign(self, gold: GoldSet) -> list[str]:
        """That the floors of a set were measured on another file, where they were."""
        floor = self.sets.get(gold.name)
        if floor is None or floor.sha256 == gold.sha256:
            return []
        return [f"{gold.name}: the floors were measured on another file (sha256 {floor.sha256[:12]}…)"]

    def below(self, gold: GoldSet, measured: Headlines) -> list[str]:
        """What lies below its floor, or is not measured any more."""
        return [
            f"{gold.name}: {name}: {measured[name]:.3f} is below {least:.3f}"
            if name in measured
            else f"{gold.name}: {name}: not measured"
            for name, least in self.of(gold).items()
            if name not in measured or measured[name] < least
        ]

    def lift(self, gold: GoldSet, measured: Headlines, *, allow_lower: bool) -> None:
        """Put the floors a little under what is measured; those that are higher stay, unless they may be lowered."""
        now = {name: max(0.0, math.floor((value - SLACK) * 1000) / 1000) for name, value in measured.items()}
        if not allow_lower:
            now |= {name: max(old, now.get(name, 0.0)) for name, old in self.of(gold).items()}
        self.sets[gold.name] = Floor(gold.sha256, now)


def _figures(told: Mapping[str, float]) -> Headlines:
    if odd := [name for name, figure in told.items() if not 0 <= figure <= 1]:
        raise ValueError(f"{odd[0]} is no share")
    return dict(told)
