"""What every classifier offers to the comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Representation = NDArray[Any]
"""Images in the form that a classifier takes: features or pixels; the first axis counts them."""


class Classifier(Protocol):
    """Learns from images in a form of its own, which is made once of each image.

    Attributes
    ----------
    settings : mapping
        What changes its answers: features, steps, penalty.
    """

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """What is recorded with every figure."""
        ...

    def represent(self, images: NDArray[np.uint8]) -> Representation:
        """Return images, shape (n, size, size), in the form that `predict` takes; n is the first axis."""
        ...

    def predict(
        self, images: Representation, labels: NDArray[np.int64], test: Representation, *, classes: int, seed: int
    ) -> NDArray[np.float32]:
        """Train anew, and return the probability of each class for each image of `test`, shape (n_test, classes)."""
        ...
