"""Bases that need no data: MNI152 tissue maps, phantom heads, schematic images."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from medcurate.errors import MissingExtra
from medcurate.phantom.head import TUMORS, random_head
from tools.plane_training.bases import DISTANCE_STEPS, LabelBase, TissueBase
from tools.plane_training.sampling import Volume

_MARGIN_MM = 24  # room for skull and scalp around the template
_HEAD_MARGIN = 6  # voxels


def tissue_base(*, spacing_mm: int = 1, weight: float = 8.0) -> TissueBase:
    """Read the MNI152 tissue maps that nilearn ships.

    Parameters
    ----------
    spacing_mm : int
        1 for the original maps, more for a coarse, fast base.
    weight : float
        How often slices come from them.

    Raises
    ------
    MissingExtra
        If nilearn is not installed.
    """
    try:
        from nilearn import datasets
    except ImportError as error:
        raise MissingExtra(("nilearn",), extra="demo", purpose="The training set") from error
    gray, white, mask, t1 = (
        np.pad(np.asarray(loader(resolution=spacing_mm).dataobj, np.float32), _MARGIN_MM // spacing_mm)
        for loader in (
            datasets.load_mni152_gm_template,
            datasets.load_mni152_wm_template,
            datasets.load_mni152_brain_mask,
            datasets.load_mni152_template,
        )
    )
    brain = mask > 0.5
    fluid = brain - gray - white
    fractions = [np.round(np.clip(part, 0, 1) * 255).astype(np.uint8) for part in (gray, white, fluid)]
    distance = np.clip(ndimage.distance_transform_edt(~brain, sampling=spacing_mm) * DISTANCE_STEPS, 0, 255).astype(
        np.uint8
    )
    return TissueBase(
        name="mni152",
        source="mni152",
        weight=weight,
        volume=Volume.around((*fractions, distance), spacing_mm, brain),
        t1=Volume.around(((t1 / t1.max() * 255).astype(np.uint8),), spacing_mm, brain),
    )


def phantom_base(*, heads: int, seed: int, spacing_mm: float = 2.0, weight: float = 8.0) -> LabelBase:
    """Draw phantom heads; every fourth has a glioma, a meningioma, a pituitary tumor, none.

    Parameters
    ----------
    heads : int
        Number of heads; each takes about a second at 2 mm.
    spacing_mm : float
        Of their grid.
    weight : float
        How often slices come from them.

    Raises
    ------
    MissingExtra
        If nilearn, which brings the template, is not installed.
    """
    volumes = []
    for number in range(heads):
        rng = np.random.default_rng([seed, number])
        head = random_head(rng, spacing_mm=spacing_mm, tumor=TUMORS[number % len(TUMORS)])
        labels = np.pad(head.labels.astype(np.uint8), _HEAD_MARGIN)
        volumes.append(Volume.around((labels,), spacing_mm, labels > 0))
    return LabelBase(name="phantom", source="phantom", weight=weight, heads=tuple(volumes))
