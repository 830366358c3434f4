"""UMAP of real and synthetic images together (McInnes, Healy & Melville, 2018), without the rest of its package."""

from __future__ import annotations

import importlib
import sys
import threading
import warnings
from importlib.util import find_spec, module_from_spec
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import MissingExtra, UsageError
from medcurate.evaluate.neighbors import checked

_LOADING = threading.Lock()


def embed(
    features: NDArray[np.float32],
    near: tuple[NDArray[np.float64], NDArray[np.int64]],
    *,
    neighbors: int,
    min_distance: float,
    seed: int,
) -> NDArray[np.float64]:
    """Lay features out in the plane; the same seed gives the same places.

    Parameters
    ----------
    features : ndarray of float32, shape (n, d)
        At least four rows that are not all alike.
    near : tuple of ndarray, each of shape (n, m)
        Distances to the `m` nearest other rows, ascending, and their numbers, as
        `medcurate.evaluate.neighbors.nearest` gives them: exact, so that the layout rests on no approximate search.
    neighbors : int
        Images that count as near, the image itself included; fewer where there are not so many.
    min_distance : float
        How close points may lie, in units of the layout.

    Returns
    -------
    ndarray of float64, shape (n, 2)

    Raises
    ------
    MissingExtra
        umap-learn is not installed.
    UsageError
        There are fewer than four rows, all are alike, or `near` does not fit them.
    """
    table = checked(features, "features")
    distances, rows = near
    if len(table) < 4 or distances.shape != rows.shape or len(rows) != len(table) or not table.std(axis=0).any():
        raise UsageError(
            "UMAP: expected four or more images that are not all alike, and the neighbors of each, received features "
            f"of shape {table.shape} and neighbors of shape {rows.shape}"
        )
    count = min(neighbors, rows.shape[1])
    own = np.arange(len(table))[:, None]
    indices = np.concatenate([own, rows[:, : count - 1]], axis=1).astype(np.int32)
    lengths = np.concatenate([np.zeros((len(table), 1)), distances[:, : count - 1]], axis=1).astype(np.float32)
    model = _load().UMAP(
        n_neighbors=count,
        min_dist=min_distance,
        init="pca",  # spectral layouts fail where images form islands, as bad synthetic ones do
        random_state=seed,
        n_jobs=1,  # what a seed means anyway
        precomputed_knn=(indices, lengths, None),
    )
    with warnings.catch_warnings():
        # New images are never laid out afterwards.
        warnings.filterwarnings("ignore", r"precomputed_knn\[2\]", UserWarning)
        return np.asarray(model.fit_transform(table), np.float64)


def _load() -> ModuleType:
    """Import the module that has UMAP.

    Its package imports parametric UMAP on the way, and with it TensorFlow: seconds, and hundreds of megabytes. So a
    bare package stands in while the module is imported; whoever imports ``umap`` later gets all of it.
    """
    with _LOADING:
        if "umap.umap_" in sys.modules:
            return sys.modules["umap.umap_"]
        spec = find_spec("umap")
        if spec is None:
            raise MissingExtra(("umap-learn",), extra="evaluate", purpose="An embedding of the images")
        bare = "umap" not in sys.modules
        if bare:
            sys.modules["umap"] = module_from_spec(spec)
        try:
            return importlib.import_module("umap.umap_")
        finally:
            if bare:
                del sys.modules["umap"]
