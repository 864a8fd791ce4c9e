-- What the database follows, how far, and the jobs that ran.
CREATE TABLE tracked (
    tracked_id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('drug', 'ingredient', 'setid', 'class', 'labeler', 'all-rx')),
    value TEXT NOT NULL COLLATE NOCASE,
    tracked_at TEXT NOT NULL,
    UNIQUE (kind, value)
) STRICT;

-- How far an entry is followed at a source. A row moves only when all that was new is stored.
CREATE TABLE cursors (
    tracked_id INTEGER NOT NULL REFERENCES tracked (tracked_id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    complete_to TEXT NOT NULL, -- the source's own day: what it published before is here
    synced_at TEXT NOT NULL,
    listed_whole_at TEXT NOT NULL, -- when all was last listed, not only what is new
    PRIMARY KEY (tracked_id, source)
) STRICT, WITHOUT ROWID;

-- The labels that a source listed for an entry, and the version that was fetched of each, whether it could be read or not.
CREATE TABLE listed (
    set_id TEXT NOT NULL,
    source TEXT NOT NULL,
    tracked_id INTEGER NOT NULL REFERENCES tracked (tracked_id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    published TEXT NOT NULL, -- as the source writes it: another one with the same version is a new issue
    PRIMARY KEY (set_id, source, tracked_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX listed_by_entry ON listed (tracked_id, source);

-- What a source said of the listings of the last complete sync, to be asked only whether they have changed since.
CREATE TABLE validators (
    tracked_id INTEGER NOT NULL REFERENCES tracked (tracked_id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    address TEXT NOT NULL,
    validator TEXT NOT NULL, -- an ETag, or else a Last-Modified
    PRIMARY KEY (tracked_id, source, address)
) STRICT, WITHOUT ROWID;

-- Labels that a source no longer has. The second look sets withdrawn_on, to the day of the first.
CREATE TABLE withdrawals (
    set_id TEXT NOT NULL,
    source TEXT NOT NULL,
    missing_since TEXT NOT NULL,
    withdrawn_on TEXT,
    PRIMARY KEY (set_id, source)
) STRICT, WITHOUT ROWID;

-- A run without an end is under way, or was killed: the next one tells.
CREATE TABLE runs (
    run_id INTEGER PRIMARY KEY AUTOINCREMENT,
    command TEXT NOT NULL,
    source TEXT,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    outcome TEXT CHECK (outcome IN ('done', 'stopped', 'failed', 'interrupted')),
    reason TEXT,
    seen INTEGER NOT NULL DEFAULT 0,
    new INTEGER NOT NULL DEFAULT 0,
    updated INTEGER NOT NULL DEFAULT 0,
    unchanged INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    seconds REAL NOT NULL DEFAULT 0
) STRICT;
