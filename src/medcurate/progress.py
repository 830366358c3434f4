"""Progress on standard error: a bar on a terminal, a plain line now and then elsewhere, nothing for short work."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress

QUIET_S = 2.0
"""Work shorter than this shows nothing (seconds)."""
LINE_EVERY_S = 30.0
"""Time between two plain lines where the stream is not a terminal (seconds)."""
_DRAW_EVERY_S = 0.1


class ProgressReport:
    """Count, rate and time left of one long task.

    Parameters
    ----------
    label : str
        What is being done, e.g. ``scan``.
    total : int or None
        How many there are; None where that is not known (yet): it may be set later.
    show : bool
        False shows nothing.
    stream : text stream, optional
        Standard error unless told.
    """

    def __init__(
        self, label: str, *, total: int | None = None, show: bool = True, stream: TextIO | None = None
    ) -> None:
        self.label = label
        self.total = total
        self.count = 0
        self._stream = sys.stderr if stream is None else stream
        self._show = show
        self._began = time.monotonic()
        self._next = self._began + QUIET_S
        self._bar: Progress | None = None

    @property
    def shown(self) -> bool:
        """Say whether anybody may see it."""
        return self._show

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._draw()
            self._bar.stop()

    def advance(self, count: int = 1) -> None:
        """Tell that `count` more are done."""
        self.count += count
        now = time.monotonic()
        if not self._show or now < self._next:
            return
        if self._stream.isatty():
            self._next = now + _DRAW_EVERY_S
            self._draw()
        else:
            self._next = now + LINE_EVERY_S
            print(self.line(now - self._began), file=self._stream, flush=True)

    def line(self, seconds: float) -> str:
        """Return the plain line after `seconds` of work."""
        rate = self.count / seconds if seconds > 0 else 0.0
        if self.total is None or rate == 0:
            return f"{self.label}: {self.count:,} done, {rate:,.0f}/s"
        left = max(self.total - self.count, 0) / rate
        return f"{self.label}: {self.count:,} of {self.total:,} done, {rate:,.0f}/s, {_clock(left)} left"

    def _draw(self) -> None:
        if self._bar is None:
            self._bar = _bar(self._stream)
            self._bar.start()
            self._bar.add_task(self.label, total=self.total, rate="")
        task = self._bar.task_ids[0]
        rate = self.count / max(time.monotonic() - self._began, 1e-9)
        self._bar.update(task, completed=self.count, total=self.total, rate=f"{rate:,.0f}/s")


@contextmanager
def counted_ahead(
    report: ProgressReport, listing: Callable[[], Iterable[object]], *, after_s: float = QUIET_S
) -> Iterator[None]:
    """Count, while the block works, how many there are, and tell the report.

    The work itself goes through the same things as a stream and so cannot tell how many are to come. They are listed a
    second time in a thread, which waits for the disk while the work waits for the processor. Work too short to be
    shown, and a report that nobody sees, cost nothing.

    Parameters
    ----------
    report : ProgressReport
        Its `total` is set once it is known.
    listing : callable
        Called in the thread; whatever it raises leaves the total unknown, as the work itself meets it, too.
    after_s : float
        Time before the thread begins (seconds).
    """
    if not report.shown:
        yield
        return
    stopped = threading.Event()

    def count() -> None:
        total = 0
        with suppress(Exception):
            if stopped.wait(after_s):
                return
            for _ in listing():
                if stopped.is_set():
                    return
                total += 1
            report.total = total

    thread = threading.Thread(target=count, name="medcurate-count", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _bar(stream: TextIO) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(file=stream),
        auto_refresh=False,
    )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
