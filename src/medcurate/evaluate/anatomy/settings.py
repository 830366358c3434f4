"""Settings of the checks of anatomy and gray values; their defaults live here alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnatomySettings:
    """How images are checked.

    Attributes
    ----------
    low, high : float
        Quantiles of the real images between which a measure counts as within the real range.
    least : int
        Images of a plane or tumor type that each side must have to be compared on their own.
    most_textures : int
        NIQE is measured on so many images of each side, spread over it.
    rounds : int
        Of the bootstrap.
    """

    low: float = 0.01
    high: float = 0.99
    least: int = 30
    most_textures: int = 1000
    rounds: int = 500
