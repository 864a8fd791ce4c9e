"""The evaluation gate: extraction scored against annotated label text, and never below its floors.

    python tests/eval_gate.py                     score every set, compare with the floors, exit 1 below one
    python tests/eval_gate.py --raise             lift the floors to a little under what is measured now
    python tests/eval_gate.py --raise --allow-lower   also lower those that are above it

The texts lie beside the repository (``--shared``); where they do not, the gate says so and passes.
A floor counts for the very file it was measured on: a set with another checksum is refused.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

FLOORS = Path(__file__).with_name("eval_floors.json")
SLACK = 0.005
"""A floor lies this much under the figure, so that a chance tie does not fail a run."""
SUFFIX = ".dev.jsonl"
SECTIONS = {"everycure_contraindications": "contraindications"}
"""What the texts of a set are, where their records do not say it."""

Figures = dict[str, float]


def is_annotated(path: Path) -> bool:
    """True where the first record has annotations to score against."""
    with path.open(encoding="utf-8") as lines:
        return "gold" in json.loads(next(lines))


def predict(gold: Path, predictions: Path) -> None:
    """Run ``onlabel extract --jsonl`` as another program would."""
    command = [sys.executable, "-m", "onlabel", "extract", "--jsonl"]
    section = SECTIONS.get(gold.name.removesuffix(SUFFIX))
    lines = gold.read_text(encoding="utf-8").splitlines()
    given = [json.dumps(json.loads(line) | {"section": section}) for line in lines] if section else lines
    with predictions.open("wb") as target:
        # failed lines are counted below
        subprocess.run(command, input="\n".join(given).encode(), stdout=target, check=False)


def score(shared: Path, gold: Path) -> tuple[Figures, int]:
    """The figures of one set as ``{"conditions.f1": 0.9, …}``, and how many of its records have no prediction."""
    with tempfile.TemporaryDirectory() as folder:
        predictions = Path(folder) / "predictions.jsonl"
        predict(gold, predictions)
        command = [sys.executable, str(shared / "score.py"), str(gold), str(predictions), "--json"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    return flatten(told), told["records"]["without a prediction"]


def flatten(told: dict[str, dict[str, Any]]) -> Figures:
    """One number an attribute, F1 or accuracy; an attribute of which the set has no example is left out."""
    return {
        f"{name}.{measure}": float(figures[measure])
        for name, figures in told.items()
        for measure in ("f1", "accuracy")
        if figures.get(measure) is not None
    }


def compare(figures: Figures, floors: Figures) -> list[str]:
    """What lies below its floor, or is not measured any more."""
    return [
        f"{name}: {figures[name]:.3f} is below {floor:.3f}" if name in figures else f"{name}: not measured"
        for name, floor in floors.items()
        if name not in figures or figures[name] < floor
    ]


def lifted(figures: Figures, floors: Figures, *, allow_lower: bool) -> Figures:
    """New floors: those of now, or the old ones where they are higher and may not be lowered."""
    now = {name: max(0.0, math.floor((value - SLACK) * 1000) / 1000) for name, value in figures.items()}
    return now if allow_lower else now | {name: max(old, now.get(name, 0)) for name, old in floors.items()}


def checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def report(name: str, figures: Figures, floors: Figures) -> None:
    print(f"\n{name}")
    for figure, value in figures.items():
        floor = f"floor {floors[figure]:.3f}" if figure in floors else "no floor"
        print(f"  {figure:38} {value:.3f}  {floor}")


def gate(shared: Path, *, lift: bool, allow_lower: bool) -> list[str]:
    """Score every annotated set. Returns what is wrong; writes the floors where they are to be lifted."""
    kept = json.loads(FLOORS.read_text(encoding="utf-8"))
    sets = {path.name.removesuffix(SUFFIX): path for path in sorted((shared / "gold").glob(f"*{SUFFIX}"))}
    wrong = [f"{name}: has floors, and its file is gone" for name in kept if name not in sets]
    for name, path in sets.items():
        if not is_annotated(path):
            continue
        known, found = kept.get(name, {}), checksum(path)
        floors = known.get("floors", {})
        figures, failed = score(shared, path)
        report(name, figures, floors)
        if failed:
            wrong.append(f"{name}: {failed} records have no prediction")
        elif known and known["sha256"] != found and not allow_lower:
            wrong.append(f"{name}: the floors were measured on another file (sha256 {known['sha256'][:12]}…)")
        elif lift:
            new = lifted(figures, floors, allow_lower=allow_lower)
            kept[name] = {"sha256": found, "floors": new}
        else:
            wrong += [f"{name}: {line}" for line in compare(figures, floors)]
    if lift:
        FLOORS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return wrong


def main() -> int:
    assert __doc__
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--shared", type=Path, default=FLOORS.parents[1].parent / "shared")
    parser.add_argument("--raise", dest="lift", action="store_true", help="lift the floors to what is measured")
    parser.add_argument("--allow-lower", action="store_true", help="with --raise: lower them too")
    options = parser.parse_args()
    if not (options.shared / "gold").is_dir():
        print(f"no annotated text at {options.shared / 'gold'}: nothing evaluated")
        return 0
    wrong = gate(options.shared, lift=options.lift, allow_lower=options.allow_lower)
    print("\n" + ("\n".join(wrong) or "every figure is at or above its floor"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
