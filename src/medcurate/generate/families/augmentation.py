"""Differentiable augmentation (Zhao et al. 2020): real and generated images are changed alike before the discriminator.

The gradient of the generator flows through the change, so it does not learn to draw changed images. In 2-D and 3-D from
the same lines; random numbers are an argument; written with ``keras.ops`` alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

from medcurate.learning.image_spec import Augment, ImageSpec
from medcurate.learning.random_inputs import RandomInput

Tensor = Any
Change = Callable[[Tensor, Tensor], Tensor]

_SHIFT = 1 / 8
_CUTOUT = 1 / 2
_AXES = "dhw"


def needed(spec: ImageSpec) -> RandomInput:
    """Return the random numbers of one image: brightness, contrast, then a shift and a cutout position per axis."""
    return RandomInput((2 + 2 * len(spec.spatial),), "uniform")


def augmentation(names: tuple[str, ...]) -> Augment:
    """Return the function that applies these changes, in the paper's order.

    Parameters
    ----------
    names : tuple of {'color', 'translation', 'cutout'}
        Brightness by up to half the half-range and contrast by a factor of 0.5 to 1.5; shifts by up to an eighth of
        each side, filled with -1 as is the background; a box of half of each side set to 0.

    Notes
    -----
    All columns of an example are changed by the same numbers. Masks and label maps (`maps`) are shifted only: color
    and cutout are for images. The paper also changes saturation, which gray images do not have.
    """
    chosen = [(change, name == "translation") for name, change in _CHANGES.items() if name in names]

    def apply(columns: Mapping[str, Tensor], numbers: Tensor, *, maps: Collection[str] = ()) -> dict[str, Tensor]:
        changed = dict(columns)
        for change, is_move in chosen:
            changed |= {name: change(changed[name], numbers) for name in changed if is_move or name not in maps}
        return changed

    return apply


def _per_image(numbers: Tensor, images: Tensor) -> Tensor:
    """Give one number per image the rank of the images."""
    from keras import ops

    return ops.cast(ops.reshape(numbers, (-1,) + (1,) * (len(images.shape) - 1)), images.dtype)


def _color(images: Tensor, numbers: Tensor) -> Tensor:
    from keras import ops

    brightness, contrast = (_per_image(numbers[:, k], images) for k in (0, 1))
    images = images + (brightness - 0.5)
    mean = ops.mean(images, axis=tuple(range(1, len(images.shape))), keepdims=True)
    return (images - mean) * (contrast + 0.5) + mean


def _translate(images: Tensor, numbers: Tensor) -> Tensor:
    """Shift by whole pixels: a product with one 0/1 matrix per axis, which every backend differentiates fast."""
    from keras import ops

    rank = len(images.shape) - 2
    for axis in range(rank):
        length = images.shape[1 + axis]
        reach = int(length * _SHIFT + 0.5)
        shift = ops.floor(numbers[:, 2 + axis] * (2 * reach + 1)) - reach
        place = ops.arange(length, dtype="float32")
        source = ops.reshape(place, (1, -1, 1)) + ops.reshape(shift, (-1, 1, 1))
        matrix = ops.cast(ops.equal(source, ops.reshape(place, (1, 1, -1))), images.dtype)
        images = ops.einsum(_product(rank, axis), matrix, images + 1.0) - 1.0
    return images


def _product(rank: int, axis: int) -> str:
    """Return the product of a matrix with images along one axis, as `einsum` has it: ``nij,njwc->niwc``."""
    axes = _AXES[-rank:]
    given, found = (axes[:axis] + letter + axes[axis + 1 :] for letter in "ji")
    return f"nij,n{given}c->n{found}c"


def _cut_out(images: Tensor, numbers: Tensor) -> Tensor:
    from keras import ops

    rank = len(images.shape) - 2
    inside = []
    for axis in range(rank):
        length = images.shape[1 + axis]
        side = int(length * _CUTOUT + 0.5)
        start = ops.floor(numbers[:, 2 + rank + axis] * (length + 1)) - side // 2
        place = ops.reshape(ops.arange(length, dtype="float32"), (1, -1))
        start = ops.reshape(start, (-1, 1))
        within = ops.cast(ops.logical_and(place >= start, place < start + side), images.dtype)
        shape = [1] * (rank + 1)
        shape[axis] = length
        inside.append(ops.reshape(within, (-1, *shape)))
    return images * (1.0 - math.prod(inside[1:], start=inside[0]))


_CHANGES: dict[str, Change] = {"color": _color, "translation": _translate, "cutout": _cut_out}
