"""A U-Net that finds regions: trained by seed, on the same number of steps whatever the training set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset.samples.joined import JoinedSamples
from medcurate.evaluate.dice.examples import Examples, packed
from medcurate.evaluate.dice.regions import Regions
from medcurate.learning.nets import unet
from medcurate.learning.players import Batch
from medcurate.learning.random_inputs import RandomInput
from medcurate.learning.repeated_training import Recipe, RepeatedTraining

if TYPE_CHECKING:
    import keras

Rows = NDArray[np.int64]
_CHANGES = 3
"""Random numbers of one example, see `changed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How a segmenter is trained.

    Attributes
    ----------
    steps, batch : int
    width, depth : int
        Of the U-Net.
    learning_rate : float
        Of Adam; it falls to zero along a half cosine.
    seed : int
        Of the first training.
    """

    steps: int
    batch: int
    width: int
    depth: int
    learning_rate: float
    seed: int


class Network:
    """A U-Net that is built and compiled once, and trained again and again from new first weights.

    Compiling takes longer than many steps; all training sets of an evaluation share one network.

    Parameters
    ----------
    shape : sequence of int
        (height, width, channels) or (x, y, z, channels).
    regions : Regions
        What it finds.
    training : Training
        The same for every training.

    Raises
    ------
    MissingExtra
        Keras is not installed.
    UsageError
        The images cannot be halved so often as the network needs.
    """

    def __init__(self, shape: Sequence[int], regions: Regions, training: Training) -> None:
        self.regions = regions
        self.training = training
        self._shape = tuple(shape)
        recipe = Recipe(
            build=self._built,
            loss=segmentation_loss,
            reads=frozenset({"target", "mask"}),
            random={"change": RandomInput((_CHANGES,), "uniform")},
            steps=training.steps,
            batch=training.batch,
            learning_rate=training.learning_rate,
        )
        self._learner = RepeatedTraining(recipe, seed=training.seed)
        self._weights: list[NDArray[np.float32]] | None = None

    def train(
        self,
        sets: Sequence[tuple[Examples, Rows]],
        *,
        seed: int,
        advance: Callable[[int], None] | None = None,
    ) -> Segmenter:
        """Train on examples of one or several sets, mixed.

        The loss is the sum of binary cross-entropy and soft Dice (Milletari et al., 2016) over the regions, which may
        overlap. Images are mirrored left to right at random, and their brightness and contrast varied.

        Parameters
        ----------
        sets : sequence of (Examples, ndarray of int64)
            And the rows that are used; each row is taken equally often.
        seed : int
            Of first weights, of the order of examples and of their changes.
        advance : callable, optional
            Is called with the number of steps that were done since the last call.
        """
        examples = JoinedSamples([(one.samples, rows) for one, rows in sets])
        losses = self._learner.train(examples, seed=seed, advance=advance)
        self._weights = self._learner.network.get_weights()
        return Segmenter(self, self._weights, losses)

    def logits(self, weights: list[NDArray[np.float32]], images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return a logit for each pixel and region, with the weights of one training.

        Blocks of one size are computed, as each new size would be compiled anew.
        """
        import keras

        network = self._learner.network
        if weights is not self._weights:
            network.set_weights(weights)
            self._weights = weights
        found, size = [], self.training.batch
        for start in range(0, len(images), size):
            block = np.asarray(images[start : start + size], np.float32) / np.float32(255)
            full = np.concatenate([block, np.zeros((size - len(block), *block.shape[1:]), np.float32)])
            found.append(np.asarray(keras.ops.convert_to_numpy(network.predict_on_batch(full)))[: len(block)])
        return np.concatenate(found)

    def _built(self, seed: int) -> keras.Model:
        return unet(
            self._shape,
            len(self.regions),
            width=self.training.width,
            depth=self.training.depth,
            dimensions=len(self._shape) - 1,
            seed=seed,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Segmenter:
    """A trained network.

    Attributes
    ----------
    network : Network
    weights : list of ndarray
        Of this training.
    losses : tuple of float
        Of each training step.
    """

    network: Network
    weights: list[NDArray[np.float32]]
    losses: tuple[float, ...]

    def find(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the regions that are found in images, as bits like those of `as_bits`.

        Parameters
        ----------
        images : ndarray of uint8, shape (n, height, width, channels) or (n, x, y, z, channels)
        """
        return packed(self.network.logits(self.weights, images) > 0)

    def find_all(self, examples: Examples) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """Yield the row of each example and what is found in it; some images are in memory at a time."""
        block = self.network.training.batch
        for start in range(0, len(examples), block):
            yield from enumerate(self.find(np.asarray(examples.images[start : start + block])), start)


def region_loss(expected: Any, logits: Any) -> Any:
    """Return binary cross-entropy plus one minus soft Dice, each region with the same weight.

    Parameters
    ----------
    expected, logits : tensor, shape (n, ..., regions)
    """
    from keras import ops

    crossed = ops.mean(ops.binary_crossentropy(expected, logits, from_logits=True))
    axes = tuple(range(len(logits.shape) - 1))
    share = ops.sigmoid(logits)
    common = ops.sum(expected * share, axis=axes)
    total = ops.sum(expected, axis=axes) + ops.sum(share, axis=axes)
    return crossed + 1 - ops.mean((2 * common + 1) / (total + 1))


def segmentation_loss(network: Any, batch: Batch) -> Any:
    """Return the loss of what the network finds in changed images; see `region_loss`.

    Parameters
    ----------
    network : keras.Model
        From images in [0, 1] to logits.
    batch : mapping of str to tensor
        ``target`` and ``mask`` in [-1, 1], and ``change``, see `changed`.
    """
    images, expected = changed((batch["target"] + 1) / 2, (batch["mask"] + 1) / 2, batch["change"])
    return region_loss(expected, network(images, training=True))


def changed(images: Any, masks: Any, numbers: Any) -> tuple[Any, Any]:
    """Mirror half of the examples left to right, and vary brightness and contrast of the images.

    Left to right is along the rows of a slice, and the first axis of a volume in RAS. Black stays black.

    Parameters
    ----------
    images, masks : tensor, shape (n, *spatial, channels)
        In [0, 1].
    numbers : tensor, shape (n, 3)
        In [0, 1): whether to mirror, contrast, brightness.
    """
    from keras import ops

    axis = 2 if len(images.shape) == 4 else 1
    mirror, contrast, brightness = (
        ops.reshape(numbers[:, k], (-1, *[1] * (len(images.shape) - 1))) for k in range(_CHANGES)
    )
    images, masks = (ops.where(mirror < 0.5, ops.flip(one, axis), one) for one in (images, masks))
    varied = images * (0.8 + 0.4 * contrast) + (0.1 * brightness - 0.05)
    return ops.where(images > 0, varied, 0.0), masks
