"""``track``, ``sync``, ``retry`` and ``status``: a job that can be left alone, told in words and for programs."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from db.jobs import job_lock
from tests.replica import Fault, Replica
from tests.replica_services import DailyMed
from tests.support_ingest import record, set_id, tiny, tiny_spl
from tests.support_onlabel import assert_one_line, run, start
from tests.test_docs import check_options, shown_commands

LABELS = [tiny(1), tiny(2, name="Exemplin Kit"), tiny(3, name="Otherin", generic="otherinib")]


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica(LABELS, [record(4)]) as replica:
        yield replica


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database that follows one drug."""
    path = tmp_path / "a.db"
    assert run("track", "exemplin", "--db", path).exit_code == 0
    return path


def sync(replica: Replica, path: Path, *arguments: str) -> Result:
    env = {"ONLABEL_DAILYMED_URL": replica.url, "ONLABEL_OPENFDA_URL": replica.url}
    return run("sync", "--db", path, *arguments, env=env)


def told(path: Path, command: str = "status", *arguments: str) -> Any:
    return json.loads(run(command, *arguments, "--json", "--db", path).stdout)


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_what_is_followed_is_listed_with_how_far(path: Path, replica: Replica) -> None:
    run("track", "--by", "labeler", "Second Pharma", "--db", path)
    sync(replica, path)
    shown = [(row["kind"], row["value"], row["labels"], row["due"]) for row in told(path, "track", "--list")]
    assert shown == [("drug", "exemplin", 2, False), ("labeler", "Second Pharma", 0, False)]
    assert "exemplin" in run("track", "--list", "--db", path).stdout
    assert "followed already" in run("track", "Exemplin", "--db", path).stderr
    assert run("untrack", "exemplin", "--db", path).exit_code == 0
    assert run("untrack", "exemplin", "--db", path).exit_code == 1
    assert len(told(path, "track", "--list")) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["track"],
        ["track", " "],
        ["track", "--by", "setid", "1234"],
        ["track", "--by", "all-rx", "kisqali"],
        ["track", "--list", "kisqali"],
        ["untrack"],
        ["sync"],
        ["sync", "--source", "sample"],
        ["sync", "--since", "yesterday"],
        ["sync", "--limit", "0"],
        ["sync", "--wait", "-1"],
    ],
)
def test_wrong_use_is_one_line(arguments: list[str], samples_copy: Path) -> None:
    result = run(*arguments, "--db", samples_copy)
    assert result.exit_code == 2
    assert_one_line(result)


def test_a_class_is_followed_by_its_name(path: Path, replica: Replica) -> None:
    replica.dailymed.classes = {
        "N0000000001": "Example Inhibitor [EPC]", "N0000000002": "Example Inhibitors [MoA]",
        "N0000000003": "Twice [EPC]", "N0000000004": "Twice [MoA]",
    }  # fmt: skip

    def track(name: str) -> Result:
        return run("track", "--by", "class", name, "--db", path, env={"ONLABEL_DAILYMED_URL": replica.url})

    assert track("example inhibitor").stderr.splitlines()[0] == "example inhibitor is N0000000001"
    assert track("Twice [MoA]").exit_code == track("n0000000009").exit_code == 0
    assert [row["value"] for row in told(path, "track", "--list")][1:] == ["N0000000001", "N0000000004", "N0000000009"]
    for name, said in (
        ("twice", "several classes are called 'twice': give the code of one: Twice [EPC] (N0000000003), "),
        ("example", "no class 'example'; like it: Example Inhibitor [EPC] (N0000000001), "),
        ("kinase", "DailyMed has no class 'kinase'"),
    ):
        result = track(name)
        assert result.exit_code == 2
        assert_one_line(result)
        assert said in result.stderr


def test_a_sync_tells_what_it_did_in_words_and_for_programs(path: Path, replica: Replica) -> None:
    result = sync(replica, path)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines() == ["2 documents: 2 new"]
    first, second = told(path)["runs"][0], json.loads(sync(replica, path, "--json").stdout)
    assert (first["seen"], first["new"], first["requests"], first["outcome"]) == (2, 2, 3, "done")
    assert first["bytes"] == sum(len(label.data) for label in LABELS[:2])
    assert (second["seen"], second["requests"], second["complete"]) == (0, 1, ["exemplin"])


def test_a_dry_run_changes_nothing(path: Path, replica: Replica) -> None:
    before = path.read_bytes()
    result = sync(replica, path, "--dry-run")
    assert [line.split()[0] for line in result.stdout.splitlines()] == [set_id(1), set_id(2)]
    assert [row["set_id"] for row in json.loads(sync(replica, path, "--dry-run", "--json").stdout)] == [
        set_id(1),
        set_id(2),
    ]
    assert path.read_bytes() == before


def test_the_log_is_a_line_of_json_for_each_document(path: Path, replica: Replica) -> None:
    replica.faults.append(Fault("404", 1, f"{set_id(2)}.xml"))
    result = sync(replica, path, "--log", "json", "--max-failures", "5")
    assert result.exit_code == 1
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    assert [(line["event"], line["outcome"]) for line in lines] == [
        ("document", "new"),
        ("document", "failed"),
        ("ended", "done"),
    ]
    assert lines[1]["name"] == set_id(2)
    assert "404" in lines[1]["reason"]


