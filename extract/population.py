"""Who an indication is for: adults, children, bounds of age and weight, sex, menopausal status.

"In adults" alone makes pediatric false and the other way round. A lower bound under 18 years makes both true, but for
"pediatric patients 3 years and older" (21 CFR 201.57(c)(9)(iv) draws the pediatric line at 17 years). What the label
does not say stays None.
"""

from __future__ import annotations

import re
from functools import lru_cache

from extract.facts import Age, Evidence, Population
from extract.rules import check_keys, compiled, load_rules
from extract.spans import Span, outside
from extract.statements import Statement

_FLAGS = ("adult", "pediatric", "female", "male", "postmenopausal", "premenopausal")
_BOUNDS = ("min_age", "max_age", "range", "min_weight", "max_weight", "weight_range")
_PEOPLE = re.compile(
    r"\b(?:patients?|children|infants?|adolescents?|neonates?|adults?|persons?|individuals|boys|girls|(?:fe)?males)"
    r"(?: aged?)?[\s(,]*(?:who are |from )?$",
    re.IGNORECASE,
)
_GESTATION = re.compile(r"\bgestation|\bpostmenstrual", re.IGNORECASE)
_COUNT = "zero one two three four five six seven eight nine ten eleven twelve"  # as labels spell ages
_WORDS = {word: n for n, word in enumerate(_COUNT.split())} | {"eighteen": 18}
_NUMBER = r"(?P<value>(?<!\d)\d+(?:\.\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|eighteen)"
_UNIT = r"(?:years?|yrs?|months?|weeks?|days?)"
_AMOUNT = re.compile("|".join([r"\d", "birth", *_WORDS]), re.IGNORECASE)
"""Without one of these there is no bound of age or weight."""
_PEDIATRIC_END = 18
_IN_YEARS = {"year": 1.0, "month": 12.0, "week": 52.18, "day": 365.25}


@lru_cache(maxsize=1)
def _patterns() -> dict[str, list[re.Pattern[str]]]:
    rules = load_rules("population")
    check_keys("population.toml", rules, (*_FLAGS, *_BOUNDS))
    found = {}
    for name, table in rules.items():
        check_keys(f"population.toml [{name}]", table, ("patterns",))
        filled = [p.replace("{number}", _NUMBER).replace("{unit}", _UNIT) for p in table["patterns"]]
        found[name] = [compiled(name, p) for p in filled]
    return found


def read_population(statement: Statement, masked: list[Span]) -> Population:
    """Read who a statement is for; ``masked`` spans (prior therapies, partners …) say nothing about that."""
    text = statement.text
    flags = {name: _find(name, text, masked) for name in _FLAGS}
    amounts = _AMOUNT.search(text) is not None
    low, high, bounds = _ages(text, masked) if amounts else (None, None, [])
    lightest, heaviest, weights = _weights(text, masked) if amounts else (None, None, [])
    adult, pediatric = _groups(bool(flags["adult"]), bool(flags["pediatric"]), low, high)
    if adult and high and _years(high) <= _PEDIATRIC_END:
        high = None  # "adults and adolescents 12 to 17 years of age": the bound is that of the younger ones
    spans = sorted({m.span() for found in flags.values() for m in found} | set(bounds) | set(weights))
    return Population(
        evidence=_evidence(statement, spans),
        adult=adult,
        pediatric=pediatric,
        min_age=low,
        max_age=high,
        sex=_one_of(flags, female="female", male="male"),
        menopausal=_one_of(flags, postmenopausal="postmenopausal", premenopausal="premenopausal"),
        min_weight_kg=lightest,
        max_weight_kg=heaviest,
    )


def _find(name: str, text: str, masked: list[Span]) -> list[re.Match[str]]:
    return [m for p in _patterns()[name] for m in p.finditer(text) if outside(m.span(), masked)]


def _ages(text: str, masked: list[Span]) -> tuple[Age | None, Age | None, list[Span]]:
    ranges = [m for m in _find("range", text, masked) if _is_age_range(text, m)]
    taken = [*masked, *(m.span() for m in ranges)]
    lows = [m for m in _find("min_age", text, taken) if _about_age(text, m)]
    if ranges:
        bounds = [_range(m) for m in ranges]
        low = min([a for a, _ in bounds] + [_age(m) for m in lows], key=_years)
        high = None if lows else max((b for _, b in bounds), key=_years)
        return low, high, [m.span() for m in ranges + lows]
    highs = [m for m in _find("max_age", text, masked) if _about_age(text, m) and _is_oldest(text, m)]
    low_age = min((_age(m) for m in lows), key=_years, default=None)
    high_age = max((_age(m) for m in highs), key=_years, default=None)
    return low_age, high_age, [m.span() for m in lows + highs]


