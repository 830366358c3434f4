"""Are the pairs pairs? Each synthetic image beside another real one, and each real image beside another real one.

Files of both sides can bear the same names (``0001.png``) and have nothing to do with each other. And the similarity of
any two heads is high: what counts is how much nearer a synthetic image is to its own real image than to another one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.dataset import Dataset


def others(real: Dataset, rows: Sequence[int], seed: int) -> NDArray[np.int64]:
    """Return, for each of some rows, another one: of its plane and tumor type, and of another patient, if there is one.

    Parameters
    ----------
    rows : sequence of int
        At least two.

    Returns
    -------
    ndarray of int64, shape (n,)
        Places in `rows`; nowhere its own.
    """
    taken = real.rows.take(pa.array(np.asarray(rows, np.int64)))
    kinds = list(zip(taken.column("plane").to_pylist(), taken.column("tumor").to_pylist(), strict=True))
    patients = taken.column("patient_group").to_pylist()
    order = np.random.default_rng(seed).permutation(len(rows)).tolist()
    by_kind: dict[tuple[str | None, str | None], list[int]] = {}
    for place in order:
        by_kind.setdefault(kinds[place], []).append(place)
    rank = {place: position for members in by_kind.values() for position, place in enumerate(members)}
    return np.array(
        [_another(place, rank[place], by_kind[kinds[place]], patients, order) for place in range(len(rows))]
    )


def _another(place: int, rank: int, alike: list[int], patients: list[str | None], order: list[int]) -> int:
    """Return the next of its kind that belongs to someone else, else the next one at all."""
    turned = alike[rank + 1 :] + alike[:rank]
    for candidate in turned[:16]:  # patients with more slices than this in a row are rare, and the fallback is fair
        if patients[candidate] is None or patients[candidate] != patients[place]:
            return candidate
    if turned:
        return turned[0]
    return next(candidate for candidate in order if candidate != place)
