"""Images and their regions at one size, as a network takes them: in files, so that memory does not grow with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset import VolumeSet
from medcurate.dataset.samples import ColumnChoice, SampleSet, Storage, VolumeChoice, read_volumes
from medcurate.dataset.samples.choice import region_channels
from medcurate.dataset.samples.grids import spacing_of
from medcurate.encoders.pixels import pixel_batches
from medcurate.errors import UsageError
from medcurate.evaluate.dice.mask_files import MaskedImages
from medcurate.evaluate.dice.regions import Regions
from medcurate.pictures import fit

_BATCH = 64


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Images with the regions of their masks.

    Attributes
    ----------
    samples : SampleSet
        With the columns ``target``, of 8 bits, and ``mask``.
    groups : tuple of str
        The patient of each; the image where patients are not known.
    patients_known : bool
        Of all of them.
    spacing_mm : ndarray of float64, shape (n, dimensions), or None
        At the size of the images.
    """

    samples: SampleSet
    groups: tuple[str, ...]
    patients_known: bool
    spacing_mm: NDArray[np.float64] | None

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def images(self) -> NDArray[np.uint8]:
        """Shape (n, height, width, channels) or (n, x, y, z, channels)."""
        return self.samples.columns["target"]

    @property
    def mask(self) -> NDArray[np.uint8]:
        """Shape (n, height, width, regions) or (n, x, y, z, regions); 255 within a region."""
        return self.samples.columns["mask"]

    @property
    def dimensions(self) -> int:
        """2 or 3."""
        return self.images.ndim - 2

    def bits(self, row: int) -> NDArray[np.uint8]:
        """Return the regions of one example as `medcurate.evaluate.dice.regions.as_bits` gives them."""
        return packed(self.mask[row] > 0)


def packed(inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return for every pixel which regions it is in: bit 0 for the first, bit 1 for the second, ...

    Parameters
    ----------
    inside : ndarray of bool, shape (..., regions)
        At most eight regions.
    """
    return np.asarray(np.packbits(inside, axis=-1, bitorder="little")[..., 0], np.uint8)


def image_examples(masked: MaskedImages, size: int, regions: Regions, folder: Path) -> Examples:
    """Scale slices and masks to a square, and keep them in files.

    Parameters
    ----------
    masked : MaskedImages
        In a dataset folder, or a plain folder with ``masks/``.
    size : int
        Width and height (pixels).
    regions : Regions
        At most eight.
    folder : Path
        For the files.

    Raises
    ------
    UsageError
        A picture cannot be read, or a mask has another shape than its image.
    """
    storage, shape = Storage(folder, limit=0), (len(masked), size, size)
    images, mask = storage.new("target", (*shape, 1), np.uint8), storage.new("mask", (*shape, len(regions)), np.uint8)
    spacing = None if masked.spacing_mm is None else np.empty((len(masked), 2))
    at = 0
    for batch in pixel_batches(masked.images, size, _BATCH):
        images[at : at + len(batch), ..., 0] = batch
        for row in range(at, at + len(batch)):
            labels = masked.mask(row)
            _check_shape(masked, row, labels.shape)
            mask[row] = region_channels(fit(labels, size, pad=True, nearest=True), regions)
            if spacing is not None and masked.spacing_mm is not None:
                spacing[row] = masked.spacing_mm[row] * max(labels.shape) / size
        at += len(batch)
    samples = SampleSet({"target": images, "mask": mask}, members=tuple((one,) for one in masked.images.ids))
    return Examples(samples, masked.groups, masked.patients_known, spacing)


def volume_examples(
    volumes: Sequence[VolumeSet], contrasts: Sequence[str], size: int, regions: Regions, folder: Path
) -> Examples:
    """Scale volumes and masks to a cube with one voxel size, and keep them in files; one patient is read at a time.

    Parameters
    ----------
    volumes : sequence of VolumeSet
        With masks.
    contrasts : sequence of str
        The channels, in order.
    size : int
        Voxels along each side.
    regions : Regions
        At most eight.
    folder : Path
        For the files.

    Raises
    ------
    UsageError
        A mask does not lie on the grid of its volumes.
    """
    choice = ColumnChoice(target=tuple(contrasts), regions=regions)
    chosen = VolumeChoice(folder, tuple(volumes), choice)
    samples = read_volumes(chosen, box=(size, size, size), bits=8, storage=Storage(folder, limit=0))
    groups = tuple(found.patient_group or found.name for found in volumes)
    spacing = np.array([spacing_of(affine) for affine in samples.columns["affine"]])
    return Examples(samples, groups, all(found.patient_group for found in volumes), spacing)


def _check_shape(masked: MaskedImages, row: int, mask_shape: tuple[int, ...]) -> None:
    image_shape = masked.images.image(row).shape
    if image_shape != mask_shape:
        raise UsageError(
            f"{masked.paths[row]}: expected the shape of its image {image_shape}, received {mask_shape}; make masks of "
            "the size of their images"
        )
