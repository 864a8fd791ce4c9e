-- The views that other programs rely on. An empty line ends a statement. They are data: made again when they differ.
-- "Current" is the newest stored version of each set id, by number. Lists are JSON, ages are years. Every row of a
-- fact carries section_id, start and end: substr(sections.text, start + 1, end - start) is its statement or evidence.
-- Columns may be added, never renamed.

CREATE VIEW current_labels AS
SELECT l.*, d.source AS document_source, d.fetched_at,
    iif(l.sample, NULL, 'https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=' || l.set_id
        || '&version=' || l.version) AS url
FROM labels l JOIN documents d ON d.sha256 = l.sha256
WHERE l.not_a_label IS NULL AND l.version = (SELECT max(n.version) FROM labels n WHERE n.set_id = l.set_id);

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

-- Indications, boxed warnings and monitoring of consecutive stored versions. A fact is new where the version before
-- neither says the same in other words nor has the same words (which may have been read otherwise). Those left over with the same subject are paired in the order of the label ("changed"); the rest
-- was added or removed. Nothing of this is stored, so the order in which versions were loaded cannot matter.
CREATE VIEW label_changes AS
WITH steps AS (
    SELECT * FROM (
        SELECT set_id, brand, effective_date, sample, version AS to_version,
            lag(version) OVER (PARTITION BY set_id ORDER BY version) AS from_version
        FROM labels WHERE not_a_label IS NULL
    ) WHERE from_version IS NOT NULL
), sides AS (
    SELECT 'new' AS side, to_version AS own, from_version AS other, * FROM steps
    UNION ALL
    SELECT 'old', from_version, to_version, * FROM steps
), differing AS MATERIALIZED (
    SELECT s.*, f.kind, f.subject, f.text, row_number() OVER (
        PARTITION BY s.set_id, s.to_version, s.side, f.kind, f.subject ORDER BY f.position) AS n
    FROM sides s JOIN facts f ON f.set_id = s.set_id AND f.version = s.own
    WHERE f.meaning IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM facts o WHERE o.set_id = s.set_id AND o.version = s.other AND o.kind = f.kind
            AND (o.meaning = f.meaning OR o.wording = f.wording))
    AND NOT EXISTS ( -- each once
        SELECT 1 FROM facts o WHERE o.set_id = s.set_id AND o.version = s.own AND o.kind = f.kind
            AND o.meaning = f.meaning AND o.position < f.position)
)
SELECT set_id, max(brand) AS brand, from_version, to_version, effective_date,
    iif(kind = 'warning', 'boxed warning', kind) || ' '
        || CASE WHEN count(*) = 2 THEN 'changed' WHEN side = 'new' THEN 'added' ELSE 'removed' END AS kind,
    subject, max(iif(side = 'old', text, NULL)) AS before, max(iif(side = 'new', text, NULL)) AS after, sample
FROM differing
GROUP BY set_id, to_version, kind, subject, n;
