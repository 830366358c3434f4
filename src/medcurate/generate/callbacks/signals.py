"""Ends a training cleanly when the user or the system asks for it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from medcurate.learning.callback import Callback, StepResult


class Signals(Callback):
    """Ends the training at the end of a step when the user or the system asks for it."""

    def __init__(self) -> None:
        self.received = False

    def receive(self, _number: int, _frame: FrameType | None) -> None:
        """Remember a signal; the second one interrupts at once."""
        if self.received:  # the second time, at once
            raise KeyboardInterrupt
        self.received = True

    def after(self, result: StepResult) -> str | None:
        """Ask to stop."""
        return "interrupted" if self.received else None


@contextmanager
def until_signal() -> Iterator[Signals]:
    """Let Ctrl-C and SIGTERM end the training after the step; only the main thread can receive signals."""
    signals = Signals()
    if threading.current_thread() is not threading.main_thread():
        yield signals
        return
    before = {number: signal.signal(number, signals.receive) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
