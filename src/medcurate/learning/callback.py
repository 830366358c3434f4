"""What a callback is: something that is told of every step, and that a resumed training finds as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Tensor = Any


@dataclass(frozen=True, slots=True)
class Moment:
    """The end of a step.

    Attributes
    ----------
    step : int
        Steps done, from 1.
    logged : mapping of str to scalar tensor
        What the players' losses said; reading a number waits for the device.
    """

    step: int
    logged: Mapping[str, Tensor]

    def numbers(self) -> dict[str, float]:
        """Return what was logged as plain numbers."""
        return {name: float(np.asarray(value)) for name, value in self.logged.items()}


class Callback:
    """Base of all callbacks; each method may be left as it is.

    What changes with the steps and matters after a resume is given by `state` and `arrays`, and taken by `restore`.
    """

    def begin(self, step: int) -> None:
        """Prepare, before the step after `step`."""

    def after(self, moment: Moment) -> str | None:
        """Take note of a step; a text asks to stop the training and says why."""
        return None

    def end(self, step: int) -> None:
        """Finish, when the training is over or stopped."""

    def state(self) -> dict[str, Any]:
        """Return what JSON can hold of the state."""
        return {}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays of the state."""
        return {}

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take back what `state` and `arrays` gave."""
