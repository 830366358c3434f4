"""``history.jsonl``: one line of losses every so many steps, one per measurement, and one per warning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from medcurate.learning.callback import Callback, StepResult
from medcurate.run_folder import atomic_write, output_errors

FILE_NAME = "history.jsonl"

_LAST = 16


class History(Callback):
    """Writes the history of a run, and reads it.

    Parameters
    ----------
    run : Path
        The run folder.
    every : int
        Steps between two lines of losses.
    """

    def __init__(self, run: Path, every: int) -> None:
        self._path = run / FILE_NAME
        self._every = every
        self._written: set[str] = set()

    def begin(self, step: int) -> None:
        """Remove the lines of steps that a resumed training does again."""
        kept = [line for line in read_history(self._path.parent) if line["step"] <= step]
        lines = [json.dumps(line) + "\n" for line in kept]
        self._written = set(lines[-_LAST:])
        with atomic_write(self._path) as stream:
            stream.write("".join(lines).encode())

    def after(self, result: StepResult) -> None:
        """Write the losses, every so many steps."""
        if result.step % self._every == 0:
            self.write(result.step, result.numbers())

    def write(self, step: int, found: dict[str, Any]) -> None:
        """Append a line with the step and these values, unless it was written before a resume."""
        line = json.dumps({"step": step, **{name: _plain(value) for name, value in found.items()}}) + "\n"
        if line in self._written:
            return
        with output_errors(self._path), self._path.open("ab") as stream:
            stream.write(line.encode())


def _plain(value: Any) -> Any:
    """JSON has no NaN and no infinity: write them as text."""
    if isinstance(value, float) and value - value != 0:
        return str(value)
    return value


def read_history(run: Path) -> list[dict[str, Any]]:
    """Return the lines of a run's history; a last line that a kill tore is left out.

    Each has ``step``, and losses, measurements or a ``warning`` with its ``text``.
    """
    path = run / FILE_NAME
    if not path.exists():
        return []
    lines = []
    for text in path.read_bytes().splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:
            break
    return lines
