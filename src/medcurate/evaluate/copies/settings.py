"""Settings of the part copies, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from medcurate.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiesSettings:
    """The settings of the part ``copies``.

    Attributes
    ----------
    least_likeness : float
        Likeness (see `search.best_matches`) from which on two images are copies of each other, in (0, 1).
    most_judged : int
        Largest number of images that are compared with others; of more, so many are drawn.
    most_compared : int
        Largest number of images that these are compared with; of more, so many are drawn.
    copies_shown : int
        Pairs in the figure.
    pairs : Path, optional
        List of pairs, as in the part ``paired``: a synthetic image may be like the held-out image it stands for, but
        not equal to it.
    paired : bool
        The images are pairs, also without a list: pairs are then found by name. `evaluate` sets it where the part
        ``paired`` is asked for by name.

    Raises
    ------
    UsageError
        A value is out of range.
    """

    least_likeness: float = 0.9
    most_judged: int = 2000
    most_compared: int = 20_000
    copies_shown: int = 12
    pairs: Path | None = None
    paired: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.least_likeness < 1:
            raise UsageError(f"least_likeness: expected a number between 0 and 1, received {self.least_likeness}")
        for name in ("most_judged", "most_compared", "copies_shown"):
            if getattr(self, name) < 2:
                raise UsageError(f"{name}: expected 2 or more, received {getattr(self, name)}")
