"""Any Keras model as an encoder: its output for an image, such as the penultimate layer of a classifier."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.encoders.encoder import Block, Images
from medcurate.encoders.keras_network import digest, run, safe_keras
from medcurate.encoders.resize import MODE, RANGES
from medcurate.errors import UsageError

_INTENSITY = "0..1"


class KerasModel:
    """A ``.keras`` file as an encoder.

    The file is opened in Keras' safe mode: files with code (a ``Lambda`` layer, a custom class) are refused, and older
    formats and pickles are not opened.

    Parameters
    ----------
    given : str
        Path of the file, optionally followed by ``@`` and the gray values of black and white: ``0..1`` (the default),
        ``-1..1`` or ``0..255``.

    Attributes
    ----------
    name : str
        Includes digits of the file's SHA-256, the input size in pixels, the resize mode and the gray values.
    blocks : tuple
        Empty: the features are used as the model returns them.

    Raises
    ------
    UsageError
        If the file is missing or refused, or the model does not take one image with one or three channels.
    MissingExtra
        Keras is not installed.
    """

    blocks: tuple[Block, ...] = ()

    def __init__(self, given: str) -> None:
        text, at, intensity = given.rpartition("@")
        if not at or intensity not in RANGES:
            if at and ".." in intensity:
                raise UsageError(f"encoder keras: expected gray values {', '.join(RANGES)}, received {intensity!r}")
            text, intensity = given, _INTENSITY
        path = Path(text)
        self._intensity = intensity
        mark = digest(path)
        self._network = _opened(path)
        self._size = _input_size(path, getattr(self._network, "input_shape", None))
        sides = "own size" if self._size[0] is None else f"{self._size[0]} x {self._size[1]} px"
        self.name = f"keras:{path.name}[{mark}, {sides} {MODE}, {intensity}]"

    def encode(self, images: Images) -> NDArray[np.float32]:
        """Return the output of the model, float32 of shape (n, d), for uint8 images of shape (n, height, width)."""
        height, width, channels = self._size
        own = images.shape[1:]
        return run(self._network, images, (height or own[0], width or own[1], channels), self._intensity)


def _opened(path: Path) -> Any:
    keras = safe_keras()
    if path.suffix != ".keras" or not zipfile.is_zipfile(path):
        raise UsageError(f"{path}: expected a model in the .keras format; save it with model.save('NAME.keras')")
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # anything that Keras raises on a possibly hostile file
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else ""
        raise UsageError(
            f"{path}: this model is refused ({type(error).__name__}: {reason}). Expected Keras layers only, without "
            "Lambda and custom classes"
        ) from error


def _input_size(path: Path, shape: Any) -> tuple[int | None, int | None, int]:
    if (
        not isinstance(shape, tuple)
        or len(shape) != 4
        or shape[3] not in (1, 3)
        or not all(side is None or isinstance(side, int) for side in shape)
    ):
        raise UsageError(
            f"{path}: expected a model of one image, input (n, height, width, 1 or 3), received one of {shape}"
        )
    return shape[1], shape[2], shape[3]
