"""Shows a training while it runs: one line per tick with step, time, losses, metric and the best so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from medcurate.generate.callbacks.early_stopping import EarlyStopping
from medcurate.learning.callback import Callback, StepResult
from medcurate.progress import ProgressReport

TICK_S = 10.0
"""Time before the first line, and between two lines on a terminal (seconds)."""
PLAIN_TICK_S = 60.0
"""Time between two lines elsewhere, such as in the log of a cluster (seconds)."""
_LOSS = "_loss"
_SHORT = {"frechet_distance": "distance"}


class Ticks(Callback):
    """Prints one line per tick above the progress bar; elsewhere plain lines, less often.

    Parameters
    ----------
    report : ProgressReport
        Entered by the caller; shows the bar on a terminal, and its stream gets the lines.
    steps : int
        Number of training steps in total.
    seconds : callable
        ``() -> `` seconds of training so far, including those before a resume.
    limit_s : float or None
        Seconds after which the training stops; None where only the steps end it.
    images : int
        Per step.
    stopping : EarlyStopping or None
        With the measurements; None where nothing is measured.
    clock : callable
        Monotonic time in seconds.
    """

    def __init__(
        self,
        report: ProgressReport,
        *,
        steps: int,
        seconds: Callable[[], float],
        limit_s: float | None,
        images: int,
        stopping: EarlyStopping | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._report, self._steps, self._images = report, steps, images
        self._seconds, self._limit_s = seconds, limit_s
        self._stopping, self._clock = stopping, clock
        self._first = 0
        self._began = self._next = clock()
        self._every = TICK_S if report.on_terminal else PLAIN_TICK_S
        self._latest: StepResult | None = None
        self._told = -1

    def begin(self, step: int) -> None:
        """Count from here."""
        self._first = step
        self._began = self._clock()
        self._next = self._began + TICK_S

    def after(self, result: StepResult) -> None:
        """Advance the bar, and print a line when it is time."""
        self._report.advance(self._images)
        self._latest = result
        now = self._clock()
        if self._report.shown and now >= self._next:
            self._next = now + self._every
            self._tell(result)

    def end(self, step: int) -> None:
        """Print the last step, if any was printed."""
        if self._latest is not None and self._told not in (-1, step):
            self._tell(self._latest)

    def _tell(self, result: StepResult) -> None:
        self._told = result.step
        self._report.say(self.line(result.step, result.numbers()))

    def line(self, step: int, numbers: Mapping[str, float]) -> str:
        """Return the line of a step.

        Parameters
        ----------
        step : int
            Steps done.
        numbers : mapping of str to float
            What the players logged; those that are losses are shown, or all where none is called a loss.
        """
        parts = [f"step {step:,} of {self._steps:,}", self._times(step), _losses(numbers), self._metric()]
        return "  |  ".join(part for part in parts if part)

    def _times(self, step: int) -> str:
        spent = self._seconds()
        pace = (self._clock() - self._began) / max(step - self._first, 1)
        left = pace * (self._steps - step)
        if self._limit_s is not None:
            left = min(left, max(self._limit_s - spent, 0.0))
        return f"{clock_text(spent)} done, {clock_text(left)} left"

    def _metric(self) -> str:
        stopping = self._stopping
        if stopping is None or not stopping.series:
            return ""
        at, value = stopping.series[-1]
        name = stopping.name.removeprefix("val_")
        text = f"{_SHORT.get(name, name.replace('_', ' '))} {value:.3g} (step {at:,})"
        if stopping.best_weights:
            text += f", best {stopping.best:.3g} (step {stopping.best_step:,})"
        floor: Any = getattr(stopping.measure, "floor", None)
        return text if floor is None or floor != floor else f"{text}, real images {floor:.3g}"


def _losses(numbers: Mapping[str, float]) -> str:
    losses = {name.removesuffix(_LOSS): value for name, value in numbers.items() if name.endswith(_LOSS)}
    shown = [f"{name.replace('_', ' ')} {value:.3g}" for name, value in (losses or numbers).items()]
    return ("loss: " if losses else "") + ", ".join(shown)


def clock_text(seconds: float) -> str:
    """Return a duration as m:ss, or h:mm:ss from one hour on."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
