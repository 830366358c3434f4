"""The part ``fidelity`` of an evaluation: how like real images the synthetic ones are, as a set.

Held-out real images are compared with synthetic ones and, as a baseline, with as many real images of the training side.
The baseline is what a generator would reach if its images came from the same population of patients as the training
images.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.design.encoded import Encoded, EncodedSides
from medcurate.evaluate.design.folds import fold_numbers
from medcurate.evaluate.design.sides import Part, Sides
from medcurate.evaluate.fidelity.authenticity import authenticity
from medcurate.evaluate.fidelity.features import FidelitySets
from medcurate.evaluate.fidelity.folds import Context
from medcurate.evaluate.fidelity.frechet import frechet_distance, frechet_value
from medcurate.evaluate.fidelity.kernel import kernel_distance
from medcurate.evaluate.fidelity.manifold import manifold_metrics
from medcurate.evaluate.fidelity.pictures import extremes_figure, shares_figure
from medcurate.evaluate.fidelity.settings import FidelitySettings
from medcurate.evaluate.fidelity.small_numbers import FEW, small_number_notes
from medcurate.evaluate.fidelity.vendi import vendi_score
from medcurate.evaluate.fidelity.verdicts import verdicts_of
from medcurate.results import Metric

_DEFAULTS = FidelitySettings()
_SHIFTED = 2.0  # ratio of Fréchet distances
_WITH_PATIENTS = ("test", "real", "train")
_LEAST_OF_A_CLASS = 20  # held-out images; smaller classes have no coverage of their own


def measure(sides: Sides, settings: FidelitySettings = _DEFAULTS, *, progress: bool | None = None) -> Part:
    """Compare the distribution of synthetic images with that of held-out real ones.

    Parameters
    ----------
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
    encoded = EncodedSides.of(sides, settings.encoder, most=settings.most, progress=progress)
    compared = FidelitySets.of(encoded, sides.seed)
    if len(compared) <= settings.k:
        return Part(notes=(_one_patient(len(compared), settings.k),))
    few_images = min(len(compared.test), len(compared)) < FEW
    recorded = {"encoder": encoded.encoder, "size": sides.size, "scale": encoded.scaling, "few_images": few_images}
    metrics = _metrics(compared, sides, settings, recorded)
    width = compared.test.features.shape[1]
    counted = small_number_notes(len(compared.test), len(compared), width, len(encoded.synthetic))
    return Part(
        metrics=metrics,
        verdicts=verdicts_of({metric.name: metric for metric in metrics}, warned=few_images),
        figures=(shares_figure(metrics), extremes_figure(compared, sides.size, settings.shown, settings.k)),
        notes=(*encoded.notes, *counted, *_split_note(metrics[0], compared, sides.seed)),
    )


def _one_patient(real: int, k: int) -> str:
    return (
        f"Fidelity needs more than {k} real training images that the scale of the features was not learned on; there "
        f"are {real}, as images of one patient stay together."
    )


def _metrics(
    compared: FidelitySets, sides: Sides, settings: FidelitySettings, recorded: Mapping[str, Any]
) -> tuple[Metric, ...]:
    """Measure synthetic images, then as many real training images, which are their baseline."""
    groups = {name: getattr(compared, name).dataset.rows.column("patient_group").to_pylist() for name in _WITH_PATIENTS}
    recorded = {**recorded, "reference": "held-out real images"}
    generated = Context(groups["test"], None, settings.splits, sides.seed, recorded)
    real = replace(generated, other_groups=groups["real"])
    test, train = compared.test.features, compared.train.features
    subsets = _classes(compared.test)
    of_generated = (
        *_all_metrics(test, compared.generated.features, settings.k, subsets, generated),
        authenticity(train, compared.generated.features, context=replace(generated, groups=groups["train"])),
    )
    of_real = (
        *_all_metrics(test, compared.real.features, settings.k, subsets, real),
        authenticity(train, test, context=replace(generated, groups=groups["train"], other_groups=groups["test"])),
    )
    return tuple(metric.with_baseline(baseline) for metric, baseline in zip(of_generated, of_real, strict=True))


def _split_note(distance: Metric, compared: FidelitySets, seed: int) -> tuple[str, ...]:
    """Warn where training and held-out images are of two kinds: the baseline then holds that difference, too."""
    test = compared.test.features
    patients = compared.test.dataset.rows.column("patient_group").to_pylist()
    half = fold_numbers(len(test), folds=2, groups=patients, seed=seed)
    if min(np.bincount(half, minlength=2)) < 2 or distance.real_vs_real is None:
        return ()
    halves = frechet_value(test[half == 0], test[half == 1])
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


def _classes(test: Encoded) -> dict[str, NDArray[np.bool_]]:
    """Return which held-out images are of each tumor type and plane, where there are several and enough of each."""
    found: dict[str, NDArray[np.bool_]] = {}
    for column in ("tumor", "plane"):
        values: Sequence[str | None] = test.names(column)
        masks = {value: np.array([one == value for one in values]) for value in sorted({v for v in values if v})}
        enough = {value: mask for value, mask in masks.items() if mask.sum() >= _LEAST_OF_A_CLASS}
        if len(masks) > 1:
            found |= {f"{column}={value}": mask for value, mask in enough.items()}
    return found
