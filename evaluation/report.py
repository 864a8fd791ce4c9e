"""Figures, errors and comparisons as rows and lines for people; nothing is printed here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from evaluation.calibration import Sample, brier, calibration_error, reliability
from evaluation.compare import Change
from evaluation.figures import CheckFigure, Figures, ListFigure
from evaluation.folds import spread
from evaluation.kinds import Wrong, confusions, counted
from evaluation.outcome import Outcome

Table = tuple[list[str], list[list[str]]]
"""A header and rows, all cells text."""

_AROUND = 90
"""Characters shown before and behind an error's place."""
_LONGEST_VALUE = 60


def figure_table(figures: Figures, floors: Mapping[str, float], doubtless: Figures | None = None) -> Table:
    """A row an attribute; ``doubtless`` are the figures without the annotations in doubt."""
    header = ["attribute", "precision", "recall", "F1", "accuracy", "annotated", "predicted"]
    header += ["without doubtful"] if doubtless is not None else []
    header += ["floor"] if floors else []
    rows = []
    for name, figure in figures.items():
        row = [name, *_cells(figure)]
        row += [_number(doubtless[name].value if name in doubtless else None)] if doubtless is not None else []
        row += [_floor(figure, floors.get(f"{name}.{figure.measure}"))] if floors else []
        rows.append(row)
    return header, rows


def _cells(figure: ListFigure | CheckFigure) -> list[str]:
    if isinstance(figure, CheckFigure):
        return ["", "", "", _number(figure.value), str(figure.records), ""]
    shares = map(_number, (figure.precision, figure.recall, figure.value))
    return [*shares, "", str(figure.gold), str(figure.predicted)]


def _floor(figure: ListFigure | CheckFigure, least: float | None) -> str:
    below = least is not None and (figure.value is None or figure.value < least)
    return f"{_number(least)} (below)" if below else _number(least)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def kind_table(wrong: Iterable[Wrong]) -> Table:
    """How many errors there are of each kind, the commonest of an attribute first."""
    counts = sorted(counted(wrong).items(), key=lambda pair: (*pair[0][:2], -pair[1], pair[0][2]))
    return ["attribute", "side", "kind", "errors"], [[*kind, str(n)] for kind, n in counts]


def confusion_table(outcomes: Iterable[Outcome]) -> Table:
    """What was wanted and what came out instead, for attributes with one value."""
    counts = confusions(check for o in outcomes for check in o.checks).most_common()
    rows = [[name, _short(wanted), _short(got), str(n)] for (name, wanted, got), n in counts]
    return ["attribute", "annotated", "read", "records"], sorted(rows, key=lambda row: row[0])


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else f"{value[: _LONGEST_VALUE - 2]} …"


def error_lines(outcomes: Sequence[Outcome], wrong: Iterable[Wrong], each: int) -> Iterator[str]:
    """At most ``each`` errors of every kind, with the text around them, the place marked »so«."""
    texts = {o.record.id: o.record.text for o in outcomes}
    by_kind: dict[tuple[str, str, str], list[Wrong]] = defaultdict(list)
    for one in wrong:
        by_kind[one.attribute, one.side, one.kind].append(one)
    for (attribute, side, kind), found in sorted(by_kind.items(), key=lambda pair: (pair[0][:2], -len(pair[1]))):
        yield f"{attribute}, {side}: {kind} ({len(found)})"
        for one in found[:each]:
            yield f"  {one.id}  {one.item.shown}"
            yield f"    {excerpt(texts[one.id], one.place)}"
    yield from _wrong_checks(outcomes, each)


def _wrong_checks(outcomes: Sequence[Outcome], each: int) -> Iterator[str]:
    by_name: dict[str, list[str]] = defaultdict(list)
    for outcome in outcomes:
        for check in outcome.checks:
            if not check.right and check.got:
                told = f"  {outcome.record.id}  annotated: {check.wanted}; read: {check.got}"
                by_name[check.name].append(f"{told}\n    {excerpt(outcome.record.text, None)}")
    for name, lines in by_name.items():
        yield f"{name} ({len(lines)})"
        yield from lines[:each]


def excerpt(text: str, place: tuple[int, int] | None) -> str:
    """The text around a place, in one line; the beginning of the text where no place is known."""
    if place is None:
        return _line(text[: 2 * _AROUND]) + (" …" if len(text) > 2 * _AROUND else "")
    start, end = place
    before, behind = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    marked = f"{before}»{text[start:end]}«{behind}"
    return ("… " if start > _AROUND else "") + _line(marked) + (" …" if end + _AROUND < len(text) else "")


def _line(text: str) -> str:
    return " ".join(text.split())


def fold_table(folds: Sequence[Mapping[str, float]]) -> Table:
    """The spread of every headline figure over the folds."""
    header = ["figure", "mean", "sd", "least", "greatest", *(f"fold {n}" for n in range(1, len(folds) + 1))]
    rows = []
    for name in dict.fromkeys(name for fold in folds for name in fold):
        told = [fold[name] for fold in folds if name in fold]
        rows.append([name, *map(_number, spread(told).values()), *(_number(fold.get(name)) for fold in folds)])
    return header, rows


def change_table(before: Mapping[str, float], now: Mapping[str, float]) -> Table:
    """Figures that are not what they were."""
    rows = []
    for name in dict.fromkeys([*now, *before]):
        was, became = before.get(name), now.get(name)
        if was != became:
            gained = "" if was is None or became is None else f"{became - was:+.4f}"
            rows.append([name, _number(was), _number(became), gained])
    return ["figure", "before", "now", "difference"], rows


def change_lines(changes: Sequence[Change]) -> Iterator[str]:
    """The lists of records that became better, worse, or otherwise."""
    for verdict in ("better", "worse", "other"):
        found = [change for change in changes if change.verdict == verdict]
        if found:
            yield f"{verdict}: {len(found)}"
        for change in found:
            yield f"  {change.id}"
            yield from (f"    mended  {told}" for told in change.mended)
            yield from (f"    new     {told}" for told in change.new)


def reliability_table(found: Sequence[Sample]) -> Table:
    """A row a bin of confidence, and for each kind of fact one of all, with its calibration error and Brier score."""
    header = ["fact", "confidence", "facts", "mean confidence", "share right", "calibration error", "Brier"]
    rows = []
    for kind in dict.fromkeys(s.kind for s in found):
        mine = [s for s in found if s.kind == kind]
        bins = reliability(mine)
        for b in bins:
            told = (b.confidence, b.right)
            rows.append([kind, f"{b.low:.2f} to {b.high:.2f}", str(b.facts), *map(_number, told), "", ""])
        means = [sum(s.confidence for s in mine) / len(mine), sum(s.right for s in mine) / len(mine)]
        rows.append([kind, "all", str(len(mine)), *map(_number, (*means, calibration_error(bins), brier(mine)))])
    return header, rows
