"""Chooses the step module: TensorFlow's, or that of another Keras backend."""

from __future__ import annotations

from medcurate.errors import UsageError
from medcurate.learning.engine import Engine
from medcurate.learning.keras_backend import load_keras


def make_engine(backend: str | None = None, strategy: str | None = None) -> Engine:
    """Return what trains on the wanted backend.

    Parameters
    ----------
    backend : {'tensorflow', 'jax'}, optional
    strategy : {'mirrored', 'multiworker'}, optional
        Several devices or machines; TensorFlow alone.

    Raises
    ------
    MissingExtra
        The backend is not installed.
    UsageError
        The two do not go together.
    """
    loaded = load_keras(backend)
    if loaded == "tensorflow":
        from medcurate.learning.tensorflow_step import TensorFlowEngine, make_strategy

        return TensorFlowEngine(make_strategy(strategy))
    if strategy is not None:
        raise UsageError(f"--strategy {strategy} needs the TensorFlow backend, and Keras runs on {loaded}")
    from medcurate.learning.jax_step import JaxEngine

    return JaxEngine()
