"""``onlabel evaluate``: extraction against annotated texts, and the gate that it must not fall below its floors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onlabel.console import progress, say, show, write_output
from onlabel.options import FilePath, database_option, json_option

if TYPE_CHECKING:
    from evaluation.compare import KeptSet
    from evaluation.figures import Figures
    from evaluation.floors import Floors
    from evaluation.report import Table
    from evaluation.run import Run

ReadPath = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(slots=True)
class _Wanted:
    """What is to be told of every set, and what it is compared with."""

    errors: int
    kinds: bool
    folds: int
    reliability: bool
    floors: Floors | None = None
    against: dict[str, KeptSet] | None = None
    doubtless: dict[str, Figures] = field(default_factory=dict)
    """By set: the figures without the annotations in doubt."""


@click.command("evaluate")
@click.argument("gold", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--predictions", type=ReadPath, help='Score this output of "extract --jsonl" instead; one GOLD only.')
@click.option("--kinds", is_flag=True, help="Count errors by kind, and what was read instead of what.")
@click.option("--errors", type=click.IntRange(min=1), metavar="N", default=None, help="Show N errors of every kind.")
@click.option("--folds", type=click.IntRange(min=2), metavar="K", default=None, help="The spread over K folds by drug.")
@click.option("--without", type=ReadPath, help="Also without the doubtful records in this TSV: set, id, reason.")
@click.option("--save", type=FilePath, help="Keep figures and wrong records, to compare a later run with.")
@click.option("--against", type=ReadPath, help="Compare with a run kept by --save: what is better, what is worse.")
@click.option("--floors", "floors_path", type=ReadPath, help="Fail where a figure is below its floor in this file.")
@click.option("--raise", "lift", is_flag=True, help="Lift the floors to a little under what is measured.")
@click.option("--allow-lower", is_flag=True, help="With --raise: lower floors too, and take a changed file.")
@click.option("--reliability", is_flag=True, help="How often facts are right, beside the confidence they carry.")
@click.option("--calibrate", type=FilePath, help="Measure the confidence of facts anew, and write it to this file.")
@json_option
@database_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    gold: tuple[Path, ...],
    predictions: Path | None,
    floors_path: Path | None,
    save: Path | None,
    calibrate: Path | None,
    *,
    as_json: bool,
    **options: Any,
) -> None:
    """Score what is read in annotated texts: precision, recall and F1 of every attribute and set.

    GOLD is a file of annotated texts (JSON Lines) or a folder of them. Exit code 1 where a record has no
    prediction, a figure lies below its floor, or the floors were measured on another file. No database is used.

    \b
    Examples:
      onlabel evaluate gold/ --floors tests/eval_floors.json
      onlabel evaluate gold/labeledin.dev.jsonl --kinds --errors 2
      onlabel evaluate gold/ --save before.json
      onlabel evaluate gold/ --against before.json
    """
    lift, allow_lower = options["lift"], options["allow_lower"]
    _check_usage(ctx, floors=floors_path, lift=lift, allow_lower=allow_lower, given=predictions)
    runs, wanted = _evaluated(ctx, gold, predictions, floors_path, options)
    problems = [line for run in runs for line in _failures(run)]
    if wanted.floors:
        whole = any(path.is_dir() for path in gold)
        problems += _floor_problems(runs, wanted.floors, whole=whole, lift=lift, allow_lower=allow_lower)
    if save:
        _save(runs, save)
    if as_json:
        told = {run.gold.name: _as_values(run, wanted) for run in runs}
        click.echo(json.dumps({"sets": told, "problems": problems}, ensure_ascii=False, indent=1))
    else:
        for run in runs:
            _print(run, wanted)
    if calibrate:
        _calibrate(runs, calibrate, quiet=as_json)
    if lift and floors_path and wanted.floors and not problems:
        _lift(runs, wanted.floors, floors_path, allow_lower=allow_lower)
    elif wanted.floors and not problems:
        say("every figure is at or above its floor")
    for problem in problems:
        say(problem)
    ctx.exit(1 if problems else 0)


def _check_usage(ctx: click.Context, *, floors: Path | None, lift: bool, allow_lower: bool, given: Path | None) -> None:
    if lift and not floors:
        raise click.UsageError("--raise needs --floors", ctx)
    if allow_lower and not lift:
        raise click.UsageError("--allow-lower goes with --raise", ctx)
    if lift and given:
        raise click.UsageError("floors are raised by what is read here, not by --predictions", ctx)


def _evaluated(
    ctx: click.Context, gold: Sequence[Path], predictions: Path | None, floors: Path | None, options: dict[str, Any]
) -> tuple[list[Run], _Wanted]:
    """Read all files first, so that a wrong one costs no time; then score. Raises evaluation.errors.EvaluationError."""
    from evaluation.compare import read_run
    from evaluation.doubtful import Doubtful
    from evaluation.floors import Floors
    from evaluation.gold import gold_sets
    from evaluation.predict import read_predictions

    wanted = _Wanted(options["errors"] or 0, options["kinds"], options["folds"] or 0, options["reliability"])
    wanted.floors = Floors.read(floors) if floors else None
    wanted.against = read_run(options["against"]) if options["against"] else None
    doubtful = Doubtful(options["without"]) if options["without"] else None
    sets = list(gold_sets(gold))
    if predictions and len(sets) != 1:
        raise click.UsageError(f"--predictions are of one set, and {len(sets)} are given", ctx)
    left_out = {one.name: doubtful.ids(one) for one in sets} if doubtful else {}
    runs = list(_runs(sets, read_predictions(predictions) if predictions else None))
    wanted.doubtless = {run.gold.name: run.without(ids) for run in runs if (ids := left_out.get(run.gold.name))}
    return runs, wanted


def _runs(sets: Sequence[Any], given: Any) -> Iterator[Run]:
    from evaluation.run import evaluate

    with progress("reading annotated texts") as advance:
        for gold in sets:
            yield evaluate(gold, given, advance)


def _failures(run: Run) -> list[str]:
    if not run.failures:
        return []
    id_, reason = next(iter(run.failures.items()))
    return [f"{run.gold.name}: {len(run.failures)} records have no prediction; the first, {id_}: {reason}"]


def _floor_problems(runs: Sequence[Run], floors: Floors, *, whole: bool, lift: bool, allow_lower: bool) -> list[str]:
    """What is wrong with floors; a set that is not given is missed only where a folder is."""
    gone = floors.sets.keys() - {run.gold.name for run in runs} if whole else set()
    problems = [f"{name}: has floors, and its file is gone" for name in sorted(gone)]
    for run in runs:
        foreign = [] if allow_lower else floors.foreign(run.gold)
        problems += foreign or ([] if lift else floors.below(run.gold, run.headlines))
    return problems


def _lift(runs: Sequence[Run], floors: Floors, path: Path, *, allow_lower: bool) -> None:
    for run in runs:
        floors.lift(run.gold, run.headlines, allow_lower=allow_lower)
    write_output(floors.to_json(), path)
    say(f"floors written to {path}")


def _save(runs: Sequence[Run], path: Path) -> None:
    from evaluation.compare import run_to_json

    write_output(run_to_json([(run.gold, run.outcomes) for run in runs]), path)
    say(f"run kept in {path}")


def _calibrate(runs: Sequence[Run], path: Path, *, quiet: bool) -> None:
    """Write the shares of the sets that may be used, and show what shares of other drugs say of each drug's facts."""
    from evaluation import report
    from evaluation.calibration import cross_validated, may_calibrate, samples, to_toml
    from evaluation.errors import FileError
    from extract.confidence import FEATURES

    used = [run for run in runs if may_calibrate(run.gold.name)]
    found = [sample for run in used for sample in samples(run.outcomes)]
    if {sample.kind for sample in found} != set(FEATURES):
        raise FileError(f"{path}: indications and monitoring are both needed, of sets that may be used for it")
    write_output(to_toml(found, [run.gold.name for run in used]), path)
    say(f"confidence measured on {', '.join(run.gold.name for run in used)}; written to {path}")
    if not quiet:
        _show("confidence, cross-validated by drug", report.reliability_table(cross_validated(found)))


