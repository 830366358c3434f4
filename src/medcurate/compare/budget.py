"""Ends a training when its processor time is used up, and lets it draw on the way, at no charge."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from medcurate.learning.callback import DrawingCallback, StepResult

MARKS = (0.125, 0.25, 0.5)
"""Shares of a training at which images are drawn; its end is a mark, too, and is drawn afterwards."""

Look = Callable[[Any, int], None]
"""``(generator, number of the mark)`` draws and keeps images."""


class Budget(DrawingCallback):
    """Counts the processor time of all threads of this process while it trains.

    Time of other programs is not counted, nor that of drawing. A training that is continued after a stop has to be
    built and compiled again: its first step then is not counted either.

    Parameters
    ----------
    seconds : float or None
        Processor time after which to stop; None never stops.
    steps : int
        Steps after which the training ends by itself; marks are shares of them where there are no `seconds`.
    look : callable
        See `Look`.
    told : callable, optional
        ``(share)`` of the training that is done, in [0, 1]; called after every step.
    clock : callable
        Seconds of processor time.

    Attributes
    ----------
    seconds : float
        Counted so far.
    marks : list of float
        Seconds at each mark so far.
    steps : int
        Done so far.
    """

    def __init__(
        self,
        seconds: float | None,
        steps: int,
        *,
        look: Look,
        told: Callable[[float], None] | None = None,
        clock: Callable[[], float] = time.process_time,
    ) -> None:
        self._limit, self._last_step, self._look, self._told, self._clock = seconds, steps, look, told, clock
        self.seconds, self.steps = 0.0, 0
        self.marks: list[float] = []
        self._generator: Any = None
        self._since: float | None = None

    def can_draw(self, generator: Any) -> None:
        """Keep the generator for the marks."""
        self._generator = generator

    def begin(self, step: int) -> None:
        """Count from here; where it continues, from the end of the first step."""
        self._since = None if step else self._clock()

    def after(self, result: StepResult) -> str | None:
        """Count, draw at the marks, and ask to stop when the time is used up."""
        if self._since is not None:
            self.seconds += self._clock() - self._since
        self.steps = result.step
        share = result.step / self._last_step if self._limit is None else self.seconds / self._limit
        while len(self.marks) < len(MARKS) and share >= MARKS[len(self.marks)]:
            self._look(self._generator, len(self.marks))
            self.marks.append(self.seconds)
        if self._told is not None:
            self._told(min(1.0, share))
        self._since = self._clock()
        if self._limit is not None and self.seconds >= self._limit:
            return f"{self._limit:g} s of processor time are used up"
        return None

    def state(self) -> dict[str, Any]:
        """Return what was counted, for a checkpoint."""
        return {"seconds": self.seconds, "steps": self.steps, "marks": list(self.marks)}

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:  # noqa: ARG002
        """Continue counting."""
        self.seconds, self.steps, self.marks = float(state["seconds"]), int(state["steps"]), list(state["marks"])
