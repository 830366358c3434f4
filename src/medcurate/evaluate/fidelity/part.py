"""The part ``fidelity`` of an evaluation: how like real images the synthetic ones are, as a set.

Held-out real images are compared with synthetic ones and, as a baseline, with as many real images of the training side.
The baseline is what a generator would reach if its images came from the same population of patients as the training
images.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.design.encoded import Encoded, EncodedSides
from medcurate.evaluate.design.folds import fold_numbers
from medcurate.evaluate.design.sides import Part, Sides
from medcurate.evaluate.fidelity.compared import Compared
from medcurate.evaluate.fidelity.control import SPLIT
from medcurate.evaluate.fidelity.features import FidelitySets
from medcurate.evaluate.fidelity.folds import Context
from medcurate.evaluate.fidelity.frechet import frechet_value
from medcurate.evaluate.fidelity.pictures import extremes_figure, shares_figure
from medcurate.evaluate.fidelity.settings import FidelitySettings
from medcurate.evaluate.fidelity.small_numbers import FEW, small_number_notes
from medcurate.evaluate.fidelity.verdicts import verdicts_of
from medcurate.results import Metric

_DEFAULTS = FidelitySettings()
_SHIFTED = 2.0  # ratio of Fréchet distances
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
        verdicts=verdicts_of({metric.name: metric for metric in metrics}),
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
    test, real = compared.test, compared.real
    given = [patients(side) for side in (test, real, compared.train)]
    features = Compared(
        test=test.features,
        generated=compared.generated.features,
        real=real.features,
        train=compared.train.features,
        groups=(given[0], given[1], given[2]),
        kinds=np.array([*test.names("tumor"), *real.names("tumor")], object),
        subsets=_classes(test, real),
    )
    context = Context(given[0], None, settings.splits, sides.seed, {**recorded, "reference": "held-out real images"})
    return features.metrics(settings.k, context)


def patients(side: Encoded) -> list[str | None]:
    """Return the patient of each image, or None."""
    return list(side.dataset.rows.column("patient_group").to_pylist())


def _split_note(distance: Metric, compared: FidelitySets, seed: int) -> tuple[str, ...]:
    """Warn where training and held-out images are of two kinds: the baseline then holds that difference, too."""
    test = compared.test.features
    half = fold_numbers(len(test), folds=2, groups=patients(compared.test), seed=seed)
    if min(np.bincount(half, minlength=2)) < 2 or distance.real_vs_real is None:
        return ()
    halves = frechet_value(test[half == 0], test[half == 1])
    split = float(distance.real_vs_real.settings.get(SPLIT, distance.real_vs_real.value))
    if split <= _SHIFTED * halves:
        return ()
    note = (
        "The real images of the training side differ from the held-out ones: Fréchet distance "
        f"{split:.3g}, between two halves of the held-out images {halves:.3g}. Real against real "
        "holds this difference, so synthetic images look better beside it than they would with a split at random."
    )
    return (note,)


def _classes(test: Encoded, real: Encoded) -> dict[str, NDArray[np.bool_]]:
    """Return which images of both sets are of each tumor type and plane; of types with enough held-out images."""
    found: dict[str, NDArray[np.bool_]] = {}
    for column in ("tumor", "plane"):
        values = np.array([*test.names(column), *real.names(column)], object)
        held_out = values[: len(test)]
        named = sorted({value for value in held_out.tolist() if value})
        enough = [value for value in named if (held_out == value).sum() >= _LEAST_OF_A_CLASS]
        if len(named) > 1:
            found |= {f"{column}={value}": values == value for value in enough}
    return found
