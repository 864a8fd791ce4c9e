-- What labels say. Every fact has a row in "facts", with its place, and one in the table of its kind.
-- Everywhere: substr(sections.text, start + 1, "end" - start) = text.
CREATE TABLE facts (
    id INTEGER PRIMARY KEY, -- for facts_fts alone: it differs from one database to the next
    fact_id TEXT NOT NULL UNIQUE,
    set_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('indication', 'monitoring', 'warning', 'contraindication', 'unparsed')),
    position INTEGER NOT NULL,
    section_id TEXT NOT NULL REFERENCES sections (section_id) ON DELETE CASCADE,
    start INTEGER NOT NULL CHECK (start >= 0),
    "end" INTEGER NOT NULL CHECK ("end" > start),
    text TEXT NOT NULL,
    digest TEXT NOT NULL, -- of all that the fact says: a review holds as long as this stays
    -- What label_changes compares; NULL for facts that it does not.
    subject TEXT,
    meaning TEXT, -- the same for facts that say the same in whatever words
    wording TEXT, -- the same for texts of the same words, whatever the case and punctuation
    UNIQUE (set_id, version, kind, position),
    FOREIGN KEY (set_id, version) REFERENCES labels ON DELETE CASCADE
) STRICT;

CREATE INDEX facts_by_section ON facts (section_id);

CREATE INDEX facts_by_meaning ON facts (set_id, version, kind, meaning, wording);

-- The lists are the contract's JSON, each place with its section_id. They stay lists: each is read with its
-- indication and never alone (current_combinations unfolds the regimens), so tables for them would only cost joins.
CREATE TABLE indications (
    fact_id TEXT PRIMARY KEY REFERENCES facts (fact_id) ON DELETE CASCADE,
    intent TEXT NOT NULL,
    stages TEXT NOT NULL CHECK (json_valid(stages)),
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    biomarkers TEXT NOT NULL CHECK (json_valid(biomarkers)),
    regimens TEXT NOT NULL CHECK (json_valid(regimens)),
    population TEXT,
    adult INTEGER CHECK (adult IN (0, 1)),
    pediatric INTEGER CHECK (pediatric IN (0, 1)),
    min_age REAL,
    min_age_unit TEXT,
    max_age REAL,
    max_age_unit TEXT,
    sex TEXT,
    menopausal TEXT,
    line TEXT,
    single_agent INTEGER NOT NULL CHECK (single_agent IN (0, 1)),
    accelerated_approval INTEGER NOT NULL CHECK (accelerated_approval IN (0, 1)),
    test_required INTEGER NOT NULL CHECK (test_required IN (0, 1)),
    confidence REAL NOT NULL,
    parts TEXT NOT NULL CHECK (json_valid(parts)),
    population_evidence TEXT NOT NULL CHECK (json_valid(population_evidence)),
    line_evidence TEXT NOT NULL CHECK (json_valid(line_evidence)),
    prior_therapies TEXT NOT NULL CHECK (json_valid(prior_therapies)),
    limitations TEXT NOT NULL CHECK (json_valid(limitations))
) STRICT;

-- The conditions of an indication; a contraindication has exactly one, which is the fact itself.
CREATE TABLE conditions (
    fact_id TEXT NOT NULL REFERENCES facts (fact_id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    condition_id TEXT, -- the preferred one of ids
    ids TEXT NOT NULL CHECK (json_valid(ids)),
    section_id TEXT NOT NULL REFERENCES sections (section_id) ON DELETE CASCADE,
    start INTEGER NOT NULL CHECK (start >= 0),
    "end" INTEGER NOT NULL CHECK ("end" > start),
    text TEXT NOT NULL,
    PRIMARY KEY (fact_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX conditions_by_section ON conditions (section_id);

CREATE INDEX conditions_by_name ON conditions (name);

CREATE TABLE monitoring (
    fact_id TEXT PRIMARY KEY REFERENCES facts (fact_id) ON DELETE CASCADE,
    parameter TEXT NOT NULL,
    hazard TEXT,
    timing TEXT NOT NULL CHECK (json_valid(timing)),
    threshold TEXT,
    action TEXT,
    action_evidence TEXT CHECK (action_evidence IS NULL OR json_valid(action_evidence)), -- one place
    boxed INTEGER NOT NULL CHECK (boxed IN (0, 1)),
    confidence REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE warnings (
    fact_id TEXT PRIMARY KEY REFERENCES facts (fact_id) ON DELETE CASCADE,
    title TEXT,
    boxed INTEGER NOT NULL CHECK (boxed IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE unparsed (
    fact_id TEXT PRIMARY KEY REFERENCES facts (fact_id) ON DELETE CASCADE,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The whole history; the last row of a digest counts. No foreign key: reviews outlive what they are about.
CREATE TABLE reviews (
    review_id INTEGER PRIMARY KEY AUTOINCREMENT,
    fact_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('submitted', 'under review', 'approved', 'rejected')),
    reviewer TEXT NOT NULL,
    note TEXT,
    reviewed_at TEXT NOT NULL
) STRICT;

CREATE INDEX reviews_by_digest ON reviews (digest, review_id);

CREATE VIRTUAL TABLE facts_fts USING fts5 (
    text, content = facts, content_rowid = id, tokenize = 'porter unicode61 remove_diacritics 2'
);

CREATE TRIGGER facts_inserted AFTER INSERT ON facts BEGIN
    INSERT INTO facts_fts (rowid, text) VALUES (new.id, new.text);
END;

CREATE TRIGGER facts_deleted AFTER DELETE ON facts BEGIN
    INSERT INTO facts_fts (facts_fts, rowid, text) VALUES ('delete', old.id, old.text);
END;
