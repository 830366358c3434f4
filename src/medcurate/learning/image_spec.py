"""What kind of image a family of generators is asked for: sizes, channels, conditions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Tensor = Any


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
    """

    spatial: tuple[int, ...]
    target: int = 1
    source: int = 0
    classes: int = 0
    attributes: int = 0
    augment: Augment = unchanged

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
        return cls(spatial, length("target"), length("source"), length("labels"), length("attributes"), augment)
