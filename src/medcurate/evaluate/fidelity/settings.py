"""What can be set of the part fidelity; the defaults live here."""

from __future__ import annotations

from dataclasses import dataclass

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
    most : int
        Images a side at most; more are drawn from by the seed.
    k : int
        Neighbors that a ball of precision, recall, density and coverage reaches to.
    splits : int
        Random halvings for the intervals.
    shown : int
        Generated images in the gallery, half of them the least, half the most like real ones.
    """

    encoder: str = "classical"
    most: int = 10_000
    k: int = K
    splits: int = SPLITS
    shown: int = 16

    def __post_init__(self) -> None:
        least = {"most": 2 * (self.k + 1), "k": 1, "splits": 6, "shown": 2}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise UsageError(f"{name}: expected {low} or more, received {getattr(self, name)}")
