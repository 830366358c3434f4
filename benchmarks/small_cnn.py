"""A small convolutional network, as one would train it on the labels at hand: a peer of `PlaneSorter`."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS = 1200
BATCH = 32


def fit_and_predict(
    images: NDArray[np.uint8], planes: NDArray[np.int64], others: NDArray[np.uint8], *, seed: int, steps: int = STEPS
) -> NDArray[np.int64]:
    """Train on labeled images and tell the planes of the others.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, 64, 64)
        From `medcurate.curate.measures.plane_features.normalize`: cropped and stretched as for the features.
    planes : ndarray of int, shape (n,)
        0 to 2.
    others : ndarray of uint8, shape (m, 64, 64)
    seed : int
        Of weights, batches and augmentation.
    steps : int
        Batches of 32, drawn with replacement.

    Returns
    -------
    ndarray of int, shape (m,)
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    network = _network(keras, seed)
    network.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy")
    drawn = rng.integers(0, len(images), steps * BATCH)
    network.fit(_scaled(images)[drawn], planes[drawn], batch_size=BATCH, epochs=1, shuffle=False, verbose=0)
    answers = network.predict(_scaled(others), batch_size=256, verbose=0).argmax(axis=1)
    keras.utils.clear_session()
    return np.asarray(answers, np.int64)


def _scaled(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return images[..., None].astype(np.float32) / 255


def _network(keras: Any, seed: int) -> Any:
    """Augment (mirror, turn, move, zoom), then four blocks of convolution and a softmax.

    Without batch normalization and without a mean over positions: both were tried and are worse with few labels.
    """
    layers = keras.layers
    blocks = [
        keras.Input((64, 64, 1)),
        layers.RandomFlip("horizontal", seed=seed),
        layers.RandomRotation(0.03, fill_mode="constant", seed=seed),
        layers.RandomTranslation(0.04, 0.04, fill_mode="constant", seed=seed),
        layers.RandomZoom(0.08, fill_mode="constant", seed=seed),
    ]
    for width in (16, 32, 64, 128):
        blocks += [layers.Conv2D(width, 3, padding="same", activation="relu"), layers.MaxPooling2D()]
    blocks += [layers.Flatten(), layers.Dropout(0.3, seed=seed), layers.Dense(3, activation="softmax")]
    return keras.Sequential(blocks)
