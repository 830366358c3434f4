"""What kind of image a family of generators is asked for: sizes, channels, conditions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Tensor = Any

_MEASURED = 512
_LEAST = 1e-6


class Scale(NamedTuple):
    """Where numbers lie: networks that need numbers around 0 subtract the mean and divide by the deviation.

    Attributes
    ----------
    mean, deviation : float
        The deviation is above 0.
    """

    mean: float = 0.0
    deviation: float = 0.5


class Augment(Protocol):
    """Changes images, the same way in every column of an example."""

    def __call__(
        self, columns: Mapping[str, Tensor], numbers: Tensor, *, maps: Collection[str] = ()
    ) -> dict[str, Tensor]:
        """Return the changed columns.

        Parameters
        ----------
        columns : mapping of str to tensor, shape (n, *spatial, channels)
            Images in [-1, 1] that show the same place, example by example.
        numbers : tensor, shape (n, numbers)
            Random numbers in [0, 1), one row per example.
        maps : collection of str
            Columns that hold masks or label maps: they are moved with the images, and their values stay.
        """


def unchanged(columns: Mapping[str, Tensor], numbers: Tensor, *, maps: Collection[str] = ()) -> dict[str, Tensor]:  # noqa: ARG001
    """Return the columns as they are."""
    return dict(columns)


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """What a generator draws, and what it is given for it.

    Attributes
    ----------
    spatial : tuple of int
        (height, width), or (depth, height, width) in 3-D; in pixels or voxels.
    target : int
        Channels that are drawn.
    source : int
        Channels of an image that is given, such as a label map or other contrasts; 0 without one.
    classes : int
        Length of the labels, one-hot per condition; 0 without a condition.
    attributes : int
        How many continuous values describe an image; 0 without any.
    augment : callable
        See `Augment`.
    pixels : Scale
        Of the numbers of the target, in [-1, 1], in the examples.
    attribute_scales : tuple of Scale
        Of each attribute; empty where they are not known.
    """

    spatial: tuple[int, ...]
    target: int = 1
    source: int = 0
    classes: int = 0
    attributes: int = 0
    augment: Augment = unchanged
    pixels: Scale = field(default_factory=Scale)
    attribute_scales: tuple[Scale, ...] = ()

    @classmethod
    def of(cls, columns: Mapping[str, Any], augment: Augment = unchanged) -> ImageSpec:
        """Return what examples with these columns ask for.

        Parameters
        ----------
        columns : mapping of str to ndarray, shape (n, ...)
            ``target`` has the shape (n, *spatial, channels); ``source`` likewise, ``labels`` and ``attributes``
            (n, length), where they are there.
        """

        def length(name: str) -> int:
            return int(columns[name].shape[-1]) if name in columns else 0

        spatial = tuple(int(side) for side in columns["target"].shape[1:-1])
        lengths = (length("target"), length("source"), length("labels"), length("attributes"))
        return cls(spatial, *lengths, augment, _scale_of_pixels(columns["target"]), _scales_of_attributes(columns))


def _scale_of_pixels(images: NDArray[Any]) -> Scale:
    """Measure some images, spread over the data."""
    if not len(images):
        return Scale()
    some = images[np.unique(np.linspace(0, len(images) - 1, _MEASURED).astype(int))].astype(np.float64)
    if images.dtype.kind == "u":
        some = some * (2.0 / np.iinfo(images.dtype).max) - 1.0
    return _scale(some)


def _scales_of_attributes(columns: Mapping[str, Any]) -> tuple[Scale, ...]:
    if "attributes_present" not in columns:
        return ()
    found = []
    for values, present in zip(columns["attributes"].T, columns["attributes_present"].T, strict=True):
        known = values[present > 0].astype(np.float64)
        found.append(_scale(known) if len(known) else Scale(0.0, 1.0))
    return tuple(found)


def _scale(numbers: NDArray[np.float64]) -> Scale:
    """Return mean and deviation; of numbers that are all the same the deviation is 1."""
    deviation = float(numbers.std())
    return Scale(float(numbers.mean()), deviation if deviation > _LEAST else 1.0)
