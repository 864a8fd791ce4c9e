"""What is in the wheel: our packages by name, with every data file that they read."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import onlabel

ROOT = Path(__file__).parent.parent
PACKAGES = {"labels", "extract", "db", "ingest", "articles", "evaluation", "onlabel"}


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """File names of a wheel built from the tree, without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_top_level_names(wheel_names: list[str]) -> None:
    names = {name.partition("/")[0] for name in wheel_names}
    assert names == PACKAGES | {f"onlabel-{onlabel.__version__}.dist-info"}


def test_every_package_file_is_in_it(wheel_names: list[str]) -> None:
    files = [path.relative_to(ROOT) for name in PACKAGES for path in (ROOT / name).rglob("*") if path.is_file()]
    ours = {path.as_posix() for path in files if not any(p.startswith((".", "__pycache__")) for p in path.parts)}
    assert ours == {name for name in wheel_names if ".dist-info/" not in name}


@pytest.mark.parametrize(
    ("folder", "suffix", "least"),
    [("ingest/samples/", ".xml", 10), ("articles/templates/", ".j2", 2), ("extract/data/", "", 1)],
)
def test_data_files_are_in_it(wheel_names: list[str], folder: str, suffix: str, least: int) -> None:
    found = [name for name in wheel_names if name.startswith(folder) and name.endswith(suffix)]
    assert len(found) >= least


def test_licence_and_command_are_in_it(wheel_names: list[str]) -> None:
    info = f"onlabel-{onlabel.__version__}.dist-info"
    assert {f"{info}/licenses/LICENSE", f"{info}/entry_points.txt"} <= set(wheel_names)


def test_packages_are_listed_explicitly() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(told["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == PACKAGES
    assert set(told["tool"]["mypy"]["packages"]) == PACKAGES
