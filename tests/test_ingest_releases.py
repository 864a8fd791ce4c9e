"""Fetching releases: whole or not at all, in several goes, from a server that breaks off and changes its mind."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from db.jobs import job_lock
from ingest import releases
from ingest.errors import BadAnswer, NotFound, SourceError, Unreachable, WrongUse
from ingest.releases import addresses, fetch, fetch_file
from tests.replica import LOGIN_PAGE
from tests.support_ingest import loopback_only, quick_session, record, tiny_spl  # noqa: F401
from tests.support_onlabel import assert_one_line, run
from tests.test_ingest_files import zipped

LABEL = zipped([("1.xml", tiny_spl(1))])
RELEASE = zipped([("1.zip", LABEL), ("2.zip", zipped([("2.xml", tiny_spl(2))]))])
CHANGED = "Sat, 01 Aug 2026 04:00:00 GMT"
DAILY = "/public-release-files/dm_spl_daily_update_08012026.zip"


def large(size: int = 3_000_000) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("1.zip", LABEL)
        archive.writestr("noise.bin", bytes(range(256)) * (size // 256))
    return packed.getvalue()


@dataclass
class Files:
    """A server of files on loopback that knows ranges.

    ``cuts`` are the numbers of bytes after which the next answers break off; ``headers`` are the validators.
    """

    files: dict[str, bytes]
    headers: dict[str, str] = field(default_factory=lambda: {"ETag": '"1"', "Last-Modified": CHANGED})
    cuts: list[int] = field(default_factory=list)
    ranges: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Iterator[Files]:
    served = Files({DAILY: RELEASE})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self, served)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    for name in ("DAILYMED_FILES_URL", "OPENFDA_FILES_URL", "OPENFDA_URL"):
        monkeypatch.setenv(f"ONLABEL_{name}", served.url)
    yield served
    server.shutdown()
    server.server_close()


def answer(handler: BaseHTTPRequestHandler, served: Files) -> None:
    told = handler.headers.get("Range")
    served.asked.append((handler.path, told))
    data = served.files.get(handler.path)
    if data is None:
        handler.send_response(404)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    validators = {served.headers.get("ETag"), served.headers.get("Last-Modified")}
    valid = served.ranges and handler.headers.get("If-Range") in validators
    start = int(told.removeprefix("bytes=").removesuffix("-")) if told and valid else 0
    if start >= len(data) > 0:
        handler.send_response(416)
        headers, body = {"Content-Range": f"bytes */{len(data)}"}, b""
    else:
        handler.send_response(206 if start else 200)
        headers, body = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if start else {}, data[start:]
    for name, value in (served.headers | headers | {"Content-Length": str(len(body))}).items():
        handler.send_header(name, value)
    handler.end_headers()
    cut = served.cuts.pop(0) if served.cuts else len(body)
    handler.wfile.write(body[:cut])
    handler.wfile.flush()
    handler.close_connection = cut < len(body)


def get(files: Files, to: Path, name: str = "daily:2026-08-01", tries: int = 3) -> list[Path]:
    return list(fetch(name, to, session=quick_session(tries=tries)))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_comes_whole_and_only_once(files: Files, tmp_path: Path) -> None:
    path = tmp_path / "dm_spl_daily_update_08012026.zip"
    assert get(files, tmp_path) == [path]
    assert path.read_bytes() == RELEASE
    assert get(files, tmp_path) == [path]
    assert names(tmp_path) == [path.name]
    files.headers["Last-Modified"] = "Sun, 02 Aug 2026 04:00:00 GMT"
    files.files[DAILY] = LABEL
    get(files, tmp_path)
    assert path.read_bytes() == LABEL


def test_what_breaks_off_goes_on_where_it_stopped(files: Files, tmp_path: Path) -> None:
    files.files[DAILY], files.cuts = large(), [1_000_000, 500_000]
    (path,) = get(files, tmp_path)
    assert path.read_bytes() == large()
    assert len(files.asked) == 3
    starts = [0 if told is None else int(told[6:-1]) for _, told in files.asked]
    assert starts[0] == 0 < starts[1] < starts[2] <= 1_500_000


def test_many_breaks_do_not_matter_while_it_grows(files: Files, tmp_path: Path) -> None:
    files.files[DAILY], files.cuts = large(12_000_000), [1_200_000] * 9
    (path,) = get(files, tmp_path, tries=2)
    assert path.read_bytes() == large(12_000_000)


def test_a_run_that_was_cut_off_is_told_and_the_next_goes_on(files: Files, tmp_path: Path) -> None:
    files.files[DAILY], files.cuts = large(), [700_000, 0, 0]
    with pytest.raises(BadAnswer, match=r"broke off .* bytes of dm_spl_.* are kept: run it again") as caught:
        get(files, tmp_path)
    assert caught.value.tries == 3
    assert not list(tmp_path.glob("*.zip"))
    (path,) = get(files, tmp_path)
    assert path.read_bytes() == large()
    assert names(tmp_path) == [path.name]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_file_that_changed_in_between_is_fetched_anew(files: Files, tmp_path: Path, ranges: bool) -> None:
    files.files[DAILY], files.cuts, files.ranges = large(), [700_000], ranges
    with pytest.raises(SourceError):
        get(files, tmp_path, tries=1)
    files.files[DAILY], files.headers["ETag"] = large()[::-1] + RELEASE, '"2"'
    (path,) = get(files, tmp_path)
    assert path.read_bytes() == large()[::-1] + RELEASE


def test_a_server_without_validators_is_asked_from_the_start(files: Files, tmp_path: Path) -> None:
    files.files[DAILY], files.cuts, files.headers = large(), [700_000], {"ETag": 'W/"weak"'}
    (path,) = get(files, tmp_path)
    assert path.read_bytes() == large()
    assert [told for _, told in files.asked] == [None, None]


def test_a_run_that_was_killed_before_the_last_step(files: Files, tmp_path: Path) -> None:
    name = DAILY.rpartition("/")[2]
    (tmp_path / f"{name}.part").write_bytes(RELEASE)
    (tmp_path / f"{name}.part.about").write_text(json.dumps({"url": files.url + DAILY, "validator": '"1"'}))
    (path,) = get(files, tmp_path)
    assert path.read_bytes() == RELEASE
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("about", ["", "[]", "{}", '{"url": "http://other.example/", "validator": "x"}'])
def test_a_beginning_of_unknown_origin_is_not_believed(files: Files, tmp_path: Path, about: str) -> None:
    name = DAILY.rpartition("/")[2]
    (tmp_path / f"{name}.part").write_bytes(b"something else")
    (tmp_path / f"{name}.part.about").write_text(about)
    (path,) = get(files, tmp_path)
    assert path.read_bytes() == RELEASE


@pytest.mark.parametrize(
    ("data", "told"),
    [(RELEASE[:-40], "came whole, but is no zip, or a damaged one"), (LOGIN_PAGE, "a web page instead of a file")],
)
def test_what_is_no_zip_leaves_nothing(files: Files, tmp_path: Path, data: bytes, told: str) -> None:
    files.files[DAILY] = data
    with pytest.raises(BadAnswer, match=told):
        get(files, tmp_path)
    assert not list(tmp_path.glob("*.zip"))
    assert sum(path.stat().st_size for path in tmp_path.iterdir() if path.suffix == ".part") == 0


def test_an_endless_file_is_refused(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "MAX_FILE", 100)
    with pytest.raises(BadAnswer, match="more than 100 bytes: refused"):
        get(files, tmp_path)


def test_a_disk_without_room_is_told_before(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10}))
    with pytest.raises(WrongUse, match="too little room"):
        get(files, tmp_path)


def test_a_file_is_fetched_by_one_job_at_a_time(files: Files, tmp_path: Path) -> None:
    path = tmp_path / "dm_spl_daily_update_08012026.zip"
    with job_lock(f"{path}.part", "fetch"), pytest.raises(SourceError, match="being fetched by another job"):
        get(files, tmp_path)
    assert not files.asked
    assert get(files, tmp_path) == [path]
    assert names(tmp_path) == [path.name]


def test_a_full_release_is_all_its_parts(files: Files, tmp_path: Path) -> None:
    for part in (1, 2, 3):
        files.files[f"/public-release-files/dm_spl_release_human_rx_part{part}.zip"] = RELEASE
    assert [p.name for p in get(files, tmp_path, "human_rx")] == [
        f"dm_spl_release_human_rx_part{part}.zip" for part in (1, 2, 3)
    ]
    with pytest.raises(NotFound):
        get(files, tmp_path, "human_otc")


def test_openfda_files_come_from_the_host_we_know(files: Files, tmp_path: Path) -> None:
    bulk = zipped([("bulk.json", json.dumps({"results": [record(1)]}).encode())])
    parts = [f"/drug/label/drug-label-000{n}-of-0002.json.zip" for n in (1, 2)]
    listed = [{"file": f"https://elsewhere.example{part}"} for part in parts]
    files.files |= dict.fromkeys(parts, bulk)
    files.files["/download.json"] = json.dumps({"results": {"drug": {"label": {"partitions": listed}}}}).encode()
    assert [p.name for p in get(files, tmp_path, "openfda")] == [part.rpartition("/")[2] for part in parts]
    assert list(addresses("openfda:2", quick_session())) == [files.url + parts[1]]
    with pytest.raises(WrongUse, match="parts 1 to 2"):
        list(addresses("openfda:3", quick_session()))
    files.files["/download.json"] = b'{"results": []}'
    with pytest.raises(BadAnswer, match="another shape"):
        get(files, tmp_path, "openfda")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("monthly:2026-07", "dm_spl_monthly_update_jul2026.zip"),
        ("daily:2026-08-01", "dm_spl_daily_update_08012026.zip"),
        ("dm_spl_zip_files_meta_data.zip", "dm_spl_zip_files_meta_data.zip"),
    ],
)
def test_names_of_updates(name: str, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONLABEL_DAILYMED_FILES_URL", raising=False)
    expected = f"https://dailymed-data.nlm.nih.gov/public-release-files/{file}"
    assert list(addresses(name, quick_session())) == [expected]


@pytest.mark.parametrize(
    "name", ["weekly", "daily:yesterday", "monthly:2026", "../x.zip", "a/b.zip", ".zip", "openfda:x"]
)
def test_what_is_no_release_is_wrong_use(name: str) -> None:
    with pytest.raises(WrongUse):
        list(addresses(name, quick_session()))


@pytest.mark.parametrize("path", ["/", "/..%2F..%2Fevil.zip", "/%2e%2e/.zip", "/page.html", "/.hidden.zip"])
def test_an_address_never_names_a_path(files: Files, tmp_path: Path, path: str) -> None:
    files.files[path] = RELEASE
    folder = tmp_path / "to"
    folder.mkdir()
    try:
        found = fetch_file(files.url + path, folder, session=quick_session())
    except WrongUse:
        assert not names(folder)
    else:
        assert found.parent == folder
    assert names(tmp_path) == ["to"]


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(Unreachable):
        list(fetch("http://127.0.0.1:9/a.zip", tmp_path, session=quick_session()))
    assert not names(tmp_path)


def test_the_command_fetches_and_load_reads(files: Files, tmp_path: Path) -> None:
    result = run("fetch-release", "daily:2026-08-01", "no-such.zip", "--to", tmp_path)
    path = tmp_path / DAILY.rpartition("/")[2]
    assert (result.exit_code, result.stdout) == (1, f"{path}\n")
    assert result.stderr.startswith("failed: no-such.zip: 127.0.0.1 has no such thing (404)")
    result = run("load", path, "--db", tmp_path / "some.db")
    assert result.exit_code == 0, result.stderr
    assert "2 documents: 2 new" in result.stderr


def test_load_takes_addresses_beside_paths(files: Files, tmp_path: Path) -> None:
    (tmp_path / "3.xml").write_bytes(tiny_spl(3))
    gone = f"{files.url}/public-release-files/gone.zip"
    result = run("load", files.url + DAILY, gone, tmp_path / "3.xml", "--db", tmp_path / "some.db")
    assert result.exit_code == 1
    assert f"failed: {gone}" in result.stderr
    assert "3 new" in result.stderr
    assert (tmp_path / DAILY.rpartition("/")[2]).read_bytes() == RELEASE


def test_wrong_names_are_wrong_use(tmp_path: Path) -> None:
    result = run("fetch-release", "yesterday", "--to", tmp_path)
    assert result.exit_code == 2
    assert_one_line(result)
    assert "no release is called 'yesterday'" in result.stderr
