"""Segmenters trained on real, mixed and synthetic examples, with the same number of steps, on held-out patients.

The table of Doncenco (2022): real, real with as many synthetic examples, synthetic alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

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
    real: Examples, synthetic: Examples, doses: Sequence[float], seed: int
) -> tuple[list[TrainingSet], tuple[str, ...]]:
    """Return the real set, and with and without it each dose of synthetic examples, drawn by seed.

    Parameters
    ----------
    real, synthetic : Examples
    doses : sequence of float
        Multiples of the number of real examples.
    seed : int

    Returns
    -------
    tuple of (list of TrainingSet, tuple of str)
        And a note for each dose of which there are not enough synthetic examples; such a dose is as large as it can be.
    """
    all_real = (real, np.arange(len(real)))
    order = np.random.default_rng(seed).permutation(len(synthetic))
    sets, notes = [TrainingSet(REAL, (all_real,))], []
    for dose in doses:
        wanted = max(1, round(dose * len(real)))
        if wanted > len(order):
            notes.append(
                f"{dose:g}x would be {wanted:,} synthetic examples with masks; all {len(order):,} there are were used"
            )
        made = (synthetic, np.sort(order[:wanted]))
        sets += [TrainingSet(f"real+{dose:g}x", (all_real, made)), TrainingSet(f"synthetic {dose:g}x", (made,))]
    return sets, tuple(notes)


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
            tally.add(groups[row], found, np.asarray(examples.bits[row]), spacing_mm=distance)
        return tally


def image_names(examples: Examples) -> list[str]:
    """Return a name of its own for each example: its row."""
    return [str(row) for row in range(len(examples))]
