"""Encode and read images and volumes: files hold only pixels and geometry, and equal pixels give equal bytes."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any
from typing import cast as typed

import cv2
import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError

PNG_LEVEL = 4  # beyond it, MR slices shrink by less than a hundredth
_GZIP_LEVEL = 4
_DESCRIPTION = 79  # bytes of the field, less the one that ends it

Image = NDArray[np.uint8] | NDArray[np.uint16]


def encode_png(pixels: Image) -> bytes:
    """Return the pixels as a gray PNG, without any metadata.

    Parameters
    ----------
    pixels : ndarray of uint8 or uint16, shape (height, width)

    Raises
    ------
    ValueError
        If type or shape is another.
    """
    if pixels.ndim != 2 or pixels.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"expected 2-D uint8 or uint16, received {pixels.dtype} of shape {pixels.shape}")
    done, content = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL])
    if not done:
        raise ValueError(f"the PNG encoder refused an image of shape {pixels.shape}")
    return content.tobytes()


def encode_nifti(voxels: NDArray[np.generic], affine: NDArray[np.float64], *, text: str = "") -> bytes:
    """Return a volume as NIfTI-1, gzip-compressed; the same input gives the same bytes.

    The header is made anew, so that no text of another file is in it.

    Parameters
    ----------
    voxels : ndarray, shape (x, y, z)
    affine : ndarray, shape (4, 4)
        Voxel index to RAS+ (mm).
    text : str
        For the field ``descrip``: at most 79 characters of ASCII.

    Raises
    ------
    ValueError
        The text does not fit.
    """
    if len(text) > _DESCRIPTION or not text.isascii():
        raise ValueError(f"text: expected at most {_DESCRIPTION} characters of ASCII, received {text!r}")
    image = nib.Nifti1Image(np.asanyarray(voxels), affine)  # type: ignore[no-untyped-call]
    image.set_sform(affine, code=1)  # type: ignore[no-untyped-call]
    image.set_qform(affine, code=1)  # type: ignore[no-untyped-call]
    image.header.set_xyzt_units("mm")  # type: ignore[no-untyped-call]
    image.header["descrip"] = text.encode("ascii")
    return gzip.compress(image.to_bytes(), compresslevel=_GZIP_LEVEL, mtime=0)


def in_full_range(pixels: NDArray[Any], bits: int) -> NDArray[Any]:
    """Multiply the gray values of a 16-bit image so that the largest number of `bits` bits becomes 65,535.

    Parameters
    ----------
    pixels : ndarray
        Of any shape; one that is no uint16 is returned itself.
    bits : int
        1 to 16; 16 changes nothing. Larger gray values become 65,535.
    """
    if pixels.dtype != np.uint16 or bits >= 16:
        return pixels
    top = (1 << bits) - 1
    wide: NDArray[Any] = (np.minimum(pixels, top).astype(np.uint32) * 65535 + top // 2) // top
    return np.asarray(wide, np.uint16)


def read_image(path: Path) -> Image:
    """Read an image as gray: PNG, JPEG, TIFF, BMP or WebP, 8 or 16 bits.

    Raises
    ------
    UsageError
        It cannot be read.
    """
    try:
        # OpenCV cannot open every file name that a file system allows, so it decodes bytes.
        content = np.fromfile(path, np.uint8)
        pixels = cv2.imdecode(content, cv2.IMREAD_UNCHANGED) if content.size else None
    except (OSError, cv2.error) as error:
        raise UsageError(f"{path} cannot be read ({type(error).__name__}); was it moved or changed?") from error
    if pixels is None or pixels.dtype not in (np.uint8, np.uint16):
        raise UsageError(f"{path} is not an image of 8 or 16 bits that can be decoded; remove it or create it again")
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels[..., :3], cv2.COLOR_BGR2GRAY) if pixels.shape[2] >= 3 else pixels[..., 0]
    return typed("Image", np.ascontiguousarray(pixels))
