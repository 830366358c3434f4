"""The MNI152 brain that nilearn ships: tissue fractions and distances, prepared once.

Template: ICBM 2009a nonlinear symmetric, Fonov et al., NeuroImage 54 (2011) 313-327,
doi:10.1016/j.neuroimage.2010.07.033.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medcurate.errors import MissingExtra

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Volume:
    """A scalar field in MNI space (RAS, mm) that can be sampled anywhere; outside, the border value continues."""

    data: Array
    origin_mm: tuple[float, float, float]
    spacing_mm: float

    def sample(self, points: Array) -> Array:
        """Interpolate linearly at `points` (mm), shape (3, ...)."""
        index = np.empty_like(points)
        for k in range(3):
            index[k] = (points[k] - np.float32(self.origin_mm[k])) / np.float32(self.spacing_mm)
        return np.asarray(ndimage.map_coordinates(self.data, index, order=1, mode="nearest"), np.float32)


@dataclass(frozen=True, slots=True)
class Template:
    """Maps of the average brain.

    Attributes
    ----------
    gray, white : Volume
        Fractions in [0, 1].
    detail : Volume
        T1 intensity beyond the tissue fractions, about [-0.2, 0.2].
    brain_mm, vault_mm, ventricle_mm : Volume
        Signed distance (mm, negative inside) to the brain, to the brain with its fissures and basal cisterns filled,
        and to the ventricles.
    """

    gray: Volume
    white: Volume
    detail: Volume
    brain_mm: Volume
    vault_mm: Volume
    ventricle_mm: Volume


def _signed_distance(mask: NDArray[np.bool_], spacing_mm: float) -> Array:
    outside = ndimage.distance_transform_edt(~mask, sampling=spacing_mm)
    inside = ndimage.distance_transform_edt(mask, sampling=spacing_mm)
    return (outside - inside).astype(np.float32)


def _closed(mask: NDArray[np.bool_], radius_mm: float, spacing_mm: float) -> NDArray[np.bool_]:
    grown = ndimage.distance_transform_edt(~mask, sampling=spacing_mm) <= radius_mm
    return np.asarray(ndimage.distance_transform_edt(grown, sampling=spacing_mm) > radius_mm)


def _ventricles(csf: Array, points: Array) -> NDArray[np.bool_]:
    """Return the ventricles: fluid within boxes without cisterns, measured on the template (MNI mm)."""
    x, y, z = np.abs(points[0]), points[1], points[2]
    lateral = (x < 26) & (y > -48) & (y < 38) & (z > -2) & (z < 34) & ((x > 2.5) | (y > -5))
    lateral &= (z < 30 - 0.10 * x) & ((z > 16) | (y > -20) | (x > 12))
    trigone = (x > 14) & (x < 36) & (y > -66) & (y < -26) & (z > -8) & (z < 26)
    temporal = (x > 22) & (x < 42) & (y > -46) & (y < -8) & (z > -24) & (z < 2) & (z < 6 + 0.55 * (-y - 20))
    third = (x < 6) & (y > -24) & (y < 4) & (z > -14) & (z < 10)
    fourth = (x < 12) & (y > -60) & (y < -33) & (z > -46) & (z < -18)
    return np.asarray((csf > 0.5) & (lateral | trigone | temporal | third | fourth))


def _load() -> tuple[list[Array], tuple[float, float, float]]:
    try:
        from nilearn import datasets
    except ImportError as error:
        raise MissingExtra(("nilearn",), extra="demo", purpose="The phantom") from error
    loaders = (
        datasets.load_mni152_template,
        datasets.load_mni152_gm_template,
        datasets.load_mni152_wm_template,
        datasets.load_mni152_brain_mask,
    )
    images = [loader(resolution=1) for loader in loaders]
    origin = tuple(float(v) for v in images[0].affine[:3, 3])
    return [np.asarray(image.dataobj, np.float32) for image in images], (origin[0], origin[1], origin[2])


@lru_cache(maxsize=1)
def load_template() -> Template:
    """Return the template; it is read and prepared at the first call and cached.

    Raises
    ------
    MissingExtra
        If nilearn is not installed.
    """
    (t1, gray, white, mask), origin = _load()
    total = gray + white
    over = np.maximum(total, 1)
    gray, white = gray / over, white / over
    csf = np.clip(mask - gray - white, 0, 1)
    detail = (t1 - (0.66 * gray + 0.88 * white + 0.30 * csf)) * mask
    # Distances need margin below (the template ends at the brainstem) and half the resolution.
    pad = ((20, 20), (20, 20), (60, 20))
    low = tuple(o - p[0] for o, p in zip(origin, pad, strict=True))
    brain = np.pad(mask > 0.5, pad)[::2, ::2, ::2]
    axes = (start + 2.0 * np.arange(n) for start, n in zip(low, brain.shape, strict=True))
    points = np.stack(np.meshgrid(*axes, indexing="ij"))
    ventricle = _ventricles(np.pad(csf, pad)[::2, ::2, ::2], points.astype(np.float32))
    distances = [
        _signed_distance(_closed(brain, 5.0, 2.0), 2.0),
        _signed_distance(_closed(brain, 26.0, 2.0), 2.0),
        _signed_distance(ventricle, 2.0),
    ]
    smooth = [ndimage.gaussian_filter(d, 0.6) for d in distances]
    fine = [Volume(np.ascontiguousarray(v, np.float32), origin, 1.0) for v in (gray, white, detail)]
    return Template(*fine, *(Volume(d, (low[0], low[1], low[2]), 2.0) for d in smooth))
