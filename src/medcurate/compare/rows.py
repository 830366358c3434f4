"""What a comparison found, as records: one row per training or draw, and their means over seeds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy import stats

Kind = Literal["model", "baseline"]
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Quantity:
    """One column of the table.

    Attributes
    ----------
    name : str
        Its key in ``compare.json``.
    words : str
        Its heading.
    better : str
        ``lower``, ``higher``, ``half`` (50 % is best), ``real`` (as near to the value of real images as possible), or
        empty.
    unit : str
        ``%`` shows a share as a percentage.
    """

    name: str
    words: str
    better: str
    unit: str = ""


QUANTITIES = (
    Quantity("ratio", "ratio", "lower"),
    Quantity("frechet_distance", "Fréchet distance", "lower"),
    Quantity("floor", "real against real", ""),
    Quantity("kernel_distance", "kernel distance", "lower"),
    Quantity("precision", "precision", "higher", "%"),
    Quantity("recall", "recall", "higher", "%"),
    Quantity("density", "density", "higher"),
    Quantity("coverage", "coverage", "higher", "%"),
    Quantity("vendi_score", "Vendi score", "real"),
    Quantity("label_agreement", "label agreement", "higher", "%"),
    Quantity("told_apart_linear", "told apart, linear", "half", "%"),
    Quantity("told_apart_trees", "told apart, trees", "half", "%"),
    Quantity("copies", "copies of training images", "lower", "%"),
    Quantity("repeats", "repeats", "lower", "%"),
    Quantity("repeated_windows", "windows from training images", "lower", "%"),
    Quantity("nearer_to_training", "nearer to training", "half", "%"),
    Quantity("downstream_gain", "gain of a classifier", "higher", "%"),
    Quantity("steps", "steps", ""),
    Quantity("cpu_seconds", "processor time", "", "s"),
    Quantity("milliseconds_per_image", "drawing", "lower", "ms/image"),
    Quantity("memory_mib", "memory", "lower", "MiB"),
    Quantity("parameters", "parameters", ""),
)
"""In the order of the table."""
_SIGNED = frozenset({"downstream_gain", "kernel_distance"})
_SHARES = frozenset(quantity.name for quantity in QUANTITIES if quantity.unit == "%") - _SIGNED


@dataclass(frozen=True, slots=True)
class Row:
    """One training, or one draw of a baseline.

    Attributes
    ----------
    model : str
    kind : {'model', 'baseline'}
    seed : int
    values : mapping of str to float
        By the names of `QUANTITIES`; what was not measured is not there.
    real : mapping of str to float
        The same for real images: held-out ones, or as many training images.
    flags : tuple of str
        ``copies``, ``collages``: there are more than between real images.
    curve : tuple of (float, float)
        Processor time and Fréchet distance at each mark of a training.
    images : Path or None
        Folder of the images, in the order of the held-out ones.
    notes : tuple of str
    """

    model: str
    kind: Kind
    seed: int
    values: Mapping[str, float]
    real: Mapping[str, float] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    curve: tuple[tuple[float, float], ...] = ()
    images: Path | None = None
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the row as ``compare.json`` has it: quantities beside the name, None where not measured."""
        told = {quantity.name: number(self.values.get(quantity.name)) for quantity in QUANTITIES}
        apart = [self.values[name] for name in ("told_apart_linear", "told_apart_trees") if name in self.values]
        drawing = told.pop("milliseconds_per_image")
        return {
            "model": self.model,
            "kind": self.kind,
            "seed": self.seed,
            **told,
            "told_apart": max(apart, default=None),
            "seconds_per_image": None if drawing is None else drawing / 1000,
            "real": {name: number(value) for name, value in self.real.items()},
            "flags": list(self.flags),
            "curve": [list(point) for point in self.curve],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Mean:
    """A quantity over the seeds of a row.

    Attributes
    ----------
    value : float
    low, high : float or None
        95 % interval by Student's t over the seeds; None with a single one.
    n : int
        Seeds.
    """

    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Summary:
    """All rows of one name.

    Attributes
    ----------
    means, real : mapping of str to Mean
        By the names of `QUANTITIES`.
    flags : mapping of str to int
        Rows that have each flag.
    """

    model: str
    kind: Kind
    seeds: tuple[int, ...]
    means: Mapping[str, Mean]
    real: Mapping[str, Mean]
    flags: Mapping[str, int]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as ``compare.json`` has it."""
        return {
            "model": self.model,
            "kind": self.kind,
            "seeds": list(self.seeds),
            "means": {name: asdict(mean) for name, mean in self.means.items()},
            "real": {name: asdict(mean) for name, mean in self.real.items()},
            "flags": dict(self.flags),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class CompareResult:
    """What a comparison found.

    Attributes
    ----------
    rows : tuple of Row
    summaries : tuple of Summary
        Families first, by their ratio; then baselines.
    advice : str
        One sentence.
    notes : tuple of str
        What was left out, what failed, and what cannot be told.
    facts : mapping
        Counts of images, settings, versions.
    """

    rows: tuple[Row, ...]
    summaries: tuple[Summary, ...]
    advice: str
    notes: tuple[str, ...]
    facts: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return what stands in ``compare.json``."""
        return {
            "schema": 1,
            **self.facts,
            "rows": [row.to_dict() for row in self.rows],
            "summaries": [summary.to_dict() for summary in self.summaries],
            "advice": self.advice,
            "notes": list(self.notes),
        }


def number(value: float | None) -> float | None:
    """Return a number that JSON knows; None for one that is missing or not finite."""
    return None if value is None or not math.isfinite(value) else float(value)


def mean_of(values: Sequence[float]) -> Mean:
    """Return the mean of finite values, with an interval by Student's t where there are two or more.

    Raises
    ------
    ValueError
        There is no value.
    """
    known = np.array([value for value in values if math.isfinite(value)], float)
    if not len(known):
        raise ValueError("expected one finite value or more, received none")
    mean = float(known.mean())
    if len(known) < 2:
        return Mean(mean, None, None, len(known))
    half = float(stats.t.ppf((1 + LEVEL) / 2, len(known) - 1) * known.std(ddof=1) / math.sqrt(len(known)))
    return Mean(mean, mean - half, mean + half, len(known))


def summarize(rows: Sequence[Row]) -> tuple[Summary, ...]:
    """Put rows of one name together: families by their ratio, then baselines in their order."""
    names = list(dict.fromkeys((row.kind, row.model) for row in rows))
    found = [_summary([row for row in rows if (row.kind, row.model) == name]) for name in names]
    models = [one for one in found if one.kind == "model"]
    return (*sorted(models, key=ratio_of), *(one for one in found if one.kind == "baseline"))


def ratio_of(summary: Summary) -> float:
    """Return the mean ratio of a summary, infinity where it has none."""
    return summary.means["ratio"].value if "ratio" in summary.means else math.inf


def _summary(rows: Sequence[Row]) -> Summary:
    flags = [flag for row in rows for flag in row.flags]
    return Summary(
        rows[0].model,
        rows[0].kind,
        tuple(row.seed for row in rows),
        _means([row.values for row in rows]),
        _means([row.real for row in rows]),
        {flag: flags.count(flag) for flag in sorted(set(flags))},
        tuple(dict.fromkeys(note for row in rows for note in row.notes)),
    )


def _means(values: Sequence[Mapping[str, float]]) -> dict[str, Mean]:
    names = dict.fromkeys(name for one in values for name in one)
    gathered = {name: [one[name] for one in values if math.isfinite(one.get(name, math.nan))] for name in names}
    return {name: _within(mean_of(found), name) for name, found in gathered.items() if found}


def _within(mean: Mean, name: str) -> Mean:
    """Cut an interval at the ends of what the quantity can be."""
    if mean.low is None or mean.high is None or name in _SIGNED:
        return mean
    high = min(1.0, mean.high) if name in _SHARES else mean.high
    return replace(mean, low=max(0.0, mean.low), high=high)
