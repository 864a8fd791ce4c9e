-- What changed from one stored version of a label to the next, read off both (db/changes.py) whenever one is saved.
-- What it compares is read from the facts themselves, no longer from hashes kept with them.
CREATE TABLE changes (
    change_id TEXT PRIMARY KEY,
    set_id TEXT NOT NULL,
    from_version INTEGER NOT NULL,
    to_version INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('indication', 'boxed warning', 'monitoring')),
    change TEXT NOT NULL CHECK (change IN ('added', 'removed', 'changed', 'reworded')),
    subject TEXT NOT NULL,
    details TEXT, -- for people: what of it changed, and how
    fields TEXT NOT NULL CHECK (json_valid(fields)), -- [{"field", "how", "before": […], "after": […]}, …]
    before_id TEXT REFERENCES facts (fact_id) ON DELETE CASCADE,
    after_id TEXT REFERENCES facts (fact_id) ON DELETE CASCADE,
    CHECK (coalesce(before_id, after_id) IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX changes_by_step ON changes (set_id, to_version);

CREATE INDEX changes_by_before ON changes (before_id);

CREATE INDEX changes_by_after ON changes (after_id);

DROP VIEW IF EXISTS label_changes;

DROP INDEX facts_by_meaning;

ALTER TABLE facts DROP COLUMN subject;

ALTER TABLE facts DROP COLUMN meaning;

ALTER TABLE facts DROP COLUMN wording;
