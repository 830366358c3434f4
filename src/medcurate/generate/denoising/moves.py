"""Augmentation that does not leak: images are changed, and the network is told by how much (Karras et al. 2022).

A drawing asks for no change, so that what was changed in training does not show in its images. Mirroring, zooming and
shifting are one product with a matrix per axis, which every backend computes fast.
"""

from __future__ import annotations

from typing import Any

from medcurate.learning.random_inputs import RandomInput

Tensor = Any

TOLD = 6
"""How many numbers describe the change of an image, all 0 where nothing is changed."""
NUMBERS = RandomInput((2 * TOLD,), "uniform")
"""Random numbers of one image: whether each change is made, and how much of it."""
_SHIFT, _ZOOM, _BRIGHTNESS, _CONTRAST = 1 / 8, 0.18, 0.12, 0.25


def moved(images: Tensor, numbers: Tensor, probability: float) -> tuple[Tensor, Tensor]:
    """Change images, each in its own way.

    Parameters
    ----------
    images : tensor, shape (n, height, width, channels)
        In [-1, 1]; what moves in from outside is black.
    numbers : tensor, shape (n, 12)
        Random numbers in [0, 1).
    probability : float
        Of each change: mirror left and right, shift down, shift right, zoom, brightness, contrast.

    Returns
    -------
    images : tensor, shape (n, height, width, channels)
    told : tensor, shape (n, 6)
        How much of each change was made, in [-1, 1].
    """
    from keras import ops

    made = ops.cast(numbers[:, :TOLD] < probability, images.dtype)
    amount = ops.cast(2.0 * numbers[:, TOLD:] - 1.0, images.dtype)
    mirror, down, right, zoom, brightness, contrast = (made[:, k] * (amount[:, k] if k else 1.0) for k in range(TOLD))
    told = ops.stack([mirror, down, right, zoom, brightness, contrast], axis=-1)
    scale = ops.exp(_ZOOM * zoom)
    raised = images + 1.0  # black is 0, so that nothing is added from outside
    raised = ops.einsum("nij,njwc->niwc", _axis(images.shape[1], scale, down), raised)
    raised = ops.einsum("nij,nhjc->nhic", _axis(images.shape[2], scale * (1.0 - 2.0 * mirror), right), raised)
    gain = _as_images(ops.exp(_CONTRAST * contrast))
    raised = raised * gain
    return raised - 1.0 + _as_images(_BRIGHTNESS * brightness) * raised / 2.0, told


def _axis(length: int, scale: Tensor, shift: Tensor) -> Tensor:
    """Return the matrix of a linear interpolation per image: row i holds the weights of the places that i shows."""
    from keras import ops

    middle = (length - 1) / 2
    place = ops.arange(length, dtype=scale.dtype)
    shown = (ops.reshape(place, (1, -1)) - middle) / ops.reshape(scale, (-1, 1)) + middle
    shown = shown - ops.reshape(shift * (_SHIFT * length), (-1, 1))
    distance = ops.abs(ops.expand_dims(shown, -1) - ops.reshape(place, (1, 1, -1)))
    return ops.maximum(1.0 - distance, 0.0)


def _as_images(numbers: Tensor) -> Tensor:
    from keras import ops

    return ops.reshape(numbers, (-1, 1, 1, 1))
