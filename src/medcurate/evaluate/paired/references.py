"""What NIQE and the feature distance are fitted on: real images that are not held out, or slices of real volumes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.encoders import Encoder
from medcurate.encoders.pixels import pixel_batches, read_pixels
from medcurate.errors import UsageError
from medcurate.evaluate.fidelity.naturalness import NaturalnessModel
from medcurate.evaluate.paired.feature_distance import FeatureDistance
from medcurate.evaluate.paired.images import axial_slices, load_volumes
from medcurate.evaluate.paired.pairs import VolumePair

Batches = Callable[[], Iterator[NDArray[np.uint8]]]
_MOST_IMAGES = 2000
_MOST_VOLUMES = 64


@dataclass(frozen=True, slots=True)
class References:
    """Fitted models; None where there was too little to fit them on, with a note."""

    naturalness: NaturalnessModel | None
    distance: FeatureDistance | None
    fitted_on: str
    notes: tuple[str, ...]


def fit_references(batches: Batches, encoder: Encoder, size: int, fitted_on: str) -> References:
    """Fit both models on real images.

    Parameters
    ----------
    batches : callable
        Gives the images anew each time, uint8 of shape (n, size, size).
    fitted_on : str
        What they are, for the settings of the metrics.
    """
    notes = []
    naturalness = distance = None
    try:
        naturalness = NaturalnessModel.fit(batches(), size)
    except UsageError as error:
        notes.append(str(error))
    try:
        features = [encoder.encode(batch) for batch in batches()]
        distance = FeatureDistance.fit(encoder, np.concatenate(features) if features else np.empty((0, 1), np.float32))
    except UsageError as error:
        notes.append(str(error))
    return References(naturalness, distance, fitted_on, tuple(notes))


def some_images(dataset: Dataset, size: int) -> Batches:
    """Return batches of the images of a dataset, of at most 2,000 that are spread over it."""
    if len(dataset) <= _MOST_IMAGES:
        return lambda: pixel_batches(dataset, size)
    rows = np.linspace(0, len(dataset) - 1, _MOST_IMAGES).astype(np.int64)
    chunks = np.array_split(rows, _MOST_IMAGES // 50)
    return lambda: (read_pixels(dataset, size, chunk) for chunk in chunks)


def some_slices(dataset: Dataset, names: Collection[str], count: int, size: int) -> Batches:
    """Return batches of slices of volumes, of those with one of these file names; of at most 64 volumes."""
    files = [file for one in dataset.volumes() for file in one.contrasts.values() if file.name in names]
    spread = np.unique(np.linspace(0, len(files) - 1, min(len(files), _MOST_VOLUMES)).astype(int)).tolist()
    chosen = [VolumePair(files[place], files[place], None, None) for place in spread] if files else []

    def batches() -> Iterator[NDArray[np.uint8]]:
        for pair in chosen:
            loaded = load_volumes(pair, None)
            if loaded is not None:
                yield axial_slices(loaded, count, size)[0]

    return batches
