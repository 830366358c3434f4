"""What a reader takes away from compared masks, in words with the numbers that matter."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from medcurate.evaluate.design.floor import Floor, all_of, enough_by_width, on_floor
from medcurate.evaluate.dice.regions import CORE, ENHANCING, WHOLE
from medcurate.results import Enough, Level, Metric, Verdict

PART = "dice"
TWO_RATERS = {WHOLE: 0.85, CORE: 0.75, ENHANCING: 0.74}
"""Mean Dice of two human raters (Menze et al., 2015, doi 10.1109/TMI.2014.2377694)."""
_NEAR_RATERS = 0.2  # so much below them is cautioned, more is bad
_BOOTSTRAP = "fewer give no honest bootstrap interval"
_AS_REAL, _HALFWAY = 0.9, 0.6  # shares of the Dice in real images
_USEFUL = 0.3  # Dice of a segmenter in real images, below which it cannot judge synthetic ones
_FEWEST = 5  # masks or patients: of fewer, a bootstrap gives no honest interval


def pairs_verdict(metrics: Sequence[Metric], prefix: str = "") -> Verdict:
    """Judge how well paired masks agree, compared with two human raters.

    Parameters
    ----------
    metrics : sequence of Metric
        Named ``dice/pairs_dice[...]``; others are passed over.
    prefix : str
        Before the region in names, such as ``3-D, ``.
    """
    found = _dice_of(metrics, "dice/pairs_dice", prefix)
    rated = {region: metric for region, metric in found.items() if region in TWO_RATERS}
    below = [TWO_RATERS[region] - metric.value for region, metric in rated.items()]
    level: Level = "unclear"
    if below:
        level = "good" if max(below) <= 0 else "caution" if max(below) <= _NEAR_RATERS else "bad"
    text = (
        f"{_dimension(prefix)}synthetic and real masks of the same name overlap with a Dice of {_listed(found)}. Two "
        f"human raters reach {', '.join(f'{TWO_RATERS[r]:.2f} ({_words(r)})' for r in found if r in TWO_RATERS)}."
    )
    verdict = Verdict(PART, level, _sentence(text), tuple(metric.name for metric in found.values()))
    judged = sorted(rated, key=lambda region: rated[region].value - TWO_RATERS[region])
    floors = [_floor(rated[one], TWO_RATERS[one] - _NEAR_RATERS, TWO_RATERS[one], level) for one in judged]
    return on_floor(verdict, _needed(level, floors), "whether paired masks agree as those of two raters do")


def condition_verdict(metrics: Sequence[Metric], prefix: str = "") -> Verdict:
    """Judge whether synthetic images show what their masks say, by what the same segmenter reaches on real images.

    Parameters
    ----------
    metrics : sequence of Metric
        Named ``dice/condition_dice[...]``, with `real_vs_real`; others are passed over.
    """
    found = {
        region: metric
        for region, metric in _dice_of(metrics, "dice/condition_dice", prefix).items()
        if metric.real_vs_real is not None and not isnan(metric.real_vs_real.value)
    }
    baselines = {region: metric.real_vs_real for region, metric in found.items() if metric.real_vs_real is not None}
    usable = {
        region: found[region].value / baseline.value
        for region, baseline in baselines.items()
        if baseline.value >= _USEFUL
    }
    level: Level = "unclear"
    if usable:
        worst = min(usable.values())
        level = "good" if worst >= _AS_REAL else "caution" if worst >= _HALFWAY else "bad"
    text = (
        f"{_dimension(prefix)}a segmenter trained on real images finds in synthetic images what their masks say with a "
        f"Dice of {_listed(found)}; in held-out real images with {_listed(baselines)}."
    )
    blind = [_words(region) for region in found if region not in usable]
    if blind:
        text += f" It is no judge of {' and '.join(blind)}: it finds too little of that in real images."
    verdict = Verdict(PART, level, _sentence(text), tuple(metric.name for metric in found.values()))
    floors = [
        all_of(
            _floor(found[region], _HALFWAY * baselines[region].value, _AS_REAL * baselines[region].value, level),
            _floor(baselines[region], -1.0, 2.0, level),  # of the control, only the number counts
        )
        for region in sorted(usable, key=lambda region: usable[region])
    ]
    return on_floor(verdict, _needed(level, floors), "whether synthetic images show what their masks say")


def gain_verdict(gains: Sequence[Metric], arms: Sequence[Metric], dose: float, prefix: str = "") -> Verdict:
    """Judge whether a segmenter gains from synthetic examples in addition to the real ones.

    Parameters
    ----------
    gains : sequence of Metric
        Named ``dice/gain_dice[real+1x, ...]``; other doses are passed over.
    arms : sequence of Metric
        Named ``dice/segmenter_dice[...]``, for the numbers of the text.
    """
    mixed, alone = f"{prefix}real+{dose:g}x, ", f"{prefix}synthetic {dose:g}x, "
    found = _dice_of(gains, "dice/gain_dice", mixed)
    patients = max((metric.n for metric in found.values()), default=0)
    ends = [metric.interval for metric in found.values() if metric.interval is not None]
    up, down = any(low > 0 for low, _ in ends), any(high < 0 for _, high in ends)
    level: Level = "unclear"
    what = "no gain or loss can be told from chance"
    if up != down:
        level, what = ("good", "that helps") if up else ("bad", "that harms")
    elif up:
        level, what = "caution", "that helps in one region and harms in another"
    real, added, only = (
        _listed(_dice_of(arms, "dice/segmenter_dice", start)) for start in (f"{prefix}real, ", mixed, alone)
    )
    text = (
        f"{_dimension(prefix)}a segmenter trained on real images reaches on held-out patients a Dice of {real}; with "
        f"{dose:g}x synthetic images added {added} ({what}); on {dose:g}x synthetic images alone {only}."
    )
    verdict = Verdict(PART, level, _sentence(text), tuple(metric.name for metric in found.values()))
    few = Floor(f"{patients:,} patients are held out", Enough(None, _FEWEST, _BOOTSTRAP))
    return on_floor(verdict, few if patients < _FEWEST else Floor(), "whether a segmenter gains")


def _floor(metric: Metric, bad: float, good: float, level: Level) -> Floor:
    """Return whether an interval excludes the opposite of a level: what is bad where it is good, and the reverse.

    Parameters
    ----------
    bad, good : float
        Dice under the first is bad, and from the second on it is good.
    """
    unit = metric.settings.get("unit_of_n", "masks")
    if metric.interval is None or metric.n < _FEWEST:
        why = f"the Dice of {metric.value:.2f} is of {metric.n:,} {unit}"
        return Floor(why, Enough(_FEWEST, None, _BOOTSTRAP) if metric.n < _FEWEST else None)
    low, high = metric.interval
    fits = low < bad if level == "good" else high >= good if level == "bad" else False
    if not fits:
        return Floor()
    width, wanted = metric.value - low, metric.value - bad
    if level == "bad":
        width, wanted = high - metric.value, good - metric.value
    why = f"with {metric.n:,} {unit} the Dice may be {low:.2f} to {high:.2f}"
    return Floor(why, enough_by_width(width, wanted, images=metric.n, patients=None))


def _needed(level: Level, floors: Sequence[Floor]) -> Floor:
    """Return the floor of a verdict from those of its regions, the worst first: a bad one rests on the worst alone."""
    return all_of(*(floors[:1] if level == "bad" else floors))


def _dice_of(metrics: Sequence[Metric], name: str, prefix: str) -> dict[str, Metric]:
    """Return the metrics of one name and prefix that have a value, by region."""
    start = f"{name}[{prefix}"
    named = {metric.name[len(start) : -1]: metric for metric in metrics if metric.name.startswith(start)}
    return {region: metric for region, metric in named.items() if "," not in region and not isnan(metric.value)}


def _listed(metrics: dict[str, Metric]) -> str:
    return ", ".join(f"{metric.value:.2f} ({_words(region)})" for region, metric in metrics.items()) or "none"


def _words(region: str) -> str:
    return region.replace("_", " ")


def _dimension(prefix: str) -> str:
    return "in volumes, " if prefix else ""


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
