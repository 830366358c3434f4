"""Verdicts of the part overlap."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from medcurate.evaluate.design.floor import FEWEST_PATIENTS, Floor, all_of, enough_by_width, too_few_to_tell
from medcurate.evaluate.design.shares import share_interval
from medcurate.results import Enough, Figure, Level, Metric, Verdict

PART = "overlap"
SMALL, LARGE = 0.05, 0.2
"""Differences from real against real: below the first they do not matter, from the second on they are bad."""
FEW = 50
"""Images per side below which no good verdict is given: whether the metrics work with fewer was not measured."""
_ORDER: tuple[Level, ...] = ("bad", "caution", "too_few", "unclear", "good")
_BY_CHANCE = 0.025  # that no image is of a class


def verdicts(metrics: Sequence[Metric], figures: Sequence[Figure] = ()) -> Iterator[Verdict]:
    """Yield the verdicts.

    A difference from real against real counts if its interval excludes zero and it is not small. Without one, the
    verdict is good if its interval also excludes a large difference; otherwise there are too few images to tell.

    Parameters
    ----------
    metrics : sequence of Metric
        Metrics of the part.
    figures : sequence of Figure
        Figures of the part, to which verdicts refer.
    """
    by_name = {metric.name: metric for metric in metrics}
    shown = tuple(figure.name for figure in figures)
    if "overlap/density_overlap" in by_name:
        yield _density(by_name["overlap/density_overlap"], shown)
    yield _neighbors(by_name)
    yield _coverage(by_name["overlap/cluster_coverage"], shown)
    missing = [metric for metric in metrics if metric.value == 0 and "why" in metric.settings]
    if missing:
        yield _missing(missing, by_name["overlap/cluster_coverage"])
    control = by_name.get("overlap/training_neighbors[of_real]")
    if control is not None and level_of(control, sign=-1) in ("caution", "bad"):
        yield Verdict(
            PART,
            "caution",
            f"Real training images do not overlap completely with the held-out ones, either: {_percent(control)} of "
            "the nearest neighbors of a held-out image are training images, of equally many. That part of the "
            "difference is not due to the generator.",
            (control.name,),
        )


def level_of(metric: Metric, *, sign: int) -> Level:
    """Return how much a metric differs from real against real.

    Parameters
    ----------
    metric : Metric
        With ``gap`` and ``gap_interval`` in its settings.
    sign : int
        -1 if lower than real against real is worse, 1 if higher is.
    """
    gap = sign * float(metric.settings["gap"])
    nearest_zero = min(sign * end for end in metric.settings["gap_interval"])
    if math.isnan(gap):
        return "unclear"
    if _patients(metric) < FEWEST_PATIENTS:
        return "too_few"
    if nearest_zero <= 0 or gap < SMALL:
        return "good" if floor_of(metric, sign=sign).holds else "too_few"
    return "bad" if gap >= LARGE else "caution"


def floor_of(metric: Metric, *, sign: int) -> Floor:
    """Return whether a large difference from real against real would have shown.

    Parameters
    ----------
    metric, sign
        See `level_of`.
    """
    patients = _patients(metric)
    baseline = 0.0 if metric.real_vs_real is None else metric.real_vs_real.value
    room = baseline if sign < 0 else 1 - baseline
    ends = [sign * float(end) for end in metric.settings["gap_interval"]]
    gap = max(0.0, sign * float(metric.settings["gap"]))
    images = int(metric.settings.get("n_real", metric.n))
    if patients < FEWEST_PATIENTS:
        each = max(1, images // max(1, patients))
        why = f"the held-out real images are of {patients:,} patients"
        return Floor(why, Enough(FEWEST_PATIENTS * each, FEWEST_PATIENTS, "fewer have too few divisions into halves"))
    if room <= LARGE:
        return Floor(f"two halves of the real images reach {100 * baseline:.0f} %, so that no difference could show")
    if metric.settings["images_a_side"] < FEW:
        why = f"halves of {metric.settings['images_a_side']:,} images are compared"
        return Floor(why, Enough(2 * FEW, None, "halves of fewer images were not tested"))
    if max(ends) < LARGE:
        return Floor()
    enough = enough_by_width(
        max(ends) - gap, LARGE - gap if gap < LARGE else LARGE, images=images, patients=_known_patients(metric)
    )
    why = f"the difference from two halves of the real images may be as large as {100 * max(ends):.0f} points"
    return Floor(why, enough)


def _patients(metric: Metric) -> int:
    return int(metric.settings.get("patients", FEWEST_PATIENTS))


def _known_patients(metric: Metric) -> int | None:
    """Return the number of patients, None where every image stands alone."""
    patients = metric.settings.get("patients")
    return None if patients is None or patients == metric.settings.get("n_real") else int(patients)


def _missing(missing: Sequence[Metric], coverage: Metric) -> Verdict:
    """Judge classes that no synthetic image has: rare ones may be missing by chance."""
    real, synthetic = (int(coverage.settings.get(name, 0)) for name in ("n_real", "n_synthetic"))
    least = min(share_interval(metric.n, max(real, metric.n))[0] for metric in missing)
    names = ", ".join(metric.name.partition("=")[2].rstrip("]") for metric in missing)
    evidence = tuple(metric.name for metric in missing)
    text = f"No synthetic image is of the class {names}, which real images have."
    needed = math.ceil(math.log(_BY_CHANCE) / math.log(1 - least))
    if synthetic >= needed:
        return Verdict(PART, "bad", text, evidence)
    floor = Floor(f"of {synthetic:,} real images there might be none, either", Enough(needed, None, "binomial chance"))
    return too_few_to_tell(PART, f"whether the class {names} is missing", floor, numbers=text, evidence=evidence)


def _density(metric: Metric, shown: tuple[str, ...]) -> Verdict:
    level = level_of(metric, sign=-1)
    evidence = (metric.name, *(name for name in shown if name == "overlap/origin"))
    numbers = f"Densities overlap by {_with_baseline(metric)}."
    if level == "too_few":
        question = "whether synthetic images lie where real ones do"
        return too_few_to_tell(PART, question, floor_of(metric, sign=-1), numbers=numbers, evidence=evidence)
    sentence = {
        "good": "lie in the same places as real ones",
        "caution": "lie partly in other places than real ones",
        "bad": "lie in other places than real ones",
    }.get(level, "could not be compared by their places")
    return Verdict(
        PART, level, f"Synthetic images {sentence}: densities overlap by {_with_baseline(metric)}.", evidence
    )


def _neighbors(by_name: Mapping[str, Metric]) -> Verdict:
    of_real = by_name["overlap/synthetic_neighbors[of_real]"]
    of_synthetic = by_name["overlap/synthetic_neighbors[of_synthetic]"]
    level = min(level_of(of_real, sign=-1), level_of(of_synthetic, sign=1), key=_ORDER.index)
    near_real = level_of(of_synthetic, sign=-1) in ("caution", "bad")
    evidence = (of_real.name, of_synthetic.name)
    text = (
        f"Among the {of_real.settings['k']} nearest neighbors of a real image, {_percent(of_real)} are synthetic, and "
        f"of a synthetic image, {_percent(of_synthetic)}; in a perfect mixture it would be half."
    )
    if near_real:
        text += " Synthetic images lie nearer to held-out real ones than to each other: look for copies."
        return Verdict(PART, min(level, "caution", key=_ORDER.index), text, evidence)
    if level == "too_few":
        floor = all_of(floor_of(of_real, sign=-1), floor_of(of_synthetic, sign=1))
        return too_few_to_tell(PART, "whether both kinds of images mix", floor, numbers=text, evidence=evidence)
    return Verdict(PART, level, text, evidence)


def _coverage(metric: Metric, shown: tuple[str, ...]) -> Verdict:
    level = level_of(metric, sign=-1)
    evidence = (metric.name, *(name for name in shown if name == "overlap/uncovered"))
    text = f"Of {metric.settings['clusters']} clusters of real images, synthetic ones cover {_percent(metric)}."
    if level == "too_few":
        question = "whether every kind of real image is there"
        return too_few_to_tell(PART, question, floor_of(metric, sign=-1), numbers=text, evidence=evidence)
    return Verdict(PART, level, text, evidence)


def _with_baseline(metric: Metric) -> str:
    baseline = metric.real_vs_real
    return f"{metric.value:.2f}" + ("" if baseline is None else f" (real against real: {baseline.value:.2f})")


def _percent(metric: Metric) -> str:
    baseline = metric.real_vs_real
    return f"{100 * metric.value:.0f} %" + (
        "" if baseline is None else f" (real against real: {100 * baseline.value:.0f} %)"
    )
