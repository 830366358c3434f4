"""Images and their regions at one size, as a network wants them: in files, so that memory does not grow with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset import VolumeSet
from medcurate.encoders.pixels import pixel_batches
from medcurate.errors import UsageError
from medcurate.evaluate.dice.mask_files import MaskedImages, volume_spacing
from medcurate.evaluate.dice.regions import Regions, as_bits
from medcurate.pictures import fit

_BATCH = 64
_DARK, _BRIGHT = 0.5, 99.5  # percentiles of a volume that become 0 and 255


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Images with the regions of their masks.

    Attributes
    ----------
    images : ndarray of uint8, shape (n, height, width, channels) or (n, x, y, z, channels)
    bits : ndarray of uint8, shape (n, height, width) or (n, x, y, z)
        Regions as `as_bits` gives them.
    groups : tuple of str
        The patient of each; the image where patients are not known.
    patients_known : bool
    spacing_mm : ndarray of float64, shape (n, dimensions), or None
        At the size of `images`.
    """

    images: NDArray[np.uint8]
    bits: NDArray[np.uint8]
    groups: tuple[str, ...]
    patients_known: bool
    spacing_mm: NDArray[np.float64] | None

    def __len__(self) -> int:
        return len(self.bits)

    @property
    def dimensions(self) -> int:
        """2 or 3."""
        return self.bits.ndim - 1


def image_examples(masked: MaskedImages, size: int, regions: Regions, folder: Path) -> Examples:
    """Scale slices and masks to a square, and keep them in a file.

    Parameters
    ----------
    masked : MaskedImages
    size : int
        Width and height (pixels).
    regions : Regions
    folder : Path
        New; files are written to it.

    Raises
    ------
    UsageError
        A picture cannot be read, or a mask has another shape than its image.
    """
    shape = (len(masked), size, size)
    images, bits = _files(folder, (*shape, 1), shape)
    spacing = None if masked.spacing_mm is None else np.empty((len(masked), 2))
    at = 0
    for batch in pixel_batches(masked.images, size, _BATCH):
        images[at : at + len(batch), ..., 0] = batch
        for row in range(at, at + len(batch)):
            labels = masked.mask(row)
            _check_shape(masked, row, labels.shape)
            bits[row] = fit(as_bits(labels, regions), size, pad=True, nearest=True)
            if spacing is not None and masked.spacing_mm is not None:
                spacing[row] = masked.spacing_mm[row] * max(labels.shape) / size
        at += len(batch)
    return Examples(images, bits, masked.groups, masked.patients_known, spacing)


def volume_examples(
    volumes: Sequence[VolumeSet], contrasts: Sequence[str], size: int, regions: Regions, folder: Path
) -> Examples:
    """Scale volumes and masks to a cube with one voxel size, and keep them in a file; one patient is read at a time.

    Parameters
    ----------
    volumes : sequence of VolumeSet
        With masks.
    contrasts : sequence of str
        The channels, in order.
    size : int
        Voxels a side.
    regions : Regions
    folder : Path
        New; files are written to it.

    Raises
    ------
    UsageError
        A mask has another shape than its volumes.
    """
    shape = (len(volumes), size, size, size)
    images, bits = _files(folder, (*shape, len(contrasts)), shape)
    spacing = np.empty((len(volumes), 3))
    for row, found in enumerate(volumes):
        labels = found.load_mask()
        if labels is None:
            raise UsageError(f"{found.name}: expected volumes with a mask")
        voxel = volume_spacing(found)
        side_mm = float(max(np.array(labels.shape) * voxel))
        spacing[row] = side_mm / size
        bits[row] = in_cube(as_bits(labels, regions), voxel, size, nearest=True)
        for channel, contrast in enumerate(contrasts):
            voxels = found.load(contrast)
            if voxels.shape != labels.shape:
                raise UsageError(
                    f"{found.contrasts[contrast]}: expected the shape of its mask {labels.shape}, received "
                    f"{voxels.shape}"
                )
            images[row, ..., channel] = in_cube(_gray(voxels), voxel, size, nearest=False)
    groups = tuple(found.patient_group or found.name for found in volumes)
    return Examples(images, bits, groups, all(found.patient_group for found in volumes), spacing)


def in_cube(
    voxels: NDArray[np.uint8], spacing_mm: NDArray[np.float64], size: int, *, nearest: bool
) -> NDArray[np.uint8]:
    """Resample a volume to cubic voxels so that its longest side (mm) fills `size` of them, centered on black.

    Parameters
    ----------
    voxels : ndarray of uint8, shape (x, y, z)
    spacing_mm : ndarray, shape (3,)
    size : int
    nearest : bool
        For masks: no value comes out that does not go in; else linear, after a mean where voxels become fewer.
    """
    from scipy.ndimage import affine_transform, gaussian_filter

    sides = np.array(voxels.shape) * spacing_mm
    step = sides.max() / size / spacing_mm  # old voxels a new one
    if not nearest:
        voxels = gaussian_filter(voxels, np.sqrt(np.maximum(step**2 - 1, 0)) / 3)
    offset = (np.array(voxels.shape) - 1) / 2 - step * (size - 1) / 2
    cube = affine_transform(
        voxels, step, offset, output_shape=(size,) * 3, order=0 if nearest else 1, mode="constant", cval=0
    )
    return np.asarray(cube, np.uint8)


def _gray(voxels: NDArray[np.float32]) -> NDArray[np.uint8]:
    finite = voxels[np.isfinite(voxels)]
    if not finite.size:
        return np.zeros(voxels.shape, np.uint8)
    low, high = np.percentile(finite, [_DARK, _BRIGHT])
    scaled = (np.nan_to_num(voxels, nan=low, posinf=high, neginf=low) - low) / max(high - low, 1e-12)
    return np.asarray(np.clip(np.rint(255 * scaled), 0, 255), np.uint8)


def _files(
    folder: Path, image_shape: tuple[int, ...], bit_shape: tuple[int, ...]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return arrays that live in files; without examples there is nothing to map."""
    folder.mkdir(parents=True)
    if not bit_shape[0]:
        return np.empty(image_shape, np.uint8), np.empty(bit_shape, np.uint8)
    images = np.lib.format.open_memmap(folder / "images.npy", "w+", np.uint8, image_shape)
    return images, np.lib.format.open_memmap(folder / "regions.npy", "w+", np.uint8, bit_shape)


def _check_shape(masked: MaskedImages, row: int, mask_shape: tuple[int, ...]) -> None:
    image_shape = masked.images.image(row).shape
    if image_shape != mask_shape:
        raise UsageError(
            f"{masked.paths[row]}: expected the shape of its image {image_shape}, received {mask_shape}; make masks of "
            "the size of their images"
        )
