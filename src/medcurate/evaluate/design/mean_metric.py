"""A metric from one number per image or pair: mean, interval over images or patients, n and settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from medcurate.errors import UsageError
from medcurate.evaluate.design.bootstrap import LEVEL, ROUNDS, drawn_rows
from medcurate.results import Better, Metric


def mean_metric(
    name: str,
    values: ArrayLike,
    *,
    groups: Sequence[object] | None = None,
    settings: Mapping[str, Any] | None = None,
    better: Better | None = None,
    unit: str = "",
    unit_of_n: str = "pairs",
    seed: int = 0,
    rounds: int = ROUNDS,
) -> Metric:
    """Return the mean of the numbers of pairs, with a bootstrap interval.

    Parameters
    ----------
    values : array_like, shape (n,)
        One per pair. NaN (could not be measured) and infinity (PSNR of equal images) are left out of the mean and
        counted in the settings. The mean is infinite if all measured values are.
    groups : sequence, length n, optional
        Patient of each pair: whole patients are drawn.
    seed, rounds : int
        Seed and number of draws of the bootstrap.

    Raises
    ------
    UsageError
        `values` has another shape, or `groups` another length.
    """
    all_values = np.asarray(values, np.float64)
    if all_values.ndim != 1 or (groups is not None and len(groups) != len(all_values)):
        raise UsageError(f"{name}: expected one value and one group a pair, received shape {all_values.shape}")
    finite = np.isfinite(all_values)
    known = all_values[finite]
    equal, missing = int(np.isinf(all_values).sum()), int(np.isnan(all_values).sum())
    more: dict[str, Any] = {**(settings or {}), "unit_of_n": unit_of_n, "statistic": "mean"}
    more |= {"equal_pairs_left_out": equal} if equal else {}
    more |= {"not_measured": missing} if missing else {}
    if not known.size:
        more["why"] = "all pairs are equal" if equal else "no pair could be measured"
        return Metric(name, float("inf") if equal else float("nan"), None, len(known), more, better=better, unit=unit)
    own = None if groups is None else [group for group, chosen in zip(groups, finite, strict=True) if chosen]
    grouped = own is not None and any(group is not None for group in own)
    draws = [known[rows].mean() for rows in drawn_rows(known.size, groups=own, seed=seed, rounds=rounds)]
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    more |= {"interval": f"bootstrap over {'patients' if grouped else unit_of_n}, {rounds} rounds", "seed": seed}
    return Metric(name, float(known.mean()), (float(low), float(high)), known.size, more, better=better, unit=unit)
