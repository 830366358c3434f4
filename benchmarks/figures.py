"""Measured figures with interval, n and goal, written as JSON for `write_evidence`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmarks.environment import environment

Z95 = 1.959964
FOLDER = "MEDCURATE_BENCH_RESULTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number.

    Attributes
    ----------
    name : str
        Name of the measurement; a row of the table.
    value : float
        In `unit`.
    low, high : float or None
        95 % interval; `Table.interval` says how it was found.
    n : int
        Images, files or runs behind it; the table says which.
    unit : str
        ``%``, ``/s``, ``MiB``, ``x`` (a ratio) or none.
    column : str
        Column, if a table has several columns of figures; else empty.
    at_least, at_most : float or None
        The goal.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int
    unit: str = "%"
    column: str = ""
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of figures: unit of n, method of the intervals, and remarks."""

    title: str
    counts: str
    interval: str
    figures: Sequence[Figure]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTable:
    """A table of words, such as what a verdict says; the first column names the rows."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One benchmark: its settings and tables. `write` adds the environment it ran in."""

    name: str
    tables: Sequence[Table]
    settings: Mapping[str, Any] = field(default_factory=dict)
    texts: Sequence[TextTable] = ()

    def write(self, path: Path | None = None) -> Path:
        """Write the result as JSON; without a path, to the folder that MEDCURATE_BENCH_RESULTS names."""
        target = path or Path(os.environ.get(FOLDER, Path(__file__).parent / "results")) / f"{self.name}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(asdict(self) | {"environment": environment()}, indent=1) + "\n", encoding="utf-8")
        for table in self.tables:
            print(f"\n{table.title} (n: {table.counts})")
            for figure in table.figures:
                print("  " + describe(figure))
        return target


def describe(figure: Figure) -> str:
    """Put a figure in one line, for a terminal."""
    text = f"{figure.name}{', ' + figure.column if figure.column else ''}: {figure.value:.4g} {figure.unit}"
    if figure.low is not None and figure.high is not None:
        text += f" [{figure.low:.4g}, {figure.high:.4g}]"
    return f"{text}, n = {figure.n}"


def wilson(right: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, in [0, 1] (Wilson, 1927)."""
    if not n:
        return 0.0, 1.0
    share, z2 = right / n, Z95 * Z95
    center = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, center - half), min(1.0, center + half)


def share(name: str, right: ArrayLike, **more: Any) -> Figure:
    """Make a figure in percent of booleans, with Wilson's interval."""
    answers = np.asarray(right, bool)
    n, count = len(answers), int(answers.sum())
    low, high = wilson(count, n)
    return Figure(name=name, value=100 * count / n if n else 0.0, low=100 * low, high=100 * high, n=n, **more)


def bootstrap(
    groups: Sequence[NDArray[Any]],
    statistic: Callable[[Sequence[NDArray[Any]]], float],
    *,
    seed: int,
    rounds: int = 1000,
) -> tuple[float, float]:
    """Return the 95 % percentile interval of a statistic, rows drawn again within each group."""
    rng = np.random.default_rng(seed)
    drawn = [statistic([group[rng.integers(0, len(group), len(group))] for group in groups]) for _ in range(rounds)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def ratios(name: str, ours: Sequence[float], peer: Sequence[float], *, n: int, **more: Any) -> Figure:
    """Make a figure of our speed relative to the peer: median of the ratios of paired runs, bootstrapped over runs.

    Parameters
    ----------
    ours, peer : sequence of float
        Seconds of runs that alternated on the same files.
    n : int
        Number of files per run.
    """
    paired = np.asarray(peer, float) / np.asarray(ours, float)
    low, high = bootstrap([paired], lambda rows: float(np.median(rows[0])), seed=0)
    return Figure(name=name, value=float(np.median(paired)), low=low, high=high, n=n, unit="x", **more)


def per_second(name: str, seconds: Sequence[float], *, n: int, **more: Any) -> Figure:
    """Make a figure of files per second: median of the runs, bootstrapped over runs."""
    rates = n / np.asarray(seconds, float)
    low, high = bootstrap([rates], lambda rows: float(np.median(rows[0])), seed=0)
    return Figure(name=name, value=float(np.median(rates)), low=low, high=high, n=n, unit="/s", **more)


def calibration_error(confidence: NDArray[Any], right: NDArray[Any], weight: NDArray[Any], *, bins: int = 15) -> float:
    """Return the expected calibration error in [0, 1] (Guo et al., 2017): bins of equal width, weighted rows."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gap = np.bincount(place, weight * (right - confidence), minlength=bins)
    return float(np.abs(gap).sum() / weight.sum())