def test_failures_and_what_is_due_are_told_and_taken_up(path: Path, replica: Replica) -> None:
    replica.faults.append(Fault("404", 1, f"{set_id(2)}.xml"))
    result = sync(replica, path)
    assert result.exit_code == 1
    assert "failed: " + set_id(2) in result.stderr
    assert "not complete, the next sync goes on: exemplin" in result.stderr
    status = told(path)
    assert status["due"] == ["drug exemplin"]
    assert [(row["source"], row["documents"]) for row in status["failure_reasons"]] == [("dailymed", 1)]
    shown = run("status", "--db", path).stdout
    assert "(1 due)" in shown
    assert "no such thing (404)" in shown
    env = {"ONLABEL_DAILYMED_URL": replica.url}
    result = run("retry", "--db", path, env=env)
    assert (result.exit_code, result.stderr) == (0, "1 document: 1 new\n")
    assert run("retry", "--db", path, env=env).stderr == "no failures\n"
    assert told(path)["failure_reasons"] == []


def test_a_withdrawn_label_is_told_and_still_there(tmp_path: Path, replica: Replica) -> None:
    path = tmp_path / "a.db"
    run("track", "--by", "setid", set_id(1), "--db", path)
    sync(replica, path)
    replica.dailymed = DailyMed(LABELS[1:])
    sync(replica, path)
    assert f"withdrawn: {set_id(1)}" in sync(replica, path).stderr
    assert told(path)["withdrawn"] == 1
    (label,) = json.loads(run("query", "labels", "--json", "--db", path).stdout)
    assert label["withdrawn_on"]


@pytest.mark.parametrize("command", ["sync", "load", "ingest", "retry", "extract"])
def test_a_second_job_leaves_with_one_line_and_exit_code_1(path: Path, tmp_path: Path, command: str) -> None:
    file = tmp_path / "label.xml"
    file.write_bytes(tiny_spl(1))
    more = {"load": [file], "ingest": ["--source", "sample"], "extract": ["--stored"]}.get(command, [])
    with job_lock(str(path), "sync"):
        result = run(command, *more, "--db", path)
    assert result.exit_code == 1
    assert_one_line(result)
    assert "another job (onlabel sync, process" in result.stderr
    assert rows(path, "SELECT count(*) FROM runs") == [(0,)]


def test_reading_does_not_wait_for_a_job(path: Path) -> None:
    with job_lock(str(path), "sync"):
        assert run("status", "--db", path).exit_code == 0
        assert run("track", "otherin", "--db", path).exit_code == 0


def test_a_sync_that_is_killed_is_told_and_the_next_one_repairs(path: Path, replica: Replica, tmp_path: Path) -> None:
    replica.faults.append(Fault("slow", 1, f"{set_id(2)}.xml", seconds=20))
    with start("sync", "--db", path, cwd=tmp_path, env={"ONLABEL_DAILYMED_URL": replica.url}) as process:
        deadline = time.monotonic() + 60
        while f"{set_id(2)}.xml" not in " ".join(replica.paths()) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert rows(path, "SELECT set_id FROM labels") == [(set_id(1),)]
    replica.requests.clear()
    assert sync(replica, path).exit_code == 0
    assert [name for name in replica.paths() if name.endswith(".xml")] == [
        f"/dailymed/services/v2/spls/{set_id(2)}.xml"
    ]
    assert rows(path, "SELECT outcome FROM runs ORDER BY run_id") == [("interrupted",), ("done",)]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


SCHEDULING = (Path(__file__).parent.parent / "docs" / "scheduling.md").read_text(encoding="utf-8")


def test_every_command_of_the_page_on_scheduling_parses() -> None:
    text = re.sub(r"(ExecStart=|sudo -u onlabel |^[\d*]+ .*?(?=/usr)|/usr/local/bin/)", "", SCHEDULING, flags=re.M)
    commands = shown_commands("\n".join(piece for line in text.splitlines() for piece in line.split(" && ")))
    assert {arguments[0] for arguments in commands} == {"track", "sync", "retry", "status"}
    assert len(commands) >= 10
    for arguments in commands:
        check_options(arguments)


@pytest.mark.parametrize("query", re.findall(r"^SELECT .*;$", SCHEDULING, re.M))
def test_the_sql_of_the_page_on_scheduling_runs(query: str, path: Path, replica: Replica) -> None:
    sync(replica, path)
    rows(path, query)


@pytest.mark.parametrize("kind", ["service", "timer"])
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_the_units_are_ones_that_systemd_takes(tmp_path: Path, kind: str) -> None:
    for name, text in zip(("service", "timer"), re.findall(r"```ini\n(.*?)```", SCHEDULING, re.S), strict=True):
        here = text.replace("/usr/local/bin/onlabel", sys.executable)  # the program must be there
        (tmp_path / f"onlabel-sync.{name}").write_text(here)
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / f"onlabel-sync.{kind}")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert [line for line in done.stderr.splitlines() if "onlabel" in line] == []
