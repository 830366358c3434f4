"""One network, trained again and again from new first weights, by the loop that trains generators, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from medcurate.learning.callback import Callback, StepResult
from medcurate.learning.engines import make_engine
from medcurate.learning.feed import Examples, Feed
from medcurate.learning.players import Batch, Player, Tensor, TrainingSetup
from medcurate.learning.random_inputs import RandomInput
from medcurate.learning.trainer import run

_NAME = "network"
NetworkLoss = Callable[[Any, Batch], Tensor]
"""``(network, batch) -> `` scalar to minimize; pure, with ``keras.ops`` alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a network learns.

    Attributes
    ----------
    build : callable
        ``(seed) -> `` network with first weights drawn by the seed; its shape is the same for every seed.
    loss : callable
        See `NetworkLoss`.
    reads : frozenset of str
        Columns of the examples.
    random : mapping of str to RandomInput
        Random numbers of each example of a batch.
    steps, batch : int
        Steps of each training, and examples per step.
    learning_rate : float
        Of Adam (Kingma and Ba, 2015); it falls to zero along a half cosine.
    """

    build: Callable[[int], Any]
    loss: NetworkLoss
    reads: frozenset[str]
    steps: int
    batch: int
    learning_rate: float
    random: Mapping[str, RandomInput] = field(default_factory=dict)


class RepeatedTraining:
    """Trains a network from new first weights, as often as it is asked to.

    Compiling takes longer than many steps, so that all trainings share one network and one compiled step. Nothing is
    left of the training before: weights, moments and learning rate begin anew.

    Parameters
    ----------
    recipe : Recipe
        The same for all trainings.
    seed : int
        Of the weights before the first training.

    Raises
    ------
    MissingExtra
        Keras or its backend is not installed.
    """

    def __init__(self, recipe: Recipe, *, seed: int = 0) -> None:
        self._recipe = recipe
        self._engine = make_engine()
        import keras

        self.network = recipe.build(seed)
        rate = keras.optimizers.schedules.CosineDecay(recipe.learning_rate, recipe.steps)
        self._optimizer = keras.optimizers.Adam(rate)
        player = Player(self.network, self._optimizer, self._loss, recipe.random, recipe.reads)
        self._setup = TrainingSetup({_NAME: player}, (_NAME,))
        self._engine.prepare(self._setup)

    def train(
        self, examples: Examples, *, seed: int, advance: Callable[[int], None] | None = None
    ) -> tuple[float, ...]:
        """Train anew, and return the loss of each step.

        Parameters
        ----------
        examples : Examples
            With the columns that the loss reads.
        seed : int
            Of first weights, of the order of examples and of random numbers.
        advance : callable, optional
            Is called with the number of steps that were done since the last call.
        """
        self.network.set_weights(self._recipe.build(seed).get_weights())
        for variable in self._optimizer.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))
        feed = Feed(examples, self._setup, batch=self._recipe.batch, seed=seed)
        losses = _Losses(advance)
        batches = self._engine.feed(lambda: feed.steps(0, self._recipe.steps), feed.turns(0))
        run(self._setup, self._engine, batches, first=0, callbacks=[losses])
        return tuple(losses.values)

    def _loss(self, batch: Batch, _: Any) -> tuple[Tensor, dict[str, Tensor]]:
        loss = self._recipe.loss(self.network, batch)
        return loss, {"loss": loss}


class _Losses(Callback):
    """Keeps the loss of each step."""

    def __init__(self, advance: Callable[[int], None] | None) -> None:
        self.values: list[float] = []
        self._advance = advance

    def after(self, result: StepResult) -> None:
        self.values.append(result.numbers()["loss"])
        if self._advance is not None:
            self._advance(1)
