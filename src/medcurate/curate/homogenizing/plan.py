"""What becomes of each row of the catalogue, and the jobs that come of those that are wanted."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.curate.homogenizing.decide import Decider
from medcurate.curate.homogenizing.decided_rows import DecidedRows
from medcurate.curate.homogenizing.records import RowFacts, facts_of
from medcurate.curate.homogenizing.volume_sets import VolumeRow, VolumeSets, find_sets
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.curate.sources.row_pixels import RowFile, files_of_rows
from medcurate.errors import Code

COUNTED = ("kind", "plane", "tumor", "source")
_AT_ONCE = 1024  # rows
_DROPPED, _IMAGE, _IN_SET, _MASK = 0, 1, 2, 3


class Job(NamedTuple):
    """The work of one worker at a time: the images of one file, or the volumes of one patient on one grid.

    Attributes
    ----------
    facts : dict of int to RowFacts
        What is known of each row.
    name : str
        Of the set of volumes; empty for images.
    volumes : dict of int to str
        Row to the name of its contrast.
    mask : int or None
        Row of the mask of the volumes.
    """

    files: tuple[RowFile, ...]
    facts: dict[int, RowFacts]
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
        facts = [(row - first, facts) for row, facts in sorted(self.facts.items())]
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
        Per row: left out, an image, part of a set of volumes, or a mask.
    dropped : Counter
        Reason to rows that are left out before anything is read.
    wanted : dict of str to Counter
        For ``kind``, ``plane``, ``tumor`` and ``source``: value to rows that are read, masks aside.
    """

    rows: DecidedRows | None
    state: NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, np.uint8))
    sets: VolumeSets = field(default_factory=lambda: VolumeSets([]))
    dropped: Counter[str] = field(default_factory=Counter)
    wanted: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in COUNTED})

    @classmethod
    def make(cls, batches: Iterable[pa.RecordBatch], decide: Decider, rows: DecidedRows | None = None) -> Plan:
        """Decide all rows in one pass; one byte per row is held in memory, and one line per volume.

        Parameters
        ----------
        batches : iterable of RecordBatch
            The rows of the catalogue.
        rows : DecidedRows, optional
            Where the decided rows are kept; None for a plan whose counts alone are wanted.

        Raises
        ------
        UsageError
            The user says something of a source that is not there.
        """
        plan = cls(rows)
        states: list[NDArray[np.uint8]] = []
        volumes: list[VolumeRow] = []
        first = 0
        decided = map(decide, batches)
        for batch in decided if rows is None else rows.keep(decided):
            state = _states(batch)
            places = np.flatnonzero(state == _IN_SET).tolist()
            volumes.extend(_volume_row(first + place, batch, place) for place in places)
            plan._count(batch)
            states.append(state)
            first += batch.num_rows
        decide.check_sources()
        plan.state = np.concatenate(states) if states else plan.state
        plan.sets = find_sets(volumes)
        plan.state[list(plan.sets.unused)] = _DROPPED
        return plan

    def _count(self, batch: pa.RecordBatch) -> None:
        out = pc.equal(batch["status"], "dropped")
        self.dropped.update(str(reason) for reason in batch["reason"].filter(out).to_pylist())
        chosen = pc.and_(pc.equal(batch["status"], "kept"), pc.not_equal(batch["kind"], "mask"))
        for name, count in self.wanted.items():
            count.update("unknown" if value is None else value for value in batch[name].filter(chosen).to_pylist())

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the decided rows.

        Raises
        ------
        ValueError
            The plan was made without keeping them.
        """
        if self.rows is None:
            raise ValueError("this plan keeps no rows")
        return self.rows.batches()

    @property
    def n_wanted(self) -> int:
        """Images and volumes that will be read."""
        return int(np.isin(self.state, (_IMAGE, _IN_SET)).sum()) - sum(s.mask is not None for s in self.sets.sets)

    def jobs(self, listing: Iterable[Item | Skipped]) -> Iterator[Job]:
        """Yield the jobs; a set of volumes comes when its last file has come by.

        Parameters
        ----------
        listing : iterable of Item or Skipped
            The files of the input.
        """
        set_of = {row: number for number, found in enumerate(self.sets.sets) for row in found.rows}
        waiting: dict[int, list[tuple[RowFile, dict[int, RowFacts]]]] = {}
        passing = _Passing(self.state)
        for file in files_of_rows(passing.through(self.batches()), passing.choose, listing):
            here = {row: passing.facts.pop(row) for row in file.rows}
            images = tuple(row for row in file.rows if row not in set_of)
            if any(self.state[row] == _IMAGE for row in images):
                yield Job((file._replace(rows=images),), {row: here[row] for row in images})
            for number in dict.fromkeys(set_of[row] for row in file.rows if row in set_of):
                rows = tuple(row for row in file.rows if set_of.get(row) == number)
                waiting.setdefault(number, []).append((file._replace(rows=rows), {row: here[row] for row in rows}))
                found = self.sets.sets[number]
                if sum(len(part) for _, part in waiting[number]) == len(found.rows):
                    parts = waiting.pop(number)
                    known = {row: facts for _, part in parts for row, facts in part.items()}
                    yield Job(tuple(part for part, _ in parts), known, found.name, found.volumes, found.mask)

    def unused(self, row: int) -> Code:
        """Say why a mask that no job has used is not in the dataset."""
        return self.sets.unused.get(row, Code.MASK_UNUSED)


class _Passing:
    """Holds the facts of the wanted rows of the batches that pass by, until their file is complete."""

    def __init__(self, state: NDArray[np.uint8]) -> None:
        self.facts: dict[int, RowFacts] = {}
        self._state = state
        self._first = 0

    def through(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield batches in pieces, so that few facts are held at a time."""
        for batch in batches:
            for start in range(0, batch.num_rows, _AT_ONCE):
                yield batch.slice(start, _AT_ONCE)

    def choose(self, batch: pa.RecordBatch) -> pa.Array:
        """Say which rows are wanted, and hold their facts."""
        wanted = self._state[self._first : self._first + batch.num_rows] != _DROPPED
        rows = (np.flatnonzero(wanted) + self._first).tolist()
        chosen = pa.array(wanted)
        self.facts.update(zip(rows, facts_of(batch.filter(chosen)), strict=True))
        self._first += batch.num_rows
        return chosen


def _states(batch: pa.RecordBatch) -> NDArray[np.uint8]:
    kept = pc.equal(batch["status"], "kept").to_numpy(zero_copy_only=False)
    mask = pc.equal(batch["kind"], "mask").to_numpy(zero_copy_only=False)
    stacked = pc.or_(
        pc.equal(batch["kind"], "volume"), pc.and_(pc.equal(batch["kind"], "mask"), pc.is_valid(batch["depth"]))
    ).to_numpy(zero_copy_only=False)
    return np.where(kept, np.where(stacked, _IN_SET, np.where(mask, _MASK, _IMAGE)), _DROPPED).astype(np.uint8)


def _volume_row(row: int, batch: pa.RecordBatch, place: int) -> VolumeRow:
    values = {
        name: batch[name][place].as_py()
        for name in ("source", "path", "contrast", "patient_group", "kind", "height", "width", "depth", "spacing_mm")
    }
    spacing = tuple(round(size, 3) for size in values["spacing_mm"] or ())
    grid = (values["height"], values["width"], values["depth"], *spacing)
    group = values["patient_group"] or f"row{row}"
    return VolumeRow(row, values["kind"] == "mask", values["source"], values["path"], values["contrast"], group, grid)
