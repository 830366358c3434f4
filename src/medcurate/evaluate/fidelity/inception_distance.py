"""The Fréchet inception distance, on features of Inception-v3 (Heusel et al., 2017), which most papers report.

It stands beside the Fréchet distance of the chosen encoder, under a name of its own: ``fidelity/frechet_inception``.
It is measured where weights are given, or where Keras has downloaded them before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from medcurate.encoders import Encoder, encode_dataset, encoder
from medcurate.encoders.original_inception import NAME as ORIGINAL
from medcurate.evaluate.design.feature_cache import Features
from medcurate.evaluate.design.sides import Sides
from medcurate.evaluate.fidelity.features import FidelitySets
from medcurate.evaluate.fidelity.folds import Context
from medcurate.evaluate.fidelity.frechet import frechet_distance
from medcurate.progress import ProgressReport
from medcurate.results import Metric

NAME = "frechet_inception"
USUAL = 10_000
"""Images on a side in papers, at least; often 50,000. The distance of fewer images is larger."""
_FEW_SPLITS = 6  # halvings for the interval where each takes seconds
_WIDE = 2048
ABSENT = (
    "The Fréchet inception distance (frechet_inception), which papers report, was not measured: its weights are not on "
    "this machine. Name their file with --inception FILE: classify_image_graph_def.pb (of inception-2015-12-05.tgz), "
    "whose values compare with published ones, or Keras' InceptionV3 without its top."
)


def inception_distance(
    sides: Sides, compared: FidelitySets, weights: Path | None, context: Context, *, progress: bool | None = None
) -> tuple[tuple[Metric, ...], tuple[str, ...]]:
    """Measure the distance of the images that are compared, and of as many real ones.

    Parameters
    ----------
    weights : Path or None
        File of the weights.
    context : Context
        With the patients of the held-out images; its encoder and scale are replaced.
    progress : bool, optional
        False shows nothing.

    Returns
    -------
    metrics : tuple of Metric
        Empty without weights.
    notes : tuple of str
        Why there is no metric, or with what the value must not be compared.

    Raises
    ------
    UsageError
        The file holds no weights of Inception-v3.
    MissingExtra
        Keras is not installed.
    """
    if weights is None:
        return (), (ABSENT,)
    made = encoder(f"inception:{weights}")
    parts = {"test": compared.test, "generated": compared.generated, "real": compared.real}
    table = _features(sides, compared, made, progress)
    test, generated, real = np.split(table, np.cumsum([len(side) for side in parts.values()])[:-1])
    splits = context.splits if max(len(test), len(generated)) <= _WIDE else min(context.splits, _FEW_SPLITS)
    settings = {**context.settings, **_recorded(made)}
    found = replace(context, settings=settings, splits=splits)
    control = replace(found, other_groups=compared.real.dataset.rows.column("patient_group").to_pylist())
    distance, baseline = (
        replace(frechet_distance(test, other, context=each), name=f"fidelity/{NAME}")
        for other, each in ((generated, found), (real, control))
    )
    return (distance.with_baseline(baseline),), _caveats(len(test), len(generated), made)


def _features(sides: Sides, compared: FidelitySets, made: Encoder, progress: bool | None) -> Features:
    """Encode held-out, generated and real images in this order, unless it has been done before."""
    datasets = [side.dataset for side in (compared.test, compared.generated, compared.real)]

    def encode() -> Features:
        with ProgressReport("encode for Inception", total=sum(map(len, datasets)), show=progress is not False) as bar:
            return np.concatenate([encode_dataset(one, made, sides.size, progress=bar.advance) for one in datasets])

    images = [[str(one.folder), *one.ids] for one in datasets]
    return sides.features.get(encode, images=images, encoder=made.name, size=sides.size, seed=sides.seed)


def _recorded(made: Encoder) -> Mapping[str, Any]:
    return {
        "encoder": made.name,
        "scale": "none: as the network gives them",
        "channels": "the gray channel three times",
        "images_in_papers": USUAL,
    }


def _caveats(held_out: int, generated: int, made: Encoder) -> tuple[str, ...]:
    """Say with which numbers the distance must not be compared."""
    notes = []
    if min(held_out, generated) < USUAL:
        notes.append(
            f"The Fréchet inception distance is of {held_out:,} held-out and {generated:,} synthetic images. Papers "
            f"take {USUAL:,} or more on a side, and the value grows as images get fewer: compare it with real against "
            "real, and with values of as many images."
        )
    if not made.name.startswith(ORIGINAL):
        notes.append(
            "The Fréchet inception distance rests on Keras' weights of Inception-v3: it compares with values of the "
            f"same encoder ({made.name}), not with published ones, which rest on the weights of 2015 "
            "(--inception classify_image_graph_def.pb)."
        )
    return tuple(notes)
