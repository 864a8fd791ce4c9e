-- Where labels come from and what they are. An empty line ends a statement.
-- set_id is lower case throughout. "end" is one past the last character; start counts from 0.
CREATE TABLE documents (
    sha256 TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    origin TEXT NOT NULL,
    name TEXT NOT NULL,
    media TEXT NOT NULL CHECK (media IN ('spl', 'openfda')),
    fetched_at TEXT NOT NULL,
    size INTEGER NOT NULL,
    body BLOB NOT NULL -- zlib
) STRICT;

CREATE TABLE labels (
    set_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    document_id TEXT NOT NULL,
    effective_date TEXT,
    document_code TEXT,
    document_type TEXT,
    title TEXT NOT NULL,
    labeler TEXT,
    brand TEXT,
    generic TEXT,
    format TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('spl', 'openfda')),
    sample INTEGER NOT NULL CHECK (sample IN (0, 1)),
    not_a_label TEXT,
    sha256 TEXT NOT NULL REFERENCES documents (sha256),
    PRIMARY KEY (set_id, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX labels_by_document ON labels (sha256);

-- The parts of a kit follow it, with its position as their parent.
CREATE TABLE products (
    set_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    parent INTEGER,
    name TEXT,
    generic TEXT,
    form TEXT,
    routes TEXT NOT NULL CHECK (json_valid(routes)),
    ndcs TEXT NOT NULL CHECK (json_valid(ndcs)),
    marketing_category TEXT,
    application_number TEXT,
    source_ndc TEXT,
    pharm_classes TEXT NOT NULL CHECK (json_valid(pharm_classes)),
    PRIMARY KEY (set_id, version, position),
    FOREIGN KEY (set_id, version) REFERENCES labels ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE ingredients (
    set_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    product INTEGER NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    unii TEXT,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    strength TEXT,
    moieties TEXT NOT NULL CHECK (json_valid(moieties)), -- [[name, UNII], …]
    PRIMARY KEY (set_id, version, product, position),
    FOREIGN KEY (set_id, version, product) REFERENCES products ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What a drug is looked up by: names by their words (names_fts), codes whole.
CREATE TABLE names (
    id INTEGER PRIMARY KEY,
    set_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('brand', 'generic', 'ingredient', 'moiety')),
    name TEXT NOT NULL,
    UNIQUE (set_id, version, kind, name),
    FOREIGN KEY (set_id, version) REFERENCES labels ON DELETE CASCADE
) STRICT;

CREATE TABLE codes (
    set_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('NDC', 'UNII', 'application')),
    code TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (set_id, version, kind, code),
    FOREIGN KEY (set_id, version) REFERENCES labels ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX codes_by_code ON codes (code);

CREATE TABLE sections (
    id INTEGER PRIMARY KEY, -- for sections_fts alone: it differs from one database to the next
    section_id TEXT NOT NULL UNIQUE,
    set_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    parent INTEGER,
    depth INTEGER NOT NULL,
    number TEXT,
    loinc TEXT,
    code TEXT,
    title TEXT,
    heading TEXT, -- number and title, its own or of the nearest section around it that has them
    telling TEXT NOT NULL CHECK (telling IN ('full', 'highlights')),
    text TEXT NOT NULL,
    UNIQUE (set_id, version, position),
    FOREIGN KEY (set_id, version) REFERENCES labels ON DELETE CASCADE
) STRICT;

-- Documents that could not be fetched, read or saved. No foreign key: the document itself may be what is missing.
CREATE TABLE failures (
    origin TEXT NOT NULL,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    sha256 TEXT,
    failed_at TEXT NOT NULL,
    PRIMARY KEY (origin, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX failures_by_document ON failures (sha256);

CREATE VIRTUAL TABLE names_fts USING fts5 (
    name, content = names, content_rowid = id, tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER names_inserted AFTER INSERT ON names BEGIN
    INSERT INTO names_fts (rowid, name) VALUES (new.id, new.name);
END;

CREATE TRIGGER names_deleted AFTER DELETE ON names BEGIN
    INSERT INTO names_fts (names_fts, rowid, name) VALUES ('delete', old.id, old.name);
END;

CREATE VIRTUAL TABLE sections_fts USING fts5 (
    title, text, content = sections, content_rowid = id, tokenize = 'porter unicode61 remove_diacritics 2'
);

CREATE TRIGGER sections_inserted AFTER INSERT ON sections BEGIN
    INSERT INTO sections_fts (rowid, title, text) VALUES (new.id, new.title, new.text);
END;

CREATE TRIGGER sections_deleted AFTER DELETE ON sections BEGIN
    INSERT INTO sections_fts (sections_fts, rowid, title, text) VALUES ('delete', old.id, old.title, old.text);
END;
