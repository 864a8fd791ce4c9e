"""What the cited labels ask to keep in mind: boxed warnings, what to watch, what to do with the dose.

A page must be readable in a minute: the more drugs it has, the fewer hazards have a line of their own. The rest are
told in short, so that nothing is silently dropped. Boxed hazards come first, then the label's own order.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd
from sqlite_utils import Database

from articles.claims import Cited, Row, once, rows_of
from articles.model import DrugConsiderations, Hazard, Note
from articles.wording import listed
from db import queries
from labels.loinc import BOXED_WARNING, GENERAL_PRECAUTIONS, PRECAUTIONS, WARNINGS, WARNINGS_AND_PRECAUTIONS

DOSE_ACTIONS = ("interrupt", "withhold", "reduce dose", "discontinue", "permanently discontinue", "avoid")
UNNAMED = "Also monitor"
_PAGE_HAZARDS = 24
_MOST_HAZARDS, _FEWEST_HAZARDS = 4, 1
_LONGEST_WARNING = 240
_LONGEST_NAME = 5
_WARNING_SECTIONS = frozenset({BOXED_WARNING, WARNINGS_AND_PRECAUTIONS, WARNINGS, PRECAUTIONS, GENERAL_PRECAUTIONS})

Number = Callable[[Row], int]


def considerations(
    database: Database, drugs: Mapping[str, Sequence[Cited]], number: Number
) -> tuple[DrugConsiderations, ...]:
    """Considerations by drug; ``drugs``: the cited labels by display name; ``number`` cites a row's label."""
    room = max(_FEWEST_HAZARDS, min(_MOST_HAZARDS, _PAGE_HAZARDS // max(1, len(drugs))))
    told = (_of_drug(database, drug, labels, number, room) for drug, labels in drugs.items())
    return tuple(one for one in told if one.boxed_warnings or one.hazards)


def _of_drug(database: Database, drug: str, labels: Sequence[Cited], number: Number, room: int) -> DrugConsiderations:
    watched = [row for label in labels for row in _watched(database, label)]
    warned = [row for label in labels for row in _rows(queries.warnings, database, label) if row["boxed"]]
    tabled = [row for label in labels for row in _rows(queries.dose_modifications, database, label) if _is_named(row)]
    hazards = _hazards(watched, number)
    return DrugConsiderations(
        drug=drug,
        boxed_warnings=_merged((_warning(row), number(row)) for row in warned),
        hazards=tuple(hazards[:room]),
        further=tuple(Note(_in_short(h), _citations(h.checks)) for h in hazards[room:]),
        dose_changes=_dose_changes([*watched, *tabled], number),
    )


def _rows(query: Callable[..., pd.DataFrame], database: Database, label: Cited) -> list[Row]:
    return [row for row in rows_of(query(database, drug=label.key.set_id)) if row["set_id"] == label.key.set_id]


def _watched(database: Database, label: Cited) -> list[Row]:
    """What a label asks to watch, from its warnings where they ask for anything: other sections repeat it."""
    rows = _rows(queries.monitoring, database, label)
    return [row for row in rows if row["loinc"] in _WARNING_SECTIONS] or rows


def _is_named(row: Row) -> bool:
    """Whether a row of a dose table is about one risk, and not about a value or about all others."""
    return bool(row["hazard"]) and len(row["hazard"].split()) <= _LONGEST_NAME and not row["hazard"].startswith("other")


def _warning(row: Row) -> str:
    text = re.sub(r"^warnings?:\s*", "", " ".join((row["title"] or row["text"]).split()), flags=re.I)
    return text if len(text) <= _LONGEST_WARNING else text[:_LONGEST_WARNING].rsplit(" ", 1)[0] + " […]"


def _hazards(rows: Iterable[Row], number: Number) -> list[Hazard]:
    by_hazard: dict[str, list[Row]] = {}
    for row in rows:
        by_hazard.setdefault((row["hazard"] or "").casefold(), []).append(row)
    found = [_hazard(of_one, number) for of_one in by_hazard.values()]
    return sorted(found, key=lambda h: (not h.boxed, h.name == UNNAMED))


def _hazard(rows: list[Row], number: Number) -> Hazard:
    by_label: dict[int, list[Row]] = {}
    for row in rows:
        by_label.setdefault(number(row), []).append(row)
    return Hazard(
        name=rows[0]["hazard"] or UNNAMED,
        boxed=any(row["boxed"] for row in rows),
        checks=_merged((text, cited) for cited, of_label in by_label.items() for text in _checks(of_label)),
        actions=_merged((_action(row), number(row)) for row in rows if row["action"]),
    )


def _checks(rows: list[Row]) -> list[str]:
    """One label's checks for one hazard: what is watched at the same times in the same patients is told together."""
    times: dict[tuple[str, str | None], list[str]] = {}
    for row in rows:
        times.setdefault((row["parameter"], row["population"]), []).extend(json.loads(row["timing"]))
    same: dict[tuple[str | None, tuple[str, ...]], list[str]] = {}
    for (parameter, who), told in times.items():
        same.setdefault((who, once(told)), []).append(parameter)
    return [_check(listed(names, "and"), who, when) for (who, when), names in same.items()]


def _check(what: str, who: str | None, when: Sequence[str]) -> str:
    return ": ".join(filter(None, [f"{what} ({who})" if who else what, ", ".join(when)]))


def _action(row: Row) -> str:
    return f"{row['action']} ({row['threshold']})" if row["threshold"] else row["action"]


def _in_short(hazard: Hazard) -> str:
    """A hazard by its name, with what is watched and when; where it has no name, by what is watched alone."""
    watched = "; ".join(once(check.text for check in hazard.checks))
    return watched if hazard.name == UNNAMED else f"{hazard.name} – {watched}"


def _dose_changes(rows: Iterable[Row], number: Number) -> tuple[Note, ...]:
    """What to do with the dose, and for which hazards: "withhold or reduce dose for neutropenia, diarrhea"."""
    actions: dict[str, set[str]] = defaultdict(set)
    cited: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        if words := {*(row["action"] or "").split(", ")}.intersection(DOSE_ACTIONS):
            risk = row["hazard"] or row["parameter"]
            actions[risk] |= words
            cited[risk].add(number(row))
    together: dict[str, list[str]] = defaultdict(list)
    for risk, words in actions.items():
        together[listed([word for word in DOSE_ACTIONS if word in words])].append(risk)
    return tuple(
        Note(f"{what} for {', '.join(once(risks))}", tuple(sorted({n for risk in risks for n in cited[risk]})))
        for what, risks in together.items()
    )


def _merged(told: Iterable[tuple[str, int]]) -> tuple[Note, ...]:
    """Equal texts as one note with all their citations."""
    found: dict[str, tuple[str, set[int]]] = {}
    for text, cited in told:
        found.setdefault(" ".join(text.split()).casefold(), (text, set()))[1].add(cited)
    return tuple(Note(text, tuple(sorted(cited))) for text, cited in found.values())


def _citations(notes: Iterable[Note]) -> tuple[int, ...]:
    return tuple(sorted({number for note in notes for number in note.citations}))
