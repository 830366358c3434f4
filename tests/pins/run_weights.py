"""The one place that knows where a run folder keeps weights, and under which names.

A change of file names, formats or the names in them changes this file; the stored values stay.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

_ROLES = {"generator": "generator", "discriminator": "discriminator", "critic": "discriminator"}


def read_weights(run: Path) -> dict[str, list[NDArray[Any]]]:
    """Return the weights of every network of a finished training, each in the order of its layers.

    Returns
    -------
    dict
        ``average`` is the trained generator; ``generator`` and ``discriminator`` (or critic) are the players after
        the last step. Integers that count, such as the seeds' states of dropout, are among them.
    """
    found = {"average": _average(run / "generator.weights.h5")}
    checkpoint = max((run / "checkpoints").glob("step-*.npz"))  # a slow machine leaves an earlier one, too
    with np.load(checkpoint) as arrays:
        for name in sorted(arrays.files):
            player, _, rest = name.partition("/")
            if rest.startswith("weights/"):
                found.setdefault(_ROLES[player], []).append(arrays[name])
    return found


def _average(file: Path) -> list[NDArray[Any]]:
    with h5py.File(file) as opened:
        names: list[str] = []
        opened.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        return [np.asarray(opened[name]) for name in sorted(names)]
