"""The verdict on the real ranges, in one or two sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from medcurate.evaluate.anatomy.measures import MEASURES
from medcurate.evaluate.design.floor import FEWEST_PATIENTS, MOST, Floor, on_floor
from medcurate.evaluate.design.shares import share_interval
from medcurate.results import Enough, Metric, Verdict

FAR = 10.0
"""Fraction of synthetic images outside the real range (%) that needs attention, at the lower end of its interval."""

MUST_SHOW = 3 * FAR
"""Fraction of synthetic images outside the real range (%) that must show before their absence is called good."""

_QUESTION = "whether synthetic images are within the real ranges as often as real ones are"
_TITLES = {measure.name: measure.title for measure in MEASURES}


def verdict_of(metrics: Sequence[Metric], patients: int | None = None) -> Verdict | None:
    """Return which measures are outside the real ranges more often than those of held-out real images.

    None without a metric ``anatomy/outside``. A measure is reported if the intervals of synthetic and real fractions do
    not overlap. None reported is good where a fraction of `MUST_SHOW` would have been.

    Parameters
    ----------
    patients : int, optional
        Patients of the held-out images, or of the other real ones if they are fewer; None where not known.
    """
    ranges = [m for m in metrics if m.name.startswith("anatomy/outside[") and "only" not in m.settings]
    if not ranges:
        return None
    out = sorted((m for m in ranges if _stands_out(m)), key=lambda metric: -metric.value)
    evidence = tuple(metric.name for metric in (out or ranges))
    numbers = "; ".join(map(_with_numbers, out or ranges)) + "."
    return on_floor(_verdict(out, ranges, evidence), _floor(out, ranges, patients), _QUESTION, numbers)


def _verdict(out: Sequence[Metric], ranges: Sequence[Metric], evidence: tuple[str, ...]) -> Verdict:
    if not out:
        names = ", ".join(_TITLES[metric.settings["measure"]] for metric in ranges)
        return Verdict("anatomy", "good", f"Within the real ranges as often as real images are: {names}.", evidence)
    far = any(metric.interval is not None and metric.interval[0] >= FAR for metric in out)
    text = "Outside the real range more often than held-out real images: " + "; ".join(map(_with_numbers, out)) + "."
    return Verdict("anatomy", "bad" if far else "caution", text, evidence)


def _floor(out: Sequence[Metric], ranges: Sequence[Metric], patients: int | None) -> Floor:
    images = max(metric.n for metric in ranges)
    if patients is not None and patients < FEWEST_PATIENTS:
        each = -(-images // max(1, patients))
        enough = Enough(FEWEST_PATIENTS * each, FEWEST_PATIENTS, "fewer patients give no honest interval")
        return Floor(f"the real ranges, or the control, are of {patients:,} patients", enough)
    blind = [metric for metric in ranges if not _would_show(metric)]
    if out or not blind:
        return Floor()
    needed = [_images_to_show(metric) for metric in blind]
    why = (
        f"{MUST_SHOW:.0f} % of the images outside the real range might not show "
        f"({', '.join(_TITLES[metric.settings['measure']] for metric in blind)})"
    )
    most = max((number for number in needed if number is not None), default=None)
    return Floor(why, None if most is None or None in needed else Enough(most, None, "Wilson's intervals"))


def _would_show(metric: Metric) -> bool:
    """Return whether `MUST_SHOW` of as many synthetic images would stand out from the control."""
    baseline = metric.real_vs_real
    if baseline is None or baseline.interval is None or not metric.n:
        return False
    return 100 * share_interval(metric.n * MUST_SHOW / 100, metric.n)[0] > baseline.interval[1]


def _images_to_show(metric: Metric) -> int | None:
    """Return the images per side at which `MUST_SHOW` would stand out from a control of the measured share."""
    baseline = metric.real_vs_real
    share = math.nan if baseline is None else baseline.value / 100
    n = 8
    while n <= MOST:
        if share_interval(n * MUST_SHOW / 100, n)[0] > share_interval(n * share, n)[1]:
            return n
        n += max(1, n // 20)
    return None


def _stands_out(metric: Metric) -> bool:
    baseline = metric.real_vs_real
    if metric.interval is None or baseline is None or baseline.interval is None:
        return False
    return metric.interval[0] > baseline.interval[1]


def _with_numbers(metric: Metric) -> str:
    below, above = metric.settings["below"], metric.settings["above"]
    way = "mostly below" if below > 2 * above else "mostly above" if above > 2 * below else "on both sides"
    baseline = 0.0 if metric.real_vs_real is None else metric.real_vs_real.value
    return f"{_TITLES[metric.settings['measure']]} ({metric.value:.0f} % of images, {way}; real {baseline:.0f} %)"
