"""Segmenters trained on real, mixed and synthetic examples, with the same number of steps, on held-out patients.

The table of Doncenco (2022): real, real with as many synthetic examples, synthetic alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.dice.agreement import Tally
from medcurate.evaluate.dice.examples import Examples
from medcurate.evaluate.dice.segmenter import Network, Rows, Segmenter

REAL = "real"


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSet:
    """What one segmenter is trained on.

    Attributes
    ----------
    name : str
        ``real``, ``real+1x``, ``synthetic 1x``, ...
    parts : tuple of (Examples, ndarray of int64)
        Examples and the rows that are used.
    """

    name: str
    parts: tuple[tuple[Examples, Rows], ...]

    def __len__(self) -> int:
        return sum(len(rows) for _, rows in self.parts)


def training_sets(
    real: Examples, synthetic: Examples, test: Examples, doses: Sequence[float], seed: int
) -> tuple[list[TrainingSet], tuple[str, ...]]:
    """Return the real set, and with and without it each dose of synthetic examples, drawn by seed.

    Synthetic examples made from the mask of a held-out real one are left out: who trains with them has seen where the
    tumor of a test patient is.

    Parameters
    ----------
    real, synthetic, test : Examples
    doses : sequence of float
        Multiples of the number of real examples.
    seed : int

    Returns
    -------
    tuple of (list of TrainingSet, tuple of str)
        And notes: what was left out, and of which dose there are not enough synthetic examples; such a dose is as large
        as it can be. Where none are left, there is only the real set.
    """
    all_real = (real, np.arange(len(real)))
    sets, notes = [TrainingSet(REAL, (all_real,))], []
    seen = with_masks_of(synthetic, test)
    if len(seen):
        notes.append(
            f"{len(seen):,} of {len(synthetic):,} synthetic examples have the mask of a held-out real one; no "
            "segmenter was trained with them"
        )
    order = np.random.default_rng(seed).permutation(np.setdiff1d(np.arange(len(synthetic)), seen))
    for dose in doses if len(order) else ():
        wanted = max(1, round(dose * len(real)))
        if wanted > len(order):
            notes.append(
                f"{dose:g}x would be {wanted:,} synthetic examples with masks; all {len(order):,} there are were used"
            )
        made = (synthetic, np.sort(order[:wanted]))
        sets += [TrainingSet(f"real+{dose:g}x", (all_real, made)), TrainingSet(f"synthetic {dose:g}x", (made,))]
    return sets, tuple(notes)


def with_masks_of(examples: Examples, others: Examples) -> Rows:
    """Return the rows of examples whose regions are those of one of the others; empty ones are everybody's."""
    known = {_digest(mask) for mask in others.mask if mask.any()}
    found = [row for row, mask in enumerate(examples.mask) if _digest(mask) in known]
    return np.array(found, np.int64)


def _digest(mask: NDArray[np.uint8]) -> bytes:
    return hashlib.sha256(mask.tobytes()).digest()


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What the segmenters of one training set found; in each tuple one tally for each training.

    Attributes
    ----------
    on_patients : tuple of Tally
        In held-out real examples, by patient.
    on_images : tuple of Tally
        The same by image; only of the real set.
    on_synthetic : tuple of Tally
        In synthetic examples, by image; only of the real set.
    last : Segmenter or None
        Of the last training; only of the real set.
    """

    on_patients: tuple[Tally, ...]
    on_images: tuple[Tally, ...] = ()
    on_synthetic: tuple[Tally, ...] = ()
    last: Segmenter | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Trainer:
    """Trains segmenters, and counts what they find.

    Attributes
    ----------
    network : Network
    test, synthetic : Examples
        Held-out real examples, and synthetic ones.
    repeats : int
        Trainings of each set, with one seed after the other; all sets have the same seeds.
    advance : callable, optional
        Told how many training steps were done.
    """

    network: Network
    test: Examples
    synthetic: Examples
    repeats: int
    advance: Callable[[int], None] | None = None

    def run(self, one: TrainingSet) -> Trained:
        """Train on a set; those trained on real examples also look at synthetic ones, and at each image alone."""
        patients, images, made = [], [], []
        for repeat in range(self.repeats):
            seed = self.network.training.seed + repeat
            segmenter = self.network.train(one.parts, seed=seed, advance=self.advance)
            patients.append(self.tally(segmenter, self.test, self.test.groups, in_mm=True))
            if one.name == REAL:
                both = self.synthetic.spacing_mm is not None and self.test.spacing_mm is not None
                images.append(self.tally(segmenter, self.test, image_names(self.test), in_mm=both))
                made.append(self.tally(segmenter, self.synthetic, image_names(self.synthetic), in_mm=both))
        return Trained(tuple(patients), tuple(images), tuple(made), segmenter if one.name == REAL else None)

    def tally(self, segmenter: Segmenter, examples: Examples, groups: Sequence[str], *, in_mm: bool) -> Tally:
        """Compare what a segmenter finds in examples with their masks, by the group of each."""
        tally = Tally(self.network.regions)
        spacing = examples.spacing_mm if in_mm else None
        for row, found in segmenter.find_all(examples):
            distance = None if spacing is None else (*spacing[row].tolist(),)
            tally.add(groups[row], found, examples.bits(row), spacing_mm=distance)
        return tally


def image_names(examples: Examples) -> list[str]:
    """Return a name of its own for each example: its row."""
    return [str(row) for row in range(len(examples))]
