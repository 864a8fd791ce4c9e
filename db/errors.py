"""The errors of this package, each with a message of one line that says what to do.

DatabaseError             the database cannot be used; nothing after it would work either
├── MissingDatabase       there is none, or no folder to put it in
├── NewerDatabase         written by a newer onlabel
├── NotOurs               not a database, a damaged one, or another program's
├── UnwritableDatabase    it can be read at most
│   └── LockedDatabase    another program is writing to it
└── JobRunning            another job of ours is at work on it
EvidenceError             one label's facts do not stand where they say; other labels can still be saved
UnknownFact               no stored fact has this id
"""

from __future__ import annotations


class DatabaseError(Exception):
    """The database cannot be used."""


class MissingDatabase(DatabaseError):
    """There is no database at this place, or no folder to make it in."""


class NewerDatabase(DatabaseError):
    """The database has migrations that this onlabel does not know."""


class NotOurs(DatabaseError):
    """The file is no database, a damaged one, or another program's."""


class UnwritableDatabase(DatabaseError):
    """The database, or its folder, may not be written to."""


class LockedDatabase(UnwritableDatabase):
    """Another program has been writing to the database for too long."""


class JobRunning(DatabaseError):
    """Another job holds the database; when that has ended, this one can run."""


class EvidenceError(ValueError):
    """A fact of a label does not stand where it says it stands."""


class UnknownFact(LookupError):
    """No stored fact has this id."""
