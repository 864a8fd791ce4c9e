-- The views that other programs rely on. An empty line ends a statement. They are data: made again when they differ.
-- "Current" is the newest stored version of each set id, by number. A label that no source lists any more stays, with
-- the day on which that was first seen (withdrawn_on). Lists are JSON, ages are years. Every row of a
-- fact carries section_id, start and end: substr(sections.text, start + 1, end - start) is its statement or evidence.
-- Columns may be added, never renamed.

CREATE VIEW current_labels AS
SELECT l.*, d.source AS document_source, d.fetched_at,
    iif(l.sample, NULL, 'https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=' || l.set_id
        || '&version=' || l.version) AS url,
    (SELECT max(w.withdrawn_on) FROM withdrawals w WHERE w.set_id = l.set_id
        AND NOT EXISTS (SELECT 1 FROM listed o WHERE o.set_id = w.set_id)) AS withdrawn_on
FROM labels l JOIN documents d ON d.sha256 = l.sha256
WHERE l.not_a_label IS NULL AND l.version = (SELECT max(n.version) FROM labels n WHERE n.set_id = l.set_id);

-- A row per product of a repackager; source_set_id is the label that the product comes from, where that is stored.
CREATE VIEW repackaged_labels AS
SELECT l.set_id, l.version, l.brand, l.generic, l.labeler, p.name AS product, p.source_ndc, s.set_id AS source_set_id,
    s.brand AS source_brand, s.labeler AS source_labeler, l.url
FROM current_labels l
JOIN products p ON p.set_id = l.set_id AND p.version = l.version AND p.source_ndc IS NOT NULL
LEFT JOIN (
    SELECT c.code, o.* FROM codes c JOIN current_labels o ON o.set_id = c.set_id AND o.version = c.version
    WHERE c.kind = 'NDC'
        AND NOT EXISTS (SELECT 1 FROM products r WHERE r.set_id = o.set_id AND r.version = o.version AND r.source_ndc = c.code)
) s ON s.code = p.source_ndc AND s.set_id <> l.set_id;

-- Full-text search: SELECT … FROM sections_fts JOIN current_sections c ON c.id = sections_fts.rowid
-- WHERE sections_fts MATCH 'words' ORDER BY rank
CREATE VIEW current_sections AS
SELECT s.*, l.brand, l.generic, l.labeler, l.effective_date, l.sample, l.url
FROM current_labels l JOIN sections s ON s.set_id = l.set_id AND s.version = l.version;

-- What the views of all kinds of facts have in common.
CREATE VIEW current_facts AS
SELECT f.fact_id, f.kind, f.position, f.text, f.section_id, f.start, f."end",
    l.set_id, l.version, l.effective_date, l.brand, l.generic, l.labeler, l.sample, l.source, l.document_source, l.url,
    coalesce(s.heading, s.loinc) AS section, s.number AS section_number, s.loinc, s.telling,
    coalesce((SELECT r.status FROM reviews r WHERE r.digest = f.digest ORDER BY r.review_id DESC LIMIT 1), 'submitted')
        AS review_status
FROM current_labels l
JOIN facts f ON f.set_id = l.set_id AND f.version = l.version
JOIN sections s ON s.section_id = f.section_id;

-- A row per indication and condition; condition is NULL where none was found. The label's own ages are in *_value.
CREATE VIEW current_indications AS
SELECT f.fact_id AS indication_id, f.set_id, f.version, f.effective_date, f.brand, f.generic, f.labeler, f.section,
    f.text AS statement, i.intent, c.name AS condition, c.condition_id, i.stages, i.settings, i.biomarkers,
    i.population,
    i.min_age / CASE i.min_age_unit WHEN 'year' THEN 1 WHEN 'month' THEN 12 WHEN 'week' THEN 52.1775
        WHEN 'day' THEN 365.25 END AS min_age,
    i.max_age / CASE i.max_age_unit WHEN 'year' THEN 1 WHEN 'month' THEN 12 WHEN 'week' THEN 52.1775
        WHEN 'day' THEN 365.25 END AS max_age,
    i.line, i.single_agent, i.regimens, i.accelerated_approval,
    iif(i.limitations = '[]', '[]', (SELECT json_group_array(json_extract(value, '$.text'))
        FROM json_each(i.limitations))) AS limitations,
    f.review_status, f.url, f.section_id, f.start, f."end",
    c.text AS condition_text, c.ids AS condition_ids, c.position AS condition_position,
    c.section_id AS condition_section_id, c.start AS condition_start, c."end" AS condition_end,
    i.parts, i.population_evidence, i.line_evidence, i.prior_therapies, i.limitations AS limitation_evidence,
    i.adult, i.pediatric, i.min_age AS min_age_value, i.min_age_unit, i.max_age AS max_age_value, i.max_age_unit,
    i.sex, i.menopausal, i.test_required, i.confidence, i.related,
    i.response_status, i.min_weight_kg, i.max_weight_kg,
    f.loinc, f.section_number, f.telling, f.sample, f.source, f.document_source, f.position
