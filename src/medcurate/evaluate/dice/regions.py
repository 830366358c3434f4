"""Tumor regions from the labels of a mask: each numbering that is in use, and a mask that knows one label only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError

WHOLE, CORE, ENHANCING = "whole_tumor", "tumor_core", "enhancing"

Regions = Mapping[str, tuple[int, ...] | None]
"""Name of a region to its labels; None: every label but 0."""
Numbering = Literal["auto", "binary", "brats2013", "brats2020", "brats2023", "msd"]

NUMBERINGS: Mapping[str, Regions] = {
    "binary": {WHOLE: None},
    # 1 necrosis, 2 edema, 3 non-enhancing, 4 enhancing (Menze et al., 2015)
    "brats2013": {WHOLE: (1, 2, 3, 4), CORE: (1, 3, 4), ENHANCING: (4,)},
    # 1 necrosis and non-enhancing, 2 edema, 4 enhancing (BraTS 2017 to 2021)
    "brats2020": {WHOLE: (1, 2, 4), CORE: (1, 4), ENHANCING: (4,)},
    # 1 necrosis and non-enhancing, 2 edema, 3 enhancing (BraTS 2023)
    "brats2023": {WHOLE: (1, 2, 3), CORE: (1, 3), ENHANCING: (3,)},
    # 1 edema, 2 non-enhancing, 3 enhancing (Medical Segmentation Decathlon, task 1)
    "msd": {WHOLE: (1, 2, 3), CORE: (2, 3), ENHANCING: (3,)},
}
_MOST = 8  # regions are bits of a byte


def named_regions(numbering: str) -> Regions:
    """Return the regions of a numbering.

    Raises
    ------
    UsageError
        There is none of that name.
    """
    if numbering not in NUMBERINGS:
        raise UsageError(f"labels: expected {', '.join(NUMBERINGS)} or auto, received {numbering!r}")
    return NUMBERINGS[numbering]


def numbering_of(labels: frozenset[int]) -> str | None:
    """Tell the numbering of masks from the labels that occur in them.

    One label alone is a binary mask; a 4 with 3 is BraTS 2013 and without it BraTS 2020 (both give the same regions).
    1, 2 and 3 without a 4 could be BraTS 2013 without enhancing tumor, BraTS 2023 or the Decathlon.

    Parameters
    ----------
    labels : frozenset of int
        All that occur in a dataset.

    Returns
    -------
    str or None
        None where it cannot be told.
    """
    inside = labels - {0}
    if len(inside) <= 1 and 4 not in inside:
        return "binary"
    if 4 in inside and inside <= {1, 2, 3, 4}:
        return "brats2013" if 3 in inside else "brats2020"
    return None


def as_bits(labels: NDArray[np.integer], regions: Regions) -> NDArray[np.uint8]:
    """Return for every pixel which regions it is in: bit 0 for the first, bit 1 for the second, ...

    Parameters
    ----------
    labels : ndarray of int
        Of any shape, 0 is background; values below 65,536.
    regions : Regions
        At most eight.

    Raises
    ------
    UsageError
        A label is out of range, or there are too many regions.
    """
    if not 1 <= len(regions) <= _MOST:
        raise UsageError(f"regions: expected 1 to {_MOST}, received {len(regions)}")
    if not np.issubdtype(labels.dtype, np.integer) or (labels.size and (labels.min() < 0 or labels.max() > 0xFFFF)):
        raise UsageError(f"labels: expected whole numbers from 0 to 65,535, received {labels.dtype}")
    table = np.zeros(0x10000 if labels.dtype.itemsize > 1 else 0x100, np.uint8)
    for bit, values in enumerate(regions.values()):
        inside = slice(1, None) if values is None else [value for value in values if value < len(table)]
        table[inside] |= np.uint8(1 << bit)
    return np.asarray(table[labels], np.uint8)


def region_masks(bits: NDArray[np.uint8], regions: Regions) -> dict[str, NDArray[np.bool_]]:
    """Return each region as a boolean mask, from what `as_bits` gave."""
    return {name: (bits & np.uint8(1 << bit)) != 0 for bit, name in enumerate(regions)}
