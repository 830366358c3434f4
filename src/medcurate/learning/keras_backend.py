"""Load Keras with the wanted backend, which can be chosen once per process."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile

from medcurate.errors import MissingExtra, UsageError

BACKENDS = {"tensorflow": "train", "jax": "jax"}
"""Keras backend to the extra that installs it."""


_STARTUP = re.compile(rb"[IWE]\d{4} \d\d:\d\d:|WARNING: All log messages before absl::InitializeLog")
"""Start of the lines that TensorFlow's libraries log before they can be silenced."""


def load_keras(backend: str | None = None) -> str:
    """Import Keras and return the name of its backend.

    Parameters
    ----------
    backend : {'tensorflow', 'jax'}, optional
        None takes the value of the environment variable ``KERAS_BACKEND``, or TensorFlow where it is not set.

    Raises
    ------
    MissingExtra
        Keras or the backend is not installed.
    UsageError
        This process uses Keras with another backend already, or the backend is not supported.
    """
    wanted = backend or os.environ.get("KERAS_BACKEND") or "tensorflow"
    if wanted not in BACKENDS:
        raise UsageError(f"backend: expected {' or '.join(BACKENDS)}, received {wanted!r}")
    missing = tuple(name for name in ("keras", wanted) if importlib.util.find_spec(name) is None)
    if missing:
        raise MissingExtra(missing, extra=BACKENDS[wanted], purpose="A neural network")
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = wanted
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        with _without_startup_lines():
            importlib.import_module("keras")
    import keras

    loaded = str(keras.backend.backend())
    if backend is not None and loaded != backend:
        raise UsageError(
            f"backend: Keras runs on {loaded} in this process, so {backend} cannot be had; "
            f"set KERAS_BACKEND={backend} before Keras is imported"
        )
    return loaded


@contextmanager
def _without_startup_lines() -> Iterator[None]:
    """Suppress the lines that TensorFlow logs while it is loaded; other output is written afterwards."""
    sys.stderr.flush()
    terminal = os.dup(2)
    with TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            kept.seek(0)
            for line in kept:
                if not _STARTUP.match(line):
                    os.write(terminal, line)
            os.close(terminal)
