"""Measure pairs of volumes: every number of `scores` in 3-D; NIQE and the feature distance on some of their slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.paired.image_pairs import Table, stacked, texture_of
from medcurate.evaluate.paired.images import axial_slices, load_volumes
from medcurate.evaluate.paired.pairs import VolumePair
from medcurate.evaluate.paired.references import References
from medcurate.evaluate.paired.scores import score_pair
from medcurate.evaluate.paired.settings import PairedSettings
from medcurate.progress import ProgressReport


@dataclass(slots=True)
class VolumeScores:
    """What was measured of pairs of volumes, one row a pair.

    Attributes
    ----------
    measured : list of VolumePair
        Those whose shapes agree.
    regions : dict of str to ndarray, shape (n, 6)
    texture : ndarray, shape (n, 2)
        NIQE of real and synthetic slices, mean of each volume.
    distance : ndarray, shape (n,)
        Between the features of slices, mean of each volume.
    shape : tuple of int
        Of the smallest volume.
    middle : list of ndarray of uint8, shape (2, size, size)
        The middle slice of both.
    """

    measured: list[VolumePair] = field(default_factory=list)
    regions: dict[str, Table] = field(default_factory=dict)
    texture: Table = field(default_factory=lambda: np.empty((0, 2)))
    distance: Table = field(default_factory=lambda: np.empty(0))
    shape: tuple[int, ...] = ()
    middle: list[NDArray[np.uint8]] = field(default_factory=list)
    data_ranges: list[float] = field(default_factory=list)


def score_volumes(
    pairs: Sequence[VolumePair],
    references: References,
    settings: PairedSettings,
    size: int,
    report: ProgressReport,
) -> VolumeScores:
    """Measure pairs of volumes; one pair is in memory at a time.

    Parameters
    ----------
    references : References
        Fitted on slices.
    size : int
        Square that slices are fitted to (pixels).
    """
    found, rows = VolumeScores(), []
    texture, distance = [], []
    for pair in pairs:
        loaded = load_volumes(pair, settings.data_range)
        report.advance()
        if loaded is None:
            continue
        rows.append(score_pair(loaded.real, loaded.synthetic, loaded.regions, data_range=loaded.data_range))
        real, synthetic = axial_slices(loaded, settings.slices_per_volume, size)
        found.measured.append(pair)
        found.data_ranges.append(loaded.data_range)
        looks = np.array(texture_of(references, real, synthetic), np.float64).reshape(-1, 2)
        texture.append(looks.mean(axis=0) if len(looks) else np.full(2, np.nan))
        model = references.distance
        distance.append(np.nan if model is None else float(model.between(real, synthetic).mean()))
        found.shape = min(found.shape or loaded.real.shape, loaded.real.shape, key=min)
        found.middle.append(np.stack([real[len(real) // 2], synthetic[len(synthetic) // 2]]))
    found.regions = stacked(rows)
    found.texture, found.distance = np.array(texture).reshape(-1, 2), np.array(distance)
    return found
