"""Shared code of Keras encoders: import, oldest safe version, and inference in small batches."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from medcurate.encoders.encoder import Images, check_images
from medcurate.encoders.resize import prepared
from medcurate.errors import MissingExtra, UsageError

if TYPE_CHECKING:
    import keras

_OLDEST = (
    3,
    15,
    1,
)  # in earlier versions a model file could run code, read other files, or request any amount of memory
_BATCH = 32


def safe_keras() -> Any:
    """Import Keras.

    Raises
    ------
    MissingExtra
        It is not installed.
    UsageError
        If it is too old to open untrusted files safely.
    """
    try:
        import keras
    except ImportError as error:
        raise MissingExtra(("keras", "tensorflow"), extra="train", purpose="An encoder that is a network") from error
    version = tuple(int(part) for part in keras.__version__.split(".")[:3] if part.isdigit())
    if version < _OLDEST:
        needed = ".".join(map(str, _OLDEST))
        raise UsageError(f"keras {keras.__version__} does not open model files safely; update it to {needed}")
    return keras


def run(network: keras.Model, images: Images, size: tuple[int, int, int], intensity: str) -> NDArray[np.float32]:
    """Return the output of a network for each image, shape (n, d); averaged over spatial positions, if any.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, h, w)
    size : tuple of int
        Input height, width and channels of the network.
    intensity : str
        Input gray values of the network, such as ``0..1``.

    Raises
    ------
    UsageError
        If the output is not a table of finite numbers.
    """
    check_images(images)
    parts = []
    for at in range(0, len(images), _BATCH):
        output = np.asarray(network.predict_on_batch(prepared(images[at : at + _BATCH], *size, intensity)))
        parts.append(output.reshape(len(output), -1, output.shape[-1]).mean(axis=1))
    found = np.concatenate(parts).astype(np.float32, copy=False)
    if not np.isfinite(found).all():
        raise UsageError("the network of this encoder returns NaN or infinity; check how it was trained")
    return found


def digest(path: Path) -> str:
    """Return the first eight digits of the SHA-256 of a file: part of an encoder's name.

    Raises
    ------
    UsageError
        It cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()[:8]
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({type(error).__name__}): expected the file of a network") from error
