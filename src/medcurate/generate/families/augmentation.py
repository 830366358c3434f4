"""Differentiable augmentation (Zhao et al. 2020): the discriminator sees real and generated images changed alike.

The generator's gradient flows through the change, so it never learns to draw changed images. What is random comes in
as an argument; written with ``keras.ops`` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from medcurate.learning.random_inputs import Draw

Tensor = Any
Augmentation = Callable[[Tensor, Tensor], Tensor]

NUMBERS = 6
"""Random numbers an image: brightness, contrast, two of translation, two of the cutout's place."""

_SHIFT = 1 / 8
_CUTOUT = 1 / 2


def needed() -> Draw:
    """Say what one image needs of chance."""
    return Draw((NUMBERS,), "uniform")


def augmentation(names: tuple[str, ...]) -> Augmentation:
    """Return ``(images, numbers) -> images`` that applies these changes, in the paper's order.

    Parameters
    ----------
    names : tuple of {'color', 'translation', 'cutout'}
        Brightness by up to half the half-range and contrast by a factor of 0.5 to 1.5; shifts by up to an eighth of
        each side, filled with -1 as is the background; a square of half the side set to 0.

    Notes
    -----
    Images have the shape (n, height, width, channels) and values in [-1, 1]; numbers have the shape (n, 6) and lie in
    [0, 1). The paper also changes saturation, which gray images do not have.
    """
    chosen = [change for name, change in _CHANGES.items() if name in names]

    def apply(images: Tensor, numbers: Tensor) -> Tensor:
        for change in chosen:
            images = change(images, numbers)
        return images

    return apply


def _color(images: Tensor, numbers: Tensor) -> Tensor:
    from keras import ops

    brightness, contrast = (ops.cast(ops.reshape(numbers[:, k], (-1, 1, 1, 1)), images.dtype) for k in (0, 1))
    images = images + (brightness - 0.5)
    mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    return (images - mean) * (contrast + 0.5) + mean


def _translate(images: Tensor, numbers: Tensor) -> Tensor:
    """Shift by whole pixels: a product with one 0/1 matrix an axis, which every backend differentiates fast."""
    from keras import ops

    for axis in (1, 2):
        length = images.shape[axis]
        reach = int(length * _SHIFT + 0.5)
        shift = ops.floor(numbers[:, 1 + axis] * (2 * reach + 1)) - reach
        place = ops.arange(length, dtype="float32")
        source = ops.reshape(place, (1, -1, 1)) + ops.reshape(shift, (-1, 1, 1))
        matrix = ops.cast(ops.equal(source, ops.reshape(place, (1, 1, -1))), images.dtype)
        product = "nij,njwc->niwc" if axis == 1 else "nij,nhjc->nhic"
        images = ops.einsum(product, matrix, images + 1.0) - 1.0
    return images


def _cut_out(images: Tensor, numbers: Tensor) -> Tensor:
    from keras import ops

    inside = []
    for axis in (1, 2):
        length = images.shape[axis]
        side = int(length * _CUTOUT + 0.5)
        start = ops.floor(numbers[:, 3 + axis] * (length + 1)) - side // 2
        place = ops.reshape(ops.arange(length, dtype="float32"), (1, -1))
        start = ops.reshape(start, (-1, 1))
        inside.append(ops.cast(ops.logical_and(place >= start, place < start + side), images.dtype))
    rows, columns = inside
    hole = ops.expand_dims(rows, 2) * ops.expand_dims(columns, 1)
    return images * (1.0 - ops.expand_dims(hole, 3))


_CHANGES: dict[str, Augmentation] = {"color": _color, "translation": _translate, "cutout": _cut_out}
