"""Settings of the comparison of pairs; their defaults live here alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PairedSettings:
    """How pairs are found and compared.

    Attributes
    ----------
    pairs : Path or None
        CSV with the columns ``real`` and ``synthetic``: paths relative to the two datasets. None: by name.
    encoder : str
        Of the feature distance, see `medcurate.encoders`.
    encoder_size : int
        Pixels a side at which the encoder sees the images.
    data_range : float or None
        Of volumes; None: largest minus least value of the real one. Images have 255.
    most_pairs : int
        More pairs than this are drawn from, by seed.
    slices_per_volume : int
        Of a volume, so many axial slices are judged by NIQE and by the encoder.
    rounds : int
        Of the bootstrap.
    """

    pairs: Path | None = None
    encoder: str = "classical"
    encoder_size: int = 128
    data_range: float | None = None
    most_pairs: int = 2000
    slices_per_volume: int = 16
    rounds: int = 1000
