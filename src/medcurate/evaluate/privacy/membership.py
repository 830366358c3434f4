"""Membership inference, with controls that show what the attack really detects.

The attack takes a real image for a member if a synthetic image is near to it (Chen et al., GAN-Leaks, 2020, without
any knowledge of the model). Its success means nothing alone: members and others may differ by themselves, by scanner,
by hospital, by how they were chosen. So there are three controls without any membership in them:

``control: halves``
    Two parts of the members, without a patient in common, play members and others: as many others as there are, at
    most half. 0.5 on average; how far the draws spread is what chance does to an attack.
``control: matched``
    The same, but those who play others are drawn so that they look like the real others, by the odds of a classifier.
    What it reaches, the looks of the images reach without membership.
``blind``
    That classifier itself, on new patients, without any synthetic image (Das et al., Blind baselines beat membership
    inference attacks, 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.errors import UsageError
from medcurate.evaluate.design.bootstrap import drawn_rows
from medcurate.evaluate.design.folds import group_numbers, random_share
from medcurate.evaluate.privacy.distances import chance_nearer
from medcurate.results import Metric

LEAST = 20
"""Fewer members or others than this are not compared."""
LEAST_PATIENTS = 5
"""Nor are fewer patients than this on either side: the controls judge new patients."""
ROUNDS = 500
HALVINGS = 100
_FOLDS = 5
_COMPONENTS = 24
_FALSE_POSITIVES = 0.01
_LARGEST_ODDS = 20.0

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Played:
    """One side of the membership test.

    Attributes
    ----------
    distance : array_like, shape (n,)
        Of each real image to the nearest synthetic one.
    looks : array_like, shape (n, d)
        Features of the images themselves, for the controls.
    groups : sequence, length n, optional
        Patient of each.
    """

    distance: ArrayLike
    looks: ArrayLike
    groups: Sequence[object] | None = None

    def numbers(self) -> NDArray[np.int64]:
        """Return the number of each image's patient."""
        n = len(np.asarray(self.distance))
        return group_numbers(self.groups if self.groups is not None else [None] * n, n)

    def patients(self) -> int:
        """Return how many patients there are."""
        return len(np.unique(self.numbers()))


def membership_metrics(
    members: Played,
    others: Played,
    *,
    seed: int = 0,
    rounds: int = ROUNDS,
    halvings: int = HALVINGS,
    settings: dict[str, Any] | None = None,
) -> tuple[Metric, ...]:
    """Attack, and control the attack.

    Parameters
    ----------
    members, others : Played
        Real images that the generator was trained on, and that it was not.
    rounds : int
        Draws of patients, for the intervals.
    halvings : int
        Draws of two halves of the members, for the controls.
    settings : dict, optional
        What else is to be recorded.

    Returns
    -------
    tuple of Metric
        ``privacy/membership_auc`` of the attack (area under the ROC curve; 0.5 is chance), of its controls in
        brackets, and ``privacy/membership_hits``: the share of members found where 1 % of others are taken for
        members (Carlini et al., Membership inference attacks from first principles, 2022).

    Raises
    ------
    UsageError
        There are too few images on a side.
    """
    inside, outside = np.asarray(members.distance, np.float64), np.asarray(others.distance, np.float64)
    if min(len(inside), len(outside)) < LEAST:
        received = f"{len(inside)} members and {len(outside)} others"
        raise UsageError(f"expected at least {LEAST} images on each side, received {received}")
    patients = min(members.patients(), others.patients())
    if patients < LEAST_PATIENTS:
        raise UsageError(f"expected at least {LEAST_PATIENTS} patients on each side, received {patients} on one")
    more = {**(settings or {}), "members": len(inside), "others": len(outside), "unit_of_n": "images"}
    chance = blind_chance(members, others, seed=seed)
    odds = chance / (1 - chance)
    share = 1 - min(0.5, len(outside) / len(inside))
    even, matched = _halved(members, odds[: len(inside)], share, halvings, seed)
    n = len(inside) + len(outside)

    def metric(name: str, value: float, draws: ArrayLike, **settings: Any) -> Metric:
        ends = np.quantile(np.asarray(draws, np.float64), [0.025, 0.975])
        return Metric(f"privacy/{name}", value, (float(ends[0]), float(ends[1])), n, more | settings, better="lower")

    drawn = list(_drawn(members, others, seed, rounds))
    control = {"halvings": halvings, "interval": "2.5 % to 97.5 % of the draws"}
    on_halves = metric("membership_auc[control: halves]", float(np.mean(even)), even, **control)
    return (
        metric(
            "membership_auc",
            chance_nearer(inside, outside),
            [chance_nearer(inside[a], outside[b]) for a, b in drawn],
            p_value=float((1 + np.sum(even >= chance_nearer(inside, outside))) / (1 + len(even))),
        ).with_baseline(on_halves),
        on_halves,
        metric("membership_auc[control: matched]", float(np.mean(matched)), matched, **control),
        metric(
            "membership_auc[blind]",
            chance_nearer(chance[: len(inside)], chance[len(inside) :]),
            [chance_nearer(chance[: len(inside)][a], chance[len(inside) :][b]) for a, b in drawn],
        ),
        metric(
            "membership_hits",
            _hits(inside, outside),
            [_hits(inside[a], outside[b]) for a, b in drawn],
            false_positives=_FALSE_POSITIVES,
        ),
    )


