"""What the tests of ingest share: labels in a few lines, a session that never waits, a database's state, no network."""

from __future__ import annotations

import hashlib
import socket
import sqlite3
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

import pytest
from sqlite_utils import Database
from urllib3.util import Retry

from ingest.http import PoliteSession
from tests.replica_data import Spl, read_spl


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection leaves this machine, and no setting of the user's is read."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1"}:
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    for name in ("DAILYMED_URL", "OPENFDA_URL", "OPENFDA_KEY", "CONTACT"):
        monkeypatch.delenv(f"ONLABEL_{name}", raising=False)


class Sleeps(list[float]):
    """A clock that stands still but for the sleeps, which it notes."""

    def sleep(self, seconds: float) -> None:
        self.append(seconds)

    def clock(self) -> float:
        return sum(self)


def quick_session(*, tries: int = 5, sleeps: Sleeps | None = None, **options: Any) -> PoliteSession:
    """A session that asks as often as the real one and never waits."""
    sleeps = Sleeps() if sleeps is None else sleeps
    retry = Retry(
        total=tries - 1, backoff_factor=1, allowed_methods={"GET"}, status_forcelist={429, 500, 502, 503, 504}
    )
    given = {
        "per_second": 1000,
        "timeout": (1, 0.5),
        "clock": sleeps.clock,
        "sleep": sleeps.sleep,
        "retry": retry,
    }
    return PoliteSession(**(given | options))


OF_ONE_RUN = {
    "id", "fetched_at", "failed_at", "synced_at", "listed_whole_at", "tracked_at", "applied_at", "origin",
}  # fmt: skip
"""Columns that hold times, addresses of one machine, or numbers that come from the order of storing."""
NOT_CONTENT = {"runs", "_sqlite_migrations", "sqlite_sequence"}


def content(database: Database) -> dict[str, str]:
    """What a database holds: for each table and view the count of its rows and their checksum, whatever their order.

    Two databases that came to the same labels by different ways are equal. Rows are read one at a time.
    """
    sql = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE '%\\_fts%' ESCAPE '\\'"
    names = sorted({name for (name,) in database.execute(sql).fetchall()} - NOT_CONTENT)
    return {name: _checksum(database, name) for name in names}


def _checksum(database: Database, name: str) -> str:
    count = total = 0
    for row in database.query(f'SELECT * FROM "{name}"'):
        kept = repr([_placeless(key, value) for key, value in sorted(row.items()) if key not in OF_ONE_RUN])
        count += 1
        total += int.from_bytes(hashlib.sha256(kept.encode()).digest())  # a sum, and no xor: a row twice shows
    return f"{count} rows, {total % 2**256:064x}"


def _placeless(column: str, value: Any) -> Any:
    return urlsplit(value)._replace(scheme="", netloc="").geturl() if column == "address" else value


def problems(database: Database) -> Iterator[str]:
    """What is wrong within a database: its file, its references, its search indexes, facts without their evidence."""
    for (told,) in database.execute("PRAGMA integrity_check").fetchall():
        if told != "ok":
            yield f"integrity: {told}"
    for row in database.execute("PRAGMA foreign_key_check").fetchall():
        yield f"reference to nothing: {row}"
    for index in ("names_fts", "sections_fts", "facts_fts"):
        try:
            database.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")
        except sqlite3.DatabaseError as error:
            yield f"{index}: {error}"
        database.rollback()
    sql = (
        "SELECT e.fact_id, e.role FROM evidence e LEFT JOIN sections s USING (section_id) "
        'WHERE substr(s.text, e.start + 1, e."end" - e.start) IS NOT e.text'
    )
    for fact_id, role in database.execute(sql).fetchall():
        yield f"fact {fact_id}: its {role} does not stand where it says"


def set_id(number: int) -> str:
    return str(UUID(int=0x11110000222243338444000000000000 + number))


def tiny_spl(
    number: int = 1,
    *,
    version: int = 1,
    name: str = "Exemplin",
    generic: str = "exemplinib",
    form: str = "TABLET",
    labeler: str = "Invented Pharma",
    ndc: str = "0555-0001",
    application: str = "NDA212345",
    unii: str = "059QF0KO0R",
    effective: str = "20240501",
    text: str = "Exemplin is indicated for the treatment of adults with invented disease.",
) -> bytes:
    """A label with one product and one section, as bytes."""
    ns = "urn:hl7-org:v3"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<document xmlns="{ns}"><id root="{UUID(int=number * 1000 + version)}"/>
<code code="34391-3" codeSystem="2.16.840.1.113883.6.1" displayName="HUMAN PRESCRIPTION DRUG LABEL"/>
<title>{escape(name)}</title><effectiveTime value="{effective}"/><setId root="{set_id(number)}"/>
<versionNumber value="{version}"/><author><assignedEntity><representedOrganization>
<name>{escape(labeler)}</name></representedOrganization></assignedEntity></author>
<component><structuredBody><component><section>
<code code="48780-1" codeSystem="2.16.840.1.113883.6.1"/><subject><manufacturedProduct><manufacturedProduct>
<code code="{ndc}" codeSystem="2.16.840.1.113883.6.69"/><name>{escape(name)}</name>
<formCode displayName={quoteattr(form)}/>
<asEntityWithGeneric><genericMedicine><name>{escape(generic)}</name></genericMedicine></asEntityWithGeneric>
<ingredient classCode="ACTIB"><ingredientSubstance><code code="{unii}" codeSystem="2.16.840.1.113883.4.9"/>
<name>{escape(generic)}</name></ingredientSubstance></ingredient>
<asContent><containerPackagedProduct><code code="{ndc}-30" codeSystem="2.16.840.1.113883.6.69"/>
</containerPackagedProduct></asContent></manufacturedProduct>
<subjectOf><approval><id extension="{application}" root="2.16.840.1.113883.3.150"/></approval></subjectOf>
</manufacturedProduct></subject></section></component>
<component><section><code code="34067-9" codeSystem="2.16.840.1.113883.6.1"/>
<title>1 INDICATIONS AND USAGE</title><text><paragraph>{escape(text)}</paragraph></text></section></component>
</structuredBody></component></document>""".encode()


def tiny(number: int = 1, **options: Any) -> Spl:
    """The same label as the replica wants it."""
    return read_spl(tiny_spl(number, **options))


def record(number: int = 1, *, brand: str = "EXEMPLIN", generic: str = "EXEMPLINIB", **more: Any) -> dict[str, Any]:
    """An openFDA record with its block of names and numbers."""
    block = {
        "brand_name": [brand],
        "generic_name": [generic],
        "substance_name": [generic],
        "application_number": ["NDA212345"],
        "product_ndc": ["0555-0001"],
        "package_ndc": ["0555-0001-30"],
        "unii": ["059QF0KO0R"],
        "rxcui": ["1234567"],
    }
    return {
        "set_id": set_id(number),
        "id": str(UUID(int=number)),
        "version": "3",
        "effective_time": "20240501",
        "spl_product_data_elements": [f"{brand} {generic} {generic} WATER"],
        "indications_and_usage": [f"1 INDICATIONS AND USAGE {brand} is indicated for invented disease in adults."],
        "openfda": block,
    } | more
