"""Inception-v3 of Keras, trained on ImageNet (Szegedy et al., 2016), as an encoder: 2,048 features.

Its weights are not those of the original Fréchet inception distance (see `original_inception`), so its values are
comparable with each other, not with published ones; and it was trained on photographs, not on slices. Weights are
downloaded only on request.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medcurate.encoders.encoder import Block, Images
from medcurate.encoders.keras_network import digest, run, safe_keras
from medcurate.encoders.resize import MODE
from medcurate.errors import UsageError

_SIDE = 299
_INTENSITY = "-1..1"
_DOWNLOAD = "download"
_FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
_URL = f"https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/{_FILE}"
_MD5 = "bcbd6486424b2319ff4ef7d526e38f63"  # as in keras.applications.inception_v3


class Inception:
    """Inception-v3 without its last layer, averaged over the image.

    Parameters
    ----------
    given : str
        Empty uses weights that Keras downloaded before; ``download`` downloads them (88 MB); anything else is the path
        of a weights file.

    Attributes
    ----------
    name : str
        Includes digits of the SHA-256 of the weights, resize mode and gray values.
    blocks : tuple
        Empty: the features are used as the network returns them.

    Raises
    ------
    UsageError
        If there are no weights, they cannot be downloaded, or they do not fit the network.
    MissingExtra
        Keras is not installed.
    """

    blocks: tuple[Block, ...] = ()

    def __init__(self, given: str = "") -> None:
        keras = safe_keras()
        path = _downloaded() if given == _DOWNLOAD else Path(given) if given else _cached()
        mark = digest(path)
        make = keras.applications.InceptionV3
        try:
            self._network = make(include_top=False, weights=None, pooling="avg", input_shape=(_SIDE, _SIDE, 3))
            with warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)  # layers missing in the file would stay random
                self._network.load_weights(path)
        except Exception as error:  # anything that Keras raises on an unknown file
            raise UsageError(
                f"{path}: expected weights of Keras' InceptionV3 without its top, such as {_FILE} ({error!s:.200})"
            ) from error
        self.name = f"inception[{mark}, {_SIDE} px {MODE}, {_INTENSITY}]"

    def encode(self, images: Images) -> NDArray[np.float32]:
        """Return features, float32 of shape (n, 2048), of uint8 images of shape (n, height, width)."""
        return run(self._network, images, (_SIDE, _SIDE, 3), _INTENSITY)


def cached_weights() -> Path | None:
    """Return the file of the weights that Keras downloaded before; None if it is not there or damaged."""
    path = cached_place()
    try:
        with path.open("rb") as stream:
            return path if hashlib.file_digest(stream, "md5").hexdigest() == _MD5 else None
    except OSError:
        return None


def cached_place() -> Path:
    """Return where Keras keeps the weights once they are downloaded."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models" / _FILE


def _cached() -> Path:
    path = cached_weights()
    if path is None:
        raise UsageError(
            f"encoder inception: its weights are not on this machine (expected {cached_place()}), and nothing is "
            f"downloaded unless requested. Request it with inception:{_DOWNLOAD}, or name the file with inception:PATH "
            f"({_URL})"
        )
    return path


def _downloaded() -> Path:
    try:
        found = safe_keras().utils.get_file(_FILE, _URL, cache_subdir="models", file_hash=_MD5)
    except Exception as error:  # Keras raises a bare Exception without a network
        raise UsageError(
            f"encoder inception: the weights could not be downloaded ({error!s:.200}). Fetch {_URL} on another machine "
            "and name the file with inception:PATH"
        ) from error
    return Path(found)