FROM current_facts f
JOIN indications i ON i.fact_id = f.fact_id
LEFT JOIN conditions c ON c.fact_id = f.fact_id
WHERE f.kind = 'indication';

-- A row per partner. Regimens are numbered from 1; "evidence" is the partner's place.
CREATE VIEW current_combinations AS
SELECT f.fact_id AS indication_id, f.set_id, f.version, f.effective_date, f.brand, f.generic, f.labeler, f.section,
    (SELECT group_concat(name, '; ') FROM conditions WHERE fact_id = f.fact_id) AS condition,
    r.key + 1 AS regimen, json_extract(r.value, '$.role') AS role,
    json_extract(p.value, '$.name') AS partner, json_extract(p.value, '$.kind') AS partner_kind,
    coalesce(json_extract(p.value, '$.ids.UNII'), (SELECT value FROM json_each(p.value, '$.ids') LIMIT 1))
        AS partner_id,
    json_extract(p.value, '$.text') AS evidence, f.url, json_extract(p.value, '$.section_id') AS section_id,
    json_extract(p.value, '$.start') AS start, json_extract(p.value, '$.end') AS "end",
    json_extract(p.value, '$.ids') AS partner_ids, p.key AS partner_position,
    json_extract(r.value, '$.optional') AS optional,
    f.text AS statement, i.intent, i.stages, i.settings, i.biomarkers, i.line, i.single_agent, f.review_status,
    f.loinc, f.section_number, f.telling, f.sample, f.source, f.document_source, f.position
FROM current_facts f
JOIN indications i ON i.fact_id = f.fact_id AND i.regimens <> '[]'
JOIN json_each(i.regimens) r
JOIN json_each(r.value, '$.partners') p
WHERE f.kind = 'indication';

-- "kind" is routine or conditional; warning_id is the warning whose text asks for it.
CREATE VIEW current_monitoring AS
SELECT f.fact_id AS monitoring_id, f.set_id, f.version, f.effective_date, f.brand, f.generic, f.labeler,
    m.hazard, m.parameter, m.timing, m.threshold, m.action, m.boxed, f.section, f.text AS evidence, f.review_status,
    f.url, f.section_id, f.start, f."end", m.action_evidence, m.confidence,
    m.parameter_id, m.schedule, m.actions, m.population, m.population_evidence,
    iif(m.conditional, 'conditional', 'routine') AS kind,
    (SELECT w.fact_id FROM facts w WHERE w.section_id = f.section_id AND w.kind = 'warning'
        AND w.start <= f.start AND w."end" >= f."end" ORDER BY w."end" - w.start LIMIT 1) AS warning_id,
    f.loinc, f.section_number, f.telling, f.sample, f.source, f.document_source, f.position
FROM current_facts f JOIN monitoring m ON m.fact_id = f.fact_id
WHERE f.kind = 'monitoring';

-- "monitoring" lists the monitoring_id of what the warning's own text asks to watch.
CREATE VIEW current_warnings AS
SELECT f.fact_id AS warning_id, f.set_id, f.version, f.effective_date, f.brand, f.generic, f.labeler, f.section,
    w.number, w.title, w.boxed, f.text, f.review_status, f.url, f.section_id, f.start, f."end", w.actions,
    (SELECT json_group_array(m.fact_id) FROM facts m WHERE m.section_id = f.section_id AND m.kind = 'monitoring'
        AND m.start >= f.start AND m."end" <= f."end") AS monitoring,
    f.loinc, f.section_number, f.telling, f.sample, f.source, f.document_source, f.position
FROM current_facts f JOIN warnings w ON w.fact_id = f.fact_id
WHERE f.kind = 'warning';

-- A row per adverse reaction and severity of the dose modification tables; "evidence" is the table's row.
CREATE VIEW current_dose_modifications AS
SELECT f.fact_id AS dose_modification_id, f.set_id, f.version, f.effective_date, f.brand, f.generic, f.labeler,
    d.reaction, d.hazard, d.severity, d.action, d.instruction, d.drug, d.table_title, f.section, f.text AS evidence,
    f.review_status, f.url, f.section_id, f.start, f."end", d.parts,
    f.loinc, f.section_number, f.telling, f.sample, f.source, f.document_source, f.position
