"""What a training needs of a Keras backend: one module for each, and this says what is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from medcurate.errors import UsageError
from medcurate.learning.players import Game, Tensor

Turns = tuple[dict[str, Any], ...]
"""What one step consumes: a batch for each turn."""


class Engine(Protocol):
    """Trains the players of a game.

    Attributes
    ----------
    replicas : int
        Devices that share a batch.
    worker, workers : int
        Number of this process among those that train together, and how many there are; the first one writes.
    """

    replicas: int
    worker: int
    workers: int

    def scope(self) -> AbstractContextManager[Any]:
        """Return the context in which networks and optimizers must be made."""

    def prepare(self, game: Game) -> None:
        """Make every variable, and one compiled function a player."""

    def feed(self, steps: Callable[[], Iterator[Turns]], first: Turns) -> Iterable[Turns]:
        """Read ahead what the steps consume."""

    def update(self, name: str, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Let a player learn from a batch; return what its loss logs."""

    def averager(self, targets: Sequence[Any], sources: Sequence[Any]) -> Callable[[float], None]:
        """Return a function that moves each target: ``target = decay * target + (1 - decay) * source``."""

    def of_all_workers(self, number: int) -> tuple[int, ...]:
        """Return what each process that trains along gave here, a number below 2**53."""

    def memory_mib(self) -> float:
        """Return the most memory that the accelerator has had, 0 without one."""


class OutOfMemory(UsageError):
    """The device has too little memory for a step.

    Parameters
    ----------
    player : str
        Whose turn it was.
    batch : int
    """

    def __init__(self, player: str, batch: int) -> None:
        super().__init__(
            f"out of memory in the turn of the {player}, with batches of {batch} images. Lower --batch (say to "
            f"{max(1, batch // 2)}), --size, or the model's width (--set width=...); --precision mixed_bfloat16 needs "
            "less on recent GPUs. The last checkpoint is kept: with other settings, begin in another --out folder"
        )
