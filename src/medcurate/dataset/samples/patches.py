"""Patches of volumes as examples: boxes at the spacing of their volume, at places that a seed decides."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset.samples.sample_set import SampleSet
from medcurate.dataset.samples.storage import Storage
from medcurate.dataset.samples.volumes import (
    ColumnRows,
    Grid,
    VolumeChoice,
    assembled,
    grid_columns,
    load_grid,
)
from medcurate.dataset.volumes import VolumeSet
from medcurate.errors import UsageError

Corners = NDArray[np.int64]


def read_patches(
    chosen: VolumeChoice,
    patch: tuple[int, int, int],
    *,
    per_volume: int | None = None,
    seed: int = 0,
    bits: Literal[8] | None = None,
    storage: Storage | None = None,
) -> SampleSet:
    """Cut patches out of volumes; one set of volumes is in memory at a time.

    The column ``corner`` says where each lies. Places depend on the seed and on the ``image_id`` of the volumes alone:
    other volumes in the dataset change none of them. Outside of a volume that is smaller than a patch, there is black.

    Parameters
    ----------
    chosen : VolumeChoice
    patch : tuple of int
        Voxels along each axis.
    per_volume : int, optional
        Patches of each volume, each place as likely as any other. By default as few as cover the volume, every voxel
        of which is then in one or more.
    seed : int
        Decides where they lie.
    bits : {8}, optional
        Keep 8 bits of every type; the scale of other types is that of the whole volume, see `read_volumes`.
    storage : Storage, optional
        Where columns go that outgrow memory.

    Raises
    ------
    UsageError
        A number is below 1, volumes of a set do not lie on one grid, or patches differ in type.
    """
    if min(patch) < 1 or (per_volume is not None and per_volume < 1):
        raise UsageError(f"patch, per_volume: expected 1 or more, received {patch}, {per_volume}")
    corners = [_corners(one, chosen, patch, per_volume, seed) for one in chosen.volumes]
    of = [number for number, found in enumerate(corners) for _ in found]
    rows, row = ColumnRows(len(of), storage or Storage()), 0
    for volumes, found in zip(chosen.volumes, corners, strict=True):
        grid = load_grid(volumes, chosen.choice, bits)
        for corner in found:
            columns = grid_columns(cut(grid, corner, patch), chosen.choice)
            rows.put(row, volumes.name, {**columns, "corner": corner})
            row += 1
    return assembled(chosen, rows.columns, of)


def covering_corners(shape: tuple[int, ...], patch: tuple[int, ...], rng: np.random.Generator) -> Corners:
    """Return the first voxels of as few patches as cover a volume, in rows along its axes.

    The overlap that is left over lies between the patches at random. Along an axis that is shorter than the patch, the
    volume is in the middle.

    Returns
    -------
    ndarray of int64, shape (patches, axes)
    """
    axes = [_starts(length, size, rng) for length, size in zip(shape, patch, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(shape))


def random_corners(shape: tuple[int, ...], patch: tuple[int, ...], n: int, rng: np.random.Generator) -> Corners:
    """Return the first voxels of patches within a volume; more of them have the same beginning.

    Returns
    -------
    ndarray of int64, shape (n, axes)
    """
    room = np.maximum(np.array(shape) - np.array(patch), 0)
    middle = np.minimum((np.array(shape) - np.array(patch)) // 2, 0)
    return np.asarray(np.floor(rng.random((n, len(shape))) * (room + 1)).astype(np.int64) + middle)


def cut(grid: Grid, corner: NDArray[np.int64], patch: tuple[int, ...]) -> Grid:
    """Return the patch of a grid at a corner, which may lie outside; there it is black."""
    moved = np.eye(4)
    moved[:3, 3] = corner
    images = {name: _cut(voxels, corner, patch) for name, voxels in grid.images.items()}
    labels = None if grid.labels is None else _cut(grid.labels, corner, patch)
    return Grid(images, labels, grid.affine @ moved)


def _cut(voxels: NDArray[Any], corner: NDArray[np.int64], patch: tuple[int, ...]) -> NDArray[Any]:
    found = np.full(patch, -1 if voxels.dtype.kind == "f" else 0, voxels.dtype)
    start = np.maximum(corner, 0)
    stop = np.minimum(corner + np.array(patch), voxels.shape)
    inner = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    at = tuple(slice(a, b) for a, b in zip(start - corner, stop - corner, strict=True))
    found[at] = voxels[inner]
    return found


def _starts(length: int, size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    if length <= size:
        return np.array([(length - size) // 2])
    tiles = -(-length // size)
    spare = tiles * size - length
    overlaps = np.sort(rng.integers(0, spare + 1, tiles - 2))
    return np.asarray(np.arange(tiles) * size - np.array([0, *overlaps.tolist(), spare]), np.int64)


def _corners(
    volumes: VolumeSet, chosen: VolumeChoice, patch: tuple[int, int, int], per_volume: int | None, seed: int
) -> Corners:
    """Return the corners of the patches of a set; only the header of a file is read."""
    name = next(iter(chosen.choice.contrasts), None)
    shape = volumes.shape_of(name)
    identity = "\n".join(sorted(volumes.ids.values())) or volumes.name
    key = np.frombuffer(hashlib.sha256(identity.encode()).digest()[:8], np.uint64)
    rng = np.random.Generator(np.random.Philox(key=[seed, int(key[0])]))
    return covering_corners(shape, patch, rng) if per_volume is None else random_corners(shape, patch, per_volume, rng)