def blind_chance(members: Played, others: Played, *, seed: int = 0) -> Values:
    """Return the chance that each image, members first, is one of the others, judged by its looks alone.

    A logistic regression on principal components; each image is judged by one that has not seen its patient. The
    chances of both sides are weighed as if there were equally many.

    Returns
    -------
    ndarray of float64, shape (n + m,)
    """
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    looks = np.concatenate([np.asarray(members.looks, np.float64), np.asarray(others.looks, np.float64)])
    first = members.numbers()
    groups = np.concatenate([first, others.numbers() + first.max() + 1])
    target = np.arange(len(looks)) >= len(first)
    components = min(_COMPONENTS, looks.shape[1], len(looks) // 4)
    model = make_pipeline(
        PCA(components, svd_solver="randomized", random_state=seed),
        StandardScaler(),
        LogisticRegression(C=0.1, class_weight="balanced", max_iter=1000),
    )
    parts = min(_FOLDS, members.patients(), others.patients())
    folds = StratifiedGroupKFold(parts, shuffle=True, random_state=seed)  # each learns from both sides
    return np.asarray(cross_val_predict(model, looks, target, groups=groups, cv=folds, method="predict_proba")[:, 1])


def _halved(members: Played, odds: Values, share: float, halvings: int, seed: int) -> tuple[Values, Values]:
    """Let parts of the members play members and others: as they are, and drawn again by their odds."""
    distance = np.asarray(members.distance, np.float64)
    weight = np.clip(odds, 1 / _LARGEST_ODDS, _LARGEST_ODDS)
    even, matched = np.empty(halvings), np.empty(halvings)
    for number in range(halvings):
        rng = np.random.default_rng((seed, number))
        half = random_share(len(distance), groups=members.groups, share=share, seed=rng)
        inside, outside, chosen = distance[half], distance[~half], weight[~half]
        even[number] = chance_nearer(inside, outside)
        matched[number] = chance_nearer(inside, rng.choice(outside, len(outside), p=chosen / chosen.sum()))
    return even, matched


def _drawn(members: Played, others: Played, seed: int, rounds: int) -> zip[tuple[Any, Any]]:
    sides = ((members, seed), (others, seed + 1))
    return zip(
        *(
            drawn_rows(len(np.asarray(side.distance)), groups=side.groups, seed=number, rounds=rounds)
            for side, number in sides
        ),
        strict=True,
    )


def _hits(inside: Values, outside: Values) -> float:
    """Return the share of members that are nearer than all but 1 % of the others."""
    return float((inside < np.sort(outside)[int(_FALSE_POSITIVES * len(outside))]).mean())
