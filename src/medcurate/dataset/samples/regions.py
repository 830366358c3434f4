"""Which labels occur in the masks of a dataset."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from medcurate.dataset.reading import Dataset
from medcurate.dataset.samples.choice import Regions
from medcurate.errors import UsageError

_SLICES, _VOLUMES = 2000, 32  # masks that are read; of more of them, some spread evenly
_MOST = 16


def found_regions(dataset: Dataset) -> Regions:
    """Return a region for each label in the masks, named by its number; of one label alone the region ``mask``.

    Parameters
    ----------
    dataset : Dataset
        Of more than 2,000 masks of slices, and 32 of volumes, so many are read.

    Raises
    ------
    UsageError
        There is no mask with a label, or there are more than 16 labels.
    """
    labels = {int(value) for found in _masks(dataset) for value in found} - {0}
    if not labels:
        raise UsageError(f"source: no mask of {dataset.folder} has a label")
    if len(labels) > _MOST:
        raise UsageError(f"source: masks have {len(labels)} labels; expected {_MOST} or fewer, name the regions")
    return {"mask": None} if len(labels) == 1 else {str(label): (label,) for label in sorted(labels)}


def _masks(dataset: Dataset) -> Iterator[list[int]]:
    rows = np.flatnonzero(dataset.has_mask())
    for row in _spread(len(rows), _SLICES):
        mask = dataset.mask(int(rows[row]))
        yield [] if mask is None else np.unique(mask).tolist()
    volumes = [one for one in dataset.volumes() if one.mask is not None]
    for number in _spread(len(volumes), _VOLUMES):
        labels = volumes[number].load_mask()
        yield [] if labels is None else np.unique(labels).tolist()


def _spread(n: int, most: int) -> Iterator[int]:
    yield from np.unique(np.linspace(0, n - 1, min(n, most)).astype(int)).tolist()
