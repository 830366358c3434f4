"""One training step in TensorFlow: the only module of this package that imports it.

What a step needs of a backend is here and nothing else: gradients, input that is read ahead, several devices. Another
Keras backend needs one more module of this shape, see `medcurate.generate.jax_step`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from medcurate.generate.family import Game, Player, Tensor

Turns = tuple[dict[str, Any], ...]
"""What one step consumes: a batch for each turn."""


class TensorFlowEngine:
    """Trains the players of a game.

    Parameters
    ----------
    strategy : tf.distribute.Strategy, optional
        Its devices each take an equal part of every batch.
    """

    backend = "tensorflow"

    def __init__(self, strategy: Any = None) -> None:
        self.strategy = strategy
        self._updates: dict[str, Callable[[Mapping[str, Tensor]], dict[str, Tensor]]] = {}

    def scope(self) -> AbstractContextManager[Any]:
        """Return the context in which networks and optimizers must be made."""
        return nullcontext() if self.strategy is None else self.strategy.scope()

    def prepare(self, game: Game) -> None:
        """Make every variable, and one compiled function a player."""
        import tensorflow as tf

        with self.scope():
            for player in game.players.values():
                player.optimizer.build(player.network.trainable_variables)
        for name, player in game.players.items():
            self._updates[name] = tf.function(self._distributed(player), reduce_retracing=True)

    def feed(self, steps: Callable[[], Iterator[Turns]], first: Turns) -> Iterable[Turns]:
        """Read ahead what the steps consume, while the one before runs.

        Parameters
        ----------
        steps : callable
            Starts the iteration anew.
        first : tuple of dict
            One of its elements, whose shapes and types all share.
        """
        import tensorflow as tf

        signature = tuple(
            {name: tf.TensorSpec(value.shape, value.dtype) for name, value in batch.items()} for batch in first
        )
        source = tf.data.Dataset.from_generator(steps, output_signature=signature)
        ahead: Iterable[Turns] = source.prefetch(tf.data.AUTOTUNE)
        return ahead

    def update(self, name: str, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Let a player learn from a batch; return what its loss logs."""
        return self._updates[name](batch)

    def _distributed(self, player: Player) -> Callable[[Mapping[str, Tensor]], dict[str, Tensor]]:
        def alone(batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
            return _learn(player, batch)

        return alone

    def memory_mib(self) -> float:
        """Return the most memory that the accelerators have had, 0 without one."""
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


def _learn(player: Player, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    import tensorflow as tf

    variables = player.network.trainable_variables
    values = [variable.value for variable in variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        loss, logged = player.loss(_decoded(batch), _input_gradient)
    player.optimizer.apply(tape.gradient(loss, values), variables)
    return logged


def _decoded(batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Images travel as the integers they are stored as, and become numbers in [-1, 1] here."""
    import tensorflow as tf

    found = dict(batch)
    if "images" in found:
        images = found["images"]
        found["images"] = tf.cast(images, tf.float32) * (2.0 / images.dtype.max) - 1.0
    return found


def _input_gradient(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(function(x))
    return tape.gradient(total, x)


def make_strategy(name: str | None) -> Any:
    """Return the ``tf.distribute`` strategy of this name; None for one device."""
    return None
