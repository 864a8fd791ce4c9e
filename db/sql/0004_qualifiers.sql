-- How the disease responded to earlier treatment, as a JSON list of names.
ALTER TABLE indications ADD COLUMN response_status TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(response_status));

-- Bounds of body weight in kilograms.
ALTER TABLE indications ADD COLUMN min_weight_kg REAL;

ALTER TABLE indications ADD COLUMN max_weight_kg REAL;
