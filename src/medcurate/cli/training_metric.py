"""The metric that `train-gan` measures during training: the only place where training uses a metric of `evaluate`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medcurate.dataset import Dataset
    from medcurate.generate.callbacks.early_stopping import Measure
    from medcurate.generate.training.settings import TrainSettings

LEAST = 32
"""The smallest number of validation images for which a distance is measured."""


def distance_to_validation(dataset: Dataset, settings: TrainSettings) -> Measure | None:
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
    if "val" not in dataset.rows.column("split").unique().to_pylist():
        return None
    from medcurate.dataset.contrast_stacks import side_by_side, stack_contrasts
    from medcurate.dataset.samples import ColumnChoice, read_stacks
    from medcurate.errors import UsageError

    try:
        selected = dataset.select(split="val", plane=settings.plane or None, tumor=settings.tumor or None)
        chosen = stack_contrasts(selected, settings.contrasts)
    except UsageError:  # none of this plane, tumor or these contrasts in the validation split
        return None
    if len(chosen) < LEAST:
        return None
    from medcurate.evaluate.fidelity.quick import quick_fidelity

    choice = ColumnChoice(target=settings.contrasts)
    real = side_by_side(read_stacks(chosen, choice, size=settings.size, bits=8).columns["target"])

    def measure(generated: Any) -> Mapping[str, float]:
        return {f"val_{name}": value for name, value in quick_fidelity(real, side_by_side(generated)).items()}

    return measure
