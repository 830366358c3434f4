"""Settings of the part two_sample, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass

from medcurate.errors import UsageError


@dataclass(frozen=True, slots=True)
class TwoSampleSettings:
    """Settings of the part two_sample.

    Attributes
    ----------
    encoder : str
        See `medcurate.encoders.encoder`.
    label : {'tumor', 'plane'}
        The labels that are judged.
    most : int
        Largest number of images per side; of more, so many are drawn by the seed.
    folds : int
        Number of folds; each is judged by a classifier that was trained on the others.
    halvings : int
        Number of halvings of the held-out real images, for real against real.
    rounds : int
        Number of draws of a bootstrap interval.
    """

    encoder: str = "classical"
    label: str = "tumor"
    most: int = 10_000
    folds: int = 5
    halvings: int = 5
    rounds: int = 1000

    def __post_init__(self) -> None:
        for name, low in {"most": 8, "folds": 2, "halvings": 1, "rounds": 100}.items():
            if getattr(self, name) < low:
                raise UsageError(f"{name}: expected {low} or more, received {getattr(self, name)}")
        if self.label not in ("tumor", "plane"):
            raise UsageError(f"label: expected tumor or plane, received {self.label!r}")
