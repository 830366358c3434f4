"""The contract of a family that trains nothing: it draws from the training images themselves, and says from which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from medcurate.learning.image_spec import ImageSpec

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class References:
    """The images that such a family draws from.

    Attributes
    ----------
    read : callable
        ``(rows, shape (k,)) ->`` these images, float32 of shape (k, height, width, channels) in [-1, 1].
    labels : ndarray of float32, shape (n, classes)
        One-hot, the conditions one after the other; all zeros where a condition is unknown.
    ids : tuple of str
        The ``image_id`` of each image; of several contrasts in one image, that of the first.
    groups : tuple of str or None
        The patient group of each image, None where it is not known.
    """

    read: Callable[[Rows], Floats]
    labels: Floats
    ids: tuple[str, ...]
    groups: tuple[str | None, ...]

    def __len__(self) -> int:
        return len(self.ids)


class Contributor(NamedTuple):
    """A training image that a drawn image was put together from.

    Attributes
    ----------
    image_id : str
    patient_group : str or None
        None where it is not known.
    share : float
        Of the drawn head that is nearest to this image, 0 to 1.
    """

    image_id: str
    patient_group: str | None
    share: float


class DrawnFrom(NamedTuple):
    """A drawn image and what it was put together from.

    Attributes
    ----------
    image : ndarray of float32, shape (height, width, channels)
        In [-1, 1].
    contributors : tuple of Contributor
        Every training image that had a part in it, the largest share first.
    """

    image: Floats
    contributors: tuple[Contributor, ...]


class ReferenceSampler(Protocol):
    """Draws images from references."""

    def draw(self, rng: np.random.Generator, label: Floats) -> DrawnFrom:
        """Draw one image: a pure function of the random numbers and the label.

        Parameters
        ----------
        rng : Generator
            Of this image alone.
        label : ndarray of float32, shape (classes,)
            One-hot.

        Raises
        ------
        UsageError
            No reference has this label.
        """


class ReferenceFamily(Protocol):
    """A module with one family that draws from the training images."""

    Config: type
    """As in `medcurate.generate.families.contract.Family`."""

    SMALL: Mapping[str, Any]
    """Options that draw fast, for tests."""

    NOTICE: str
    """What is said with every image: printable ASCII, one sentence without a period."""

    def supports(self, spec: ImageSpec) -> str:
        """Return what the family needs that `spec` does not have, as text for a message; empty where it fits."""

    def build_reference_sampler(self, config: Any, spec: ImageSpec, references: References) -> ReferenceSampler:
        """Make the sampler.

        Raises
        ------
        UsageError
            The references do not suffice.
        """