def _print(run: Run, wanted: _Wanted) -> None:
    """Tell of one set: figures, then whatever was asked for."""
    from evaluation import report
    from evaluation.calibration import samples
    from evaluation.folds import by_fold
    from evaluation.kinds import wrong_items

    name = run.gold.name
    floors = wanted.floors.of(run.gold) if wanted.floors else {}
    title = f"{name}: {len(run.outcomes)} records, sha256 {run.gold.sha256[:12]}…"
    _show(title, report.figure_table(run.figures, floors, wanted.doubtless.get(name)))
    if wanted.folds:
        _show(f"{name}: {wanted.folds} folds by drug", report.fold_table(by_fold(run.outcomes, wanted.folds)))
    wrong = [w for o in run.outcomes for w in wrong_items(o)] if wanted.kinds or wanted.errors else []
    if wanted.kinds:
        _show(f"{name}: errors by kind", report.kind_table(wrong))
        _show(f"{name}: what was read instead", report.confusion_table(run.outcomes))
    if wanted.errors:
        _echo(report.error_lines(run.outcomes, wrong, wanted.errors))
    if wanted.against is not None:
        _print_changes(run, wanted.against.get(name))
    if wanted.reliability:
        _show(f"{name}: confidence beside what is right", report.reliability_table(list(samples(run.outcomes))))


