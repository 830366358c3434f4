"""Scores of every training set, each with its value on every draw of patients and trainings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.downstream.material import Material
from medcurate.evaluate.downstream.resampling import Draws, Floats, interval
from medcurate.evaluate.downstream.scores import area_under_curve, confusions, scores
from medcurate.evaluate.downstream.training_sets import CONTROLS, Recipe

AUC_ROUNDS = 500
"""Draws of the area under the ROC curve: it is the slowest score."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A number, and what it is on each draw.

    Attributes
    ----------
    drawn : ndarray of float64, shape (rounds,)
    """

    value: float
    drawn: Floats

    def __sub__(self, other: Drawn) -> Drawn:
        return Drawn(self.value - other.value, self.drawn - other.drawn)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % percentile interval."""
        return interval(self.drawn)


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Scores of one training set, means over its trainings.

    Attributes
    ----------
    overall : dict of str to Drawn
        ``accuracy``, ``balanced_accuracy``, ``precision``, ``f1``, ``auc``.
    by_class : dict of (str, int) to Drawn
        ``precision``, ``recall``, ``f1``, ``auc`` of each class.
    """

    overall: dict[str, Drawn]
    by_class: dict[tuple[str, int], Drawn]


def score_all(material: Material, found: Mapping[Recipe, NDArray[np.float32]], draws: Draws) -> dict[Recipe, Scored]:
    """Score the probabilities of each training set, shape (repeats, n_test, classes); controls without ``auc``."""
    weights = draws.groups[:AUC_ROUNDS, material.groups].astype(np.float64)
    scored = {}
    for recipe, probabilities in found.items():
        scored[recipe] = _score(material, probabilities, draws)
        if recipe.kind not in CONTROLS:
            _add_areas(scored[recipe], material, probabilities, draws, weights)
    return scored


def _score(material: Material, probabilities: NDArray[np.float32], draws: Draws) -> Scored:
    by_group = confusions(material.test.labels, probabilities, material.groups)
    once, again = scores(by_group.sum(axis=0)), scores(draws.confusions(by_group))
    overall = {
        name: Drawn(float(once.overall[name].mean()), draws.mean(values)) for name, values in again.overall.items()
    }
    by_class = {
        (name, c): Drawn(float(once.by_class[name][:, c].mean()), draws.mean(values[..., c]))
        for name, values in again.by_class.items()
        for c in range(len(material.classes))
    }
    return Scored(overall, by_class)


def _add_areas(
    scored: Scored, material: Material, probabilities: NDArray[np.float32], draws: Draws, weights: Floats
) -> None:
    areas = [_area(material, probabilities, c, draws, weights) for c in range(len(material.classes))]
    scored.by_class.update({("auc", c): area for c, area in enumerate(areas)})
    mean = float(np.mean([area.value for area in areas]))
    scored.overall["auc"] = Drawn(mean, np.mean([area.drawn for area in areas], axis=0))


def _area(material: Material, probabilities: NDArray[np.float32], c: int, draws: Draws, weights: Floats) -> Drawn:
    positive = material.test.labels == c
    even = np.ones((1, len(positive)))
    ranks = [one[:, c] for one in probabilities]
    value = float(np.mean([area_under_curve(positive, rank, even)[0] for rank in ranks]))
    drawn = np.stack([area_under_curve(positive, rank, weights) for rank in ranks], axis=1)
    return Drawn(value, np.einsum("br,br->b", draws.repeats[: len(weights)], drawn))
