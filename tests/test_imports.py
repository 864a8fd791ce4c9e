"""The rooms know each other in one direction only, and the heavy ones are entered late."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RANK = {"labels": 0, "extract": 1, "db": 2, "ingest": 3, "articles": 3, "evaluation": 3, "web": 3, "onlabel": 4}
ROOMS = [room for room in RANK if (ROOT / room).is_dir()]
REPOSITORY_TESTS = {"imports", "package", "docs", "notebook", "replica", "corpus", "soak"}


def imported_modules(path: Path) -> Iterator[str]:
    """Absolute names of all modules that a file imports, at any depth of its code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; name the module in full"
            yield node.module or ""


def import_edges() -> set[tuple[str, str, str]]:
    """(file, its room, the room it imports) for every import of one of our rooms."""
    return {
        (str(path.relative_to(ROOT)), room, target)
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for module in imported_modules(path)
        if (target := module.partition(".")[0]) in RANK
    }


def test_imports_run_one_way() -> None:
    wrong = [e for e in import_edges() if e[1] != e[2] and RANK[e[2]] >= RANK[e[1]]]
    assert not wrong


def test_the_graph_is_not_empty() -> None:
    assert {(room, target) for _, room, target in import_edges()} >= {
        ("extract", "labels"),
        ("onlabel", "db"),
    }


def test_evaluation_knows_only_what_it_scores() -> None:
    assert {target for _, room, target in import_edges() if room == "evaluation"} <= {"evaluation", "extract", "labels"}


def test_labels_is_pure() -> None:
    allowed = sys.stdlib_module_names | {"labels", "lxml"}
    files = (ROOT / "labels").rglob("*.py")
    used = {module.partition(".")[0] for path in files for module in imported_modules(path)}
    assert used <= allowed
    assert not used & {"socket", "urllib", "http", "sqlite3", "subprocess"}


@pytest.mark.parametrize("arguments", [["--help"], ["query", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom onlabel.cli import main\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        "print('heavy:', sorted({'spacy', 'pandas', 'lxml', 'requests', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"


def test_tests_are_flat_and_named_after_what_they_test() -> None:
    tests = ROOT / "tests"
    assert not [p for p in tests.rglob("*.py") if p.parent != tests and p.name.startswith("test_")]
    subjects = {path.stem.split("_")[1] for path in tests.glob("test_*.py")}
    assert subjects <= REPOSITORY_TESTS | set(RANK)


def test_no_test_folder_shadows_a_room() -> None:
    assert not [p for p in (ROOT / "tests").iterdir() if p.name in RANK and (p / "__init__.py").exists()]
