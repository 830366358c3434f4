"""Linear maps from the features of an image to those of the rotated image."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.measures.plane_features import N_FEATURES, describe, reduce
from medcurate.run_folder import atomic_write
from tools.plane_training.dataset import Sample

QUARTERS = (1, 2, 3)
"""Numbers of quarter rotations, counter-clockwise."""

_RIDGE = 1.0


def learn_turns(samples: Iterable[Sample]) -> NDArray[np.float16]:
    """Fit the maps by ridge regression.

    Rotating an image permutes the cells of its gradient histograms and shifts their directions: a linear map, except
    for the crop to the foreground and the truncated principal components.

    Parameters
    ----------
    samples : iterable of Sample
        A few thousand images.

    Returns
    -------
    ndarray of float16, shape (3, N_FEATURES + 1, N_FEATURES)
        For 90, 180 and 270 degrees counter-clockwise; the last row of each is the offset.
    """
    upright, turned = [], []
    for sample in samples:
        upright.append(describe(sample.image))
        turned.append([describe(np.ascontiguousarray(np.rot90(sample.image, count))) for count in QUARTERS])
    inputs = np.hstack([reduce(np.stack(upright)), np.ones((len(upright), 1), np.float32)]).astype(np.float64)
    normal = inputs.T @ inputs + _RIDGE * np.eye(N_FEATURES + 1)
    maps = [
        np.linalg.solve(normal, inputs.T @ reduce(np.stack([images[index] for images in turned])))
        for index in range(len(QUARTERS))
    ]
    return np.stack(maps).astype(np.float16)


def save_turns(path: Path, maps: NDArray[np.float16]) -> None:
    """Write the maps for `medcurate.curate.measures.plane_features`."""
    with atomic_write(path) as stream:
        np.savez(stream, maps=maps)
