"""Three rounds of the kill soak, on the bundled samples: python -m tests.soak.kills runs hundreds on real labels."""

from __future__ import annotations

import shutil
from pathlib import Path

import ingest
from tests.soak.kills import rounds

SAMPLES = Path(ingest.__file__).parent / "samples"


def test_a_load_that_is_killed_is_repaired_by_the_next(tmp_path: Path) -> None:
    for path in sorted(SAMPLES.glob("*.xml"), key=lambda path: path.stat().st_size)[:3]:
        shutil.copy(path, tmp_path)
    (workspace := tmp_path / "work").mkdir()
    tally = rounds("load", [tmp_path], times=3, seed=5, labels=3, workspace=workspace)
    assert tally.failures == []
    assert (tally.rounds, tally.equal) == (3, 3)
    assert tally.kills + tally.phases["not killed, it had ended"] >= 3
