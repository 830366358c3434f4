"""Logs for TensorBoard, where the extra ``tensorboard`` is installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from medcurate.errors import MissingExtra
from medcurate.learning.callback import Callback, StepResult

FOLDER = "tensorboard"


class TensorBoard(Callback):
    """Writes the losses of every so many steps.

    Parameters
    ----------
    run : Path
        The run folder.
    every : int
        Steps between two points.

    Raises
    ------
    MissingExtra
        TensorBoard is not installed.
    """

    def __init__(self, run: Path, every: int) -> None:
        if importlib.util.find_spec("tensorboard") is None:
            raise MissingExtra(("tensorboard",), extra="tensorboard", purpose="--tensorboard")
        self._folder = run / FOLDER
        self._every = every

    def begin(self, step: int) -> None:
        """Open the log; by now the run folder is locked."""
        from tensorboard.summary import Writer

        self._writer = Writer(str(self._folder))

    def after(self, result: StepResult) -> None:
        """Write the losses, every so many steps."""
        if result.step % self._every == 0:
            for name, value in result.numbers().items():
                self._writer.add_scalar(f"loss/{name}", value, step=result.step)

    def end(self, step: int) -> None:
        """Write the remaining points."""
        self._writer.close()
