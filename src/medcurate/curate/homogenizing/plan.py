"""What becomes of each row of the catalogue, and the jobs that come of those that are wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.catalogue import Catalogue
from medcurate.curate.filters.row_filters import COLUMNS
from medcurate.curate.homogenizing.volume_sets import VolumeRow, VolumeSets, find_sets
from medcurate.curate.sources.row_pixels import RowFile, row_files
from medcurate.errors import Code

FACTS = (
    *COLUMNS, "path", "frame", "image_id", "mask_of", "depth", "spacing_mm", "patient_group", "bit_depth", "steps",
)  # fmt: skip
"""Columns that a worker needs of a row."""

Decide = Callable[[pa.RecordBatch], pa.RecordBatch]
"""Fills in what is known of rows beyond the catalogue, and marks those that are not wanted."""

_DROPPED, _IMAGE, _IN_SET, _MASK = 0, 1, 2, 3


class Job(NamedTuple):
    """What one worker does at a time: the images of one file, or the volumes of one patient on one grid.

    Attributes
    ----------
    files : tuple of RowFile
    facts : dict of int to dict
        Row to its values of `FACTS`.
    name : str
        Of the set of volumes; empty for images.
    volumes : dict of int to str
        Row to the name of its contrast.
    mask : int or None
        Row of the mask of the volumes.
    """

    files: tuple[RowFile, ...]
    facts: dict[int, dict[str, Any]]
    name: str = ""
    volumes: dict[int, str] = {}  # noqa: RUF012 - never changed
    mask: int | None = None

    @property
    def first_row(self) -> int:
        """The least row."""
        return min(self.facts)

    def key(self) -> bytes:
        """Return a digest of all that its result depends on, besides the settings and the number of its first row."""
        first = self.first_row
        total = hashlib.sha256()
        for file in self.files:
            item = file.item
            known = (file.source, file.path) if item is None else (item.source, item.path, item.size, item.mtime_ns)
            total.update(repr((known, [row - file.first_row for row in file.rows])).encode("utf-8", "surrogatepass"))
        facts = [(row - first, sorted(values.items())) for row, values in sorted(self.facts.items())]
        volumes = [(row - first, name) for row, name in self.volumes.items()]
        mask = None if self.mask is None else self.mask - first
        total.update(repr((facts, self.name, volumes, mask)).encode("utf-8", "surrogatepass"))
        return total.digest()


@dataclass(slots=True)
class Plan:
    """What becomes of the rows.

    Attributes
    ----------
    state : ndarray of uint8, shape (n,)
    sets : VolumeSets
    """

    folder: Path
    decide: Decide
    state: NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, np.uint8))
    sets: VolumeSets = field(default_factory=lambda: VolumeSets([]))

    @classmethod
    def make(cls, folder: Path, decide: Decide) -> Plan:
        """Go through the catalogue once; one byte a row is held, and a line a volume."""
        plan = cls(folder, decide)
        states: list[NDArray[np.uint8]] = []
        volumes: list[VolumeRow] = []
        first = 0
        for batch in plan.batches():
            kept = pc.equal(batch["status"], "kept").to_numpy(zero_copy_only=False)
            mask = pc.equal(batch["kind"], "mask").to_numpy(zero_copy_only=False)
            stacked = pc.or_(
                pc.equal(batch["kind"], "volume"), pc.and_(pc.equal(batch["kind"], "mask"), pc.is_valid(batch["depth"]))
            ).to_numpy(zero_copy_only=False)
            state = np.where(kept, np.where(stacked, _IN_SET, np.where(mask, _MASK, _IMAGE)), _DROPPED).astype(np.uint8)
            places = np.flatnonzero(state == _IN_SET).tolist()
            volumes.extend(_volume_row(first + place, batch, place) for place in places)
            states.append(state)
            first += batch.num_rows
        plan.state = np.concatenate(states) if states else plan.state
        plan.sets = find_sets(volumes)
        plan.state[list(plan.sets.unused)] = _DROPPED
        return plan

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows of the catalogue as they were decided."""
        return map(self.decide, Catalogue.open(self.folder).batches())

    @property
    def n_wanted(self) -> int:
        """Images and volumes that will be read."""
        return int(np.isin(self.state, (_IMAGE, _IN_SET)).sum()) - sum(s.mask is not None for s in self.sets.sets)

    def jobs(self) -> Iterator[Job]:
        """Yield the jobs; sets of volumes come when their last file has come by."""
        set_of = {row: number for number, found in enumerate(self.sets.sets) for row in _rows_of(found)}
        waiting: dict[int, list[tuple[RowFile, dict[int, dict[str, Any]]]]] = {}
        facts = _Facts(self.batches())
        for file in row_files(self.folder, self._chooser(), ()):
            here = {row: facts.of(row) for row in file.rows}
            images = tuple(row for row in file.rows if row not in set_of)
            if any(self.state[row] == _IMAGE for row in images):
                yield Job((file._replace(rows=images),), {row: here[row] for row in images})
            for number in dict.fromkeys(set_of[row] for row in file.rows if row in set_of):
                rows = tuple(row for row in file.rows if set_of.get(row) == number)
                waiting.setdefault(number, []).append((file._replace(rows=rows), {row: here[row] for row in rows}))
                found = self.sets.sets[number]
                if sum(len(part) for _, part in waiting[number]) == len(_rows_of(found)):
                    parts = waiting.pop(number)
                    known = {row: values for _, part in parts for row, values in part.items()}
                    yield Job(tuple(part for part, _ in parts), known, found.name, found.volumes, found.mask)

    def _chooser(self) -> Callable[[pa.RecordBatch], pa.Array]:
        at = 0

        def choose(batch: pa.RecordBatch) -> pa.Array:
            nonlocal at
            at += batch.num_rows
            return pa.array(self.state[at - batch.num_rows : at] != _DROPPED)

        return choose

    def unused(self, row: int) -> Code:
        """Say why a mask that no job has used is not in the dataset."""
        return self.sets.unused.get(row, Code.MASK_UNUSED)


def _rows_of(found: Any) -> tuple[int, ...]:
    return (*found.volumes, *(() if found.mask is None else (found.mask,)))


def _volume_row(row: int, batch: pa.RecordBatch, place: int) -> VolumeRow:
    values = {
        name: batch[name][place].as_py()
        for name in ("source", "path", "contrast", "patient_group", "kind", "height", "width", "depth", "spacing_mm")
    }
    spacing = tuple(round(size, 3) for size in values["spacing_mm"] or ())
    grid = (values["height"], values["width"], values["depth"], *spacing)
    group = values["patient_group"] or f"row{row}"
    return VolumeRow(row, values["kind"] == "mask", values["source"], values["path"], values["contrast"], group, grid)


class _Facts:
    """The values of rows, asked for in ascending order."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self._batch: pa.RecordBatch | None = None
        self._first = 0

    def of(self, row: int) -> dict[str, Any]:
        """Return the values of one row."""
        while self._batch is None or row >= self._first + self._batch.num_rows:
            self._first += 0 if self._batch is None else self._batch.num_rows
            self._batch = next(self._batches).select(list(FACTS))
        (values,) = self._batch.slice(row - self._first, 1).to_pylist()
        return dict(values)
