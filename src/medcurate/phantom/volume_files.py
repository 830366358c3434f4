"""Encode NIfTI volumes in any storage order, and MATLAB v7.3 slices in the layout of figshare 1512427."""

from __future__ import annotations

import gzip
import io
from typing import Any

import h5py
import numpy as np
from nibabel.nifti1 import Nifti1Image
from numpy.typing import NDArray
from scipy import ndimage

FIGSHARE_LABELS = {"meningioma": 1.0, "glioma": 2.0, "pituitary": 3.0}


_AXIS = {"R": 0, "L": 0, "A": 1, "P": 1, "S": 2, "I": 2}
Affine = NDArray[np.float64]


def _reoriented(data: NDArray[np.generic], affine: Affine, axcodes: str) -> tuple[NDArray[np.generic], Affine]:
    order = [_AXIS[code] for code in axcodes]
    data, affine = data.transpose(order), affine.copy()
    affine[:, :3] = affine[:, order]
    for axis in (k for k, code in enumerate(axcodes) if code in "LPI"):
        data = np.flip(data, axis)
        affine[:3, 3] += affine[:3, axis] * (data.shape[axis] - 1)
        affine[:3, axis] *= -1
    return np.ascontiguousarray(data), affine


def nifti(data: NDArray[np.generic], affine: Affine, axcodes: str, *, compressed: bool = True) -> bytes:
    """Write a RAS volume with its axes stored in the order and directions of `axcodes`.

    Parameters
    ----------
    data : ndarray, shape (nx, ny, nz)
    affine : ndarray, shape (4, 4)
    axcodes : str
        Direction of each storage axis, such as ``LAS`` or ``PSR``.
    compressed : bool
        ``.nii.gz``, without a time stamp.
    """
    turned, moved = _reoriented(data, affine, axcodes)
    image: Any = Nifti1Image(turned, moved)  # type: ignore[no-untyped-call]
    image.set_sform(moved, code=1)
    image.set_qform(moved, code=1)
    image.header.set_xyzt_units("mm")
    content = bytes(image.to_bytes())
    return gzip.compress(content, compresslevel=1, mtime=0) if compressed else content


def _border(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the outline in figshare's format: x1, y1, x2, y2, ... (1-based), around the center."""
    y, x = np.nonzero(mask & ~ndimage.binary_erosion(mask))
    order = np.argsort(np.arctan2(y - y.mean(), x - x.mean()), kind="stable")[:: max(1, y.size // 40)]
    return np.stack([x[order], y[order]], 1).astype(float).ravel() + 1


def _userblock() -> bytes:
    text = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Sat Jan  1 12:00:00 2000 HDF5 schema 1.00 ."
    return text.ljust(116) + b"\0" * 8 + b"\x00\x02IM"


def matlab(image: NDArray[np.uint16], mask: NDArray[np.bool_], tumor: str, patient: str) -> bytes:
    """Write one slice as MATLAB v7.3 does: arrays stored column first, so transposed in HDF5.

    Parameters
    ----------
    image : ndarray, shape (rows, columns)
    mask : ndarray of bool, shape (rows, columns)
        Not empty.
    tumor : {'meningioma', 'glioma', 'pituitary'}
    """
    stream = io.BytesIO()
    with h5py.File(stream, "w", userblock_size=512) as file:
        group = file.create_group("cjdata")
        group.attrs["MATLAB_class"] = np.bytes_("struct")

        def put(name: str, values: NDArray[np.generic], kind: str, decode: int | None = None) -> None:
            dataset = group.create_dataset(name, data=values, track_times=False)
            dataset.attrs["MATLAB_class"] = np.bytes_(kind)
            if decode is not None:
                dataset.attrs["MATLAB_int_decode"] = np.int32(decode)

        put("PID", np.frombuffer(patient.encode("utf-16-le"), np.uint16)[:, None], "char", 2)
        put("image", image.T.astype(np.int16), "int16")
        put("label", np.array([[FIGSHARE_LABELS[tumor]]]), "double")
        put("tumorBorder", _border(mask)[None, :], "double")
        put("tumorMask", mask.T.astype(np.uint8), "logical", 1)
    stream.seek(0)
    stream.write(_userblock())
    return stream.getvalue()
