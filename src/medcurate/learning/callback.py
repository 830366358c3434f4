"""The base of all callbacks: they are called after every step, and a resumed training restores their state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Tensor = Any


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step gave.

    Attributes
    ----------
    step : int
        Steps done, from 1.
    logged : mapping of str to scalar tensor
        What the players' losses logged; reading a number waits for the device.
    """

    step: int
    logged: Mapping[str, Tensor]

    def numbers(self) -> dict[str, float]:
        """Return the logged scalars as plain numbers."""
        return {name: float(np.asarray(value)) for name, value in self.logged.items()}


class Callback:
    """Base of all callbacks; every method may be left as it is.

    State that must survive a resume is returned by `state` and `arrays`, and set again by `restore`.
    """

    def begin(self, step: int) -> None:
        """Prepare; `step` steps were done before."""

    def after(self, result: StepResult) -> str | None:
        """React to a step; a returned text asks to stop the training and says why."""
        return None

    def end(self, step: int) -> None:
        """Finish, when the training is over or was stopped."""

    def state(self) -> dict[str, Any]:
        """Return the part of the state that JSON can hold."""
        return {}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays of the state."""
        return {}

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Set what `state` and `arrays` returned."""


class DrawingCallback(Callback):
    """Base of callbacks that draw images in the middle of a training."""

    def can_draw(self, generator: Any) -> None:
        """Take a generator that always has the present weights; called once, before the first step.

        Parameters
        ----------
        generator : Generator
            See `medcurate.generate.drawing.generator`; drawing with it changes nothing of the training.
        """
