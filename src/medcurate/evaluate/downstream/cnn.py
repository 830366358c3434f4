"""The network: a small CNN, trained with the same number of gradient steps and the same augmentation on every set."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset.samples import SampleSet
from medcurate.errors import MissingExtra, UsageError
from medcurate.evaluate.downstream.augmentation import CHANCE, augmented
from medcurate.evaluate.downstream.augmentation import SETTINGS as AUGMENTATION
from medcurate.evaluate.downstream.classifier import Representation
from medcurate.learning.nets import small_cnn
from medcurate.learning.players import Batch, Tensor
from medcurate.learning.repeated_training import Recipe, RepeatedTraining

BATCH = 32
_RATE = 2e-3
_WIDTH, _DEPTH = 16, 4
_PREDICTED_AT_ONCE = 256


class Cnn:
    """A small CNN on pixels.

    Each training has the same number of steps and of images per step, whatever its training set: the images of a small
    set are seen more often. Each image is changed anew, as `augmented` does, each time that it is seen.

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
        _check_keras()
        if size < 8:
            raise UsageError(f"size: a network needs images of 8 pixels or more, received {size}")
        self._depth = min(_DEPTH, size.bit_length() - 2)
        self._shape = (size, size, 1)
        self._steps = steps
        self._trainings: dict[int, RepeatedTraining] = {}
        self.settings: dict[str, Any] = {
            "model": self.name,
            "layers": self._depth,
            "width": _WIDTH,
            "steps": steps,
            "batch": BATCH,
            "images_seen": steps * BATCH,
            "augmentation_of_every_set": AUGMENTATION,
            "same_for_every_set": "steps, images seen, augmentation",
            "learning_rate": f"{_RATE:g}, falling as a cosine",
        }

    def represent(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the pixels as they are."""
        return images

    def predict(
        self, images: Representation, labels: NDArray[np.int64], test: Representation, *, classes: int, seed: int
    ) -> NDArray[np.float32]:
        """Train from new weights, and return the probability of each class, shape (n_test, classes)."""
        if classes not in self._trainings:
            self._trainings[classes] = RepeatedTraining(self._recipe(classes))
        training = self._trainings[classes]
        training.train(labeled_pixels(images, labels, classes), seed=seed)
        logits = [
            np.asarray(training.network.predict_on_batch(_scaled(test[at : at + _PREDICTED_AT_ONCE])), np.float64)
            for at in range(0, len(test), _PREDICTED_AT_ONCE)
        ]
        return _softmax(np.concatenate(logits))

    def _recipe(self, classes: int) -> Recipe:
        return Recipe(
            build=partial(self._built, classes),
            loss=class_loss,
            reads=frozenset({"target", "labels"}),
            random={"chance": CHANCE},
            steps=self._steps,
            batch=BATCH,
            learning_rate=_RATE,
        )

    def _built(self, classes: int, seed: int) -> Any:
        # Without dropout: its state would depend on what was trained before.
        return small_cnn(self._shape, classes, width=_WIDTH, depth=self._depth, dropout=0.0, seed=seed)


def labeled_pixels(images: Representation, labels: NDArray[np.int64], classes: int) -> SampleSet:
    """Return images and their classes as the columns ``target`` and ``labels``."""
    return SampleSet({"target": images[..., None], "labels": np.eye(classes, dtype=np.float32)[labels]})


def class_loss(network: Any, batch: Batch) -> Tensor:
    """Return the cross-entropy of the classes of augmented images."""
    from keras import ops

    logits = network(augmented(batch["target"], batch["chance"]), training=True)
    return ops.mean(ops.categorical_crossentropy(batch["labels"], logits, from_logits=True))


def _scaled(images: Representation) -> NDArray[np.float32]:
    return np.asarray(images[..., None] / np.float32(127.5) - 1, np.float32)


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _check_keras() -> None:
    try:
        import keras  # noqa: F401
    except ImportError as error:
        raise MissingExtra(("keras", "tensorflow"), extra="train", purpose="The network of --downstream") from error
