"""Fixtures that every test file may use."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import support_articles
from tests.support_onlabel import run

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real labels beside the repository; tests that need it are skipped where it is not."""
    if not SHARED.is_dir():
        if os.environ.get("ONLABEL_REQUIRE_SHARED") == "1":
            pytest.fail(f"ONLABEL_REQUIRE_SHARED=1, and no real labels at {SHARED}")
        pytest.skip(f"no real labels at {SHARED}")
    return SHARED


@pytest.fixture(autouse=True)
def closed_databases() -> Iterator[None]:
    """Close the databases that a test of articles has opened: an open one is a warning, and warnings are errors."""
    yield
    while support_articles.OPEN:
        support_articles.OPEN.pop().close()


@pytest.fixture(scope="session")
def stored_samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the bundled samples; read only, by agreement."""
    path = tmp_path_factory.mktemp("samples") / "samples.db"
    result = run("ingest", "--source", "sample", "--db", path)
    assert result.exit_code == 0, result.output
    return path


@pytest.fixture
def samples_copy(stored_samples: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copy(stored_samples, tmp_path / "copy.db"))