FROM current_facts f JOIN dose_modifications d ON d.fact_id = f.fact_id
WHERE f.kind = 'dose modification';

CREATE VIEW current_contraindications AS
SELECT f.fact_id AS contraindication_id, f.set_id, f.version, f.effective_date, f.brand, f.generic, f.labeler,
    f.section, c.name AS condition, c.condition_id, c.ids AS condition_ids, f.text AS evidence, f.review_status,
    f.url, f.section_id, f.start, f."end",
    f.loinc, f.section_number, f.telling, f.sample, f.source, f.document_source, f.position
FROM current_facts f JOIN conditions c ON c.fact_id = f.fact_id
WHERE f.kind = 'contraindication';

-- Statements that were seen and not understood.
CREATE VIEW current_unparsed AS
SELECT f.fact_id AS unparsed_id, f.set_id, f.version, f.effective_date, f.brand, f.generic, f.labeler, f.section,
    u.reason, f.text AS evidence, f.url, f.section_id, f.start, f."end",
    f.loinc, f.section_number, f.telling, f.sample, f.source, f.document_source, f.position
FROM current_facts f JOIN unparsed u ON u.fact_id = f.fact_id
WHERE f.kind = 'unparsed';

-- Every place that any fact rests on: "text" is what stands there.
CREATE VIEW evidence AS
SELECT fact_id, 'statement' AS role, section_id, start, "end", text FROM facts
UNION ALL
SELECT fact_id, 'condition', section_id, start, "end", text FROM conditions
UNION ALL
SELECT fact_id, role, json_extract(value, '$.section_id'), json_extract(value, '$.start'),
    json_extract(value, '$.end'), json_extract(value, '$.text')
FROM (
    SELECT fact_id, 'part' AS role, e.value FROM indications, json_each(parts) e
    UNION ALL
    SELECT fact_id, 'biomarker', e.value FROM indications, json_each(biomarkers) e
    UNION ALL
    SELECT fact_id, 'related condition', e.value FROM indications, json_each(related) e
    UNION ALL
    SELECT fact_id, 'partner', e.value FROM indications, json_each(regimens) r, json_each(r.value, '$.partners') e
    UNION ALL
    SELECT fact_id, 'population', e.value FROM indications, json_each(population_evidence) e
    UNION ALL
    SELECT fact_id, 'line', e.value FROM indications, json_each(line_evidence) e
    UNION ALL
    SELECT fact_id, 'prior therapy', e.value FROM indications, json_each(prior_therapies) e
    UNION ALL
    SELECT fact_id, 'limitation', e.value FROM indications, json_each(limitations) e
    UNION ALL
    SELECT fact_id, 'action', action_evidence FROM monitoring WHERE action_evidence IS NOT NULL
    UNION ALL
    SELECT fact_id, 'population', population_evidence FROM monitoring WHERE population_evidence IS NOT NULL
    UNION ALL
    SELECT fact_id, 'timing', e.value FROM monitoring, json_each(schedule) e
    UNION ALL
    SELECT fact_id, 'order', e.value FROM monitoring, json_each(actions) e
    UNION ALL
    SELECT fact_id, 'threshold', e.value FROM monitoring, json_each(actions) a, json_each(a.value, '$.thresholds') e
    UNION ALL
    SELECT fact_id, 'part', e.value FROM dose_modifications, json_each(parts) e
);

-- What differs between consecutive stored versions, with the place of both sides. "textual" rows are words that were
-- changed without a change of fact. "fields" lists what changed of a fact, "details" tells it in words.
CREATE VIEW label_edits AS
SELECT l.set_id, l.brand, c.from_version, c.to_version, l.effective_date, c.kind || ' ' || c.change AS kind, c.subject,
    b.text AS before, a.text AS after, c.details, c.fields, c.change = 'reworded' AS textual,
    c.before_id, b.section_id AS before_section_id, b.start AS before_start, b."end" AS before_end,
    c.after_id, a.section_id AS after_section_id, a.start AS after_start, a."end" AS after_end,
    c.change_id, l.generic, l.labeler, l.sample, iif(l.sample, NULL,
        'https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=' || l.set_id || '&version=' || l.version) AS url,
    coalesce(a.position, b.position) AS position
FROM changes c
JOIN labels l ON l.set_id = c.set_id AND l.version = c.to_version
LEFT JOIN facts b ON b.fact_id = c.before_id
LEFT JOIN facts a ON a.fact_id = c.after_id;

-- Indications, boxed warnings and monitoring that were added, removed or changed.
CREATE VIEW label_changes AS
SELECT * FROM label_edits WHERE NOT textual;
