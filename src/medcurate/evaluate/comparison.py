"""Reports of several runs side by side: which generator is better, in what, and how surely."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from medcurate.errors import UsageError
from medcurate.evaluate.compared_runs import Comparison, Row
from medcurate.evaluate.report_page.comparison_page import render
from medcurate.results import Metric, Report
from medcurate.run_folder import atomic_write, lock

PAGE = "comparison.html"
FILE_NAME = "comparison.json"
_MUST_AGREE = ("size", "seed")


def compare(reports: Sequence[Path | str], *, out: Path | str | None = None) -> Comparison:
    """Lay reports side by side.

    Parameters
    ----------
    reports : sequence of Path or str
        Folders that `evaluate` wrote, two or more.
    out : Path or str, optional
        Folder to write ``comparison.json`` and ``comparison.html`` into.

    Raises
    ------
    UsageError
        There are less than two, or one is no report.
    OutputError
        If it cannot be written.
    """
    if len(reports) < 2:
        raise UsageError(f"compare: expected two reports or more, received {len(reports)}")
    folders = [Path(report) for report in reports]
    read = tuple(Report.read(folder) for folder in folders)
    names = _names(folders, read)
    every = dict.fromkeys(metric.name for report in read for metric in report.metrics)
    found = [{metric.name: metric for metric in report.metrics} for report in read]
    alike = len({(report.real.get("digest"), report.settings.get("size")) for report in read}) == 1
    rows = tuple(_row(name, tuple(metrics.get(name) for metrics in found), alike) for name in every)
    comparison = Comparison(names, read, rows, tuple(_notes(names, read)))
    if out is not None:
        _write(Path(out), comparison)
    return comparison


def _names(folders: Sequence[Path], reports: Sequence[Report]) -> tuple[str, ...]:
    """Name the runs after their synthetic data; after the folders of the reports where that tells nothing."""
    by_data = tuple(str(report.synthetic.get("name", "")) for report in reports)
    by_folder = tuple(folder.resolve().name for folder in folders)
    for names in (by_data, by_folder):
        if len(set(names)) == len(names) and all(names):
            return names
    return tuple(f"{name} {number}" for number, name in enumerate(by_folder, 1))


def _notes(names: Sequence[str], reports: Sequence[Report]) -> list[str]:
    notes = []
    first = reports[0]
    for name, report in zip(names[1:], reports[1:], strict=True):
        if report.real.get("digest") != first.real.get("digest"):
            notes.append(f"{name} was compared with other real images than {names[0]}: their numbers do not compare")
        for key in _MUST_AGREE:
            ours, theirs = first.settings.get(key), report.settings.get(key)
            if ours != theirs:
                notes.append(f"{name} was evaluated with {key} {theirs}, {names[0]} with {ours}")
    return notes


def _row(name: str, metrics: tuple[Metric | None, ...], alike: bool) -> Row:
    there = [metric for metric in metrics if metric is not None]
    keys = sorted({key for metric in there for key in metric.settings} - {"why"})
    differs = tuple(key for key in keys if len({json.dumps(m.settings.get(key), default=str) for m in there}) > 1)
    losses = [None if metric is None else _loss(metric) for metric in metrics]
    known = [(loss, place) for place, loss in enumerate(losses) if loss is not None]
    if not alike or len(known) < 2 or len({loss for loss, _ in known}) == 1:
        return Row(name, metrics, None, False, differs)
    best = min(known)[1]
    others = [metric for place, metric in enumerate(metrics) if place != best and metric is not None]
    return Row(name, metrics, best, all(_apart(metrics[best], other) for other in others), differs)


def _loss(metric: Metric) -> float | None:
    """Return a number that is lower for a better value; None where that is not known."""
    if not math.isfinite(metric.value) or metric.better is None:
        return None
    if metric.better == "near":
        return None if metric.real_vs_real is None else abs(metric.value - metric.real_vs_real.value)
    return metric.value if metric.better == "lower" else -metric.value


def _apart(one: Metric | None, other: Metric) -> bool:
    if one is None or one.interval is None or other.interval is None:
        return False
    return one.interval[1] < other.interval[0] or other.interval[1] < one.interval[0]


def _write(out: Path, comparison: Comparison) -> None:
    with lock(out):
        with atomic_write(out / FILE_NAME) as stream:
            stream.write((json.dumps(comparison.to_dict(), indent=1, allow_nan=False) + "\n").encode())
        with atomic_write(out / PAGE) as stream:
            stream.write(render(comparison).encode())
