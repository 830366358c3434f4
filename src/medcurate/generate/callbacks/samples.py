"""``samples/step-*.png``: images drawn from the same random numbers at different steps of a training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset.contrast_stacks import side_by_side
from medcurate.dataset.files import encode_png
from medcurate.learning.callback import Callback, StepResult
from medcurate.pictures import grid
from medcurate.run_folder import atomic_write, remove_litter

FOLDER = "samples"
COLUMNS = 8


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
    """

    def __init__(
        self,
        run: Path,
        draw: Callable[[], NDArray[np.uint8]],
        every: int,
        watchers: tuple[Callable[[int, NDArray[np.uint8]], None], ...] = (),
    ) -> None:
        self._folder = run / FOLDER
        self._draw = draw
        self._every = every
        self._watchers = watchers
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
        write_sheet(self._folder / f"step-{step:07d}.png", images)
        for watch in self._watchers:
            watch(step, images)


def sheet(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay images out, `COLUMNS` per row, their channels side by side.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, channels) or (n, depth, height, width, channels)
        Of a volume, the middle slice along its first axis is shown.

    Returns
    -------
    ndarray of uint8, shape (rows * height, COLUMNS * width * channels)
    """
    if images.ndim == 5:
        images = images[:, images.shape[1] // 2]
    return grid(side_by_side(images), COLUMNS)


def write_sheet(path: Path, images: NDArray[np.uint8]) -> None:
    """Write images as one PNG file, see `sheet`."""
    with atomic_write(path, durable=False) as stream:
        stream.write(encode_png(sheet(images)))
