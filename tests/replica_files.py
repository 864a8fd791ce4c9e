"""DailyMed's bulk files that tell what changed: the list of all labels, and the labels of a day or a month."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterable

from labels.loinc import RX_TYPES
from tests.replica_data import Spl
from tests.replica_services import AS_OF, MONTHS, Reply, Request, bare

FILES = "/public-release-files/"
CENSUS = "dm_spl_zip_files_meta_data.zip"
LAST_MODIFIED = "Wed, 05 Aug 2026 08:00:00 GMT"
_WHEN = (2026, 8, 5, 8, 0, 0)
"""Of all members: the same labels make the same bytes."""


def reply(request: Request, spls: Iterable[Spl]) -> Reply:
    """A file that is made of these labels; 304 for who has it. There is no file of a day without labels."""
    name, spls = request.path.removeprefix(FILES), list(spls)
    if name == CENSUS:
        body = census(spls)
    elif found := re.fullmatch(r"dm_spl_daily_update_(\d{8})\.zip", name):
        body = release(spl for spl in spls if f"{spl.published:%m%d%Y}" == found[1])
    elif found := re.fullmatch(r"dm_spl_monthly_update_([a-z]{3}\d{4})\.zip", name):
        over = (spl for spl in spls if (spl.published.year, spl.published.month) < (AS_OF.year, AS_OF.month))
        body = release(s for s in over if f"{MONTHS[s.published.month - 1].lower()}{s.published.year}" == found[1])
    else:
        body = b""
    if not body:
        return bare(404)
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Last-Modified": LAST_MODIFIED}
    if request.headers.get("If-None-Match") == tag:
        return Reply(status=304, headers=headers)
    return Reply(body, "application/zip", headers=headers)


def census(spls: Iterable[Spl]) -> bytes:
    """The list: a line for each label's newest version, with the time of its upload in a form of its own."""
    newest = {spl.set_id: spl for spl in sorted(spls, key=lambda s: s.version)}
    lines = ["SETID|ZIP_FILE_NAME|UPLOAD_DATE|SPL_VERSION|TITLE"]
    lines += [f"{s.set_id}|{_zip_name(s)}|{_uploaded(s)}|{s.version}|{s.title}" for s in newest.values()]
    return zipped([("dm_spl_zip_files_meta_data.txt", "\r\n".join([*lines, ""]).encode())])


def release(spls: Iterable[Spl]) -> bytes:
    """Zips of labels in a zip, by the kind of label; nothing for none."""
    members = [(f"{_folder(spl)}/{_zip_name(spl)}", label_zip(spl)) for spl in spls]
    return zipped(members) if members else b""


def label_zip(spl: Spl) -> bytes:
    """One label with a picture."""
    return zipped([(f"{spl.document_id}.xml", spl.data), ("carton.jpg", b"\xff\xd8\xff\xe0 no real picture")])


def zipped(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip whose bytes depend on its members alone."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, _WHEN), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _folder(spl: Spl) -> str:
    return "prescription" if spl.code in RX_TYPES else "otc" if spl.code == "34390-5" else "other"


def _zip_name(spl: Spl) -> str:
    return f"{spl.published:%Y%m%d}_{spl.set_id}.zip"


def _uploaded(spl: Spl) -> str:
    return f"{spl.published:%m/%d/%Y} 23:15:00"
