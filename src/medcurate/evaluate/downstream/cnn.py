"""The network: a small CNN, trained with the same number of gradient steps on every training set."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import MissingExtra, UsageError
from medcurate.evaluate.downstream.classifier import Representation
from medcurate.learning.nets import small_cnn

BATCH = 32
_RATE = 2e-3
_WIDTH, _DEPTH = 16, 4
_PREDICTED_AT_ONCE = 256


class Cnn:
    """A small CNN on pixels; each batch is drawn evenly from all images of a training set.

    Parameters
    ----------
    size : int
        Width and height of the images (pixels).
    steps : int
        Gradient steps of each training.

    Raises
    ------
    MissingExtra
        Keras or its backend is not installed.
    UsageError
        The images are too small for a network.
    """

    name = "cnn"

    def __init__(self, size: int, *, steps: int) -> None:
        _keras()
        if size < 8:
            raise UsageError(f"size: a network needs images of 8 pixels or more, received {size}")
        self._depth = min(_DEPTH, size.bit_length() - 2)
        self._shape = (size, size, 1)
        self._steps = steps
        self._compiled: Any = None
        self.settings: dict[str, Any] = {
            "model": self.name,
            "layers": self._depth,
            "width": _WIDTH,
            "steps": steps,
            "batch": BATCH,
            "learning_rate": f"{_RATE:g}, falling as a cosine",
        }

    def represent(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the pixels as they are."""
        return images

    def predict(
        self, images: Representation, labels: NDArray[np.int64], test: Representation, *, classes: int, seed: int
    ) -> NDArray[np.float32]:
        """Train from new weights, and return the probability of each class, shape (n_test, classes)."""
        model = self._fresh(classes, seed)
        batches = _batches(images, labels, self._steps, seed)
        model.fit(batches, epochs=1, shuffle=False, verbose=0)
        logits = [
            np.asarray(model.predict_on_batch(_scaled(test[at : at + _PREDICTED_AT_ONCE])), np.float64)
            for at in range(0, len(test), _PREDICTED_AT_ONCE)
        ]
        return _softmax(np.concatenate(logits))

    def _fresh(self, classes: int, seed: int) -> Any:
        """Return the network with new weights and an optimizer without a past; it is compiled only once."""
        # Without dropout: its state would depend on what was trained before.
        new = small_cnn(self._shape, classes, width=_WIDTH, depth=self._depth, dropout=0.0, seed=seed)
        if self._compiled is not None and self._compiled.output_shape == new.output_shape:
            self._compiled.set_weights(new.get_weights())
            for variable in self._compiled.optimizer.variables:
                variable.assign(np.zeros(variable.shape))
            return self._compiled
        keras = _keras()
        rate = keras.optimizers.schedules.CosineDecay(_RATE, self._steps)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        new.compile(optimizer=keras.optimizers.Adam(rate), loss=loss)
        self._compiled = new
        return new


def _batches(images: Representation, labels: NDArray[np.int64], steps: int, seed: int) -> Any:
    drawn = np.random.default_rng((seed, 4)).integers(0, len(images), (steps, BATCH))

    class Batches(_keras().utils.PyDataset):  # type: ignore[misc]
        """Batch number i of a training, made when it is asked for."""

        def __len__(self) -> int:
            return steps

        def __getitem__(self, step: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
            rows = drawn[step]
            return _scaled(images[rows]), labels[rows]

    return Batches()


def _scaled(images: Representation) -> NDArray[np.float32]:
    return np.asarray(images[..., None] / np.float32(127.5) - 1, np.float32)


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _keras() -> Any:
    try:
        import keras
    except ImportError as error:
        raise MissingExtra(("keras", "tensorflow"), extra="train", purpose="The network of --downstream") from error
    return keras
