"""Where facts live: migrations, store, views and named queries, in one SQLite file.

Whatever saves or reads takes the database first; the queries are in ``db.queries``.
"""

from db.connection import writing
from db.errors import (
    DatabaseError,
    EvidenceError,
    LockedDatabase,
    MissingDatabase,
    NewerDatabase,
    NotOurs,
    UnknownFact,
    UnwritableDatabase,
)
from db.migrations import open_database
from db.store import (
    REVIEW_STATUSES,
    check_evidence,
    clear_failure,
    read_document,
    record_failure,
    save_document,
    save_label,
    set_review_status,
)

__all__ = [
    "REVIEW_STATUSES",
    "DatabaseError",
    "EvidenceError",
    "LockedDatabase",
    "MissingDatabase",
    "NewerDatabase",
    "NotOurs",
    "UnknownFact",
    "UnwritableDatabase",
    "check_evidence",
    "clear_failure",
    "open_database",
    "read_document",
    "record_failure",
    "save_document",
    "save_label",
    "set_review_status",
    "writing",
]
