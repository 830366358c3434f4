"""Features that are compared, and every metric of theirs with its baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.fidelity.authenticity import authenticity
from medcurate.evaluate.fidelity.control import Pool, on_control, redivide
from medcurate.evaluate.fidelity.folds import Context
from medcurate.evaluate.fidelity.frechet import frechet_distance
from medcurate.evaluate.fidelity.kernel import kernel_distance
from medcurate.evaluate.fidelity.manifold import manifold_metrics
from medcurate.evaluate.fidelity.vendi import vendi_score
from medcurate.results import Metric

Features = NDArray[np.float32]
Groups = Sequence[object]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Features of four sets of images on one scale, each of shape (n, d).

    Attributes
    ----------
    test, real : ndarray of float32
        Held-out real images, and the training images that are their control.
    generated : ndarray of float32
        As many as `real`.
    train : ndarray of float32
        All real training images, for authenticity.
    groups : tuple of sequence
        Patient, or None, of each image of `test`, `real` and `train`.
    kinds : ndarray of object
        Tumor type, or None, of each image of `test` and then of `real`.
    subsets : mapping of str to ndarray of bool
        Images of `test` and then of `real` that get a coverage of their own.
    """

    test: Features
    generated: Features
    real: Features
    train: Features
    groups: tuple[Groups, Groups, Groups]
    kinds: NDArray[np.object_]
    subsets: Mapping[str, NDArray[np.bool_]]

    def metrics(self, k: int, context: Context) -> tuple[Metric, ...]:
        """Return every metric of the synthetic images, each with its `real_vs_real`.

        Parameters
        ----------
        k : int
            Of precision, recall, density and coverage.
        context : Context
            With the patients of `test`.
        """
        test, real, train = self.groups
        of_train = replace(context, groups=train)
        of_generated = (
            *self._all(self.generated, k, context),
            authenticity(self.train, self.generated, context=of_train),
        )
        of_real = (
            *self._all(self.real, k, replace(context, other_groups=real)),
            authenticity(self.train, self.test, context=replace(of_train, other_groups=test)),
        )
        control = redivide(self._pool(), len(self.test), k=k, seed=context.seed)
        return tuple(
            metric.with_baseline(on_control(baseline, control))
            for metric, baseline in zip(of_generated, of_real, strict=True)
        )

    def _all(self, other: Features, k: int, context: Context) -> tuple[Metric, ...]:
        held_out = {name: mask[: len(self.test)] for name, mask in self.subsets.items()}
        return (
            frechet_distance(self.test, other, context=context),
            kernel_distance(self.test, other, context=context),
            *manifold_metrics(self.test, other, k=k, subsets=held_out, context=context),
            vendi_score(other, context=context),
        )

    def _pool(self) -> Pool:
        groups = [*self.groups[0], *self.groups[1]]
        return Pool(np.concatenate([self.test, self.real]), groups, self.kinds, self.subsets)
