"""What a generated image should show, from words and values to the columns that samplers read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError

Labels = Mapping[str, Sequence[str]]
"""For each condition the value of each image."""
Attributes = Mapping[str, Sequence[float]]
"""For each attribute the value of each image."""


def one_hot(classes: Mapping[str, tuple[str, ...]], labels: Labels, n: int) -> NDArray[np.float32]:
    """Return the labels as samplers read them, shape (n, number of classes).

    Raises
    ------
    UsageError
        A condition is missing or unknown, or a value is.
    """
    if set(labels) != set(classes):
        raise UsageError(
            f"labels: expected {', '.join(classes) or 'none'}, received {', '.join(labels) or 'none'} of this generator"
        )
    parts = [np.zeros((n, 0), np.float32)]
    for name, values in classes.items():
        unknown = sorted(set(labels[name]) - set(values))
        if unknown or len(labels[name]) != n:
            received = f"{unknown[0]!r}" if unknown else f"{len(labels[name])} labels for {n} images"
            raise UsageError(f"{name}: expected {' or '.join(values)} for each image, received {received}")
        found = np.array([[value == known for known in values] for value in labels[name]], np.float32)
        parts.append(found.reshape(n, len(values)))
    return np.concatenate(parts, axis=1)


def attribute_values(
    names: tuple[str, ...], attributes: Attributes, n: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the values of the attributes and whether each is given, both of shape (n, number of attributes).

    An attribute that is not given is left to the generator: value 0 and not present. So is a NaN.

    Raises
    ------
    UsageError
        An attribute is unknown, or not given for every image.
    """
    if unknown := sorted(set(attributes) - set(names)):
        raise UsageError(f"attributes: expected {', '.join(names) or 'none'}, received {unknown[0]} of this generator")
    values = np.full((n, len(names)), np.nan, np.float32)
    for name, given in attributes.items():
        if len(given) != n:
            raise UsageError(f"{name}: expected a value for each of {n} images, received {len(given)}")
        values[:, names.index(name)] = given
    present = np.isfinite(values)
    return np.where(present, values, np.float32(0)), present.astype(np.float32)


def condition_columns(
    classes: Mapping[str, tuple[str, ...]],
    names: tuple[str, ...],
    labels: Labels | None,
    attributes: Attributes | None,
    n: int,
) -> dict[str, NDArray[Any]]:
    """Return the columns ``labels`` and ``attributes`` with their presence bits.

    Parameters
    ----------
    classes : mapping of str to tuple of str
        Condition to its values.
    names : tuple of str
        Of the attributes.
    labels, attributes : mapping, optional
        See `one_hot` and `attribute_values`.
    n : int
        Images.
    """
    values, present = attribute_values(names, attributes or {}, n)
    return {
        "labels": one_hot(classes, labels or {}, n),
        "labels_present": np.ones((n, len(classes)), np.float32),
        "attributes": values,
        "attributes_present": present,
    }
