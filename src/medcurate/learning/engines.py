"""Choose the step module of the Keras backend."""

from __future__ import annotations

from medcurate.errors import UsageError
from medcurate.learning.engine import Engine
from medcurate.learning.keras_backend import load_keras
from medcurate.learning.players import InputGradient


def make_engine(backend: str | None = None, strategy: str | None = None) -> Engine:
    """Return the engine of a backend.

    Parameters
    ----------
    backend : {'tensorflow', 'jax'}, optional
        As in `load_keras`.
    strategy : {'mirrored', 'multiworker'}, optional
        Several devices or machines; TensorFlow only.

    Raises
    ------
    MissingExtra
        The backend is not installed.
    UsageError
        The backend does not support the strategy.
    """
    loaded = load_keras(backend)
    if loaded == "tensorflow":
        from medcurate.learning.tensorflow_step import TensorFlowEngine, make_strategy

        return TensorFlowEngine(make_strategy(strategy))
    if strategy is not None:
        raise UsageError(f"--strategy {strategy} needs the TensorFlow backend, and Keras runs on {loaded}")
    from medcurate.learning.jax_step import JaxEngine

    return JaxEngine()


def input_gradient() -> InputGradient:
    """Return the function that differentiates with respect to an input, of the backend that Keras runs on.

    It is what projection into a latent space needs: ``input_gradient()(lambda latent: distance(latent), latent)``.
    """
    if load_keras() == "tensorflow":
        from medcurate.learning import tensorflow_step

        return tensorflow_step.input_gradient
    from medcurate.learning import jax_step

    return jax_step.input_gradient
