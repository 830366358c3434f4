"""Parse and check a NIfTI-1 or NIfTI-2 header before anything is allocated.

Source: the field tables of ``nifti1.h`` and ``nifti2.h`` (nifti.nimh.nih.gov); affines by nibabel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from medcurate.errors import Code, InputError
from medcurate.readers.geometry import check_affine
from medcurate.readers.options import ReadOptions

HEADER_BYTES = 544
_SIZES = {348: nib.Nifti1Header, 540: nib.Nifti2Header}
_SINGLE, _PAIR = (b"n+1\0", b"n+2\0"), (b"ni1\0", b"ni2\0")
_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
_UNSUPPORTED = {1: "1-bit", 32: "complex", 128: "RGB", 1536: "float128", 1792: "complex", 2048: "complex", 2304: "RGBA"}
_CONFLICT_MM = 0.1
_FARTHEST_MM = 1e6
_THICK = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class NiftiHeader:
    """A checked header.

    Attributes
    ----------
    shape : tuple of 3 int
        Voxels along the three axes of space.
    volumes : int
        Volumes in the file (4th and higher dimensions together).
    dtype : numpy.dtype
        Stored type, with the byte order.
    offset : int
        Position of the first voxel (bytes).
    slope, inter : float
        Value = stored * slope + inter.
    affine : ndarray, shape (4, 4), or None
        Voxel index to RAS+ (mm); None if the header states none.
    zooms : tuple of 3 float or None
        Voxel size (mm), None if not positive and finite.
    slice_axis : int
        Slice axis: the only axis of length 1, else the axis named by the header, else the axis whose voxels are at
        least 1.5 times as long as along both others, else the third.
    paired : bool
        Whether the voxels are in a separate file (``.img``).
    """

    shape: tuple[int, int, int]
    volumes: int
    dtype: np.dtype[np.generic]
    offset: int
    slope: float
    inter: float
    affine: NDArray[np.float64] | None
    zooms: tuple[float, float, float] | None
    slice_axis: int
    paired: bool
    notes: tuple[Code, ...]

    @property
    def volume_bytes(self) -> int:
        """Bytes of one volume."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def scaled(self) -> bool:
        """Whether slope or intercept change the stored values."""
        return (self.slope, self.inter) != (1.0, 0.0)


def header_order(head: bytes) -> str | None:
    """Return the byte order of a NIfTI or Analyze header, ``<`` or ``>``, None if `head` is not such a header."""
    for order, name in (("<", "little"), (">", "big")):
        if len(head) >= 4 and int.from_bytes(head[:4], "little" if name == "little" else "big") in _SIZES:
            return order
    return None


def parse_header(head: bytes, options: ReadOptions) -> NiftiHeader:
    """Parse and check a header.

    Parameters
    ----------
    head : bytes
        The first `HEADER_BYTES` uncompressed bytes, or fewer for a shorter file.

    Raises
    ------
    InputError
        `BAD_MAGIC`, `TRUNCATED`, `UNSUPPORTED` (Analyze, RGB, complex), `BAD_HEADER`, `BAD_DIMS`, `BAD_AFFINE`.
    """
    order = header_order(head)
    if order is None:
        raise InputError(Code.BAD_MAGIC, "Expected a NIfTI header of 348 or 540 bytes, found something else.")
    size = int.from_bytes(head[:4], "little" if order == "<" else "big")
    if len(head) < size:
        raise InputError(
            Code.TRUNCATED, f"The NIfTI header of {size} bytes ends after {len(head)}. Copy the file again."
        )
    magic = head[344:348] if size == 348 else head[4:8]
    if magic not in _SINGLE + _PAIR:
        raise InputError(
            Code.UNSUPPORTED,
            "Expected a NIfTI magic number; without one this is Analyze 7.5 (which does not distinguish left from "
            "right) or damaged. Convert it to NIfTI with its known orientation.",
        )
    fields = _SIZES[size](head[:size], endianness=order, check=False)  # type: ignore[no-untyped-call]
    shape, volumes = _dimensions(fields, options)
    with np.errstate(all="ignore"):  # a damaged header may hold numbers of any size
        affine, notes = _affine(fields, shape)
        zooms = _zooms(fields, affine)
    slope, inter = float(fields["scl_slope"]), float(fields["scl_inter"])
    if not math.isfinite(slope) or slope == 0:
        slope, inter = 1.0, 0.0
    return NiftiHeader(
        shape=shape,
        volumes=volumes,
        dtype=_dtype(int(fields["datatype"]), order),
        offset=_offset(float(fields["vox_offset"]), size, paired=magic in _PAIR),
        slope=slope,
        inter=inter if math.isfinite(inter) else 0.0,
        affine=affine,
        zooms=zooms,
        slice_axis=_slice_axis(shape, int(fields["dim_info"]), zooms),
        paired=magic in _PAIR,
        notes=notes,
    )


