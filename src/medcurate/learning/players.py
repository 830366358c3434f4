"""What is trained: players, each with a network, an optimizer and a loss, and the schedule of their turns."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from medcurate.learning.callback import Callback
from medcurate.learning.random_inputs import RandomInput
from medcurate.learning.sampler import Sampler

Tensor = Any
Batch = Mapping[str, Tensor]
"""What a turn is given, by name, each of shape (n, ...): the columns that the player reads, ``other_NAME`` for each
column that it reads of other examples, and the random inputs that it lists."""

InputGradient = Callable[[Callable[[Tensor], Tensor], Tensor], Tensor]
"""``(function, x) ->`` the gradient of the function's sum with respect to x, itself differentiable."""

Loss = Callable[[Batch, InputGradient], tuple[Tensor, dict[str, Tensor]]]
"""``(batch, input_gradient) -> (scalar to minimize, named scalars to log)``; pure, with ``keras.ops`` alone. Within it
only the player's own network may be called with ``training=True``."""


@dataclass(frozen=True, slots=True)
class Player:
    """One network that learns.

    Attributes
    ----------
    network : keras.Model
        Holds every variable that the player trains.
    optimizer : keras.optimizers.Optimizer
        Of these variables.
    loss : callable
        See `Loss`.
    random : mapping of str to RandomInput
        Random numbers of one turn.
    reads : frozenset of str
        Columns of the examples whose turn it is in the epoch. An empty set means that the turn uses up no examples.
    reads_other : frozenset of str
        Columns of other examples, chosen at random with replacement: the conditions for which a GAN draws images.
    """

    network: Any
    optimizer: Any
    loss: Loss
    random: Mapping[str, RandomInput] = field(default_factory=dict)
    reads: frozenset[str] = frozenset()
    reads_other: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TrainingSetup:
    """Players that learn together, and what a training should know about them.

    Attributes
    ----------
    players : mapping of str to Player
        By the names that `schedule` uses.
    schedule : tuple of str
        The turns of one step, in this order.
    sampler : Sampler or None
        Draws images with the networks of the players; None where nothing is drawn, as with a classifier.
    monitors : mapping of str to callable
        Callbacks that warn when this kind of training goes wrong, see `medcurate.generate.callbacks.monitors`.
    hints : mapping of str to str
        Kind of warning to advice that fits this family: ``lost-diversity``, ``not-a-number``, ...
    curves : mapping of str to tuple of str
        Title of a chart to the logged names in it; what is not listed is drawn under ``losses``.
    average : callable or None
        ``(step) -> `` decay of the moving average of the sampler's weights at a step, counted from 1, where the user
        asks for none.
    grid_images, measured_images : int
        How many images are drawn for a picture of the progress and for a measurement; fewer where drawing is slow.
    """

    players: Mapping[str, Player]
    schedule: tuple[str, ...]
    sampler: Sampler | None = None
    monitors: Mapping[str, Callable[..., Callback]] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    curves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    average: Callable[[int], float] | None = None
    grid_images: int = 64
    measured_images: int = 256

    def parameters(self) -> dict[str, int]:
        """Return the number of trained parameters of each player."""
        return {
            name: sum(math.prod(map(int, variable.shape)) for variable in player.network.trainable_variables)
            for name, player in self.players.items()
        }

    def examples_per_step(self, batch: int) -> int:
        """Return how many examples one step uses up."""
        return batch * sum(bool(self.players[name].reads) for name in self.schedule)
