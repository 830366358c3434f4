"""The limits of a comparison: the gain that it could detect, and the ceiling, which is the gain of real images."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.downstream.gains import Gain, clearest
from medcurate.evaluate.downstream.material import Material
from medcurate.evaluate.downstream.power import METHOD, Change, detectable_gain, groups_enough
from medcurate.evaluate.downstream.resampling import Draws
from medcurate.evaluate.downstream.training_sets import Recipe
from medcurate.results import Enough

LEVEL = 0.05
_USUAL, _SMALL = 0.05, 0.01  # gains: the one that is asked for where the ceiling is below the other


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """What could have been shown for one number of real images.

    Attributes
    ----------
    compared : Gain
        The gain of the synthetic images that the verdict speaks of.
    gain : float
        The gain that the comparison could have detected, see `power.detectable_gain`.
    real_gain : float or None
        The same for the ceiling.
    ceiling : Gain or None
        Of this number of real images; where there are too few real images to measure it, of the next smaller number,
        which real images help more. None where there is no smaller one either.
    level : float
        Level of each test: `LEVEL` divided by the number of tests.
    images, patients : int
        Held out. Where patients are not known, each image counts as one.
    repeats : int
        Trainings.
    differing, least_differing : int
        Patients with an answer that differs between the two sets, and how many a sign test at `level` needs: with fewer
        all of one sign it is not significant, whatever a bootstrap of so few says.
    wanted : float
        The gain that `enough` is about: the ceiling, or 5 points where that is below one point or not known.
    enough : Enough or None
        Held-out images that would show `wanted`; None where only more trainings would.
    """

    compared: Gain
    gain: float
    real_gain: float | None
    ceiling: Gain | None
    level: float
    images: int
    patients: int
    repeats: int
    differing: int
    least_differing: int
    wanted: float
    enough: Enough | None

    @property
    def told(self) -> bool:
        """Whether real images in the place of the synthetic ones are shown to help, or are too few to be asked."""
        return self.ceiling is None or (self.ceiling.significant and self.ceiling.change.value > 0)


def limits(
    material: Material,
    found: Sequence[Gain],
    ceilings: Sequence[Gain],
    answers: Mapping[int, Mapping[Recipe, NDArray[np.float32]]],
    draws: Draws,
    *,
    seed: int,
) -> dict[int, Limit]:
    """Return the limits of each number of real images with which synthetic images were compared.

    Parameters
    ----------
    found, ceilings : sequence of Gain
        Gains over the real images alone, of synthetic and of other real images.
    answers : mapping of int to (mapping of Recipe to ndarray of float32, shape (repeats, n_test, classes))
        Probabilities, by number of real images and training set.
    draws : Draws
        The draws of the bootstrap: their patients are those of the simulated experiments.
    """
    numbers = sorted({gain.per_class for gain in found}, key=lambda n: n or math.inf)
    limits_: dict[int, Limit] = {}
    last: Gain | None = None
    for n in numbers:
        own = [gain for gain in ceilings if gain.per_class == n]
        last = clearest(own) if own else last
        best = clearest([gain for gain in found if gain.per_class == n])
        limits_[n] = _limit(material, best, last, answers, draws, seed)
    return limits_


def _limit(
    material: Material,
    compared: Gain,
    ceiling: Gain | None,
    answers: Mapping[int, Mapping[Recipe, NDArray[np.float32]]],
    draws: Draws,
    seed: int,
) -> Limit:
    def change(gain: Gain) -> Change:
        sets = answers[gain.per_class]
        return Change.between(material.test.labels, sets[gain.baseline], sets[gain.recipe], material.groups)

    level = LEVEL / compared.tests
    ours, real = change(compared), None if ceiling is None else change(ceiling)
    expected = 0.0 if ceiling is None else ceiling.change.value
    wanted = expected if expected >= _SMALL else _USUAL
    groups, repeats = ours.by_group.shape
    enough = groups_enough(real or ours, wanted, level=level)
    images = len(material.test)
    return Limit(
        compared=compared,
        gain=detectable_gain(ours, draws.groups, level=level, seed=seed),
        real_gain=None if real is None else detectable_gain(real, draws.groups, level=level, seed=seed),
        ceiling=ceiling,
        level=level,
        images=images,
        patients=groups,
        repeats=repeats,
        differing=ours.differing,
        least_differing=math.ceil(math.log2(2 / level)),
        wanted=wanted,
        enough=None
        if enough is None
        else Enough(
            _rounded(enough * images / groups),
            _rounded(enough) if material.patients else None,
            METHOD,
        ),
    )


def _rounded(count: float) -> int:
    """Round up to two digits."""
    step = int(10 ** max(0, len(str(int(count))) - 2))
    return math.ceil(count / step) * step
