"""Named queries that give pandas DataFrames: what notebooks, articles and the command line read.

The frames have the columns of the view they read. Lists stay JSON text, flags are bool, ages and confidence
float, what is missing is None (NaN in float columns). What users type is a parameter, never part of the SQL.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import pandas as pd
from rapidfuzz import fuzz, process
from sqlite_utils import Database

from db.connection import place
from db.rows import KINDS
from extract.parameters import mentions
from labels.loinc import OPENFDA_KEYS

Where = tuple[str, list[object]]

_BROKEN = re.compile("[\0\ud800-\udfff]")  # what SQLite cannot take
_DTYPES = (
    dict.fromkeys(
        ("single_agent", "accelerated_approval", "test_required", "boxed", "sample", "optional", "textual"), "bool"
    )
    | dict.fromkeys(("adult", "pediatric"), "boolean")
    | dict.fromkeys(("min_age", "max_age", "min_age_value", "max_age_value", "confidence"), "float64")
    | dict.fromkeys(("version", "start", "end", "position", "regimen", "partner_position"), "int64")
    | dict.fromkeys(("from_version", "to_version"), "int64")
    | dict.fromkeys(("before_start", "before_end", "after_start", "after_end"), "Int64")
)


def indications(
    database: Database,
    *,
    drug: str | None = None,
    condition: str | None = None,
    biomarker: str | None = None,
    section: str | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """``current_indications``: a row per indication and condition.

    ``drug``: words that follow each other in a brand, generic or ingredient name (the last may be cut short),
    or a whole set id, NDC, UNII or application number. ``condition``: words of its name, or an id.
    ``biomarker``: "HER2", "HER2-negative", "HR+" or a gene id. ``section``: words or number of its heading, a
    LOINC code, or a name like "boxed warning".
    """
    wheres = [_drug(drug), _condition(condition), _biomarker(biomarker), _section(section)]
    return _frame(database, "current_indications", wheres, _ORDER + ", condition_position", limit)


def combinations(
    database: Database,
    *,
    drug: str | None = None,
    condition: str | None = None,
    biomarker: str | None = None,
    partner: str | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """``current_combinations``: a row per partner. ``partner``: words of its name; else as for those."""
    wheres = [_drug(drug), _condition_of(condition), _biomarker(biomarker), _words("partner", partner)]
    return _frame(database, "current_combinations", wheres, _ORDER + ", regimen, partner_position", limit)


def monitoring(
    database: Database,
    *,
    drug: str | None = None,
    parameter: str | None = None,
    hazard: str | None = None,
    kind: str | None = None,
    boxed: bool | None = None,
    section: str | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """``current_monitoring``: a row per thing to watch.

    ``parameter``: its words, its id, or any name that labels give it ("LVEF", "ejection fraction"); ``hazard``: words
    of it; ``kind``: "routine" or "conditional".
    """
    told = [_drug(drug), _parameter(parameter), _words("hazard", hazard), _flag("boxed", boxed), _section(section)]
    of_kind: Where | None = None if kind is None else ("kind = ?", [kind])
    return _frame(database, "current_monitoring", [*told, of_kind], _ORDER, limit)


def dose_modifications(
    database: Database,
    *,
    drug: str | None = None,
    hazard: str | None = None,
    section: str | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """``current_dose_modifications``: a row per line of the dose modification tables.

    ``hazard``: words of the adverse reaction, as the label has it or normalized.
    """
    either: Where | None = None if hazard is None else ("says(hazard, ?, 0) OR says(reaction, ?, 0)", [hazard, hazard])
    return _frame(database, "current_dose_modifications", [_drug(drug), either, _section(section)], _ORDER, limit)


def contraindications(
    database: Database, *, drug: str | None = None, condition: str | None = None, limit: int | None = None
) -> pd.DataFrame:
    """``current_contraindications``: a row per condition in which the drug must not be given."""
    named = None if condition is None else _condition_of(condition, "contraindication_id")
    return _frame(database, "current_contraindications", [_drug(drug), named], _ORDER, limit)


def warnings(
    database: Database,
    *,
    drug: str | None = None,
    boxed: bool | None = None,
    section: str | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """``current_warnings``: a row per warned risk; ``boxed`` picks those in, or not in, a boxed warning."""
    return _frame(database, "current_warnings", [_drug(drug), _flag("boxed", boxed), _section(section)], _ORDER, limit)


def labels(database: Database, *, drug: str | None = None, limit: int | None = None) -> pd.DataFrame:
    """``current_labels``: a row per set id, at its newest stored version."""
    return _frame(database, "current_labels", [_drug(drug)], "brand, set_id", limit)


def sections(
    database: Database, *, drug: str | None = None, search: str | None = None, limit: int | None = None
) -> pd.DataFrame:
    """Sections of the current labels. ``search``: words and "phrases" that all stand in one; the best first.

    ``snippet`` shows the place found; it is None without ``search``.
    """
    if search is None:
        tables, given = "(SELECT *, NULL AS snippet, 0 AS rank FROM current_sections)", []
    else:
        tables, given = _FOUND_SECTIONS, [_search(search)]
    order = "rank, brand, set_id, position"
    return _frame(database, tables, [_drug(drug)], order, limit, given).drop(columns=["id", "rank"])


_FOUND_SECTIONS = """(
    SELECT c.*, snippet(sections_fts, 1, '[', ']', '…', 24) AS snippet, sections_fts.rank
    FROM sections_fts JOIN current_sections c ON c.id = sections_fts.rowid WHERE sections_fts MATCH ?
)"""


def changes(
    database: Database,
    *,
    drug: str | None = None,
    since: str | None = None,
    textual: bool = False,
    limit: int | None = None,
) -> pd.DataFrame:
    """``label_changes``: a row per fact that differs from the version stored before; the newest first.

    ``since``: the earliest effective date of the later version, as YYYY-MM-DD. With ``textual``, the rows of
    ``label_edits``: words that were changed without a change of fact, too.
    """
    dated: Where | None = None if since is None else ("effective_date >= ?", [since])
    view = "label_edits" if textual else "label_changes"
    order = "effective_date DESC, brand, set_id, to_version DESC, position, kind, change_id"
    return _frame(database, view, [_drug(drug), dated], order, limit)


def failures(database: Database, *, limit: int | None = None) -> pd.DataFrame:
    """Documents that could not be fetched, read or saved, and why; the newest first."""
    return _frame(database, "failures", [], "failed_at DESC, origin, name", limit)


def near_names(database: Database, name: str, *, limit: int = 5) -> list[str]:
    """Names of current drugs that look like ``name``, the nearest first; empty where none is near."""
    rows = database.execute("SELECT DISTINCT name FROM names JOIN current_labels USING (set_id, version)")
    names = {stored.casefold(): stored for (stored,) in rows.fetchall()}
    near = process.extract(name.casefold(), list(names), scorer=fuzz.WRatio, limit=limit, score_cutoff=70)
    return [names[match] for match, _, _ in near]


def status(database: Database) -> dict[str, Any]:
    """What the database holds: counts of its rows, of the current labels' facts, and its newest dates."""
    counts = {
        "documents": "documents",
        "labels": "current_labels",
        "label_versions": "labels WHERE not_a_label IS NULL",
        "not_labels": "labels WHERE not_a_label IS NOT NULL",
        "samples": "current_labels WHERE sample",
        "sections": "sections",
        "failures": "failures",
    }
    told: dict[str, Any] = {"path": place(database)}
    told |= {name: _value(database, f"count(*) FROM {tables}") for name, tables in counts.items()}
    of_kind = dict(
        database.execute(
            "SELECT kind, count(*) FROM facts JOIN current_labels USING (set_id, version) GROUP BY kind"
        ).fetchall()
    )
    told |= {name: of_kind.get(kind, 0) for name, kind in KINDS.items()}
    told["newest_effective_date"] = _value(database, "max(effective_date) FROM current_labels")
    told["last_fetched_at"] = _value(database, "max(fetched_at) FROM documents")
    return told


