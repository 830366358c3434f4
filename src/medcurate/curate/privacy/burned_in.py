"""Detection of text burned into the pixels that no header mentions."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.privacy.text_lines import FEATURES, Box, Gray, text_lines

MODEL = "text_model.npz"
MIN_PROBABILITY = 0.95
"""Least probability of a row of shapes to count as text; `docs/evidence.md` has the sensitivity at this value."""


class BurnedIn(NamedTuple):
    """A row of letters in an image.

    Attributes
    ----------
    box : tuple of int
        Left, top, right, bottom (pixels, right and bottom exclusive).
    probability : float
        Probability of text, in [0, 1].
    """

    box: Box
    probability: float


class TextModel(NamedTuple):
    """A perceptron with two hidden layers, and the scaling of its inputs."""

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: tuple[NDArray[np.float32], ...]
    biases: tuple[NDArray[np.float32], ...]

    def probability(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the probability of text, shape (n,), for features of shape (n, 18)."""
        values = (features - self.mean) / self.scale
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            values = np.maximum(values @ weight + bias, 0)
        logit = (values @ self.weights[-1] + self.biases[-1])[:, 0]
        return np.asarray(1 / (1 + np.exp(-np.clip(logit, -60, 60))), np.float32)


def find_text(pixels: NDArray[np.generic], *, min_probability: float = MIN_PROBABILITY) -> list[BurnedIn]:
    """Find text in an image, most probable first.

    It finds printed letters of about 6 to 60 pixels in height, at least three in a row, horizontal or rotated by 90,
    180 or 270 degrees; not handwriting, and not text hidden by the window. The text is not recognized.

    Parameters
    ----------
    pixels : ndarray, shape (h, w)
    min_probability : float
        In [0, 1]; lower values find more text and more false positives in anatomy.
    """
    lines = list(text_lines(_as_gray(pixels)))
    if not lines:
        return []
    found = _model().probability(np.stack([line.features for line in lines]))
    text = [
        BurnedIn(line.box, round(float(probability), 4))
        for line, probability in zip(lines, found, strict=True)
        if probability >= min_probability
    ]
    return sorted(text, key=lambda region: (-region.probability, region.box))


def _as_gray(pixels: NDArray[np.generic]) -> Gray:
    """Stretch to 8 bits from the least value to the 99.8th percentile, because text is among the brightest pixels."""
    values = pixels.astype(np.float32)
    low, high = float(values.min()), float(np.percentile(values, 99.8))
    high = high if high > low else float(values.max())
    scale = 255 / (high - low) if high > low else 0.0
    return np.asarray(np.clip((values - low) * scale, 0, 255), np.uint8)


@lru_cache(maxsize=1)
def _model() -> TextModel:
    """Load the bundled model; plain arrays, no pickle."""
    with files("medcurate.curate.privacy").joinpath(MODEL).open("rb") as stream, np.load(stream) as data:
        if tuple(data["features"].tolist()) != FEATURES:
            raise RuntimeError(f"{MODEL} was trained on other features than this version computes: a bug")
        layers = int(data["layers"])
        weights = tuple(data[f"weight_{layer}"] for layer in range(layers))
        biases = tuple(data[f"bias_{layer}"] for layer in range(layers))
        return TextModel(data["mean"], data["scale"], weights, biases)
