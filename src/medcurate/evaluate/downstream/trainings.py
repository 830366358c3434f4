"""Train a classifier on every training set, draw by draw, and keep its answers about the held-out images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.downstream.augmentation import augment
from medcurate.evaluate.downstream.classifier import Classifier, Representation
from medcurate.evaluate.downstream.material import Material
from medcurate.evaluate.downstream.training_sets import Draw, Recipe, TrainingRows, recipes, regime_name
from medcurate.progress import ProgressReport

_LEAST = 2  # real images of a class, to train on


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained.

    Attributes
    ----------
    per_class : tuple of int
        Real images of each class; 0 for all up to `most`.
    ratios : tuple of float
    repeats : int
    most : int
    seed : int
    """

    per_class: tuple[int, ...]
    ratios: tuple[float, ...]
    repeats: int
    most: int
    seed: int


@dataclass(slots=True)
class Answers:
    """What a classifier said.

    Attributes
    ----------
    found : dict of (int, Recipe) to ndarray of float32, shape (repeats, n_test, classes)
        Probabilities, by real images of each class and training set.
    sizes : dict of (int, Recipe) to int
        Images of the training set.
    notes : list of str
        What could not be trained.
    """

    found: dict[tuple[int, Recipe], NDArray[np.float32]] = field(default_factory=dict)
    sizes: dict[tuple[int, Recipe], int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def of(self, per_class: int) -> dict[Recipe, NDArray[np.float32]]:
        """Return the probabilities of one number of real images."""
        return {recipe: found for (number, recipe), found in self.found.items() if number == per_class}


def train_all(material: Material, classifier: Classifier, plan: Plan, *, progress: bool | None = None) -> Answers:
    """Train on every set of a plan; sets for which there are too few images are left out with a note.

    Parameters
    ----------
    material : Material
    classifier : Classifier
    plan : Plan
    progress : bool, optional
        False shows nothing.

    Returns
    -------
    Answers
    """
    answers = Answers()
    chosen = _possible(material, plan, answers.notes)
    if not chosen:
        return answers
    every = list(recipes(plan.ratios))
    images = _Images(material, classifier)
    parts: dict[tuple[int, Recipe], list[NDArray[np.float32]]] = {}
    total = len(chosen) * len(every) * plan.repeats
    with ProgressReport(f"downstream, {classifier.name}", total=total, show=progress is not False) as report:
        for repeat in range(plan.repeats):
            # The largest number of real images holds all smaller ones of the same draw.
            images.change(_draw(material, chosen[-1], plan, repeat), max(plan.ratios), (plan.seed, repeat))
            for per_class, recipe in product(chosen, every):
                rows = _draw(material, per_class, plan, repeat).rows(recipe)
                if rows is not None:
                    answers.sizes[per_class, recipe] = len(rows)
                    parts.setdefault((per_class, recipe), []).append(images.train(rows, plan.seed + repeat))
                report.advance()
    answers.found = {key: np.stack(found) for key, found in parts.items()}
    answers.notes += _too_few(answers, chosen, every)
    return answers


class _Images:
    """All images in the form that a classifier takes; the changed ones of one draw at a time."""

    def __init__(self, material: Material, classifier: Classifier) -> None:
        self._material = material
        self._classifier = classifier
        self._real = classifier.represent(material.real.pixels)
        self._synthetic = classifier.represent(material.synthetic.pixels)
        self._test = classifier.represent(material.test.pixels)
        self._changed: Representation = self._real[:0]
        self._place = np.zeros(len(material.real), np.int64)

    def change(self, draw: Draw, ratio: float, seed: tuple[int, int]) -> None:
        """Make as many changed copies of the real images of a draw as its sets need."""
        rows = draw.base
        rng = np.random.default_rng((*seed, 5))
        pixels = self._material.real.pixels[rows]
        copies = [self._classifier.represent(augment(pixels, rng)) for _ in range(int(np.ceil(ratio)))]
        self._changed = np.stack(copies)
        self._place[rows] = np.arange(len(rows))

    def train(self, rows: TrainingRows, seed: int) -> NDArray[np.float32]:
        """Train on these images, and return what is said of the held-out ones."""
        real, synthetic = self._material.real.labels, self._material.synthetic.labels
        parts = [self._real[rows.real], self._synthetic[rows.synthetic]]
        if len(rows.augmented):
            parts.append(self._changed[rows.copies, self._place[rows.augmented]])
        labels = np.concatenate([real[rows.real], synthetic[rows.synthetic], real[rows.augmented]])
        classes = len(self._material.classes)
        images = np.concatenate(parts)
        return self._classifier.predict(images, labels, self._test, classes=classes, seed=seed)


def _draw(material: Material, per_class: int, plan: Plan, repeat: int) -> Draw:
    return Draw(material, per_class, plan.most, seed=plan.seed, repeat=repeat)


def _possible(material: Material, plan: Plan, notes: list[str]) -> list[int]:
    """Return the numbers of real images that every class has, smallest first, all images last."""
    counts = material.counts(material.real)
    least = int(counts.min())
    chosen = sorted({number for number in plan.per_class if 0 < number <= min(least, plan.most)})
    for number in sorted(set(plan.per_class) - {0, *chosen}):
        name = material.classes[int(counts.argmin())]
        notes.append(
            f"{regime_name(number)}: left out, there are {least:,} real images of {name} (at most {plan.most})"
        )
    chosen = _with_room(chosen, plan, least, notes)
    # All images are no other set where each class has just as many as the last number.
    if 0 in plan.per_class and (not chosen or int(np.minimum(counts, plan.most).max()) > chosen[-1]):
        chosen.append(0)
        if int(counts.max()) > plan.most:
            notes.append(f"all real: at most {plan.most:,} images of each class, to bound time and memory")
    return chosen


def _with_room(chosen: list[int], plan: Plan, least: int, notes: list[str]) -> list[int]:
    """Add a number of real images that leaves others for the ceiling, where all numbers are too large for that."""
    all_real = [plan.most] if 0 in plan.per_class else []
    ratio = 1.0 if 1.0 in plan.ratios else min(plan.ratios)
    room = int(least / (1 + ratio))
    wanted = [*chosen, *all_real]
    if not wanted or room < _LEAST or min(wanted) * (1 + min(plan.ratios)) <= least:
        return chosen
    notes.append(
        f"{regime_name(room)}: added, to measure what more real images bring; the other numbers leave too few of them"
    )
    return sorted({*chosen, room})


def _too_few(answers: Answers, chosen: Sequence[int], every: Sequence[Recipe]) -> list[str]:
    notes = []
    for per_class in chosen:
        missing = [recipe.name for recipe in every if (per_class, recipe) not in answers.found]
        if missing:
            notes.append(f"{regime_name(per_class)}: too few images for {', '.join(missing)}")
    return notes
