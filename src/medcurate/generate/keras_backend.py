"""Loads Keras with the backend that is wanted: it is chosen once in a process."""

from __future__ import annotations

import importlib.util
import os
import sys

from medcurate.errors import MissingExtra, UsageError

BACKENDS = {"tensorflow": "train", "jax": "jax"}
"""Keras backend to the extra that brings it."""


def load_keras(backend: str | None = None) -> str:
    """Import Keras and return the name of its backend.

    Parameters
    ----------
    backend : {'tensorflow', 'jax'}, optional
        None takes what the environment variable ``KERAS_BACKEND`` says, TensorFlow where it says nothing.

    Raises
    ------
    MissingExtra
        Keras or the backend is not installed.
    UsageError
        This process uses Keras with another backend already, or the backend is not one of ours.
    """
    wanted = backend or os.environ.get("KERAS_BACKEND") or "tensorflow"
    if wanted not in BACKENDS:
        raise UsageError(f"backend: expected {' or '.join(BACKENDS)}, received {wanted!r}")
    missing = tuple(name for name in ("keras", wanted) if importlib.util.find_spec(name) is None)
    if missing:
        raise MissingExtra(missing, extra=BACKENDS[wanted], purpose="Training and drawing images")
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = wanted
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras

    loaded = str(keras.backend.backend())
    if backend is not None and loaded != backend:
        raise UsageError(
            f"backend: Keras runs on {loaded} in this process, so {backend} cannot be had; "
            f"set KERAS_BACKEND={backend} before Keras is imported"
        )
    return loaded
