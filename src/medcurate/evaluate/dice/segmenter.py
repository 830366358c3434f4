"""A U-Net that finds regions: trained by seed, on the same number of steps whatever the training set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.dice.examples import Examples
from medcurate.evaluate.dice.regions import Regions
from medcurate.learning.nets import unet

if TYPE_CHECKING:
    import keras

Rows = NDArray[np.int64]
Drawn = tuple[NDArray[np.float32], NDArray[np.float32]]


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
    training : Training

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
        self._model = self._built(training.seed)
        self._weights: list[NDArray[np.float32]] | None = None
        import keras

        rate = keras.optimizers.schedules.CosineDecay(training.learning_rate, training.steps)
        self._model.compile(optimizer=keras.optimizers.Adam(rate), loss=region_loss)

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
            And the rows that are used; each row is as likely as any other.
        seed : int
            Of first weights, of the order of examples and of their changes.
        advance : callable, optional
            Told how many steps were done.
        """
        self._model.set_weights(self._built(seed).get_weights())
        for variable in self._model.optimizer.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))
        losses = []
        for images, targets in _draws(sets, len(self.regions), self.training, np.random.default_rng(seed)):
            losses.append(float(np.asarray(self._model.train_on_batch(images, targets))))
            if advance is not None:
                advance(1)
        self._weights = self._model.get_weights()
        return Segmenter(self, self._weights, tuple(losses))

    def logits(self, weights: list[NDArray[np.float32]], images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return a logit for each pixel and region, with the weights of one training.

        Blocks of one size are computed, as each new size would be compiled anew.
        """
        import keras

        if weights is not self._weights:
            self._model.set_weights(weights)
            self._weights = weights
        found, size = [], self.training.batch
        for start in range(0, len(images), size):
            block = _as_input(images[start : start + size])
            full = np.concatenate([block, np.zeros((size - len(block), *block.shape[1:]), np.float32)])
            found.append(np.asarray(keras.ops.convert_to_numpy(self._model.predict_on_batch(full)))[: len(block)])
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
        logits = self.network.logits(self.weights, images)
        bits = np.zeros(logits.shape[:-1], np.uint8)
        for bit in range(logits.shape[-1]):
            bits |= (logits[..., bit] > 0).astype(np.uint8) << np.uint8(bit)
        return bits

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


def _draws(
    sets: Sequence[tuple[Examples, Rows]], regions: int, training: Training, rng: np.random.Generator
) -> Iterator[Drawn]:
    ends = np.cumsum([len(rows) for _, rows in sets])
    waiting = np.empty(0, np.int64)
    for _ in range(training.steps):
        while len(waiting) < training.batch:
            waiting = np.concatenate([waiting, rng.permutation(int(ends[-1]))])
        chosen, waiting = waiting[: training.batch], waiting[training.batch :]
        pairs = []
        for number in chosen.tolist():
            source = int(np.searchsorted(ends, number, side="right"))
            examples, rows = sets[source]
            row = rows[number - (ends[source] - len(rows))]
            pairs.append(changed(examples.images[row], examples.bits[row], rng))
        bits = np.stack([bits for _, bits in pairs])
        targets = np.stack([(bits >> bit) & 1 for bit in range(regions)], axis=-1).astype(np.float32)
        yield np.stack([image for image, _ in pairs]), targets


def changed(
    image: NDArray[np.uint8], bits: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Mirror an example left to right at random, and vary its brightness and contrast.

    Left to right is along the rows of a slice, and the first axis of a volume in RAS.
    """
    axis = 1 if bits.ndim == 2 else 0
    if rng.random() < 0.5:
        image, bits = np.flip(image, axis), np.flip(bits, axis)
    contrast, brightness = rng.uniform(0.8, 1.2), rng.uniform(-0.05, 0.05)
    pixels = _as_input(image)
    return np.where(pixels > 0, pixels * np.float32(contrast) + np.float32(brightness), 0).astype(np.float32), bits


def _as_input(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(images, np.float32) / np.float32(255)
