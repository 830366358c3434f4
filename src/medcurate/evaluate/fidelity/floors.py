"""The floors of fidelity's verdicts: whether real images against real ones could have shown a difference.

Each floor asks the control for one thing: that its interval ends within the limit up to which a verdict is good. If it
does not, images that deserve caution fit the interval of real images, and no good verdict follows. Variety asks for
more: images that lack one kind must be noticed in `NOTICED` of the divisions.
"""

from __future__ import annotations

import math

from medcurate.evaluate.design.floor import BY_WIDTH, FEWEST_PATIENTS, Floor, enough_by_width
from medcurate.evaluate.fidelity.folds import PART
from medcurate.results import Enough, Metric

FARTHER = (1.5, 5.0)
"""Ratios of Fréchet distances up to which the verdict is good, and caution."""
FEWER = (0.9, 0.6)
"""Ratios of shares down to which the verdict is good, and caution."""
NOTICED = 0.8
"""Least share of cases in which a missing kind must be noticed: the usual power of a test."""
MEASURED = "measured: real halves, blur, other sources and missing types on two datasets (benchmarks/small_sets.py)"
WORKS = 30
"""Images per side from which the measures worked on both datasets of the benchmark, with eight patients in all."""
SINGLE = 60
"""Images per side from which precision found other sources; with 30 it found 31 % of them on one of two datasets."""
_Z = 2.802  # standard errors that give a power of 0.8 at 2.5 % of false alarms on one side: 1.960 + 0.842


def reach(metric: Metric, baseline: Metric) -> tuple[float, float]:
    """Return the interval in which the value of a set of real images would lie; NaN where it is not known.

    It is that of the divisions, see `medcurate.evaluate.fidelity.control`. Where halves gave the intervals of both
    values, their half widths are added: values beyond have intervals that do not overlap.
    """
    if baseline.interval is None:
        return float("nan"), float("nan")
    low, high = baseline.interval
    if is_redivided(baseline):
        return low, high
    if metric.interval is None:
        return float("nan"), float("nan")
    return low - (metric.interval[1] - metric.value), high + (metric.value - metric.interval[0])


def is_redivided(baseline: Metric) -> bool:
    """Say whether the interval of a baseline comes from divisions of the patients."""
    return "redivided_patients" in baseline.settings


def distance_floor(metric: Metric, baseline: Metric) -> Floor:
    """Return the floor of a distance: real images must stay within the first of `FARTHER` times their own mean."""
    _, high = reach(metric, baseline)
    if math.isnan(high):
        return _no_interval(metric)
    limit = FARTHER[0] * baseline.value
    if baseline.value > 0 and high <= limit:
        return Floor()
    why = (
        f"real images against real ones have a distance of {baseline.value:.3g} and, by chance, up to {high:.3g}, so "
        "that images that differ would pass"
    )
    return Floor(why, _enough(high - baseline.value, limit - baseline.value, baseline))


def share_floor(metric: Metric, baseline: Metric) -> Floor:
    """Return the floor of a share: real images must stay above the first of `FEWER` times their own mean."""
    low, _ = reach(metric, baseline)
    if math.isnan(low):
        return _no_interval(metric)
    limit = FEWER[0] * baseline.value
    if low > limit:
        return Floor()
    quantity = metric.name.removeprefix(f"{PART}/")
    why = (
        f"real images against real ones have a {quantity} of {baseline.value:.0%} and, by chance, down to "
        f"{max(0.0, low):.0%}, so that images that differ would pass"
    )
    return Floor(why, _enough(baseline.value - low, baseline.value - limit, baseline))


def realism_floor(metric: Metric, baseline: Metric) -> Floor:
    """Return the floor of realism: of a share, and `SINGLE` images on either side."""
    floor = share_floor(metric, baseline)
    fewest = min(metric.n, int(metric.settings.get("n_real", metric.n)))
    if not floor.holds or fewest >= SINGLE:
        return floor
    return Floor(f"{fewest:,} images are compared", Enough(SINGLE, None, MEASURED))


def variety_floor(metric: Metric, baseline: Metric) -> Floor:
    """Return the floor of the variety: of a share, and that a missing kind of images would be noticed."""
    floor = share_floor(metric, baseline)
    record = baseline.settings
    if not floor.holds or "missing_kind_noticed" not in record or record["missing_kind_noticed"] >= NOTICED:
        return floor
    why = (
        f"real images that lack {record['missing_kind']} are noticed in {record['missing_kind_noticed']:.0%} of all "
        f"cases ({metric.name.removeprefix(f'{PART}/')}), and by chance in 3%"
    )
    drop = record["missing_kind_drop"]
    if drop < 2 * record["missing_kind_drop_error"]:
        return Floor(why)  # no drop was seen, and none can be extrapolated
    return Floor(why, _enough(_Z * record["scatter"], drop, baseline))


def _no_interval(metric: Metric) -> Floor:
    why = (
        f"the real images are of fewer than {FEWEST_PATIENTS} patients, held-out and others together, or there are too "
        "few of them, so that nobody knows how far real images scatter"
    )
    least = max(WORKS, int(metric.settings.get("n_real", WORKS)))
    return Floor(why, Enough(least, FEWEST_PATIENTS, MEASURED))


def _enough(width: float, wanted: float, baseline: Metric) -> Enough | None:
    """Return how many images would be enough, by the width of the interval.

    Patients are counted where the divisions know them: half of both sets is held out. A control of 0 has no width to go
    by, and what the benchmark measured is told.
    """
    if baseline.value <= 0:
        return Enough(WORKS, FEWEST_PATIENTS, MEASURED)
    images = int(baseline.settings.get("n_real", baseline.n))
    both = baseline.settings.get("redivided_patients")
    known = both is not None and both < baseline.settings["redivided_images"]
    found = enough_by_width(width, wanted, images=images, patients=max(1, int(both) // 2) if known and both else None)
    return found if found is None or (found.images or 0) > images else Enough(images + 1, found.patients, BY_WIDTH)
