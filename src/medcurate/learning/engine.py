"""The interface between a training and its Keras backend; there is one step module per backend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from medcurate.errors import UsageError
from medcurate.learning.players import Tensor, TrainingSetup

Turns = tuple[dict[str, Any], ...]
"""The batches of one step, one per turn."""


class Engine(Protocol):
    """Trains players on the devices of a backend.

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

    def prepare(self, setup: TrainingSetup) -> None:
        """Make every variable, and one compiled function per player."""

    def feed(self, steps: Callable[[], Iterator[Turns]], first: Turns) -> Iterable[Turns]:
        """Read the batches ahead; `first` has the shapes and types of all."""

    def update(self, name: str, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Do one optimizer step of a player; return the scalars that its loss logs."""

    def averager(self, targets: Sequence[Any], sources: Sequence[Any]) -> Callable[[float], None]:
        """Return a function that moves each target: ``target = decay * target + (1 - decay) * source``."""

    def of_all_workers(self, number: int) -> tuple[int, ...]:
        """Return the numbers, below 2**53, that all processes of this training passed to this call."""

    def memory_mib(self) -> float:
        """Return the peak memory use of the accelerator, 0 without one."""


class OutOfMemory(UsageError):
    """The device has too little memory for a step.

    Parameters
    ----------
    player : str
        Whose turn it was.
    batch : int
        Examples per turn.
    """

    def __init__(self, player: str, batch: int) -> None:
        super().__init__(
            f"out of memory in the turn of the {player}, with batches of {batch} images. Lower --batch (say to "
            f"{max(1, batch // 2)}), --size, or the width of the model (--set); --precision mixed_bfloat16 needs "
            "less on recent GPUs. The last checkpoint is kept: with other settings, begin in another --out folder"
        )
