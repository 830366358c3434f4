"""Whole volumes as examples: the contrasts of one patient on one grid as channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset.layout import MASK
from medcurate.dataset.reading import Dataset
from medcurate.dataset.samples.choice import ColumnChoice, region_channels, source_channels
from medcurate.dataset.samples.conditions import attribute_columns, label_columns
from medcurate.dataset.samples.grids import box_affine, in_box, in_range, same_grid, spacing_of
from medcurate.dataset.samples.sample_set import SampleSet
from medcurate.dataset.samples.storage import Storage
from medcurate.dataset.volumes import VolumeSet
from medcurate.errors import NothingUsable, UsageError


@dataclass(frozen=True, slots=True)
class VolumeChoice:
    """Sets of volumes that have what a choice of columns asks for.

    Attributes
    ----------
    folder : Path
        Of their dataset.
    volumes : tuple of VolumeSet
    choice : ColumnChoice
        An empty target has become the contrast that the sets have.
    notes : tuple of str
        What was left out.
    """

    folder: Path
    volumes: tuple[VolumeSet, ...]
    choice: ColumnChoice
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.volumes)


def select_volumes(dataset: Dataset, choice: ColumnChoice | None = None) -> VolumeChoice:
    """Find the sets of volumes that have every contrast of a choice, and a mask where it needs one.

    Parameters
    ----------
    dataset : Dataset
    choice : ColumnChoice, optional
        By default the one contrast that each set has.

    Raises
    ------
    NothingUsable
        The dataset has no volumes.
    UsageError
        No set has all contrasts, or the sets have several and the choice names none.
    """
    choice = choice or ColumnChoice()
    every = tuple(dataset.volumes())
    if not every:
        raise NothingUsable(f"{dataset.folder}: no volume; write some with medcurate homogenize --output volumes")
    if "plane" in choice.condition:
        raise UsageError("condition: a volume has no plane; expected tumor")
    choice = _named(choice, every)
    wanted = set(choice.contrasts)
    whole = [one for one in every if wanted <= set(one.contrasts)]
    kept = [one for one in whole if one.mask is not None or not choice.needs_mask]
    if not kept:
        counts = Counter(name for one in every for name in one.contrasts)
        has = ", ".join(f"{name} ({count:,})" for name, count in sorted(counts.items()))
        masks = sum(one.mask is not None for one in every)
        raise UsageError(
            f"contrasts: no set of volumes has {', '.join((*choice.contrasts, *([MASK] if choice.needs_mask else [])))}"
            f"; {dataset.folder} has {has}, and {masks:,} masks"
        )
    told = (
        (
            len(every) - len(whole),
            f"sets of volumes lack one of {', '.join(choice.contrasts)} and were left out",
        ),
        (len(whole) - len(kept), "sets of volumes have no mask and were left out"),
    )
    notes = tuple(f"volumes: {count:,} {text}" for count, text in told if count)
    return VolumeChoice(dataset.folder, tuple(kept), choice, notes)


def read_volumes(
    chosen: VolumeChoice,
    *,
    box: tuple[int, int, int] | None = None,
    bits: Literal[8] | None = None,
    storage: Storage | None = None,
) -> SampleSet:
    """Read volumes; one set is in memory at a time.

    Voxels of 8 and 16 bits stay as stored. Others become float32 in [-1, 1]: the 0.5th percentile of a volume is -1 and
    the 99.5th is 1.

    Parameters
    ----------
    chosen : VolumeChoice
    box : tuple of int, optional
        Resample to cubic voxels so that each volume fits this shape; by default volumes must have one shape.
    bits : {8}, optional
        Keep 8 bits of every type.
    storage : Storage, optional
        Where columns go that outgrow memory.

    Raises
    ------
    UsageError
        Volumes of a set do not lie on one grid, or examples differ in shape or type.
    """
    rows = ColumnRows(len(chosen), storage or Storage())
    for row, volumes in enumerate(chosen.volumes):
        grid = load_grid(volumes, chosen.choice, bits)
        rows.put(row, volumes.name, grid_columns(grid if box is None else _boxed(grid, box), chosen.choice))
    return assembled(chosen, rows.columns, list(range(len(chosen))))


class Grid(NamedTuple):
    """The volumes of one set, in memory.

    Attributes
    ----------
    images : dict of str to ndarray, shape (x, y, z)
    labels : ndarray of int, shape (x, y, z), or None
        Of the mask; None where nobody asked.
    affine : ndarray of float64, shape (4, 4)
    """

    images: dict[str, NDArray[Any]]
    labels: NDArray[Any] | None
    affine: NDArray[np.float64]

    @property
    def shape(self) -> tuple[int, ...]:
        """Voxels along each axis."""
        arrays = [*self.images.values(), *([] if self.labels is None else [self.labels])]
        return arrays[0].shape


def load_grid(volumes: VolumeSet, choice: ColumnChoice, bits: int | None = None) -> Grid:
    """Read the volumes of a set, and check that they lie on one grid.

    Raises
    ------
    UsageError
        They do not.
    """
    images = {name: in_range(volumes.stored(name), bits) for name in choice.contrasts}
    labels = volumes.load_mask() if choice.regions else None
    grid = Grid(images, labels, volumes.affine_of(next(iter(images), MASK)))
    shapes = {name: voxels.shape for name, voxels in images.items()}
    if labels is not None:
        shapes[MASK] = labels.shape
    for name, shape in shapes.items():
        if shape != grid.shape or not same_grid(volumes.affine_of(name), grid.affine, grid.shape):
            raise UsageError(
                f"{volumes.name}: expected {name} on the grid of {next(iter(shapes))} {grid.shape}, received {shape}, "
                "or another place; put them on one grid with medcurate homogenize --output volumes"
            )
    return grid._replace(labels=np.zeros(grid.shape, np.uint8)) if choice.regions and labels is None else grid


def grid_columns(grid: Grid, choice: ColumnChoice) -> dict[str, NDArray[Any]]:
    """Return the columns of one example that show it, without the axis of examples."""
    found: dict[str, NDArray[Any]] = {"affine": grid.affine}
    regions = None if grid.labels is None else region_channels(grid.labels, choice.regions)
    if regions is not None:
        found["mask"] = regions
    if choice.target:
        found["target"] = np.stack([grid.images[name] for name in choice.target], axis=-1)
    if choice.source:
        found["source"] = source_channels(grid.images, regions, choice.source)
    return found


class ColumnRows:
    """Fills columns row by row; the first row says which there are.

    Parameters
    ----------
    n : int
        How many rows there will be.
    storage : Storage
    """

    def __init__(self, n: int, storage: Storage) -> None:
        self.columns: dict[str, NDArray[Any]] = {}
        self._n, self._storage = n, storage

    def put(self, row: int, name: str, found: dict[str, NDArray[Any]]) -> None:
        """Write one row.

        Raises
        ------
        UsageError
            It differs from the first one in shape or type.
        """
        for column, value in found.items():
            if column not in self.columns:
                self.columns[column] = self._storage.new(column, (self._n, *value.shape), value.dtype)
            room = self.columns[column]
            if (value.shape, value.dtype) != (room.shape[1:], room.dtype):
                raise UsageError(
                    f"{name}: expected {column} of shape {room.shape[1:]} and type {room.dtype}, as in the first "
                    f"volumes, received {value.shape} and {value.dtype}; give a box that they are resampled to, or 8 "
                    "bits, or make them equal with medcurate homogenize --output volumes"
                )
            room[row] = value


def assembled(chosen: VolumeChoice, columns: dict[str, NDArray[Any]], of: Sequence[int]) -> SampleSet:
    """Return a set of examples with what is known of their volumes.

    Parameters
    ----------
    chosen : VolumeChoice
    columns : dict of str to ndarray
    of : sequence of int
        The set of volumes of each example.
    """
    choice, volumes = chosen.choice, chosen.volumes
    members = tuple(_members(volumes[k], choice) for k in of)
    values = {name: [getattr(volumes[k], name) for k in of] for name in choice.condition}
    labels, classes = label_columns(values, len(members))
    attributes = (
        attribute_columns(chosen.folder, [tuple(volumes[k].ids.values()) for k in of], choice.attributes, choice.table)
        if choice.attributes
        else {}
    )
    groups = tuple(volumes[k].patient_group for k in of)
    return SampleSet({**columns, **labels, **attributes}, classes, choice.attributes, members, groups)


def _members(volumes: VolumeSet, choice: ColumnChoice) -> tuple[str, ...]:
    names = [*choice.contrasts, *([MASK] if choice.needs_mask and choice.target is None else [])]
    return tuple(volumes.ids[name] for name in names if name in volumes.ids)


def _named(choice: ColumnChoice, volumes: Sequence[VolumeSet]) -> ColumnChoice:
    """Put the name of the one contrast that all sets have in the place of an empty target."""
    if choice.target != ():
        return choice
    names = {name for one in volumes for name in one.contrasts}
    if len(names) != 1:
        raise UsageError(f"contrasts: volumes have {', '.join(sorted(names))}; name those to read")
    return replace(choice, target=tuple(names))


def _boxed(grid: Grid, box: tuple[int, int, int]) -> Grid:
    spacing = spacing_of(grid.affine)
    images = {name: in_box(voxels, spacing, box, nearest=False) for name, voxels in grid.images.items()}
    labels = None if grid.labels is None else in_box(grid.labels, spacing, box, nearest=True)
    return Grid(images, labels, box_affine(grid.affine, grid.shape, box))
