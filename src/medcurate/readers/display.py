"""Display orientation of the slices of a volume, the same for every storage order of its voxels.

Radiological convention: axial rows run from anterior to posterior and columns from the patient's right to left; coronal
rows from superior to inferior, columns right to left; sagittal rows superior to inferior, columns anterior to
posterior. Slices are counted toward increasing right, anterior or superior (RAS+).
"""

from __future__ import annotations

from dataclasses import dataclass

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

_LPS_OF_RAS = np.array((-1.0, -1.0, 1.0))


@dataclass(frozen=True, slots=True)
class Display:
    """Transformation from stored slices along one voxel axis to displayed slices.

    Attributes
    ----------
    row_axis, column_axis : int
        Voxel axes of the row index and the column index.
    flip_rows, flip_columns, backwards : bool
        Whether rows, columns and slices run against the voxel index.
    """

    slice_axis: int
    row_axis: int
    column_axis: int
    flip_rows: bool
    flip_columns: bool
    backwards: bool

    def show(self, plane: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return one stored slice (its two remaining voxel axes in order) in display orientation."""
        if self.row_axis > self.column_axis:
            plane = plane.T
        return plane[:: -1 if self.flip_rows else 1, :: -1 if self.flip_columns else 1]


def display_of(affine: NDArray[np.float64] | None, slice_axis: int) -> Display:
    """Choose the display of slices along a voxel axis.

    Parameters
    ----------
    affine : ndarray, shape (4, 4), or None
        Voxel index to RAS+ (mm). Without one, rows and columns stay as stored: the lower voxel axis runs to the right.
    slice_axis : int
        0, 1 or 2.
    """
    first, second = (axis for axis in range(3) if axis != slice_axis)
    if affine is None:
        return Display(slice_axis, second, first, flip_rows=False, flip_columns=False, backwards=False)
    orientation = nib.orientations.io_orientation(affine)  # type: ignore[no-untyped-call]
    world, sign = orientation[:, 0].astype(int), orientation[:, 1]
    # rows run along z if the slice contains z, else along y; columns along the other axis
    row, column = (first, second) if world[first] > world[second] else (second, first)
    return Display(
        slice_axis,
        row,
        column,
        flip_rows=bool(sign[row] > 0),
        flip_columns=bool(sign[column] > 0),
        backwards=bool(sign[slice_axis] < 0),
    )


def displayed_geometry(
    affine: NDArray[np.float64], display: Display, shape: tuple[int, int, int], index: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the position of the first pixel and the directions of a displayed slice, LPS.

    Parameters
    ----------
    index : int
        Index of the slice in display order.

    Returns
    -------
    position_mm : tuple of 3 float
    axes : tuple of 6 float
        Unit vectors along a row and along a column.
    """
    voxel = np.zeros(3)
    for axis, flipped in ((display.row_axis, display.flip_rows), (display.column_axis, display.flip_columns)):
        voxel[axis] = shape[axis] - 1 if flipped else 0
    voxel[display.slice_axis] = shape[display.slice_axis] - 1 - index if display.backwards else index
    position = (affine[:3, :3] @ voxel + affine[:3, 3]) * _LPS_OF_RAS
    along_row = _unit(affine[:3, display.column_axis]) * (-1 if display.flip_columns else 1)
    along_column = _unit(affine[:3, display.row_axis]) * (-1 if display.flip_rows else 1)
    axes = np.concatenate((along_row * _LPS_OF_RAS, along_column * _LPS_OF_RAS))
    return _rounded(position), _rounded(axes)


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return vector / np.linalg.norm(vector)


def _rounded(values: NDArray[np.float64]) -> tuple[float, ...]:
    """Round to 1e-6 without negative zeros, so that float32 noise does not distinguish copies of a volume."""
    return tuple((np.round(values, 6) + 0.0).tolist())
