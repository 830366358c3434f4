"""What the search for copies found, as metrics: how many, how many false alarms explain, and which ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.privacy.copy_search import Closest
from medcurate.evaluate.privacy.false_alarms import Limit, limit, measured_false_alarms, share_interval
from medcurate.evaluate.privacy.policy import COPIES
from medcurate.results import Metric, Verdict

_SURE = 0.05
"""Chance of false alarms below which there are more copies than they explain."""
_WORST_RATE = 0.05
"""Rate of false alarms above which no answer is given: there are too few held-out images."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Synthetic images that are taken for copies, and the limit that says so.

    Attributes
    ----------
    limit : Limit
    flagged : ndarray of int64
        Rows of synthetic images, the closest first.
    chance : float
        That false alarms alone give so many.
    leak : bool
        More than false alarms explain, or a picture that is equal to a training image.
    metrics : tuple of Metric
    verdict : Verdict
    """

    limit: Limit
    flagged: NDArray[np.int64]
    chance: float
    leak: bool
    metrics: tuple[Metric, ...]
    verdict: Verdict


def judge_copies(
    synthetic: Closest,
    held_out: Closest,
    *,
    names: Sequence[str],
    training_names: Sequence[str],
    rate: float,
    groups: Sequence[object] | None = None,
    seed: int = 0,
    settings: dict[str, Any] | None = None,
) -> Copies:
    """Set the limit by the held-out images, and judge the synthetic ones by it.

    Parameters
    ----------
    synthetic, held_out : Closest
        Closest training image of each image. Held-out images that are equal to a training image set no limit.
    names, training_names : sequence of str
        By which synthetic and training images are listed.
    rate : float
        Share of false alarms, in (0, 0.5).
    groups : sequence, optional
        Patient of each held-out image.
    seed : int
    settings : dict, optional
        What else is to be recorded.

    Returns
    -------
    Copies
        With the metrics ``privacy/copies`` (share of the synthetic images that is taken for copies, all of them listed
        in its settings) and ``privacy/false_alarms`` (the same measured on held-out patients that had no say in the
        limit).
    """
    new = ~held_out.equal
    scores = held_out.score[new]
    patients = None if groups is None else [group for group, kept in zip(groups, new.tolist(), strict=True) if kept]
    bound = limit(scores, rate)
    is_copy = (synthetic.score > bound.value) | synthetic.equal
    flagged = np.flatnonzero(is_copy)
    flagged = flagged[np.argsort(-synthetic.score[flagged], kind="stable")]
    chance = bound.chance(len(flagged), len(synthetic))
    equal = int(synthetic.equal.sum())
    leak = bool(equal or (chance < _SURE and bound.rate <= _WORST_RATE))
    false_alarms = _false_alarms(scores, patients, rate, bound, seed, settings or {})
    record: dict[str, Any] = {
        **(settings or {}),
        "false_alarms": rate,
        "limit": bound.value,
        "held_out": bound.n,
        "held_out_left_out": int((~new).sum()),
        "flagged": len(flagged),
        "equal": equal,
        "expected": bound.rate * len(synthetic),
        "p_value": chance,
        "leak": leak,
        "copies": [_record(synthetic, row, names, training_names) for row in flagged.tolist()],
        "unit_of_n": "images",
    }
    n = len(synthetic)
    share = Metric(COPIES, len(flagged) / n, share_interval(len(flagged), n), n, record, better="lower")
    verdict = _verdict(len(flagged), equal, n, bound, chance, leak)
    return Copies(bound, flagged, chance, leak, (share.beside(false_alarms), false_alarms), verdict)


def _false_alarms(
    scores: NDArray[np.float64],
    groups: Sequence[object] | None,
    rate: float,
    bound: Limit,
    seed: int,
    settings: dict[str, Any],
) -> Metric:
    flagged = measured_false_alarms(scores, rate, groups=groups, seed=seed)
    n, count = len(flagged), int(flagged.sum())
    record = {**settings, "asked": rate, "bound": bound.rate, "folds": 5, "seed": seed, "unit_of_n": "images"}
    if not n:
        record["why"] = "fewer than two held-out patients"
    value = count / n if n else float("nan")
    return Metric("privacy/false_alarms", value, share_interval(count, n), n, record, better="lower")


def _record(found: Closest, row: int, names: Sequence[str], training_names: Sequence[str]) -> dict[str, Any]:
    return {
        "synthetic": names[row],
        "training": training_names[int(found.training[row])],
        "likeness": round(float(found.score[row]), 6),
        "change": found.change(row),
        "equal": bool(found.equal[row]),
    }


def _verdict(flagged: int, equal: int, n: int, bound: Limit, chance: float, leak: bool) -> Verdict:
    evidence = (COPIES, "privacy/false_alarms", "privacy/likeness", "privacy/pairs")
    expected = f"false alarms alone give about {bound.rate * n:.1f}"
    if leak:
        same = f", {equal:,} of them gray value by gray value" if equal else ""
        text = (
            f"{flagged:,} of {n:,} synthetic images are taken for copies of training images{same}; {expected} "
            f"(chance of so many: {_chance(chance)}). Look at the closest pairs."
        )
        return Verdict("privacy", "bad", text, evidence)
    if bound.rate > _WORST_RATE:
        text = (
            f"There are only {bound.n:,} held-out images: too few to say from which likeness on an image is a copy. No "
            "synthetic image is equal to a training image gray value by gray value. Look at the closest pairs."
        )
        return Verdict("privacy", "unclear", text, evidence)
    text = (
        f"Copies: no leak found by these tests. {flagged:,} of {n:,} synthetic images are as like a training image as "
        f"a copy would be; {expected}."
    )
    return Verdict("privacy", "good", text, evidence)


def _chance(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"{value:.3f}"
