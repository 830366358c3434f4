"""Let the slices of one series vote on their plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

N_PLANES = 3  # axial, coronal and sagittal; the last class, other, is not a plane
CORRELATION = 0.3
FLOOR = 0.01
SURE = 0.9
DISSENT = 0.2


def vote(
    probabilities: NDArray[np.floating], series: NDArray[np.integer], identity: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Combine the predictions of the images of each series.

    The log-probabilities of the members are averaged and multiplied by the effective number of independent members, ``n
    / (1 + (n - 1) * CORRELATION)``: errors of neighboring slices are correlated, so that ten of them are worth about
    three (the design effect of cluster sampling, Kish 1965). Copies of one image count once, so that identical members
    do not gain certainty. If more than a fraction `DISSENT` of the members are `SURE` of another plane than the elected
    one, the series contains several planes (a localizer without headers), and each member keeps its own prediction.

    Parameters
    ----------
    probabilities : ndarray, shape (n, 4)
        Of axial, coronal, sagittal and other; each row sums to 1.
    series : ndarray of int, shape (n,)
        Series of each image; -1 for images without a series, which do not vote.
    identity : ndarray of int, shape (n,)
        Equal for images with equal pixels.

    Returns
    -------
    probabilities : ndarray, shape (n, 4)
        After the vote.
    voted : ndarray of bool, shape (n,)
        Whether the vote decided (the series has at least two distinct members that agree).
    """
    decided = np.array(probabilities, dtype=np.float64)
    voted = np.zeros(len(decided), dtype=bool)
    order = np.argsort(series, kind="stable")
    order = order[np.asarray(series)[order] >= 0]
    starts = np.flatnonzero(np.diff(series[order], prepend=-1))
    for members in np.split(order, starts[1:]):
        elected = _elect(decided[members], identity[members])
        if elected is not None:
            decided[members] = elected
            voted[members] = True
    return decided, voted


def _elect(members: NDArray[np.float64], identity: NDArray[np.integer]) -> NDArray[np.float64] | None:
    """Return the common probabilities, None without several members or agreement."""
    distinct = members[np.unique(identity, return_index=True)[1]]
    n = len(distinct)
    if n < 2:
        return None
    # Sorted, so that rounding of the sum does not depend on the order of the files.
    logs = np.sort(np.log(np.clip(distinct, FLOOR, 1.0)), axis=0)
    score = logs.mean(axis=0) * n / (1 + (n - 1) * CORRELATION)
    elected = np.exp(score - score.max())
    elected /= elected.sum()
    planes = distinct[:, :N_PLANES]
    dissent = (planes.max(axis=1) >= SURE) & (planes.argmax(axis=1) != elected[:N_PLANES].argmax())
    return None if dissent.mean() > DISSENT else elected
