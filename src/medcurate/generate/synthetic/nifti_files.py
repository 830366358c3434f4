"""Generated volumes as NIfTI files, each voxel at its place in millimeters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset.files import encode_nifti
from medcurate.errors import UsageError
from medcurate.generate.synthetic.made_file import MadeFile, Pixels
from medcurate.pixel_hash import pixel_digest, volume_digest
from medcurate.readers import read
from medcurate.readers.blob import Blob
from medcurate.readers.options import DEFAULT_OPTIONS

_TYPES = (np.uint8, np.uint16)
_LONGEST = 79  # characters of the text in a header


def as_volumes(drawn: Pixels, contrasts: int) -> Pixels:
    """Return the volumes of some draws, those of one draw after each other.

    Parameters
    ----------
    drawn : ndarray of uint8 or uint16, shape (n, x, y, z, channels)
    contrasts : int
        Channels that are volumes of their own; 0 for one channel without a name.

    Returns
    -------
    ndarray, shape (n * channels, x, y, z)

    Raises
    ------
    UsageError
        Another type, shape or number of channels.
    """
    channels = max(1, contrasts)
    if drawn.dtype not in _TYPES or drawn.ndim != 5 or drawn.shape[4] != channels:
        raise UsageError(
            f"volumes: expected uint8 or uint16 of shape (n, x, y, z, {channels}), received {drawn.dtype} {drawn.shape}"
        )
    return np.ascontiguousarray(drawn.transpose(0, 4, 1, 2, 3)).reshape(-1, *drawn.shape[1:4])


def centered_affine(shape: tuple[int, ...], spacing_mm: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the affine of a volume along the axes of RAS+, its center at the origin.

    Parameters
    ----------
    shape : tuple of int
        Voxels along each axis.
    spacing_mm : tuple of float
        Distance of the voxels along each axis.
    """
    affine = np.diag([*spacing_mm, 1.0])
    affine[:3, 3] = -(np.array(shape) - 1) / 2 * np.array(spacing_mm)
    return affine


def make_nifti(voxels: Pixels, affine: NDArray[np.float64], words: Mapping[str, str]) -> MadeFile:
    """Return the file of one volume; the same input gives the same bytes.

    ID and sizes are those that a scan of the file finds.

    Parameters
    ----------
    voxels : ndarray of uint8 or uint16, shape (x, y, z)
    affine : ndarray, shape (4, 4)
        Voxel index to RAS+ (mm).
    words : mapping of str to str
        ``model``, ``seed`` and ``number`` go into the header.
    """
    text = f"synthetic, shows no patient; {words['model']} seed {words['seed']} number {words['number']}"
    content = encode_nifti(voxels, affine, text=text[:_LONGEST])
    frames = list(read(Blob("volume.nii.gz", len(content), partial(BytesIO, content)), DEFAULT_OPTIONS))
    height, width = frames[0].pixels.shape
    facts = frames[0].facts
    columns = {
        "format": "nifti",
        "kind": "volume",
        "height": height,
        "width": width,
        "depth": len(frames),
        "spacing_mm": None if facts.spacing_mm is None else [float(value) for value in facts.spacing_mm],
        "bit_depth": 8 * voxels.dtype.itemsize,
        "plane": facts.plane or "unknown",
    }
    return MadeFile(volume_digest([pixel_digest(frame.pixels) for frame in frames]).hex()[:16], content, columns)
