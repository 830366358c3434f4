"""``samples/step-*.png``: images drawn from the same random numbers at different steps of a training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset.files import encode_png
from medcurate.generate.callbacks.sample_sheet import SheetLabels, labeled_sheet, sheet
from medcurate.learning.callback import Callback, StepResult
from medcurate.run_folder import atomic_write, remove_litter

FOLDER = "samples"


class Samples(Callback):
    """Draws a grid of images every so many steps, and passes them on.

    Parameters
    ----------
    run : Path
        The run folder.
    draw : callable
        ``() -> `` images of the fixed random numbers, uint8 of shape (n, *spatial, channels).
    every : int
        Steps between two pictures.
    watchers : tuple of callables
        ``(step, images) -> None``, called with the same images.
    about : SheetLabels, optional
        Real images for the first row, and the classes.
    """

    def __init__(
        self,
        run: Path,
        draw: Callable[[], NDArray[np.uint8]],
        every: int,
        watchers: tuple[Callable[[int, NDArray[np.uint8]], None], ...] = (),
        about: SheetLabels | None = None,
    ) -> None:
        self._folder = run / FOLDER
        self._draw = draw
        self._every = every
        self._watchers = watchers
        self._about = about
        self._drawn = -1

    def begin(self, step: int) -> None:
        """Remove files that a killed run left half written."""
        remove_litter(self._folder)

    def after(self, result: StepResult) -> None:
        """Draw, every so many steps."""
        if result.step % self._every == 0:
            self._write(result.step)

    def end(self, step: int) -> None:
        """Draw at the last step."""
        if step != self._drawn:
            self._write(step)

    def _write(self, step: int) -> None:
        images = self._draw()
        self._drawn = step
        write_sheet(self._folder / f"step-{step:07d}.png", images, self._about)
        for watch in self._watchers:
            watch(step, images)


def write_sheet(path: Path, images: NDArray[np.uint8], about: SheetLabels | None = None) -> None:
    """Write images as one PNG file, see `sheet`; with real images and classes, see `labeled_sheet`."""
    laid = sheet(images) if about is None else labeled_sheet(images, about)
    with atomic_write(path, durable=False) as stream:
        stream.write(encode_png(laid))
