"""Training sets that are compared: real images, and what is added to them.

To n real images of a class, a ratio k adds k x n images: synthetic ones; the same real ones changed a little (standard
augmentation) or once more (repetition), which synthetic ones must beat; or other real ones, which show what a perfect
generator would gain. Within one draw a smaller set is part of a larger one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.downstream.material import Material

ALL = 0
"""Stands for all real images where a number of real images of each class is asked for."""
REAL, SYNTHETIC, AUGMENTED, REPEATED, MORE_REAL, ONLY = (
    "real",
    "synthetic",
    "augmented",
    "repeated",
    "more real",
    "synthetic only",
)
CONTROLS = (AUGMENTED, REPEATED)
"""What must be beaten: it needs no generator."""

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a training set is made of.

    Attributes
    ----------
    kind : str
        What is added to the real images: ``synthetic``, ``augmented``, ``repeated``, ``more real``; ``real`` adds
        nothing, ``synthetic only`` has no real ones.
    ratio : float
        Added images for each real one.
    """

    kind: str
    ratio: float = 0.0

    @property
    def name(self) -> str:
        """Such as ``real+1x`` (synthetic), ``real+1x augmented``, ``synthetic 1x``."""
        if self.kind == REAL:
            return REAL
        if self.kind == ONLY:
            return f"synthetic {self.ratio:g}x"
        added = {SYNTHETIC: "", AUGMENTED: " augmented", REPEATED: " repeated", MORE_REAL: " real"}
        return f"real+{self.ratio:g}x{added[self.kind]}"


@dataclass(frozen=True, slots=True, eq=False)
class TrainingRows:
    """Which images train.

    Attributes
    ----------
    real, synthetic : ndarray of int64
        Rows of `Material.real` and of `Material.synthetic`.
    augmented, copies : ndarray of int64, shape (m,)
        Rows of `Material.real` that are changed a little, and the number of the change: 0 for the first of an image.
    """

    real: Rows
    synthetic: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    augmented: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    copies: Rows = field(default_factory=lambda: np.zeros(0, np.int64))

    def __len__(self) -> int:
        return len(self.real) + len(self.synthetic) + len(self.augmented)


class Draw:
    """One draw of training images: an order of the real and of the synthetic images of each class.

    Parameters
    ----------
    per_class : int
        Real images of each class; `ALL` for all up to `most`.
    repeat : int
        Number of the draw. Those of equal seed and number share their orders: 10 real images are among the 25.
    """

    def __init__(self, material: Material, per_class: int, most: int, *, seed: int, repeat: int) -> None:
        rng = np.random.default_rng((seed, repeat, 2))
        count = len(material.classes)
        self._real = [rng.permutation(np.flatnonzero(material.real.labels == c)) for c in range(count)]
        self._synthetic = [rng.permutation(np.flatnonzero(material.synthetic.labels == c)) for c in range(count)]
        self._base = [min(per_class or most, len(rows)) for rows in self._real]

    @property
    def base(self) -> Rows:
        """The real images that train in every set, as rows of `Material.real`."""
        return np.concatenate([order[:n] for order, n in zip(self._real, self._base, strict=True)])

    def rows(self, recipe: Recipe) -> TrainingRows | None:
        """Return the images of a training set; None where there are too few."""
        extra: list[Rows] = []
        for c, n in enumerate(self._base):
            # A class without synthetic images gets no more of any kind: the sets differ in their images alone.
            wanted = int(recipe.ratio * n + 0.5) if len(self._synthetic[c]) else 0
            found = self._added(recipe.kind, c, wanted)
            if len(found) < wanted or (recipe.kind == ONLY and not wanted):
                return None
            extra.append(found)
        added = np.concatenate(extra)
        if recipe.kind == ONLY:
            return TrainingRows(np.zeros(0, np.int64), added)
        if recipe.kind == SYNTHETIC:
            return TrainingRows(self.base, added)
        if recipe.kind == AUGMENTED:
            copies = [np.arange(len(rows)) // n for rows, n in zip(extra, self._base, strict=True)]
            return TrainingRows(self.base, augmented=added, copies=np.concatenate(copies))
        return TrainingRows(np.concatenate([self.base, added]))

    def _added(self, kind: str, c: int, wanted: int) -> Rows:
        if kind in (SYNTHETIC, ONLY):
            return self._synthetic[c][:wanted]
        if kind == MORE_REAL:
            return self._real[c][self._base[c] : self._base[c] + wanted]
        return np.resize(self._real[c][: self._base[c]], wanted)


def recipes(ratios: Sequence[float]) -> Iterator[Recipe]:
    """Yield every training set that is compared."""
    yield Recipe(REAL)
    for kind in (SYNTHETIC, AUGMENTED, REPEATED, MORE_REAL, ONLY):
        for ratio in ratios:
            yield Recipe(kind, ratio)


def regime_name(per_class: int) -> str:
    """Return ``25 a class`` or ``all real``."""
    return f"{per_class} a class" if per_class else "all real"
