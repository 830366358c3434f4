"""Encoders by name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from medcurate.encoders.encoder import Encoder
from medcurate.errors import UsageError

NAMES = ("classical", "radiomics", "inception", "inception:download", "inception:PATH", "keras:PATH")
_PLACE = "medcurate.encoders."
_CLASSES = {
    "classical": ("classical", "Classical"),
    "radiomics": ("radiomics", "Radiomics"),
    "inception": ("inception", "Inception"),
    "keras": ("keras_model", "KerasModel"),
}

_ORIGINAL = ("original_inception", "OriginalInception")


def encoder(name: str) -> Encoder:
    """Make an encoder.

    Parameters
    ----------
    name : str
        ``classical`` (the default everywhere); ``radiomics``; ``inception`` (weights that Keras downloaded before),
        ``inception:download`` (downloads them) or ``inception:PATH`` (a file of them; a ``.pb`` file is the graph of
        the original Fréchet inception distance); ``keras:PATH`` (a ``.keras`` file, optionally followed by ``@0..1``,
        ``@-1..1`` or ``@0..255``, the gray values it expects).

    Raises
    ------
    UsageError
        If there is no encoder of that name, its weights are missing, or its file is refused.
    MissingExtra
        If it needs a package that is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> encoder("classical").encode(np.zeros((3, 64, 64), np.uint8)).shape
    (3, 968)
    """
    kind, colon, rest = name.partition(":")
    if kind not in _CLASSES or (colon and (not rest or kind in ("classical", "radiomics"))):
        raise UsageError(f"encoder: expected {', '.join(NAMES)}, received {name!r}")
    if kind == "keras" and not rest:
        raise UsageError("encoder keras: expected a file, as in keras:model.keras")
    module, made = _ORIGINAL if kind == "inception" and rest.endswith(".pb") else _CLASSES[kind]
    make: Callable[..., Encoder] = getattr(import_module(_PLACE + module), made)
    return make(rest) if rest else make()
