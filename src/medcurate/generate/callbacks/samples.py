"""``samples/step-*.png``: what the generator draws from the same latents as it learns, beside real images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset.contrast_stacks import side_by_side
from medcurate.dataset.files import encode_png
from medcurate.learning.callback import Callback, Moment
from medcurate.pictures import grid
from medcurate.run_folder import atomic_write, remove_litter

FOLDER = "samples"
COLUMNS = 8


class Samples(Callback):
    """Draws a grid every so many steps, and tells those who watch.

    Parameters
    ----------
    run : Path
    draw : callable
        ``() -> `` images of the fixed latents, uint8 of shape (n, height, width, channels).
    every : int
        Steps.
    watchers : callables
        ``(step, images) -> None``, told of the same images.
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
        """Remove what a killed run left half written."""
        remove_litter(self._folder)

    def after(self, moment: Moment) -> None:
        """Draw, every so many steps."""
        if moment.step % self._every == 0:
            self._write(moment.step)

    def end(self, step: int) -> None:
        """Draw the end."""
        if step != self._drawn:
            self._write(step)

    def _write(self, step: int) -> None:
        images = self._draw()
        self._drawn = step
        with atomic_write(self._folder / f"step-{step:07d}.png", durable=False) as stream:
            stream.write(encode_png(sheet(images)))
        for watch in self._watchers:
            watch(step, images)


def sheet(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay images out, `COLUMNS` per row, their channels side by side.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, channels)

    Returns
    -------
    ndarray of uint8, shape (rows * height, COLUMNS * width * channels)
    """
    return grid(side_by_side(images), COLUMNS)