def _print_changes(run: Run, before: KeptSet | None) -> None:
    from evaluation import report
    from evaluation.compare import changes

    if before is None:
        say(f"{run.gold.name}: not in the earlier run")
        return
    _show(f"{run.gold.name}: against the earlier run", report.change_table(before.figures, run.headlines))
    if before.sha256 != run.gold.sha256:
        say(f"{run.gold.name}: the earlier run was over another file; records are not compared")
        return
    _echo(report.change_lines(changes(before, run.outcomes)))


def _show(title: str, told: Table) -> None:
    from onlabel.tables import table

    header, rows = told
    if rows:
        show(table(header, rows, title=title))
    else:
        click.echo(f"{title}: none")
    click.echo()


def _echo(lines: Iterator[str]) -> None:
    for line in lines:
        click.echo(line)
    click.echo()


def _as_values(run: Run, wanted: _Wanted) -> dict[str, Any]:
    """The same as values: figures always, the rest where it was asked for."""
    from evaluation.calibration import reliability, samples
    from evaluation.compare import changes
    from evaluation.folds import by_fold
    from evaluation.kinds import counted, wrong_items

    name, records = run.gold.name, {"gold": len(run.outcomes), "without a prediction": len(run.failures)}
    told: dict[str, Any] = {"sha256": run.gold.sha256, "records": records, "figures": _values(run.figures)}
    if name in wanted.doubtless:
        told["figures without doubtful"] = _values(wanted.doubtless[name])
    if wanted.folds:
        told["folds"] = by_fold(run.outcomes, wanted.folds)
    if wanted.kinds:
        kinds = counted(w for o in run.outcomes for w in wrong_items(o))
        keys = ("attribute", "side", "kind")
        told["kinds"] = [dict(zip(keys, k, strict=True)) | {"errors": n} for k, n in kinds.most_common()]
    if wanted.reliability:
        told["reliability"] = [asdict(b) for b in reliability(list(samples(run.outcomes)))]
    before = (wanted.against or {}).get(name)
    if before and before.sha256 == run.gold.sha256:
        found = changes(before, run.outcomes)
        told["before"] = dict(before.figures)
        told["changes"] = {v: [c.id for c in found if c.verdict == v] for v in ("better", "worse", "other")}
    return told


def _values(figures: Figures) -> dict[str, Any]:
    return {name: figure.to_dict() for name, figure in figures.items()}
