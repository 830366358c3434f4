"""What is stored of a large array: a fixed selection of its numbers, and three sums over all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_SELECTED = 48


def thinned(array: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return the ``shape``, the ``values`` at a selection that depends on the size alone, and ``sums``.

    ``sums`` are the mean, the standard deviation and the root mean square over the whole array.
    """
    flat = np.ravel(array)
    places = np.sort(np.random.default_rng(flat.size).permutation(flat.size)[:_SELECTED])
    wide = flat.astype(np.float64)
    sums = np.array([wide.mean(), wide.std(), np.sqrt((wide**2).mean())])
    return {"shape": np.array(array.shape, np.int64), "values": flat[places], "sums": sums}
