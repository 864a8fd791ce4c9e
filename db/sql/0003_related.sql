-- Conditions told beside those that are treated: the contract's JSON, each with its role and its place.
ALTER TABLE indications ADD COLUMN related TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(related));
