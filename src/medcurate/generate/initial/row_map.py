"""How the rows of a layer that reads one condition become those of a layer that reads another one.

The condition of a network is one vector: labels, one-hot condition after condition, then the values of attributes, then
whether each is known. Rows of equal meaning are copied. Conditions that only the first weights know are folded into the
bias: for a training on axial slices alone the row of ``axial`` becomes a part of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Shares = Mapping[str, Mapping[str, float]]
"""Condition to the share, or the count, of each of its values."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a network is told.

    Attributes
    ----------
    classes : mapping of str to tuple of str
        Condition to its values.
    attributes : tuple of str
    """

    classes: Mapping[str, tuple[str, ...]]
    attributes: tuple[str, ...] = ()

    @property
    def places(self) -> dict[tuple[str, str], int]:
        """Place in the vector of each value of a condition, and of value and presence of each attribute."""
        names = [(name, value) for name, values in self.classes.items() for value in values]
        for kind in ("value", "present"):
            names += [(f"attribute {name}", kind) for name in self.attributes]
        return {name: place for place, name in enumerate(names)}

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True, slots=True)
class RowMap:
    """From the rows of one layer to those of another, ``rows = matrix @ before``, and ``bias += folded @ before``.

    Attributes
    ----------
    matrix : ndarray of float32, shape (now, before)
    folded : ndarray of float32, shape (before,)
    always : tuple of int
        Rows of which exactly one is read at a time: what is folded can be added to them where there is no bias.
    """

    matrix: NDArray[np.float32]
    folded: NDArray[np.float32]
    always: tuple[int, ...]


def row_map(before: Condition, now: Condition, shares: Shares, means: Mapping[str, float]) -> RowMap:
    """Return how rows are carried over.

    A value that the first weights did not know gets the mean of the rows of its condition; a condition or an attribute
    that they did not know gets rows of zeros.

    Parameters
    ----------
    before, now : Condition
        Of the first weights, and of the training.
    shares : mapping
        In the training set, of each condition that is not in `now`; of the rest equal shares are assumed.
    means : mapping of str to float
        Mean of each attribute that the first weights know.
    """
    old, new = before.places, now.places
    matrix = np.zeros((len(new), len(old)), np.float32)
    for (name, value), place in new.items():
        if (name, value) in old:
            matrix[place, old[name, value]] = 1
        elif name in before.classes:
            known = [old[name, other] for other in before.classes[name]]
            matrix[place, known] = 1 / len(known)
    folded = np.zeros(len(old), np.float32)
    for name, values in before.classes.items():
        if name not in now.classes:
            folded[[old[name, value] for value in values]] = _weights(shares.get(name, {}), values)
    for name in set(before.attributes) - set(now.attributes):
        folded[old[f"attribute {name}", "value"]] = means.get(name, 0.0)
        folded[old[f"attribute {name}", "present"]] = 1
    first = next(iter(now.classes.items()), ("", ()))
    return RowMap(matrix, folded, tuple(new[first[0], value] for value in first[1]))


def _weights(shares: Mapping[str, float], values: Sequence[str]) -> NDArray[np.float32]:
    found = np.array([max(0.0, float(shares.get(value, 0.0))) for value in values], np.float32)
    return found / found.sum() if found.sum() > 0 else np.full(len(values), 1 / len(values), np.float32)
