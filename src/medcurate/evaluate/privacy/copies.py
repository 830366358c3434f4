"""What the search for copies found, as metrics: how many, how many false alarms explain, and which ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.design.bootstrap import bootstrap_interval
from medcurate.evaluate.design.folds import group_numbers
from medcurate.evaluate.design.shares import share_interval
from medcurate.evaluate.privacy.copy_search import Closest
from medcurate.evaluate.privacy.false_alarms import Limit, false_alarm_draws, limit
from medcurate.evaluate.privacy.policy import COPIES
from medcurate.evaluate.privacy.verdicts import copies_verdict
from medcurate.results import Metric, Verdict

_SURE = 0.05
"""Chance of false alarms below which there are more copies than they explain."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Synthetic images that are taken for copies, and the limit that says so.

    Attributes
    ----------
    flagged : ndarray of int64
        Rows of synthetic images, the closest first.
    """

    limit: Limit
    flagged: NDArray[np.int64]
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
    synthetic_groups: Sequence[object] | None = None,
    seed: int = 0,
    settings: dict[str, Any] | None = None,
) -> Copies:
    """Set the limit by the held-out images, and judge the synthetic ones by it.

    Parameters
    ----------
    synthetic, held_out : Closest
        Closest training image of each image. Held-out images that are equal to a training image set no limit, nor do
        others of their patients: these patients are not new.
    names, training_names : sequence of str
        By which synthetic and training images are listed.
    rate : float
        Share of false alarms, in (0, 0.5).
    groups, synthetic_groups : sequence, optional
        Patient of each held-out image, and of each synthetic one that was drawn from a patient's image.
    settings : dict, optional
        What else is to be recorded.

    Returns
    -------
    Copies
        With the metrics ``privacy/copies``, the share of the synthetic images that is taken for copies, and
        ``privacy/false_alarms``, the same for half of the held-out patients by a limit that the other half has set
        (mean and spread of draws). The settings of the first list the copies, and say whether they are a ``leak``
        (more than false alarms explain, or a picture that is equal to a training image) or ``suspected`` (more than
        those of independent images explain, but there are too few patients to be sure).
    """
    new = ~_of_training_patients(held_out.equal, groups)
    scores = held_out.score[new]
    patients = None if groups is None else [group for group, kept in zip(groups, new.tolist(), strict=True) if kept]
    bound = limit(scores, rate)
    is_copy = (synthetic.score > bound.value) | synthetic.equal
    flagged = np.flatnonzero(is_copy)
    flagged = flagged[np.argsort(-synthetic.score[flagged], kind="stable")]
    draws = false_alarm_draws(scores, rate, groups=patients, seed=seed)
    n, people = len(synthetic), patients_of(len(scores), patients)
    chance = chance_of_so_many(len(flagged), n, bound, draws, people)
    equal = int(synthetic.equal.sum())
    leak = bool(equal or chance < _SURE)
    suspected = not leak and bound.chance(len(flagged), n) < _SURE
    false_alarms = _false_alarms(draws, rate, bound, seed, settings or {})
    record: dict[str, Any] = {
        **(settings or {}),
        "false_alarms": rate,
        "limit": bound.value,
        "held_out": bound.n,
        "held_out_left_out": int((~new).sum()),
        "flagged": len(flagged),
        "equal": equal,
        "held_out_patients": people,
        "expected": bound.rate * n,
        "p_value": chance,
        "p_value_of_independent_images": bound.chance(len(flagged), n),
        "leak": leak,
        "suspected": suspected,
        "copies": [_record(synthetic, row, names, training_names) for row in flagged.tolist()],
        "unit_of_n": "images",
    }
    share = Metric(COPIES, len(flagged) / n, _interval(is_copy, synthetic_groups, seed), n, record, better="lower")
    return Copies(bound, flagged, (share.with_baseline(false_alarms), false_alarms), copies_verdict(share))


def _interval(is_copy: NDArray[np.bool_], groups: Sequence[object] | None, seed: int) -> tuple[float, float]:
    """Return the interval of a share of images: over patients where several images are of one."""
    n = len(is_copy)
    if patients_of(n, groups) == n:
        return share_interval(int(is_copy.sum()), n)
    return bootstrap_interval(lambda rows: float(is_copy[rows].mean()), n, groups=groups, seed=seed)


def chance_of_so_many(flagged: int, n: int, bound: Limit, draws: NDArray[np.float64], patients: int) -> float:
    """Return the probability that false alarms alone give so many of `n` images, or more.

    The largest of three, for none knows all: a count of few images varies by chance (`Limit.chance`); images of one
    patient are like each other (`draws`, of `false_alarm_draws`); and if one new patient in so many were like a
    training patient, with all images, `patients` held-out ones would not tell.
    """
    by_patients = float((1 + np.sum(draws >= flagged / n)) / (1 + len(draws)))
    return max(bound.chance(flagged, n), by_patients, 1 / (1 + patients))


def patients_of(n: int, groups: Sequence[object] | None) -> int:
    """Return how many patients n images are of; an image whose patient is not known is one of its own."""
    return len(set(group_numbers(groups, n).tolist())) if groups is not None else n


def _of_training_patients(equal: NDArray[np.bool_], groups: Sequence[object] | None) -> NDArray[np.bool_]:
    """Say which held-out images are of patients who have an image that is equal to a training image.

    If all are, none of them is left out but the equal ones, or all if there is no other: something has to set a limit.
    """
    number = group_numbers(groups if groups is not None else [None] * len(equal), len(equal))
    left_out = np.isin(number, number[equal])
    for found in (left_out, equal):
        if not found.all():
            return found
    return np.zeros(len(equal), bool)


def _false_alarms(draws: NDArray[np.float64], rate: float, bound: Limit, seed: int, settings: dict[str, Any]) -> Metric:
    record = {
        **settings,
        "asked": rate,
        "bound": bound.rate,
        "draws": len(draws),
        "interval": "2.5 % to 97.5 % of the draws",
        "seed": seed,
        "unit_of_n": "images",
    }
    if not len(draws):
        why = {"why": "fewer than two held-out images"}
        return Metric("privacy/false_alarms", float("nan"), None, bound.n, record | why, better="lower")
    low, high = np.quantile(draws, [0.025, 0.975])
    ends = float(low), float(high)
    return Metric("privacy/false_alarms", float(draws.mean()), ends, bound.n, record, better="lower")


def _record(found: Closest, row: int, names: Sequence[str], training_names: Sequence[str]) -> dict[str, Any]:
    return {
        "synthetic": names[row],
        "training": training_names[int(found.training[row])],
        "likeness": round(float(found.score[row]), 6),
        "change": found.change(row),
        "equal": bool(found.equal[row]),
    }
