"""Whether so few images could have shown a leak at all: the floors of the verdicts on privacy."""

from __future__ import annotations

import math
from collections.abc import Sequence

from medcurate.evaluate.design.floor import Floor, enough_by_width
from medcurate.evaluate.design.shares import share_interval
from medcurate.results import Enough, Metric

WORST_RATE = 0.05
"""False alarm rate above which the limit of copies means nothing."""
WORST_SHARE = 0.1
"""A generator that copies more than this share of its images must not pass unseen by chance."""
WORST_WIDTH = 0.2
"""Half of the interval of ``privacy/closer_to_training`` beyond which 0.5 and a leak are not told apart."""


def limit_floor(held_out: int, rate: float) -> Floor:
    """Say whether there are enough held-out images for the limit of copies.

    Parameters
    ----------
    held_out : int
        Images that set the limit.
    rate : float
        False alarms by this limit.
    """
    if rate <= WORST_RATE:
        return Floor()
    why = f"with {held_out:,} held-out images, up to {100 * rate:.0f} % of all new images count as copies"
    return Floor(why, Enough(math.ceil(1 / WORST_RATE) - 1, None, "false alarms of the limit are at most 5 %"))


def few_copies_floor(flagged: int, n: int) -> Floor:
    """Say whether there are enough synthetic images for "no copies".

    Parameters
    ----------
    flagged : int
        Images that are taken for copies, no more than false alarms explain.
    n : int
        Synthetic images.
    """
    if share_interval(0, n)[1] <= WORST_SHARE:
        return Floor()
    enough = next(more for more in range(n, 1000) if share_interval(0, more)[1] <= WORST_SHARE)
    why = f"a generator that copies one image in ten may show {'none' if not flagged else 'no more'} among {n:,}"
    rule = "0 of so many leaves less than 10 % within the interval (Wilson)"
    return Floor(why, Enough(enough, None, rule))


def distance_floor(closer: Metric) -> Floor:
    """Say whether ``privacy/closer_to_training`` could have told 0.5 from a leak."""
    baseline = closer.real_vs_real
    widths = {
        "synthetic": _width(closer),
        "held-out": _width(baseline) if baseline is not None else math.inf,
    }
    worst = max(widths, key=lambda name: widths[name])
    if widths[worst] <= WORST_WIDTH:
        return Floor()
    n = closer.n if worst == "synthetic" or baseline is None else baseline.n
    why = f"the share of {worst} images nearer to training varies by {100 * widths[worst]:.0f} points by chance"
    return Floor(why, enough_by_width(widths[worst], WORST_WIDTH, images=n, patients=None))


def membership_floor(attack: Metric, controls: Sequence[Metric]) -> Floor:
    """Say whether the attack could have been better than its controls.

    If every synthetic image were a copy of a training image of its own, s images would betray s of m members, and the
    attack would reach 0.5 + s / 2m. That has to be beyond the controls, and beyond what chance does to the attack.

    Parameters
    ----------
    attack : Metric
        Its settings have the numbers of ``members`` and ``synthetic`` images, where they are known.
    controls : sequence of Metric
        Made of members alone.
    """
    members = attack.settings.get("members", attack.n)
    synthetic = attack.settings.get("synthetic", members)
    needed = max(0.5 + _width(attack), *(control.interval[1] for control in controls if control.interval is not None))
    reached = 0.5 + min(1.0, synthetic / members) / 2
    if reached > needed:
        return Floor()
    enough = math.floor(2 * (needed - 0.5) * members + 1e-9) + 1
    why = (
        f"even if each of the {synthetic:,} synthetic images were a copy of another training image, the attack would "
        f"reach {reached:.3f}, and chance alone reaches {needed:.3f}"
    )
    if enough > members:
        return Floor(why)
    return Floor(why, Enough(enough, None, "a copy in each synthetic image would be beyond the controls"))


def _width(metric: Metric) -> float:
    return (metric.interval[1] - metric.interval[0]) / 2 if metric.interval is not None else math.inf
