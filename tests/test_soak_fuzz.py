"""Some hundred inputs of the fuzzers, always the same; ``python -m tests.soak.fuzz`` tries many."""

from __future__ import annotations

import random

import pytest

from tests.soak.fuzz import Records, Spls, fuzz


@pytest.mark.parametrize(("source", "count"), [(Spls(None), 80), (Records(None), 200)], ids=["spl", "records"])
def test_no_input_ends_in_an_unhandled_error(source: Spls | Records, count: int) -> None:
    tally = fuzz(source, seed=7, enough=lambda tally: tally.inputs >= count)
    assert tally.wrong == []
    assert tally.read > count / 5
    assert sum(tally.refused.values()) > count / 20


@pytest.mark.parametrize("source", [Spls(None), Records(None)], ids=["spl", "records"])
def test_a_seed_makes_the_same_inputs(source: Spls | Records) -> None:
    assert source.make(random.Random("7 3")) == source.make(random.Random("7 3"))
