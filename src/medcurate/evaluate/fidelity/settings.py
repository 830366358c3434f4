"""Settings of the part fidelity, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from medcurate.errors import UsageError
from medcurate.evaluate.design.folds import SPLITS
from medcurate.evaluate.fidelity.manifold import K


@dataclass(frozen=True, slots=True)
class FidelitySettings:
    """Settings of the part fidelity.

    Attributes
    ----------
    encoder : str
        See `medcurate.encoders.encoder`.
    inception : Path or None
        Weights of Inception-v3, for the Fréchet inception distance; None leaves it out. `evaluate` takes those that
        Keras downloaded before.
    most : int
        Largest number of images per side; of more, so many are drawn by the seed.
    k : int
        Balls of precision, recall, density and coverage reach to the k-th nearest neighbor.
    splits : int
        Number of random halvings for the intervals.
    shown : int
        Number of generated images in the gallery: half of them the least, half the most similar to real ones.
    """

    encoder: str = "classical"
    inception: Path | None = None
    most: int = 10_000
    k: int = K
    splits: int = SPLITS
    shown: int = 16

    def __post_init__(self) -> None:
        least = {"most": 2 * (self.k + 1), "k": 1, "splits": 6, "shown": 2}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise UsageError(f"{name}: expected {low} or more, received {getattr(self, name)}")
