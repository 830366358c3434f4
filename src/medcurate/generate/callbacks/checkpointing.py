"""Writes checkpoints: everything that a training needs to go on as if it had never stopped."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from medcurate.learning.callback import Callback, StepResult


class Checkpointing(Callback):
    """Saves every so many minutes, and at the end.

    The time of saving has no influence on the weights: all random numbers are functions of seed and step.

    Parameters
    ----------
    save : callable
        ``(step) -> bool`` writes a checkpoint; False where it did not, because a weight is not finite.
    minutes : float
        0 saves after every step.
    """

    def __init__(self, save: Callable[[int], bool], minutes: float) -> None:
        self._save = save
        self._seconds = 60 * minutes
        self._last = time.monotonic()
        self._latest: StepResult | None = None
        self._saved: int | None = None

    def begin(self, step: int) -> None:
        """Count from here."""
        self._last, self._saved = time.monotonic(), step

    def after(self, result: StepResult) -> None:
        """Save if it is time and the numbers are finite: a broken state must not replace a good one."""
        self._latest = result
        if time.monotonic() - self._last >= self._seconds:
            self._write(result.step)

    def end(self, step: int) -> None:
        """Save at the last step."""
        if step != self._saved:
            self._write(step)

    def _write(self, step: int) -> None:
        numbers = {} if self._latest is None else self._latest.numbers()
        if all(math.isfinite(value) for value in numbers.values()) and self._save(step):
            self._last, self._saved = time.monotonic(), step
