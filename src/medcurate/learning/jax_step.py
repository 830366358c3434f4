"""One training step in JAX, through Keras' JAX backend: the twin of `medcurate.learning.tensorflow_step`.

JAX compiles pure functions, so variables are arguments and results of one: within it Keras reads and writes the values
of a `keras.StatelessScope`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from medcurate.learning.engine import OutOfMemory, Turns
from medcurate.learning.players import Player, Tensor, TrainingSetup

Update = Callable[[Mapping[str, Tensor]], dict[str, Tensor]]


class JaxEngine:
    """Trains players on JAX's first device."""

    backend = "jax"
    replicas = 1
    worker, workers = 0, 1

    def __init__(self) -> None:
        self._updates: dict[str, Update] = {}

    def scope(self) -> AbstractContextManager[Any]:
        """Return the context in which networks and optimizers must be made."""
        return nullcontext()

    def prepare(self, setup: TrainingSetup) -> None:
        """Make every variable, and one compiled function per player."""
        for player in setup.players.values():
            player.optimizer.build(player.network.trainable_variables)
        others = {name: _of_others(setup, name) for name in setup.players}
        self._updates = {name: _compiled(player, others[name]) for name, player in setup.players.items()}

    def feed(self, steps: Callable[[], Iterator[Turns]], first: Turns) -> Iterable[Turns]:  # noqa: ARG002
        """Return the batches of the steps; JAX runs ahead of Python by itself."""
        return steps()

    def update(self, name: str, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Do one optimizer step of a player; return the scalars that its loss logs."""
        try:
            return self._updates[name](batch)
        except Exception as error:
            if "RESOURCE_EXHAUSTED" in str(error):
                raise OutOfMemory(name, int(next(iter(batch.values())).shape[0])) from error
            raise

    def of_all_workers(self, number: int) -> tuple[int, ...]:
        """Return the number of every process of this training: there is one."""
        return (number,)

    def memory_mib(self) -> float:
        """Return the peak memory use of the device, 0 where it is not known."""
        import jax

        stats = jax.devices()[0].memory_stats() or {}
        return float(stats.get("peak_bytes_in_use", 0)) / 2**20

    def averager(self, targets: Sequence[Any], sources: Sequence[Any]) -> Callable[[float], None]:
        """Return a function that moves each target: ``target = decay * target + (1 - decay) * source``."""
        import jax

        @jax.jit
        def blended(averages: list[Tensor], values: list[Tensor], decay: float) -> list[Tensor]:
            return [average * decay + value * (1 - decay) for average, value in zip(averages, values, strict=True)]

        def blend(decay: float) -> None:
            moved = blended([target.value for target in targets], [source.value for source in sources], decay)
            for target, value in zip(targets, moved, strict=True):
                target.assign(value)

        return blend


def _of_others(setup: TrainingSetup, name: str) -> list[Any]:
    """Return the variables of the other players: their networks are called, and stay as they are."""
    return [
        variable for other, player in setup.players.items() if other != name for variable in player.network.variables
    ]


def _compiled(player: Player, others: Sequence[Any]) -> Update:
    """Return the optimizer step of a player, compiled at its first call."""
    import jax

    network, optimizer = player.network, player.optimizer
    held = [network.trainable_variables, network.non_trainable_variables, optimizer.variables]

    @jax.jit
    def learn(values: list[list[Tensor]], constants: list[Tensor], batch: Mapping[str, Tensor]) -> Any:
        trained, untrained, moments = values
        fixed = list(zip(others, constants, strict=True))

        def loss(weights: list[Tensor]) -> tuple[Tensor, tuple[dict[str, Tensor], list[Tensor]]]:
            import keras

            own = [*zip(held[0], weights, strict=True), *zip(held[1], untrained, strict=True)]
            with keras.StatelessScope(state_mapping=[*own, *fixed]) as scope:
                total, logged = player.loss(decoded(batch), input_gradient)
            return total, (logged, [scope.get_current_value(variable) for variable in held[1]])

        gradients, (logged, untrained) = jax.grad(loss, has_aux=True)(trained)
        trained, moments = optimizer.stateless_apply(moments, gradients, trained)
        return [trained, untrained, moments], logged

    def update(batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        values = [[variable.value for variable in variables] for variables in held]
        found, logged = learn(values, [variable.value for variable in others], dict(batch))
        for variables, new in zip(held, found, strict=True):
            for variable, value in zip(variables, new, strict=True):
                variable.assign(value)
        return dict(logged)

    return update


def decoded(batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the batch with images in [-1, 1]: columns of unsigned integers travel as they are stored."""
    import jax.numpy as jnp
    import numpy as np

    return {
        name: column.astype(jnp.float32) * (2.0 / np.iinfo(column.dtype).max) - 1.0
        if jnp.issubdtype(column.dtype, jnp.unsignedinteger)
        else column
        for name, column in batch.items()
    }


def input_gradient(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Return the gradient of the sum of ``function(x)`` with respect to x, itself differentiable."""
    import jax

    return jax.grad(lambda images: function(images).sum())(x)
