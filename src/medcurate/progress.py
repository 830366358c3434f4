"""Progress on standard error: a bar on a terminal, a line at intervals elsewhere, nothing for short tasks."""

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
"""Tasks shorter than this show nothing (seconds)."""
LINE_EVERY_S = 30.0
"""Time between two plain lines where the stream is not a terminal (seconds)."""
_DRAW_EVERY_S = 0.1


class ProgressReport:
    """Count, rate and remaining time of one long task.

    Parameters
    ----------
    label : str
        Name of the task, for example ``scan``.
    total : int or None
        Number of items; None while it is unknown. It may be set later.
    show : bool
        False shows nothing.
    stream : text stream, optional
        Standard error by default.
    lines : bool
        Print lines of its own where the stream is no terminal; False leaves that to `say`.
    """

    def __init__(
        self,
        label: str,
        *,
        total: int | None = None,
        show: bool = True,
        stream: TextIO | None = None,
        lines: bool = True,
    ) -> None:
        self.label = label
        self.total = total
        self.count = 0
        self._stream = sys.stderr if stream is None else stream
        self._show, self._lines = show, lines
        self._began = time.monotonic()
        self._next = self._began + QUIET_S
        self._bar: Progress | None = None

    @property
    def shown(self) -> bool:
        """Whether the report writes anything."""
        return self._show

    @property
    def on_terminal(self) -> bool:
        """Whether the stream is a terminal."""
        return self._stream.isatty()

    def say(self, text: str) -> None:
        """Print a line, above the bar where there is one; nothing where the report shows nothing."""
        if not self._show:
            return
        if self._bar is None:
            print(text, file=self._stream, flush=True)
        else:
            from rich.text import Text

            self._bar.console.print(Text(text), soft_wrap=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._draw()
            self._bar.stop()

    def advance(self, count: int = 1) -> None:
        """Report that `count` more items are done."""
        self.count += count
        now = time.monotonic()
        if not self._show or now < self._next:
            return
        if self._stream.isatty():
            self._next = now + _DRAW_EVERY_S
            self._draw()
        elif self._lines:
            self._next = now + LINE_EVERY_S
            print(self.line(now - self._began), file=self._stream, flush=True)

    def line(self, seconds: float) -> str:
        """Return the line to print after `seconds` of work."""
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
    """Count the items in the background while the block runs, and set the total of the report.

    The block reads the items as a stream and does not know their number. A thread lists them a second time; it mostly
    waits for the disk while the block uses the processor. Short tasks and hidden reports cost nothing.

    Parameters
    ----------
    report : ProgressReport
        Its `total` is set when the count is known.
    listing : callable
        Called in the thread. If it raises, the total stays unknown: the block meets the same error.
    after_s : float
        Delay before the thread starts (seconds).
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
