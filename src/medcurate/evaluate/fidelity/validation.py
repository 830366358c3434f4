"""How far generated images are from validation images, with a floor, and which of two sets of them is nearer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from medcurate.encoders import encoder as make_encoder
from medcurate.encoders import fit_scale
from medcurate.errors import UsageError
from medcurate.evaluate.design.halving import halving_interval
from medcurate.evaluate.fidelity.folds import Context
from medcurate.evaluate.fidelity.frechet import frechet_value
from medcurate.evaluate.fidelity.manifold import K, manifold_values
from medcurate.evaluate.neighbors import Features
from medcurate.learning.comparison import Comparison

_LEAST = K + 1
_SPLITS = 24
"""Halvings: the standard error is then known to about a seventh."""
_PREFIX = "val_"

Images = NDArray[np.uint8]


class ValidationDistance:
    """Fréchet distance, precision, recall and coverage of generated images, compared with validation images.

    The validation images are encoded once. The scale of the features is learned on one half of `others`; the other half
    gives the floor.

    Parameters
    ----------
    real : ndarray of uint8, shape (n, height, width)
        Validation images; at least six.
    others : ndarray of uint8, shape (m, height, width)
        Other real images, such as training images, none of which is among `real`. With fewer than twelve, the scale is
        learned on `real`, and there is no floor.
    groups : sequence, optional
        Patient of each validation image; None in it where not known. Halves are made of whole patients.
    encoder : str
        See `medcurate.encoders.encoder`.
    seed : int
        Of the choice of images, and of the halves.

    Raises
    ------
    UsageError
        There are fewer than six validation images.
    """

    def __init__(
        self,
        real: Images,
        others: Images,
        *,
        groups: Sequence[str | None] | None = None,
        encoder: str = "classical",
        seed: int = 0,
    ) -> None:
        if len(real) < _LEAST:
            raise UsageError(f"expected {_LEAST} validation images or more, received {len(real)}")
        self._encoder = make_encoder(encoder)
        self._seed = seed
        order = np.random.default_rng(seed).permutation(len(others))
        middle = len(others) // 2
        enough = middle >= _LEAST
        for_scale = others[np.sort(order[:middle])] if enough else real
        self._scale = fit_scale(self._encoder.encode(for_scale), self._encoder.blocks)
        self._real = self._features(real)
        self._floor_images = others[np.sort(order[middle:])] if enough else real[:0]
        numbered = [f"image {k}" for k in range(len(real))]
        self._groups = [group or name for group, name in zip(groups or numbered, numbered, strict=True)]

    @cached_property
    def floor(self) -> float:
        """The distance of the other real images, which a perfect generator would reach; NaN where there are too few.

        It grows as images become fewer, so it is too high where there are fewer of them than generated images.
        """
        if not len(self._floor_images):
            return float("nan")
        return frechet_value(self._real, self._features(self._floor_images))

    def __call__(self, generated: Images) -> dict[str, float]:
        """Measure generated images.

        Returns
        -------
        dict of str to float
            ``val_frechet_distance`` (lower is better); ``val_precision``, ``val_recall`` and ``val_coverage`` in
            [0, 1] (higher is better).
        """
        features = self._features(generated)
        manifold = manifold_values(self._real, features)
        found = {"frechet_distance": frechet_value(self._real, features), "precision": manifold.precision}
        found |= {"recall": manifold.recall, "coverage": manifold.coverage}
        return {f"{_PREFIX}{name}": value for name, value in found.items()}

    def compare(self, first: Images, second: Images) -> tuple[Comparison, ...]:
        """Compare two sets of generated images, drawn from the same random numbers.

        Half of the validation patients and half of the pairs of generated images are compared, many times; the interval
        of the difference follows from how much it differs between the two halves.

        Parameters
        ----------
        first, second : ndarray of uint8, shape (n, height, width)

        Returns
        -------
        tuple of Comparison
            Of ``val_frechet_distance`` and ``val_coverage``.
        """
        one, other = self._features(first), self._features(second)
        parted = Context(groups=self._groups, splits=_SPLITS, seed=self._seed).parted(len(self._real), len(one))
        halves = [
            [frechet_value(self._real[a], one[b]) - frechet_value(self._real[a], other[b]) for a, b in pair]
            for pair in parted.halves()
            if min(rows.sum() for half in pair for rows in half) >= 2
        ]
        values = [frechet_value(self._real, features) for features in (one, other)]
        interval = halving_interval(values[0] - values[1], halves)
        covered = [manifold_values(self._real, features).coverage for features in (one, other)]
        return (
            Comparison(f"{_PREFIX}frechet_distance", values[0], values[1], interval, "lower"),
            Comparison(f"{_PREFIX}coverage", covered[0], covered[1], None, "higher"),
        )

    def _features(self, images: Images) -> Features:
        features = self._encoder.encode(images)
        return features if self._scale is None else self._scale.apply(features)
