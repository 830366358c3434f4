"""From the results of all jobs to the tables of the dataset; rows stream through twice, and no pixels."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from medcurate.catalogue import FILE_NAME
from medcurate.curate.homogenizing.catalogue_rows import CatalogueRow, MergedBatch, merged, to_table
from medcurate.curate.homogenizing.job_store import JobStore
from medcurate.curate.homogenizing.outcomes import Outcome, Outcomes, WrittenImages, decide_outcomes
from medcurate.curate.homogenizing.output_paths import OutputPaths
from medcurate.curate.homogenizing.plan import Plan
from medcurate.curate.homogenizing.records import DROPPED, KEPT
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from medcurate.curate.privacy.flags import told_flags
from medcurate.curate.scans.output import REJECT_COLUMNS
from medcurate.dataset.layout import REJECTS
from medcurate.dataset.metadata import write_metadata
from medcurate.errors import Code
from medcurate.reject_codes import ACTIONS
from medcurate.run_folder import atomic_write, write_catalogue


@dataclass(slots=True)
class Written:
    """What is in the dataset.

    Attributes
    ----------
    written : int
        Images and volumes.
    rejected : int
        Files.
    dropped : Counter
        Reason to rows.
    splits : Counter
        Split to images and volumes.
    flagged : Counter
        Note to images and volumes that have it.
    notes : tuple of str
        What a user should know.
    """

    written: int = 0
    masks: int = 0
    rejected: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    splits: Counter[str] = field(default_factory=Counter)
    flagged: Counter[str] = field(default_factory=Counter)
    notes: tuple[str, ...] = ()

    def count(self, row: CatalogueRow) -> None:
        """Count a row of the dataset's catalogue."""
        if row.status == DROPPED:
            self.dropped[str(row.reason)] += 1
        elif row.kind == "mask":
            self.masks += 1
        else:
            self.written += 1
            self.splits[str(row.split)] += 1
            self.flagged.update((row.notes or "").split())


def write_output(plan: Plan, store: JobStore, dataset: Path, settings: HomogenizeSettings) -> Written:
    """Decide about duplicates and splits, put images into place, and write the tables of the dataset.

    These are ``catalogue.parquet``, ``metadata.csv`` and ``rejects.csv``. Files of no row are removed at the end. If no
    image is kept, nothing is written.

    Raises
    ------
    UsageError
        The splits of the input are to be kept, and it names none, or they leak.
    LeakError
        The splits leak: a bug.
    OutputError
        Something cannot be written.
    """
    images = WrittenImages.gather(row for batch in merged(plan, store) for row in batch.rows)
    outcomes = decide_outcomes(images, settings)
    result = Written(notes=outcomes.notes)
    paths = OutputPaths(dataset)
    resolver = _Resolver(images, outcomes, paths)
    if not outcomes.kept.any():
        for batch in merged(plan, store):
            for row in batch.rows:
                result.count(resolver.resolve(row))
        return result
    with atomic_write(dataset / REJECTS) as stream:
        text = io.TextIOWrapper(stream, "utf-8", newline="")
        rejects = csv.writer(text, lineterminator="\n")
        rejects.writerow(REJECT_COLUMNS)
        write_catalogue(dataset / FILE_NAME, _tables(merged(plan, store), resolver, paths, result, rejects))
        text.flush()
        text.detach()
    write_metadata(dataset)
    paths.remove_strays()
    result.notes += told_flags(result.flagged)
    return result


def _tables(
    batches: Iterator[MergedBatch], resolver: _Resolver, paths: OutputPaths, result: Written, rejects: Any
) -> Iterator[pa.Table]:
    """Yield the catalogue a batch at a time, and write, count and reject on the way."""
    rejected: tuple[str, str] | None = None
    for batch in batches:
        rows = [resolver.resolve(row) for row in batch.rows]
        for row in rows:
            result.count(row)
            if row.status == KEPT:
                paths.put_in_place(row)
            elif row.message and rejected != (row.source, row.path):
                rejected = (row.source, row.path)
                rejects.writerow(_reject(row))
                result.rejected += 1
        yield to_table(batch.decided, rows)


class _Resolver:
    """Gives rows their split, or the reason for being a duplicate, in the order of `merged`; once through."""

    def __init__(self, images: WrittenImages, outcomes: Outcomes, paths: OutputPaths) -> None:
        self._outcomes = outcomes
        self._paths = paths
        self._at = -1  # of the image that the row is, or is the mask of
        self._group_split = {
            images.group[row]: (outcomes.split[row], outcomes.fold[row])
            for row in np.flatnonzero(outcomes.kept).tolist()
        }

    def resolve(self, row: CatalogueRow) -> CatalogueRow:
        """Return the row as it goes into the catalogue."""
        if row.status != KEPT:
            return row
        if row.kind != "mask":
            self._at += 1
        # The mask of a volume has no image of its own, and volumes are never duplicates.
        is_free = row.kind == "mask" and row.mask_of is None
        outcome = Outcome.KEPT if is_free else Outcome(int(self._outcomes.outcome[self._at]))
        if outcome != Outcome.KEPT:
            return _left_out(row, outcome)
        split, fold = self._group_split[row.group]
        placed = replace(row, split=split, fold=fold)
        placed.path = self._paths.path_of(placed)
        return placed


def _left_out(row: CatalogueRow, outcome: Outcome) -> CatalogueRow:
    """Return a written row that is not kept after all: it points to its original again."""
    is_duplicate = outcome == Outcome.DUPLICATE
    return replace(
        row,
        status=DROPPED,
        reason=(Code.DUPLICATE_AFTER if is_duplicate else Code.LABEL_CONFLICT).value,
        duplicate_of=row.image_id if is_duplicate and row.kind != "mask" else row.duplicate_of,
        path=str(row.original_path),
        frame=row.original_frame,
        image_id=str(row.original_id),
        original_path=None,
        original_frame=None,
        original_id=None,
        steps=None,
        mask_of=None,
    )


def _reject(row: CatalogueRow) -> Sequence[str]:
    code = Code(str(row.reason))
    values = (row.source, row.path, row.file_sha256 or "", "homogenize", code.value, row.message)
    return (*values, ACTIONS[code].action)