_ORDER = "brand, set_id, position"


def _value(database: Database, select: str) -> Any:
    return database.execute(f"SELECT {select}").fetchone()[0]


def _frame(
    database: Database,
    tables: str,
    wheres: Iterable[Where | None],
    order: str,
    limit: int | None,
    parameters: Iterable[object] = (),
) -> pd.DataFrame:
    database.register_function(says, deterministic=True)
    given = [where for where in wheres if where]
    sql = f"SELECT * FROM {tables}"  # noqa: S608 - our own text; what users type are parameters
    if given:
        sql += " WHERE " + " AND ".join(f"({text})" for text, _ in given)
    values = [*parameters, *(value for _, found in given for value in found), -1 if limit is None else limit]
    values = [_BROKEN.sub(" ", value) if isinstance(value, str) else value for value in values]
    cursor = database.execute(f"{sql} ORDER BY {order} LIMIT ?", values)
    columns = [column[0] for column in cursor.description]
    frame = pd.DataFrame(cursor.fetchall(), columns=columns, dtype=object)
    return frame.astype({name: _DTYPES[name] for name in columns if name in _DTYPES})


# Filters: each gives the SQL and its parameters, or None where the filter is not used


def _drug(value: str | None) -> Where | None:
    """Labels of which any stored version has the name or code."""
    if value is None:
        return None
    named = "SELECT n.set_id FROM names_fts JOIN names n ON n.id = names_fts.rowid WHERE names_fts MATCH ?"
    coded = "SELECT set_id FROM codes WHERE code = ?"
    values: list[object] = [value.strip().lower(), _phrase(value), value.strip()]
    return f"set_id IN (SELECT ? UNION ALL {named} UNION ALL {coded})", values


