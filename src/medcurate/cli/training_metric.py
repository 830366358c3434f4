"""The metric that `train-gan` measures during training: the only place where training uses a metric of `evaluate`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medcurate.dataset import Dataset
    from medcurate.dataset.contrast_stacks import ContrastStacks
    from medcurate.generate.callbacks.early_stopping import ComparingMeasure
    from medcurate.generate.training.settings import TrainSettings
    from medcurate.learning.comparison import Comparison

LEAST = 32
"""The smallest number of validation images for which a distance is measured."""
MOST_OTHERS = 512
"""Training images that the scale of the features and the floor are taken from; of more, some spread evenly."""


def distance_to_validation(dataset: Dataset, settings: TrainSettings) -> ComparingMeasure | None:
    """Return a function that compares generated images with those of the validation split.

    Parameters
    ----------
    dataset : Dataset
        The whole dataset. Images of its split ``val`` with the planes and tumor types of the training are read; the
        test split, which is for `evaluate`, never is.
    settings : TrainSettings
        Planes, tumor types, contrasts and size of the training.

    Returns
    -------
    callable or None
        None if there are fewer than `LEAST` such images. Several contrasts of one place are measured as one image,
        side by side, so that the distance depends on whether they match.
    """
    if "val" not in dataset.rows.column("split").unique().to_pylist() or settings.split == "val":
        return None
    from medcurate.dataset.contrast_stacks import stack_contrasts
    from medcurate.errors import UsageError

    try:
        selected = _read_alike(dataset, settings).select(
            split="val", plane=settings.plane or None, tumor=settings.tumor or None
        )
        real = stack_contrasts(selected, settings.contrasts)
    except UsageError:  # none of this plane, tumor or these contrasts in the validation split
        return None
    if len(real) < LEAST:
        return None
    from medcurate.evaluate.fidelity.validation import ValidationDistance

    images, groups = _read(real, settings)
    others = _training_stacks(dataset, settings)
    other_images = images[:0] if others is None else _read(_some(others), settings)[0]
    return _SideBySide(ValidationDistance(images, other_images, groups=groups))


def _read_alike(dataset: Dataset, settings: TrainSettings) -> Dataset:
    """Return the dataset, read with the range of gray values that the training has."""
    from medcurate.dataset.gray_range import bits_of, read_with, used_ranges
    from medcurate.errors import UsageError
    from medcurate.generate.training.selection import select_training_images

    try:
        return read_with(dataset, bits_of(used_ranges(select_training_images(dataset, settings))))
    except UsageError:
        return dataset


def _training_stacks(dataset: Dataset, settings: TrainSettings) -> ContrastStacks | None:
    """Return what the training reads; None where there is nothing, which the training itself will say."""
    from medcurate.dataset.contrast_stacks import stack_contrasts
    from medcurate.errors import UsageError
    from medcurate.generate.training.selection import select_training_images

    try:
        return stack_contrasts(select_training_images(_read_alike(dataset, settings), settings), settings.contrasts)
    except UsageError:
        return None


def _some(stacks: ContrastStacks) -> ContrastStacks:
    """Return at most `MOST_OTHERS` of the stacks, spread evenly."""
    import numpy as np
    import pyarrow as pa

    if len(stacks) <= MOST_OTHERS:
        return stacks
    chosen = np.linspace(0, len(stacks) - 1, MOST_OTHERS).astype(int)
    rows = (chosen[:, None] * stacks.channels + np.arange(stacks.channels)).ravel()
    return replace(stacks, dataset=replace(stacks.dataset, rows=stacks.dataset.rows.take(pa.array(rows))))


def _read(stacks: ContrastStacks, settings: TrainSettings) -> tuple[Any, tuple[str | None, ...]]:
    """Return 8-bit images of the size of the training, channels side by side, and the patient of each."""
    from medcurate.dataset.contrast_stacks import side_by_side
    from medcurate.dataset.samples import ColumnChoice, read_stacks

    samples = read_stacks(stacks, ColumnChoice(target=settings.contrasts), size=settings.size, bits=8)
    return side_by_side(samples.columns["target"]), samples.groups


@dataclass(frozen=True, slots=True)
class _SideBySide:
    """Measures generated images with their channels side by side."""

    distance: ComparingMeasure

    @property
    def floor(self) -> float:
        return self.distance.floor

    def __call__(self, generated: Any, /) -> Mapping[str, float]:
        from medcurate.dataset.contrast_stacks import side_by_side

        return self.distance(side_by_side(generated))

    def compare(self, first: Any, second: Any, /) -> tuple[Comparison, ...]:
        from medcurate.dataset.contrast_stacks import side_by_side

        return self.distance.compare(side_by_side(first), side_by_side(second))
