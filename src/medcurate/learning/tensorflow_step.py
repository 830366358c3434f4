"""One training step in TensorFlow: the only module of this package that imports it.

It holds only what depends on the backend: gradients, input that is read ahead, several devices. Another Keras backend
needs one more module of this form, see `medcurate.learning.jax_step`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from medcurate.errors import UsageError
from medcurate.learning.engine import OutOfMemory, Turns
from medcurate.learning.players import Player, Tensor, TrainingSetup

Update = Callable[[Mapping[str, Tensor]], dict[str, Tensor]]


class TensorFlowEngine:
    """Trains players on one device, or on those of a strategy.

    Parameters
    ----------
    strategy : tf.distribute.Strategy, optional
        Each of its devices takes an equal part of every batch.
    """

    backend = "tensorflow"

    def __init__(self, strategy: Any = None) -> None:
        self.strategy = strategy
        self.replicas = 1 if strategy is None else int(strategy.num_replicas_in_sync)
        self.worker, self.workers = _place_in_cluster(strategy)
        self._updates: dict[str, Update] = {}

    def scope(self) -> AbstractContextManager[Any]:
        """Return the context in which networks and optimizers must be made."""
        return nullcontext() if self.strategy is None else self.strategy.scope()

    def prepare(self, setup: TrainingSetup) -> None:
        """Make every variable, and one compiled function per player."""
        import tensorflow as tf

        with self.scope():
            for player in setup.players.values():
                player.optimizer.build(player.network.trainable_variables)
        for name, player in setup.players.items():
            learn = partial(_learn, player, 1 / self.replicas)
            self._updates[name] = tf.function(learn if self.strategy is None else self._on_all_devices(learn))

    def feed(self, steps: Callable[[], Iterator[Turns]], first: Turns) -> Iterable[Turns]:
        """Read the batches of the next steps while one runs.

        Parameters
        ----------
        steps : callable
            Starts the iteration anew.
        first : tuple of dict
            One of the elements: all have its shapes and types.
        """
        import tensorflow as tf

        signature = tuple(
            {name: tf.TensorSpec(value.shape, value.dtype) for name, value in batch.items()} for batch in first
        )
        source = tf.data.Dataset.from_generator(steps, output_signature=signature)
        ahead: Iterable[Turns] = source.prefetch(tf.data.AUTOTUNE)
        return ahead

    def update(self, name: str, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Do one optimizer step of a player; return the scalars that its loss logs."""
        try:
            if self.strategy is not None:
                batch = self.strategy.experimental_distribute_values_from_function(partial(_part, batch))
            return self._updates[name](batch)
        except Exception as error:
            if type(error).__name__ == "ResourceExhaustedError":
                raise OutOfMemory(name, _length(batch)) from error
            raise

    def _on_all_devices(self, learn: Update) -> Update:
        """Let every device learn from its part; the optimizers add the gradients."""

        def together(batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
            logged = self.strategy.run(learn, args=(batch,))
            return {name: self.strategy.reduce("MEAN", value, axis=None) for name, value in logged.items()}

        return together

    def of_all_workers(self, number: int) -> tuple[int, ...]:
        """Return the numbers that all processes of this training passed to this call."""
        import tensorflow as tf

        if self.workers == 1:
            return (number,)
        own = tf.one_hot(self.worker, self.workers, dtype=tf.float64) * float(number) / (self.replicas / self.workers)

        def together() -> Tensor:
            return self.strategy.reduce("SUM", self.strategy.run(lambda: tf.identity(own)), axis=None)

        return tuple(round(value) for value in tf.function(together)().numpy())

    def memory_mib(self) -> float:
        """Return the peak memory use of the accelerators, 0 without one."""
        import tensorflow as tf

        devices = [device.name.replace("/physical_device:", "") for device in tf.config.list_physical_devices("GPU")]
        peaks = [int(tf.config.experimental.get_memory_info(name)["peak"]) for name in devices]
        return sum(peaks) / 2**20

    def averager(self, targets: Sequence[Any], sources: Sequence[Any]) -> Callable[[float], None]:
        """Return a function that moves each target: ``target = decay * target + (1 - decay) * source``."""
        import tensorflow as tf

        def blend(decay: Tensor) -> None:
            for target, source in zip(targets, sources, strict=True):
                target.assign(target * decay + source * (1 - decay))

        compiled = tf.function(blend)
        return lambda decay: compiled(tf.constant(decay, tf.float32))


def _part(batch: Mapping[str, Tensor], context: Any) -> dict[str, Tensor]:
    """Return one device's part of a batch."""
    number, parts = context.replica_id_in_sync_group, context.num_replicas_in_sync
    return {
        name: value[number * len(value) // parts : (number + 1) * len(value) // parts] for name, value in batch.items()
    }


def _length(batch: Mapping[str, Tensor]) -> int:
    return int(next(iter(batch.values())).shape[0])


def _place_in_cluster(strategy: Any) -> tuple[int, int]:
    """Return the number of this process and of all that train together."""
    resolver = None if strategy is None else strategy.cluster_resolver
    if resolver is None:
        return 0, 1
    cluster = resolver.cluster_spec().as_dict()
    chiefs, workers = (len(cluster.get(kind, ())) for kind in ("chief", "worker"))
    number = int(resolver.task_id or 0) + (chiefs if resolver.task_type == "worker" else 0)
    return number, max(1, chiefs + workers)


def _learn(player: Player, share: float, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    import tensorflow as tf

    variables = player.network.trainable_variables
    values = [variable.value for variable in variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        loss, logged = player.loss(decoded(batch), input_gradient)
        part = loss * share
    player.optimizer.apply(tape.gradient(part, values), variables)
    return logged


def decoded(batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the batch with images in [-1, 1]: columns of unsigned integers travel as they are stored."""
    import tensorflow as tf

    return {
        name: tf.cast(column, tf.float32) * (2.0 / column.dtype.max) - 1.0 if column.dtype.is_unsigned else column
        for name, column in batch.items()
    }


def input_gradient(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Return the gradient of the sum of ``function(x)`` with respect to x, itself differentiable."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(function(x))
    return tape.gradient(total, x)


def make_strategy(name: str | None) -> Any:
    """Return a ``tf.distribute`` strategy; None for one device.

    Parameters
    ----------
    name : {'mirrored', 'multiworker'} or None
        All devices of this machine; or all machines that the environment variable ``TF_CONFIG`` lists.

    Raises
    ------
    UsageError
        ``TF_CONFIG`` does not say who takes part.
    """
    import tensorflow as tf

    if name is None:
        return None
    if name == "mirrored":
        devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
        return tf.distribute.MirroredStrategy([device.name for device in devices])
    if "cluster" not in os.environ.get("TF_CONFIG", ""):
        raise UsageError(
            "--strategy multiworker: expected the environment variable TF_CONFIG to list the workers and this one's "
            'number, as in {"cluster": {"worker": ["one:2222", "two:2222"]}, "task": {"type": "worker", "index": 0}}'
        )
    return tf.distribute.MultiWorkerMirroredStrategy()
