"""Smooth random fields and coordinate maps on a regular grid, from coarse cubic B-spline lattices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

# Standard deviation of a cubic B-spline field whose coefficients are standard normal, averaged over position.
_SPLINE_STD = 0.4794**1.5


@dataclass(frozen=True, slots=True)
class Grid:
    """A regular grid in RAS millimeters.

    Attributes
    ----------
    origin_mm : tuple of 3 floats
        Center of voxel (0, 0, 0).
    shape : tuple of 3 ints
    """

    origin_mm: tuple[float, float, float]
    shape: tuple[int, int, int]
    spacing_mm: float

    @property
    def affine(self) -> NDArray[np.float64]:
        """Voxel to millimeter matrix, shape (4, 4)."""
        affine = np.diag([self.spacing_mm] * 3 + [1.0])
        affine[:3, 3] = self.origin_mm
        return affine

    def axis(self, k: int) -> Array:
        """Millimeters along axis `k`, shape (shape[k],)."""
        return (self.origin_mm[k] + self.spacing_mm * np.arange(self.shape[k])).astype(np.float32)

    def points(self) -> Array:
        """Millimeters of all voxels, shape (3, *shape)."""
        return np.stack(np.meshgrid(*(self.axis(k) for k in range(3)), indexing="ij"))


def _spline_weights(positions: NDArray[np.floating], count: int) -> Array:
    """Return the matrix (positions, count) of cubic B-spline weights for a lattice at -1, 0, 1, ..."""
    weights = np.zeros((positions.size, count), np.float32)
    cell = np.floor(positions).astype(int)
    t = positions - cell
    cubic = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    for offset, weight in enumerate(cubic):
        weights[np.arange(positions.size), cell + offset] = weight / 6
    return weights


def smooth_field(rng: np.random.Generator, grid: Grid, scale_mm: float) -> Array:
    """Draw a smooth random field of zero mean and about unit standard deviation.

    Parameters
    ----------
    scale_mm : float
        Distance between control points (mm); the field has no finer detail.

    Returns
    -------
    ndarray of float32, shape grid.shape
    """
    steps = [np.arange(n, dtype=np.float64) * (grid.spacing_mm / scale_mm) for n in grid.shape]
    counts = [int(np.floor(s[-1])) + 4 for s in steps]
    field = rng.standard_normal(counts, dtype=np.float32)
    for step, count in zip(steps, counts, strict=True):
        # Contracting the first axis appends the new one last: after three contractions the order is restored.
        field = np.tensordot(field, _spline_weights(step, count), axes=([0], [1]))
    return np.ascontiguousarray(field, np.float32) / np.float32(_SPLINE_STD)


def min_jacobian(displacement: Array, spacing_mm: float) -> float:
    """Return the smallest Jacobian determinant of the map ``x + displacement(x)``.

    Parameters
    ----------
    displacement : ndarray, shape (3, nx, ny, nz)
        In millimeters.
    spacing_mm : float
        Of the grid.
    """
    rows = [np.gradient(component, spacing_mm) for component in displacement]
    jacobian = np.stack([np.stack(row, -1) for row in rows], -2) + np.eye(3, dtype=np.float32)
    return float(np.linalg.det(jacobian).min())


def random_displacement(rng: np.random.Generator, grid: Grid, *, strength: float = 1.0, floor: float = 0.3) -> Array:
    """Draw a smooth displacement that does not fold space.

    Two scales (whole lobes, single gyri) add up; the sum shrinks until the smallest Jacobian determinant, checked on
    a 4 mm grid, is at least `floor`.

    Parameters
    ----------
    strength : float
        1.0 gives shifts of about 3 mm (standard deviation).
    floor : float
        In (0, 1).

    Returns
    -------
    ndarray of float32, shape (3, *grid.shape)
        Millimeters.
    """
    field = np.empty((3, *grid.shape), np.float32)
    for k in range(3):
        field[k] = 2.8 * strength * smooth_field(rng, grid, 48.0)
        field[k] += 0.8 * strength * smooth_field(rng, grid, 18.0)
    step = max(1, round(4.0 / grid.spacing_mm))
    coarse = field[:, ::step, ::step, ::step]
    scale = np.float32(1.0)
    while min_jacobian(coarse * scale, step * grid.spacing_mm) < floor:
        scale *= np.float32(0.85)
    field *= scale
    return field
