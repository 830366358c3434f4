"""The linear map from descriptions to features: principal components of the training slices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.measures.plane_features import N_FEATURES, basis
from medcurate.errors import UsageError
from medcurate.run_folder import atomic_write
from tools.plane_training.dataset import Descriptions

BASIS_ROWS = 10_000
"""Number of descriptions from which the map is learned; more do not change it."""


def learn_basis(raw: NDArray[np.float32], *, seed: int) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
    """Compute the principal components of descriptions.

    Parameters
    ----------
    raw : ndarray of float32, shape (n, N_RAW)
        At least `N_FEATURES` rows.
    seed : int
        Seed of the randomized decomposition.

    Returns
    -------
    mean : ndarray of float16, shape (N_RAW,)
    components : ndarray of float16, shape (N_RAW, N_FEATURES)
        For `medcurate.curate.measures.plane_features.reduce`.
    """
    from sklearn.decomposition import PCA

    fitted = PCA(N_FEATURES, svd_solver="randomized", random_state=seed).fit(raw)
    return fitted.mean_.astype(np.float16), np.ascontiguousarray(fitted.components_.T, np.float16)


def save_basis(path: Path, mean: NDArray[np.float16], components: NDArray[np.float16]) -> None:
    """Write the map for `medcurate.curate.measures.plane_features`; equal maps give equal bytes."""
    with atomic_write(path) as stream:
        np.savez(stream, mean=mean, components=components)


def reduced(blocks: Iterable[Descriptions], *, new_basis: Path | None = None, seed: int = 0) -> Descriptions:
    """Reduce descriptions to features and join them, block by block, because all of them do not fit in memory.

    Parameters
    ----------
    new_basis : Path, optional
        File for a new map, learned from the first `BASIS_ROWS` rows; by default the bundled map is used.
    seed : int
        Of learning.

    Raises
    ------
    UsageError
        If there are too few rows.
    """
    remaining = iter(blocks)
    first: list[Descriptions] = []
    if new_basis is None:
        mean, components = basis()
    else:
        first = list(_until(remaining, BASIS_ROWS))
        half = _learned([block.values for block in first], seed)
        save_basis(new_basis, *half)
        mean, components = (part.astype(np.float64) for part in half)
    done = [
        Descriptions(np.asarray((block.values - mean) @ components, np.float32), block.labels, block.sources)
        for block in chain(first, remaining)
    ]
    return Descriptions(
        np.concatenate([block.values for block in done]),
        np.concatenate([block.labels for block in done]),
        tuple(source for block in done for source in block.sources),
    )


def _until(blocks: Iterator[Descriptions], rows: int) -> Iterator[Descriptions]:
    for block in blocks:
        yield block
        rows -= len(block.labels)
        if rows <= 0:
            return


def _learned(parts: list[NDArray[np.float32]], seed: int) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
    raw = np.concatenate(parts)
    if len(raw) < N_FEATURES:
        raise UsageError(f"feature basis: expected at least {N_FEATURES} training slices, got {len(raw)}")
    return learn_basis(raw, seed=seed)
