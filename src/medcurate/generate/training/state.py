"""The state of a training as arrays and JSON: the content of a checkpoint.

Random numbers and the order of images are functions of seed and step, so there is no random state to hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.learning.callback import Callback
from medcurate.learning.players import TrainingSetup

Arrays = dict[str, NDArray[Any]]


def gather(setup: TrainingSetup, callbacks: Mapping[str, Callback]) -> tuple[Arrays, dict[str, Any]]:
    """Return the arrays of players, optimizers and callbacks, and what else callbacks hold.

    Parameters
    ----------
    setup : TrainingSetup
        Weights and optimizers of its players are read.
    callbacks : mapping of str to Callback
        By names that stay the same from run to run.
    """
    arrays = {name: np.asarray(variable) for name, variable in _variables(setup).items()}
    state: dict[str, Any] = {}
    for name, callback in callbacks.items():
        arrays |= {f"callback/{name}/{key}": value for key, value in callback.arrays().items()}
        state[name] = callback.state()
    return arrays, state


def restore(
    setup: TrainingSetup,
    callbacks: Mapping[str, Callback],
    arrays: Mapping[str, NDArray[Any]],
    state: Mapping[str, Any],
) -> None:
    """Set what `gather` returned.

    Raises
    ------
    UsageError
        The arrays are of another network.
    """
    variables = _variables(setup)
    own = {name for name in arrays if not name.startswith("callback/")}
    if own != set(variables):
        odd = sorted(own ^ set(variables))
        raise UsageError(f"the checkpoint is of another network: {odd[0]} and {len(odd) - 1} more differ")
    for name, variable in variables.items():
        value = arrays[name]
        if tuple(value.shape) != tuple(variable.shape):
            raise UsageError(f"the checkpoint is of another network: {name} is {value.shape}, not {variable.shape}")
        variable.assign(value)
    for name, callback in callbacks.items():
        prefix = f"callback/{name}/"
        found = {key.removeprefix(prefix): arrays[key] for key in arrays if key.startswith(prefix)}
        if name in state:
            callback.restore(state[name], found)


def _variables(setup: TrainingSetup) -> dict[str, Any]:
    """Name every variable by its player, its kind and its place: Keras' own names count up within a process."""
    named: dict[str, Any] = {}
    for name, player in setup.players.items():
        for kind, variables in (("weights", player.network.weights), ("optimizer", player.optimizer.variables)):
            named |= {f"{name}/{kind}/{k:04d}": variable for k, variable in enumerate(variables)}
    return named