def _range(match: re.Match[str]) -> tuple[Age, Age]:
    unit = _unit(match["unit"])
    return Age(_value(match["low"]), _unit(match["low_unit"]) if match["low_unit"] else unit), Age(
        _value(match["high"]), unit
    )


def _weights(text: str, masked: list[Span]) -> tuple[float | None, float | None, list[Span]]:
    """The bounds of body weight in kilograms."""
    if match := next(iter(_find("weight_range", text, masked)), None):
        return float(match["low"]), float(match["high"]), [match.span()]
    lows, highs = _find("min_weight", text, masked), _find("max_weight", text, masked)
    least, most = [float(m["value"]) for m in lows], [float(m["value"]) for m in highs]
    return min(least, default=None), max(most, default=None), [m.span() for m in lows + highs]


def _is_oldest(text: str, match: re.Match[str]) -> bool:
    """Tell an age from a duration, "for less than 5 years": it is called one, or follows who is that old."""
    told = re.search(r"\bage[ds]?\b|\bold\b|\b(?:younger|under)\b", match.group() + text[match.end() : match.end() + 8])
    return bool(told or _PEOPLE.search(text[: match.start()]))


def _is_age_range(text: str, match: re.Match[str]) -> bool:
    """Ranges of days and weeks are as often durations: an age says so, or names who is that old."""
    around = text[max(0, match.start() - 45) : match.end() + 10].lower()
    return bool(re.search(r"\bage[ds]?\b|\bold\b|pediatric|child|adolescent|infant|patients|neonat", around))


def _about_age(text: str, match: re.Match[str]) -> bool:
    """Weights and counts share the wording: "40 kg and above" has no unit of age."""
    if _GESTATION.search(text[max(0, match.start() - 25) : match.end() + 25]):
        return False
    return (
        match["value"] == "birth"
        or ("unit" in match.re.groupindex and bool(match["unit"]))
        or bool(re.search(r"\bage[ds]?\b", match.group() + text[max(0, match.start() - 12) : match.start()], re.I))
    )


def _groups(adult: bool, pediatric: bool, low: Age | None, high: Age | None) -> tuple[bool | None, bool | None]:
    if low and _years(low) < _PEDIATRIC_END:
        named, pediatric = pediatric, True  # "pediatric patients 3 years and older" are no adults
        adult = adult or (not named and (high is None or _years(high) > _PEDIATRIC_END))
    elif low:
        adult = True
    if high and _years(high) <= _PEDIATRIC_END and not adult:
        pediatric = True
    return (adult, pediatric) if adult or pediatric else (None, None)


def _one_of(flags: dict[str, list[re.Match[str]]], **names: str) -> str | None:
    found = [value for key, value in names.items() if flags[key]]
    return found[0] if len(found) == 1 else None


def _age(match: re.Match[str]) -> Age:
    unit = match["unit"] if "unit" in match.re.groupindex else None
    return Age(_value(match["value"]), _unit(unit or "year"))


def _value(text: str) -> float:
    word = text.lower().replace("birth", "zero")
    return float(_WORDS[word]) if word in _WORDS else float(word)


def _unit(text: str) -> str:
    unit = text.lower().rstrip("s")
    return "year" if unit == "yr" else unit


def _years(age: Age) -> float:
    return age.value / _IN_YEARS[age.unit]


def _evidence(statement: Statement, spans: list[Span]) -> tuple[Evidence, ...]:
    """One piece of evidence for each run of close spans: "adults and pediatric patients 6 years and older"."""
    text, runs = statement.text, list[list[int]]()
    for start, end in spans:
        near = runs and start - runs[-1][1] <= 25 and not re.search(r"[.;,]", text[runs[-1][1] : start])
        if near and not any(runs[-1][0] < at <= start for at in statement.joints):
            runs[-1][1] = max(runs[-1][1], end)
        else:
            runs.append([start, end])
    return tuple(statement.evidence(a, b) for a, b in runs)
