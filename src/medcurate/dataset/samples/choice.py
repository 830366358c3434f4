"""Which columns to read, and what of the dataset goes into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset.layout import MASK
from medcurate.errors import UsageError

Regions = Mapping[str, tuple[int, ...] | None]
"""Name of a region to its labels in a mask; None: every label but 0. Regions may overlap."""
CONDITIONS = ("tumor", "plane")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChoice:
    """What goes into the columns of a `SampleSet`.

    Attributes
    ----------
    target : tuple of str or None
        Contrasts that are the channels of ``target``, as in the column ``contrast``. Empty takes every image as it is,
        with one channel; None gives no target, for what is to be drawn.
    source : tuple of str
        Contrasts that are the channels of ``source``; ``mask`` stands for the regions of the mask, a channel each.
    regions : mapping of str to tuple of int or None
        The regions of masks, see `Regions`. Where it is not empty, they are also the column ``mask``.
    condition : tuple of {'tumor', 'plane'}
        What ``labels`` tell.
    attributes : tuple of str
        Numeric columns of the catalogue, or of `table`.
    table : Path, optional
        A CSV or Parquet file with the columns ``image_id`` and `attributes`, in place of the catalogue.

    Raises
    ------
    UsageError
        A name is there twice or unknown, or the mask is asked for without regions.
    """

    target: tuple[str, ...] | None = ()
    source: tuple[str, ...] = ()
    regions: Regions = field(default_factory=dict)
    condition: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    table: Path | None = None

    def __post_init__(self) -> None:
        for option, names in (
            ("contrasts", (*(self.target or ()), *self.source)),
            ("condition", self.condition),
            ("attributes", self.attributes),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise UsageError(f"{option}: {twice[0]} is there twice")
        unknown = [name for name in self.condition if name not in CONDITIONS]
        if unknown:
            raise UsageError(f"condition: expected {' or '.join(CONDITIONS)}, received {unknown[0]!r}")
        if MASK in (self.target or ()):
            raise UsageError("target: a mask can be a source, not a target")
        if self.target == () and self.source_contrasts:
            raise UsageError("target: name its contrasts, as the source has some")
        if self.target is None and not self.source:
            raise UsageError("target, source: expected one of them")
        if MASK in self.source and not self.regions:
            raise UsageError("source: the mask needs regions, such as {'tumor': None}")

    @property
    def contrasts(self) -> tuple[str, ...]:
        """The contrasts of an example, those of the target first."""
        return (*(self.target or ()), *self.source_contrasts)

    @property
    def source_contrasts(self) -> tuple[str, ...]:
        """The contrasts among the sources."""
        return tuple(name for name in self.source if name != MASK)

    @property
    def needs_mask(self) -> bool:
        """Whether an example must have a mask."""
        return MASK in self.source


def region_channels(labels: NDArray[Any], regions: Regions) -> NDArray[np.uint8]:
    """Return each region as a channel: 255 within it and 0 outside.

    Parameters
    ----------
    labels : ndarray of int
        Of any shape; 0 is background.
    regions : Regions

    Returns
    -------
    ndarray of uint8, shape (*labels.shape, regions)
    """
    found = np.zeros((*labels.shape, len(regions)), np.uint8)
    for channel, values in enumerate(regions.values()):
        inside = labels != 0 if values is None else np.isin(labels, values)
        found[..., channel][inside] = 255
    return found


def source_channels(
    images: Mapping[str, NDArray[Any]], mask: NDArray[np.uint8] | None, source: tuple[str, ...]
) -> NDArray[Any]:
    """Put the channels of a source together in the order of their names.

    Parameters
    ----------
    images : mapping of str to ndarray, shape (*spatial,)
        Contrast to its image.
    mask : ndarray of uint8, shape (*spatial, regions), or None
        As `region_channels` gives it.
    source : tuple of str

    Returns
    -------
    ndarray, shape (*spatial, channels)
        In the type of the images; a mask beside images of another type is scaled to it.
    """
    kind = next(iter(images.values())).dtype if images else np.dtype(np.uint8)
    parts = [_as_type(mask, kind) if name == MASK and mask is not None else images[name][..., None] for name in source]
    return np.concatenate(parts, axis=-1)


def _as_type(mask: NDArray[np.uint8], kind: np.dtype[Any]) -> NDArray[Any]:
    """Return a mask with the largest value of a type within and the smallest outside; -1 and 1 for floats."""
    inside = mask > 0
    if kind.kind == "f":
        return np.where(inside, 1, -1).astype(kind)
    return np.where(inside, np.iinfo(kind).max, 0).astype(kind)
