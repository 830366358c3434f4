"""Stops a training after a given time, which includes the time before a resume."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from medcurate.learning.callback import Callback, StepResult


class TimeLimit(Callback):
    """Counts seconds of training.

    Parameters
    ----------
    minutes : float or None
        Time after which to stop; None never stops.
    """

    def __init__(self, minutes: float | None) -> None:
        self._limit = None if minutes is None else 60 * minutes
        self._before = 0.0
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds of training so far."""
        return self._before + time.monotonic() - self._began

    def begin(self, step: int) -> None:
        """Count from here."""
        self._began = time.monotonic()

    def after(self, result: StepResult) -> str | None:
        """Ask to stop when the time is over."""
        if self._limit is not None and self.seconds >= self._limit:
            return f"the {self._limit / 60:g} minutes are over"
        return None

    def state(self) -> dict[str, Any]:
        """Return the seconds so far."""
        return {"seconds": self.seconds}

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Continue counting."""
        self._before = state["seconds"]
