"""Named lists of steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from medcurate.curate.steps.crop import CropEnds, CropForeground
from medcurate.curate.steps.intensity import Percentile, Scale
from medcurate.curate.steps.levels import Quantize
from medcurate.curate.steps.orient import Orient
from medcurate.curate.steps.resample import Resample, ResampleSlices
from medcurate.curate.steps.size import Pad, Resize
from medcurate.curate.steps.step import Step
from medcurate.errors import UsageError


def plain_2d(*, size: int = 128, margin: float = 0.05, bits: int = 8) -> list[Step]:
    """Square images of one size: standard orientation, square pixels, cropped to head or brain, normalized.

    Parameters
    ----------
    size : int
        Side of the square (pixels).
    margin : float
        Around the foreground, in parts of its longest side.…bits : {8, 16} Bit depth of the PNG.
    """
    return [
        Orient(),
        Resample(),
        CropForeground(margin=margin),
        Resize(size=size),
        Percentile(),
        Pad(side=size),
        Quantize(bits=bits),
    ]


def volume_1mm(*, margin: float = 0.05) -> list[Step]:
    """Volumes in RAS with voxels of 1 mm, cropped to the head, in [0, 1].

    Values are stretched to the 99.9th percentile, because a bright tumor may fill more than half a percent of a volume.

    Parameters
    ----------
    margin : float
        Around the foreground, in parts of its longest side.
    """
    return [Orient(), Resample(spacing_mm=1.0), CropForeground(margin=margin), Percentile(high=99.9)]


def study_d() -> list[Step]:
    """Volumes for a 3-D conditional GAN on BraTS: 240 x 240 x 155 voxels become 240 x 240 x 64 in [-1, 1].

    30 slices are removed at both ends; the other 95 are resampled to 64 by nearest neighbor.
    """
    return [Orient(), CropEnds(count=30), ResampleSlices(count=64), Scale(low=-1.0, high=1.0)]


PRESETS: dict[str, Callable[..., list[Step]]] = {"plain-2d": plain_2d, "volume-1mm": volume_1mm, "study-d": study_d}
"""Function that makes each list, by name."""


def preset(name: str, **options: Any) -> list[Step]:
    """Return the steps of a preset.

    Parameters
    ----------
    name : {'plain-2d', 'volume-1mm', 'study-d'}
    **options
        Keywords of its function in `PRESETS`.

    Raises
    ------
    UsageError
        If there is no such preset.
    """
    if name not in PRESETS:
        raise UsageError(f"preset: expected one of {', '.join(PRESETS)}, received {name!r}")
    return PRESETS[name](**options)
