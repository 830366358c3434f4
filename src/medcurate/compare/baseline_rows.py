"""The rows of a comparison that need no training: made, measured and kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medcurate.compare.baselines import AUGMENTED, PHANTOMS, REAL, augmented_images, phantom_images, real_images
from medcurate.compare.material import read_images
from medcurate.compare.measuring import ALL, FIDELITY, Measured, Measuring
from medcurate.compare.one_training import drawn_at, write_images
from medcurate.compare.rows import Row
from medcurate.compare.settings import CompareSettings
from medcurate.errors import MissingExtra
from medcurate.versions import version_digest

FOLDER = "baselines"
_MAKING = 2  # raise it with every change of what a baseline is: kept images are then made anew


@dataclass(frozen=True, slots=True)
class BaselineRows:
    """Makes and measures the baselines of a comparison.

    Attributes
    ----------
    out : Path
        Folder of the comparison.
    downstream : bool
        Also measure what a classifier gains.
    """

    out: Path
    settings: CompareSettings
    measuring: Measuring
    downstream: bool

    @property
    def count(self) -> int:
        """How many rows and notes there are."""
        return 2 * self.settings.seeds + 1

    def rows(self) -> Iterator[Row | str]:
        """Yield rows, and notes in place of those that cannot be made."""
        material, n = self.measuring.material, len(self.measuring.material.held_out)
        train = read_images(material.train, self.settings.size)
        unseen = self.measuring.unseen()
        for seed in self.settings.seed_numbers:
            found = self.measuring.measure(real_images(unseen, n, seed), self._home("real", seed), FIDELITY)
            yield _row(REAL, seed, found, None)
        for seed in self.settings.seed_numbers:
            home = self._home("augmented", seed)
            if not drawn_at(home, 0).exists():
                write_images(drawn_at(home, 0), augmented_images(material, train, seed))
            yield self._measured(AUGMENTED, seed, home)
        yield self._phantoms(train)

    def _phantoms(self, train: NDArray[np.uint8]) -> Row | str:
        """Draw phantoms once: heads take seconds each."""
        seed = self.settings.seed
        home = self._home("phantoms", seed)
        if not drawn_at(home, 0).exists():
            try:
                made = phantom_images(self.measuring.material, train, self.settings.size, seed)
            except MissingExtra as error:
                return f"There is no row for phantoms: {error}"
            write_images(drawn_at(home, 0), made)
        return self._measured(PHANTOMS, seed, home)

    def _home(self, name: str, seed: int) -> Path:
        key = version_digest(
            libraries=("medcurate",),
            making=_MAKING,
            real=self.measuring.digest,
            size=self.settings.size,
            condition=self.settings.condition,
        )
        return self.out / FOLDER / f"{name}-{seed}-{key[:8]}"

    def _measured(self, name: str, seed: int, home: Path) -> Row:
        folder = drawn_at(home, 0)
        found = self.measuring.measure(self.measuring.drawn(folder), home, ALL, downstream=self.downstream)
        return _row(name, seed, found, folder)


def _row(name: str, seed: int, found: Measured, images: Path | None) -> Row:
    return Row(name, "baseline", seed, found.values, found.real, found.flags, (), images, found.notes)
