"""What changed from one stored version of a label to the next: indications, boxed warnings, monitoring.

A change of fact needs a change of the words it rests on. A fact that is read otherwise from words that stand in both
versions, that is told once more, or whose cross-references moved, has not changed.

``between`` compares two versions and knows no database. ``renew`` keeps the table ``changes`` in step with what is
stored: it depends on the versions that are there and on nothing else, so the order in which they came cannot matter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, cast

from rapidfuzz import fuzz
from sqlite_utils import Database

from db.rows import Row, stable_id
from db.versions import BOUNDS, Said, Value, Values, Version, letters, read_version

METHOD = 2
"""The number of this way to compare: raise it with every change here, and databases compare their versions anew."""

How = Literal["added", "removed", "changed", "reworded"]

_ALIKE, _NEARLY_THE_SAME = 0.5, 0.75
"""How alike two texts are that may be one fact, before and after: of one subject, and of two."""
_MOST = 300
"""Facts of a side that are paired: a bound for labels made to harm."""


@dataclass(frozen=True)
class Change:
    """One thing that changed; ``fields`` has an item for each field that did: field, how, before, after."""

    how: How
    before: Said | None
    after: Said | None
    fields: tuple[Row, ...] = ()

    @property
    def fact(self) -> Said:
        """The fact as it is now, or as it was where it is gone."""
        return cast("Said", self.after or self.before)

    @property
    def details(self) -> str | None:
        """What of it changed, in words: "population widened: women → adults; partner added: fulvestrant"."""
        return "; ".join(map(_told, self.fields)) or None


def _told(item: Row) -> str:
    sides = " → ".join(filter(None, ("; ".join(item["before"]), "; ".join(item["after"]))))
    return f"{item['field']} {item['how']}" + (f": {sides}" if sides else "")


# Comparing two versions


def between(old: Version, new: Version) -> list[Change]:
    """What changed from one version to the next, in the order of the label; rewordings too."""
    before, after = _only_in(old, new), _only_in(new, old)
    pairs = _paired(before, after)
    found = [change for o, n in pairs if (change := _changed(o, n, old, new))]
    gone = _alone(before, {o.fact_id for o, _ in pairs}, new)
    come = _alone(after, {n.fact_id for _, n in pairs}, old)
    found += [Change("removed", o, None) for o in gone] + [Change("added", None, n) for n in come]
    return sorted(found, key=lambda c: (c.fact.kind, c.fact.position, c.after is None))


def _only_in(one: Version, other: Version) -> list[Said]:
    """Facts that the other version does not tell in the same words."""
    there = {(fact.meaning, fact.letters) for fact in other.facts}
    return [fact for fact in one.facts if (fact.meaning, fact.letters) not in there]


def _paired(before: list[Said], after: list[Said]) -> list[tuple[Said, Said]]:
    """Facts that are one, before and after: the likest first, each once."""
    ranked = sorted(
        ((likeness, o, n) for o in before[:_MOST] for n in after[:_MOST] if (likeness := _likeness(o, n))),
        key=lambda found: (-found[0], found[1].position, found[2].position),
    )
    used: set[str] = set()
    pairs: list[tuple[Said, Said]] = []
    for _, o, n in ranked:
        if not used & {o.fact_id, n.fact_id}:
            used |= {o.fact_id, n.fact_id}
            pairs.append((o, n))
    return pairs


def _likeness(o: Said, n: Said) -> float:
    """How likely two facts are the same one, before and after; 0 where they are not."""
    if o.kind != n.kind:
        return 0.0
    same_subject = o.about == n.about
    least = _ALIKE if same_subject else _NEARLY_THE_SAME
    alike = fuzz.ratio(o.told, n.told, score_cutoff=100 * least) / 100
    if not alike:
        return 0.0
    shared = sum(set(o.fields[name]) == set(n.fields[name]) for name in o.fields) / len(o.fields)
    return alike + same_subject / 4 + shared / 4


def _changed(o: Said, n: Said, old: Version, new: Version) -> Change | None:
    """What changed of a fact; None where its words stand in both versions."""
    notes = {version.letters(o.kind).count("acceleratedapproval") for version in (old, new)}
    same_words = new.tells(o) and old.tells(n)
    names = [] if same_words else [name for name in n.fields if name != "approval"]
    if o.kind == "indication" and len(notes) > 1:  # the note stands beside the words that it is about
        names.append("approval")
    differing = (_difference(name, o, n, old, new) for name in names)
    fields = tuple(item for item in differing if item)
    if fields:
        return Change("changed", o, n, fields)
    return None if same_words or o.letters == n.letters else Change("reworded", o, n)


def _alone(facts: Iterable[Said], paired: set[str], other: Version) -> Iterator[Said]:
    """Facts without a pair that the other version tells nowhere, each once."""
    seen: set[object] = set()
    for fact in facts:
        if fact.fact_id in paired or fact.meaning in seen or _is_within(fact, other) or other.tells(fact):
            continue
        seen.add(fact.meaning)
        yield fact


def _is_within(fact: Said, other: Version) -> bool:
    """Whether one fact of the other version says all that this one does; what it orders may stand anywhere there."""

    def says(one: Said, name: str, told: Values) -> bool:
        return all(key in one.fields[name] or _stands(name, value, one, other) for key, value in told.items())

    return any(
        one.meaning == fact.meaning
        or (fact.kind == "monitoring" and all(says(one, name, told) for name, told in fact.fields.items()))
        for one in other.about.get(fact.about, ())
    )


def _difference(name: str, o: Said, n: Said, old: Version, new: Version) -> Row | None:
    """One field that changed: its name, how, and what is shown of each side; None where it did not."""
    was, now = o.fields[name], n.fields[name]
    lost = [value for told, value in was.items() if told not in now]
    gained = [value for told, value in now.items() if told not in was]
    if name == "action" or not (lost and gained):  # what only came or only went may have been overlooked before
        lost = [value for value in lost if not _stands(name, value, n, new)]
        gained = [value for value in gained if not _stands(name, value, o, old)]
    if not lost and not gained:
        return None
    how = "changed" if lost and gained else "added" if gained else "removed"
    if name == "population" and o.kind == "indication":
        how = _direction(o.who, n.who)
    elif name == "approval":
        how = "made accelerated" if gained else "made regular"
    item: Row = {"field": name, "how": how}
    for side, values in (("before", lost), ("after", gained)):
        item[side] = [value.shown for value in values if value.shown]
        item[f"{side}_words"] = [value.words for value in values if value.words]
    return item


def _stands(name: str, value: Value, fact: Said, version: Version) -> bool:
    """Whether the words of a value stand where a fact of the other version was read, or what it orders anywhere."""
    there = "".join(fact.letters) + (version.letters(fact.kind) if name == "action" else "")
    return bool(value.words) and letters(value.words) in there


def _direction(was: tuple[Any, ...], now: tuple[Any, ...]) -> str:
    """Whether a population became wider or narrower, or is only named now; "changed" where it is none or several."""
    moved = {_moved(name, a, b) for name, a, b in zip(BOUNDS, was, now, strict=True) if a != b} - {""}
    if not moved and was.count(None) > now.count(None):
        return "specified"
    return moved.pop() if len(moved) == 1 else "changed"


def _moved(name: str, a: Any, b: Any) -> str:
    if name in ("adult", "pediatric"):  # "patients" that become "adults" were mostly meant so before
        return "" if a is None or b is None else "widened" if b else "narrowed"
    if a is None or b is None:
        return "widened" if b is None else "narrowed"
    if isinstance(a, str):
        return "changed"
    return "widened" if (b < a) == name.startswith("min") else "narrowed"


# Keeping the table


def renew(database: Database, set_id: str, version: int | None = None) -> None:
    """Compare the stored versions of a label anew: all, or those on both sides of one that came, changed or went.

    To be called within the transaction that changed them.
    """
    rows = database.execute("SELECT version FROM labels WHERE set_id = ? AND not_a_label IS NULL ORDER BY 1", [set_id])
    steps = list(pairwise(number for (number,) in rows.fetchall()))
    touched = [(a, b) for a, b in steps if version is None or a <= version <= b]
    if version is None:
        database.execute("DELETE FROM changes WHERE set_id = ?", [set_id])
    else:
        lies_in = "set_id = ? AND from_version <= ? AND to_version >= ?"
        database.execute(f"DELETE FROM changes WHERE {lies_in}", [set_id, version, version])  # noqa: S608 - our own text
    for a, b in touched:
        found = between(read_version(database, set_id, a), read_version(database, set_id, b))
        rows_of_step = [_row(set_id, a, b, change) for change in found]
        database.conn.executemany(_INSERT, rows_of_step)


def renew_all(database: Database) -> None:
    """Compare all versions anew where that was done by an older method, as it is after an update of the program."""
    of_several = "SELECT set_id FROM labels GROUP BY set_id HAVING count(*) > 1"
    for (set_id,) in database.execute(of_several).fetchall():
        renew(database, set_id)
    database.execute(f"PRAGMA user_version = {METHOD}")


def are_stale(database: Database) -> bool:
    """Whether the table was made by an older method."""
    return bool(database.execute("PRAGMA user_version").fetchone()[0] < METHOD)


_COLUMNS = (
    "change_id", "set_id", "from_version", "to_version", "kind", "change", "subject", "details", "fields",
    "before_id", "after_id",
)  # fmt: skip
_INSERT = f"INSERT INTO changes ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)})"  # noqa: S608 - our own names


def _row(set_id: str, from_version: int, to_version: int, change: Change) -> Row:
    before_id, after_id = (fact and fact.fact_id for fact in (change.before, change.after))
    return {
        "change_id": stable_id("change", set_id, from_version, to_version, before_id, after_id),
        "set_id": set_id,
        "from_version": from_version,
        "to_version": to_version,
        "kind": change.fact.kind,
        "change": change.how,
        "subject": change.fact.subject,
        "details": change.details,
        "fields": json.dumps(change.fields, ensure_ascii=False),
        "before_id": before_id,
        "after_id": after_id,
    }
