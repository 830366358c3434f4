"""What each training step is given: columns of examples and random numbers, as a function of seed and step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.learning.players import Player, TrainingSetup
from medcurate.learning.random_inputs import TRAINING, draw, generator_at

Columns = Mapping[str, NDArray[Any]]


class Examples(Protocol):
    """Examples to learn from, or to draw from: named columns of one length."""

    @property
    def columns(self) -> Columns:
        """Each of shape (n, ...)."""

    def __len__(self) -> int: ...


class Feed:
    """The batches of every step.

    Parameters
    ----------
    examples : Examples
        Their columns may be memory-mapped: a turn reads only its rows.
    setup : TrainingSetup
        Says which columns and random numbers each turn needs.
    batch : int
        Examples per turn.
    seed : int
        Of random numbers and of the order of examples.

    Raises
    ------
    UsageError
        There are no examples, or they lack a column that a player reads.
    """

    def __init__(self, examples: Examples, setup: TrainingSetup, *, batch: int, seed: int) -> None:
        self._columns, self._length = examples.columns, len(examples)
        self._setup = setup
        self._batch = batch
        self._seed = seed
        self._readers = setup.examples_per_step(1)
        self._epoch = -1
        self._order: NDArray[np.int64] = np.zeros(0, np.int64)
        wanted = frozenset[str]().union(*(player.reads | player.reads_other for player in setup.players.values()))
        check_columns(self._columns, wanted)
        if not self._length:
            raise UsageError("expected examples to learn from, received none")

    def turns(self, step: int) -> tuple[dict[str, NDArray[Any]], ...]:
        """Return the batches of a step, one per turn."""
        rng = generator_at(self._seed, TRAINING, step)
        found, read = [], step * self._readers
        for name in self._setup.schedule:
            player = self._setup.players[name]
            found.append(self._turn(player, rng, read * self._batch))
            read += bool(player.reads)
        return tuple(found)

    def steps(self, first: int, stop: int) -> Iterator[tuple[dict[str, NDArray[Any]], ...]]:
        """Yield the batches of steps `first` to `stop` - 1."""
        return (self.turns(step) for step in range(first, stop))

    def _turn(self, player: Player, rng: np.random.Generator, start: int) -> dict[str, NDArray[Any]]:
        """Return one batch; the rows of other examples are chosen in every turn, whether or not they are read."""
        batch: dict[str, NDArray[Any]] = dict(draw(rng, player.random, self._batch))
        others = rng.integers(self._length, size=self._batch)
        batch |= {f"other_{name}": self._columns[name][others] for name in sorted(player.reads_other)}
        if player.reads:
            rows = self._rows(start)
            batch |= {name: self._columns[name][rows] for name in sorted(player.reads)}
        return batch

    def _rows(self, start: int) -> NDArray[np.int64]:
        """Return the rows number `start` and on of an endless sequence of shuffled epochs."""
        return np.array([self._row(*divmod(start + k, self._length)) for k in range(self._batch)])

    def _row(self, epoch: int, place: int) -> int:
        if epoch != self._epoch:
            self._order, self._epoch = np.random.default_rng((self._seed, epoch)).permutation(self._length), epoch
        return int(self._order[place])


def check_columns(columns: Mapping[str, Any], wanted: frozenset[str]) -> None:
    """Raise unless all wanted columns are there.

    Raises
    ------
    UsageError
        With the names of those that are missing.
    """
    if missing := sorted(wanted - set(columns)):
        raise UsageError(
            f"examples: expected the columns {', '.join(sorted(wanted))}; missing are {', '.join(missing)}. "
            "The model reads them: choose another --model, or give it data that has them"
        )
