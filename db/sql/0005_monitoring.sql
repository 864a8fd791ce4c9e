-- What monitoring says, part by part: lists and places are the contract's JSON, each place with its section_id.
ALTER TABLE monitoring ADD COLUMN parameter_id TEXT;

ALTER TABLE monitoring ADD COLUMN schedule TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(schedule));

ALTER TABLE monitoring ADD COLUMN actions TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(actions));

ALTER TABLE monitoring ADD COLUMN population TEXT;

ALTER TABLE monitoring ADD COLUMN population_evidence TEXT
    CHECK (population_evidence IS NULL OR json_valid(population_evidence)); -- one place

ALTER TABLE monitoring ADD COLUMN conditional INTEGER NOT NULL DEFAULT 0 CHECK (conditional IN (0, 1));

CREATE INDEX monitoring_by_parameter ON monitoring (parameter_id);

ALTER TABLE warnings ADD COLUMN number TEXT;

ALTER TABLE warnings ADD COLUMN actions TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(actions));

-- Rows of dose modification tables are facts of a kind of their own.
CREATE TABLE dose_modifications (
    fact_id TEXT PRIMARY KEY REFERENCES facts (fact_id) ON DELETE CASCADE,
    reaction TEXT NOT NULL,
    hazard TEXT,
    severity TEXT,
    action TEXT,
    instruction TEXT NOT NULL,
    table_title TEXT,
    drug TEXT,
    parts TEXT NOT NULL CHECK (json_valid(parts))
) STRICT, WITHOUT ROWID;

-- A check cannot be altered, and other tables lean on this one: its text is edited, which changes no stored row
-- (https://www.sqlite.org/lang_altertable.html, section 7).
PRAGMA writable_schema = ON;

UPDATE sqlite_schema SET sql = replace(sql, '''contraindication'', ''unparsed''',
    '''contraindication'', ''dose modification'', ''unparsed''')
WHERE type = 'table' AND name = 'facts';

PRAGMA writable_schema = RESET;
