"""Linear maps from the features of an image to those of the same image turned."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.measures.plane_features import N_FEATURES, describe, reduce
from medcurate.run_folder import atomic_write
from tools.plane_training.dataset import Sample

QUARTERS = (1, 2, 3)
"""Quarter turns, counter-clockwise."""

_RIDGE = 1.0


def learn_turns(samples: Iterable[Sample]) -> NDArray[np.float16]:
    """Learn the maps by ridge regression.

    Turning an image permutes the cells of its gradient histograms and shifts their directions: a linear map, but for
    the foreground's crop and for what the principal components leave out.

    Parameters
    ----------
    samples : iterable of Sample
        A few thousand images.

    Returns
    -------
    ndarray of float16, shape (3, N_FEATURES + 1, N_FEATURES)
        For one, two and three quarter turns counter-clockwise; the last row of each is added.
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
    """Write the maps where `medcurate.curate.measures.plane_features` reads them."""
    with atomic_write(path) as stream:
        np.savez(stream, maps=maps)
