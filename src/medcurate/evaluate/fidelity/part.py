"""The part ``fidelity`` of an evaluation: how like real images the synthetic ones are, as a set.

Held-out real images stand against synthetic ones, and, as the floor, against as many real images of the training side:
that is what a generator would reach whose images came from the same patients' world as the training images.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.encoders import encoder
from medcurate.evaluate.design.folds import fold_numbers
from medcurate.evaluate.design.sides import Part, Sides
from medcurate.evaluate.fidelity.authenticity import authenticity
from medcurate.evaluate.fidelity.features import Compared, compare_features
from medcurate.evaluate.fidelity.folds import Context
from medcurate.evaluate.fidelity.frechet import frechet_distance, frechet_value
from medcurate.evaluate.fidelity.kernel import kernel_distance
from medcurate.evaluate.fidelity.manifold import manifold_metrics
from medcurate.evaluate.fidelity.pictures import extremes_figure, shares_figure
from medcurate.evaluate.fidelity.settings import FidelitySettings
from medcurate.evaluate.fidelity.small_numbers import FEW, small_number_notes
from medcurate.evaluate.fidelity.vendi import vendi_score
from medcurate.evaluate.fidelity.verdicts import verdicts_of
from medcurate.progress import ProgressReport
from medcurate.results import Metric

_DEFAULTS = FidelitySettings()
_SHIFTED = 2.0  # ratio of Fréchet distances
_LEAST_OF_A_CLASS = 20  # held-out images that a coverage of their own is told of


def measure(sides: Sides, settings: FidelitySettings = _DEFAULTS, *, progress: bool | None = None) -> Part:
    """Compare the distribution of synthetic images with that of held-out real ones.

    Parameters
    ----------
    sides : Sides
    settings : FidelitySettings
    progress : bool, optional
        False shows nothing.

    Returns
    -------
    Part
        Without images, or with too few on a side, a note and nothing else.

    Raises
    ------
    UsageError
        The encoder is unknown or not at hand, or an image cannot be read.
    MissingExtra
        The encoder, or the pictures, need a package that is not installed.
    """
    least = 2 * (settings.k + 1)
    counts = {"held-out": len(sides.test), "training": len(sides.train), "synthetic": len(sides.synthetic)}
    few = [f"{count:,} {name}" for name, count in counts.items() if count < least]
    if few:
        return Part(notes=(f"Fidelity needs {least} images or more a side; there are {' and '.join(few)} images.",))
    made = encoder(settings.encoder)
    with ProgressReport("encode images", show=progress is not False) as report:
        compared = compare_features(sides, made, settings.most, report)
    few_images = min(len(compared.test), compared.pairs) < FEW
    metrics = _metrics(compared, sides, settings, {"encoder": made.name, "size": sides.size, "few_images": few_images})
    counted = small_number_notes(len(compared.test), compared.pairs, compared.test.shape[1], settings.most, counts)
    return Part(
        metrics=metrics,
        verdicts=verdicts_of({metric.name: metric for metric in metrics}, warned=few_images),
        figures=(shares_figure(metrics), extremes_figure(compared, sides.size, settings.shown, settings.k)),
        notes=(*counted, *_split_note(metrics[0], compared, sides.seed)),
    )


def _metrics(
    compared: Compared, sides: Sides, settings: FidelitySettings, recorded: Mapping[str, Any]
) -> tuple[Metric, ...]:
    """Measure synthetic images, then as many real training images, and put them side by side."""
    n = compared.pairs
    patients, of_training = (
        images.rows.column("patient_group").to_pylist() for images in (compared.test_images, compared.train_images)
    )
    recorded = {**recorded, "scale": compared.scaled, "reference": "held-out real images"}
    generated = Context(patients, None, settings.splits, sides.seed, recorded)
    real = replace(generated, other_groups=of_training[:n])
    subsets = _classes(compared)
    of_generated = (
        *_all_metrics(compared.test, compared.generated[:n], settings.k, subsets, generated),
        authenticity(compared.train, compared.generated[:n], context=replace(generated, groups=of_training)),
    )
    of_real = (
        *_all_metrics(compared.test, compared.train[:n], settings.k, subsets, real),
        authenticity(
            compared.train, compared.test, context=replace(generated, groups=of_training, other_groups=patients)
        ),
    )
    return tuple(metric.beside(floor) for metric, floor in zip(of_generated, of_real, strict=True))


def _split_note(distance: Metric, compared: Compared, seed: int) -> tuple[str, ...]:
    """Tell where training and held-out images are of two kinds: the floor then holds that difference, too."""
    patients = compared.test_images.rows.column("patient_group").to_pylist()
    half = fold_numbers(len(compared.test), folds=2, groups=patients, seed=seed)
    if min(np.bincount(half, minlength=2)) < 2 or distance.real_vs_real is None:
        return ()
    halves = frechet_value(compared.test[half == 0], compared.test[half == 1])
    if distance.real_vs_real.value <= _SHIFTED * halves:
        return ()
    note = (
        "The real images of the training side differ from the held-out ones: Fréchet distance "
        f"{distance.real_vs_real.value:.3g}, between two halves of the held-out images {halves:.3g}. Real against real "
        "holds this difference, so synthetic images look better beside it than they would with a split at random."
    )
    return (note,)


def _all_metrics(
    test: NDArray[np.float32],
    other: NDArray[np.float32],
    k: int,
    subsets: dict[str, NDArray[np.bool_]],
    context: Context,
) -> tuple[Metric, ...]:
    return (
        frechet_distance(test, other, context=context),
        kernel_distance(test, other, context=context),
        *manifold_metrics(test, other, k=k, subsets=subsets, context=context),
        vendi_score(other, context=context),
    )


def _classes(compared: Compared) -> dict[str, NDArray[np.bool_]]:
    """Return which held-out images are of each tumor type and plane, where there are several and enough of each."""
    found: dict[str, NDArray[np.bool_]] = {}
    for column in ("tumor", "plane"):
        values: Sequence[str | None] = compared.test_images.rows.column(column).to_pylist()
        masks = {value: np.array([one == value for one in values]) for value in sorted({v for v in values if v})}
        told = {value: mask for value, mask in masks.items() if mask.sum() >= _LEAST_OF_A_CLASS}
        if len(masks) > 1:
            found |= {f"{column}={value}": mask for value, mask in told.items()}
    return found