def _dimensions(fields: nib.Nifti1Header, options: ReadOptions) -> tuple[tuple[int, int, int], int]:
    dims = [int(value) for value in fields["dim"]]
    count = dims[0]
    used = dims[1 : count + 1] if 2 <= count <= 7 else []
    if not used or min(used) < 1:
        raise InputError(Code.BAD_DIMS, f"Expected 2 to 7 dimensions of at least 1, the header declares {dims}.")
    sizes = [*used, 1][: max(3, count)]
    voxels = math.prod(sizes)
    pixels = math.prod(sizes[:3]) // min(sizes[:3])
    if voxels > options.max_volume_voxels or pixels > options.max_pixels:
        raise InputError(
            Code.BAD_DIMS,
            f"Expected at most {options.max_volume_voxels:,} voxels and {options.max_pixels:,} in a slice, "
            f"the header declares {sizes}. Nothing was allocated.",
        )
    return (sizes[0], sizes[1], sizes[2]), math.prod(sizes[3:])


def _dtype(code: int, order: str) -> np.dtype[np.generic]:
    if code in _UNSUPPORTED:
        raise InputError(
            Code.UNSUPPORTED, f"NIfTI with {_UNSUPPORTED[code]} voxels is not supported. Export one channel."
        )
    if code not in _TYPES:
        raise InputError(Code.BAD_HEADER, f"Expected a NIfTI data type code, received {code}. The header is damaged.")
    return np.dtype(order + _TYPES[code])


def _offset(declared: float, header_size: int, *, paired: bool) -> int:
    least = 0 if paired else header_size + 4
    if declared == 0:
        return least
    if not math.isfinite(declared) or declared < least or declared != int(declared):
        raise InputError(Code.BAD_HEADER, f"Expected voxels to start at byte {least} or later, received {declared:g}.")
    return int(declared)


def _affine(
    fields: nib.Nifti1Header, shape: tuple[int, int, int]
) -> tuple[NDArray[np.float64] | None, tuple[Code, ...]]:
    """Prefer sform to qform, like method 3 of the standard and all common readers."""
    sform = _sform(fields) if int(fields["sform_code"]) > 0 else None
    qform = _qform(fields, needed=sform is None) if int(fields["qform_code"]) > 0 else None
    affine = qform if sform is None else sform
    if affine is None:
        return None, (Code.ORIENT_UNKNOWN,)
    check_affine(affine)
    if np.abs(affine[:3, 3]).max() > _FARTHEST_MM:
        raise InputError(Code.BAD_AFFINE, f"affine: expected an origin within {_FARTHEST_MM:g} mm; export it again.")
    if sform is None or qform is None:
        return affine, ()
    corners = np.array([[i, j, k, 1] for i in (0, shape[0]) for j in (0, shape[1]) for k in (0, shape[2])])
    apart = np.linalg.norm((corners @ (sform - qform).T)[:, :3], axis=1).max()
    agree = bool(apart <= _CONFLICT_MM * max(1.0, np.linalg.norm(sform[:3, :3], axis=0).max()))
    return affine, () if agree else (Code.GEOM_CONFLICT,)


def _sform(fields: nib.Nifti1Header) -> NDArray[np.float64]:
    return np.asarray(fields.get_sform(), dtype=np.float64)  # type: ignore[no-untyped-call]


def _qform(fields: nib.Nifti1Header, *, needed: bool) -> NDArray[np.float64] | None:
    try:
        return np.asarray(fields.get_qform(), dtype=np.float64)  # type: ignore[no-untyped-call]
    except (ValueError, ArithmeticError, np.linalg.LinAlgError, nib.spatialimages.HeaderDataError) as error:
        if needed:
            raise InputError(Code.BAD_AFFINE, "qform: expected a unit quaternion, received another.") from error
        return None


def _zooms(fields: nib.Nifti1Header, affine: NDArray[np.float64] | None) -> tuple[float, float, float] | None:
    sizes = fields["pixdim"][1:4] if affine is None else np.linalg.norm(affine[:3, :3], axis=0)
    first, second, third = (round(float(size), 6) for size in sizes)
    return (first, second, third) if all(0 < size < math.inf for size in (first, second, third)) else None


def _slice_axis(shape: tuple[int, int, int], dim_info: int, zooms: tuple[float, float, float] | None) -> int:
    single = [axis for axis in range(3) if shape[axis] == 1]
    if len(single) == 1:
        return single[0]
    named = (dim_info >> 4 & 3) - 1
    if named >= 0:
        return named
    if zooms is not None:
        thickest = int(np.argmax(zooms))
        if all(zooms[thickest] >= _THICK * size for axis, size in enumerate(zooms) if axis != thickest):
            return thickest
    return 2