def _condition(value: str | None) -> Where | None:
    if value is None:
        return None
    return (
        "says(condition, ?, 0) OR says(condition_text, ?, 0) OR condition_id = ? COLLATE NOCASE "
        "OR EXISTS (SELECT 1 FROM json_each(condition_ids) WHERE value = ? COLLATE NOCASE)",
        [value, value, value, value],
    )


def _condition_of(value: str | None, fact_id: str = "indication_id") -> Where | None:
    if value is None:
        return None
    return (
        f"EXISTS (SELECT 1 FROM conditions c WHERE c.fact_id = {fact_id} AND (says(c.name, ?, 0) "  # noqa: S608
        "OR says(c.text, ?, 0) OR EXISTS (SELECT 1 FROM json_each(c.ids) WHERE value = ? COLLATE NOCASE)))",
        [value, value, value],
    )


def _parameter(value: str | None) -> Where | None:
    """By words of its name, by id, or by a form of its name that stands alone: "LVEF" is the ejection fraction."""
    if value is None:
        return None
    ids = [m.parameter.id for m in mentions(value) if (m.start, m.end) == (0, len(value))] or [value]
    return "says(parameter, ?, 0) OR parameter_id = ? COLLATE NOCASE", [value, ids[0]]


def _flag(column: str, value: bool | None) -> Where | None:
    return None if value is None else (f"{column} = ?", [int(value)])


def _biomarker(value: str | None) -> Where | None:
    if value is None:
        return None
    told = re.sub(r"(?<=\w)[-−–](?=\s|$)", " negative", re.sub(r"(?<=\w)\+(?=\s|$)", " positive", value))
    return (
        "biomarkers <> '[]' AND EXISTS (SELECT 1 FROM json_each(biomarkers) b "
        "WHERE says(json_extract(b.value, '$.marker') || ' ' || json_extract(b.value, '$.state'), ?, 1) "
        "OR json_extract(b.value, '$.gene') = ? COLLATE NOCASE)",
        [told, value.strip()],
    )


def _words(column: str, value: str | None) -> Where | None:
    return None if value is None else (f"says({column}, ?, 0)", [value])


def _section(value: str | None) -> Where | None:
    """By words or number of the heading ("5" is 5.1 too), LOINC code, or the name that openFDA gives that."""
    if value is None:
        return None
    if re.fullmatch(r"\s*\d+(\.\d+)*\s*", value):
        return "section_number || '.' GLOB ?", [f"{value.strip()}.*"]
    name = "_".join(words(value))
    codes = [code for key, code in OPENFDA_KEYS.items() if name and key.startswith(name)]
    codes = list(dict.fromkeys([value.strip(), *codes]))
    return f"says(section, ?, 0) OR loinc IN ({', '.join('?' * len(codes))})", [value, *codes]


def says(text: str | None, wanted: str, whole: int) -> bool:
    """Whether every word of ``wanted`` is, or with ``whole`` = 0 begins, a word of ``text``."""
    asked, told = words(wanted), words(text or "")
    if whole:
        return bool(asked) and set(asked) <= set(told)
    return bool(asked) and all(any(word.startswith(w) for word in told) for w in asked)


@lru_cache(maxsize=50_000)
def words(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, without accents and punctuation."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return tuple(re.findall(r"[^\W_]+", plain.casefold()))


def _phrase(value: str) -> str:
    """An FTS5 query for names in which these words follow each other, the last one cut short or not."""
    return f'"{value.replace(chr(34), " ")}" *' if words(value) else '""'


def _search(value: str) -> str:
    """An FTS5 query for texts with all of these words, and with those in quotes as a phrase."""
    pieces = value.split('"')
    terms = [*pieces[1::2], *" ".join(pieces[0::2]).split()]
    return " ".join(f'"{term}"' for term in terms if words(term)) or '""'
