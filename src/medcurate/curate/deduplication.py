"""Dedupe: find the copies among the images of a catalogue, keep one of each, and say what that means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from medcurate.catalogue import FILE_NAME, Catalogue, part_path
from medcurate.curate.defaults import CONFLICTS, KEEP, TIMEOUT_S, Conflicts, Keep
from medcurate.curate.duplicates.clusters import KEPT, NEAR, Pairs, find_clusters
from medcurate.curate.duplicates.keep_policy import COLUMNS, check_keep, rank_images
from medcurate.curate.duplicates.marks import Column, Marks, is_marked, marked, restored
from medcurate.curate.duplicates.near_copies import Near, find_near
from medcurate.curate.duplicates.reports import REPORTS, Found, gather, write_reports
from medcurate.curate.duplicates.rows import AllRows, contents, file_bytes, read_all, read_some, without_other_series
from medcurate.curate.duplicates.sheets import remove_sheets, write_sheets
from medcurate.curate.labels.tumor_labels import TumorLabels, open_tumor_labels
from medcurate.curate.patients.group_table import GROUPS, write_groups
from medcurate.curate.patients.patient_groups import COLUMNS as GROUP_COLUMNS
from medcurate.curate.patients.patient_groups import PatientGroups, infer_groups
from medcurate.curate.sources.scan_inputs import recorded_inputs
from medcurate.dataset.metadata import renew_metadata
from medcurate.errors import NothingUsable, UsageError
from medcurate.parallel import count_workers, interruptible
from medcurate.run_folder import lock, output_errors, write_catalogue

__all__ = ["DedupeResult", "dedupe", "is_deduped"]

_COLUMNS = ("image_id", "file_sha256", "kind", "split", "notes", *COLUMNS)


@dataclass(frozen=True, slots=True)
class DedupeResult:
    """What dedupe gives.

    Attributes
    ----------
    catalogue : Catalogue
        ``folder/catalogue.parquet``, with the marks.
    images : int
        Images and volumes that were looked at; always ``exact + near + kept``.
    exact : int
        Those whose pixels another one has, too, byte for byte or stored otherwise; the first of its kind not counted.
    near : int
        Different images that are a changed copy of a kept one.
    kept : int
        Different images that stand for themselves, and for their copies. Those with conflicting labels count here
        although they are dropped as well.
    clusters : int
        Kept images that have copies.
    label_conflicts : int
        Clusters whose images have different tumor labels.
    held : int
        Images in them that are dropped as nobody knows which label is right; 0 with ``conflicts='keep'``.
    leaks : int
        Clusters with images in several splits.
    groups : int
        Groups of images that belong to one patient, known or inferred; an image alone is a group.
    notes : tuple of str
        What a user should know.
    """

    catalogue: Catalogue
    images: int = 0
    exact: int = 0
    near: int = 0
    kept: int = 0
    clusters: int = 0
    label_conflicts: int = 0
    held: int = 0
    leaks: int = 0
    groups: int = 0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.images != self.exact + self.near + self.kept:
            raise RuntimeError(f"the counts do not add up, which is a bug: {self}")


def dedupe(
    folder: Path,
    *,
    keep: Keep = KEEP,
    conflicts: Conflicts = CONFLICTS,
    exact_only: bool = False,
    tumor_labels: Path | None = None,
    undo: bool = False,
    workers: int | None = None,
    dask: str | None = None,
    timeout_s: float = TIMEOUT_S,
    progress: bool | None = None,
    find: Callable[..., Near] | None = None,
) -> DedupeResult:
    """Mark copies in a catalogue, keep one image of each cluster, and write reports.

    Copies are equal files, equal pixels, and images that were changed and confirmed by comparing pixels: see
    `medcurate.curate.duplicates.near_duplicates`. All but one image of a cluster get the status ``dropped``, the reason
    ``DUPLICATE``, and the identity of the kept one; no file is touched. Images of one patient get one
    ``patient_group``.

    Writes ``catalogue.parquet``, ``duplicates.csv``, ``label_conflicts.csv``, ``leaks.csv``, ``contamination.csv``,
    ``groups.csv`` and contact sheets in ``duplicates/``. What an earlier call had marked is taken back first, so that
    the same options always give the same bytes.

    Parameters
    ----------
    folder : Path
        Where `medcurate.curate.scan` or `sort_planes` wrote.
    keep : {'largest', 'least-compressed', 'best-documented'}
        Which image of a cluster stays; see `medcurate.curate.duplicates.keep_policy.rank_images`.
    conflicts : {'hold', 'keep'}
        What to do where copies have different tumor labels: drop all of them as ``LABEL_CONFLICT``, or keep the one
        and note it.
    exact_only : bool
        Look for equal pixels only: nothing is read again.
    tumor_labels : Path, optional
        CSV with the columns ``path`` and ``tumor``: labels that count in place of those of the catalogue, which stays
        as it is; see `medcurate.curate.labels.tumor_labels`.
    undo : bool
        Only take back what an earlier call had marked; its reports are removed.
    workers, dask, timeout_s, progress
        See `medcurate.parallel.map_files`.
    find : callable
        Finds the changed copies in place of `medcurate.curate.duplicates.near_copies.find_near`.

    Returns
    -------
    DedupeResult

    Raises
    ------
    UsageError
        There is no catalogue, no record of where its images are, or no such option; or the labels cannot be used.
    NothingUsable
        The catalogue has no image.
    OutputError
        The output cannot be written; `Locked` if another process writes it.
    """
    check_keep(keep)
    if conflicts not in get_args(Conflicts):
        raise UsageError(f"conflicts: expected one of {', '.join(get_args(Conflicts))}, received {conflicts!r}")
    Catalogue.open(folder)  # an error before the lock makes anything
    with lock(folder), interruptible():
        catalogue = _restore(folder)
        if undo:
            _remove_reports(folder)
            return DedupeResult(catalogue)
        labels = open_tumor_labels(folder, tumor_labels)
        rows = read_all(catalogue)
        if not rows.considered.any():
            raise NothingUsable(f"{folder / FILE_NAME} has no image that is kept: scan other files")
        near = Near.none()
        if not exact_only:
            near = (find or find_near)(
                folder, rows.image, workers=workers, dask=dask, timeout_s=timeout_s, progress=progress
            )
        near = replace(near, pairs=without_other_series(catalogue, rows.among(near.pairs)))
        table, marks = _cluster(folder, catalogue, rows, near.pairs, keep, labels)
        found = gather(table, marks.clusters)
        marks = _conflicting(marks, found, hold=conflicts == "hold")
        groups = _groups(catalogue, near)
        write_reports(folder, found, rows.sources)
        write_groups(folder, catalogue, groups)
        notes = (*near.notes, *groups.notes, *_lost_labels(found), *_sheets(folder, found, workers))
        _write(catalogue, marked(catalogue, marks, {**near.columns, **_group_columns(groups)}))
    return replace(_count(folder, rows, marks, found), groups=len(groups.ids), notes=notes)


def is_deduped(folder: Path) -> bool:
    """Say whether `dedupe` has marked the catalogue of `folder`, and nothing has rewritten it since.

    Raises
    ------
    UsageError
        If there is no catalogue.
    """
    return is_marked(Catalogue.open(folder))


def _restore(folder: Path) -> Catalogue:
    """Take the marks of an earlier call back."""
    catalogue = Catalogue.open(folder)
    if is_marked(catalogue):
        _write(catalogue, restored(catalogue))
    return Catalogue.open(folder)


def _write(catalogue: Catalogue, rows: Iterator[pa.Table]) -> None:
    """Write a catalogue in place of this one: as one file, or in parts of as many rows."""
    part_rows = None
    if catalogue.path.is_dir():
        part_rows = max(1, pq.read_metadata(part_path(catalogue.path, 0)).num_rows)
    write_catalogue(catalogue.path, rows, part_rows=part_rows)
    renew_metadata(catalogue.path.parent)


def _remove_reports(folder: Path) -> None:
    for name in (*REPORTS, GROUPS):
        with output_errors(folder / name):
            (folder / name).unlink(missing_ok=True)
    remove_sheets(folder)


def _cluster(
    folder: Path, catalogue: Catalogue, rows: AllRows, pairs: Pairs, keep: Keep, labels: TumorLabels
) -> tuple[pa.Table, Marks]:
    """Put the rows that have copies into clusters; return what is known of them, and their marks."""
    wanted = rows.equal()
    wanted[pairs.first] = wanted[pairs.second] = True
    some = read_some(catalogue, wanted, _COLUMNS)
    table = pa.Table.from_batches(map(labels.apply, some.to_batches()), schema=some.schema)
    at = np.flatnonzero(wanted)
    image = rows.image[at]
    rank = rank_images(table, keep, file_bytes=file_bytes(folder, table), has_mask=np.isin(image, rows.masked))
    clusters = find_clusters(image, contents(table), rank, pairs.at(at))
    none = np.zeros(len(at), bool)
    return table, Marks(at, image, clusters, none, none)


def _conflicting(marks: Marks, found: Found, *, hold: bool) -> Marks:
    """Hold or note the images of clusters whose labels conflict."""
    conflicting = np.zeros(len(marks.rows), bool)
    conflicting[found.place[found.conflicts]] = True
    none = np.zeros(len(marks.rows), bool)
    return replace(marks, held=conflicting if hold else none, noted=none if hold else conflicting)


def _groups(catalogue: Catalogue, near: Near) -> PatientGroups:
    duplicates = (near.pairs.first, near.pairs.second)
    return infer_groups(catalogue.batches(GROUP_COLUMNS), duplicates=duplicates, likeness=near.likeness)


def _group_columns(groups: PatientGroups) -> dict[str, Column]:
    return {
        "patient_group": lambda start, stop: pa.array(groups.names(start, stop), pa.string()),
        "patient_group_by": lambda start, stop: pa.array(groups.by_names(start, stop), pa.string()),
    }


def _count(folder: Path, rows: AllRows, marks: Marks, found: Found) -> DedupeResult:
    kind = marks.clusters.kind
    n_near = int((kind == NEAR).sum())
    return DedupeResult(
        Catalogue.open(folder),
        images=int(rows.considered.sum()),
        exact=int(((kind != NEAR) & (kind != KEPT)).sum()),
        near=n_near,
        kept=rows.n_different - n_near,
        clusters=found.n_clusters,
        label_conflicts=found.count(found.conflicts),
        held=int(marks.held.sum()),
        leaks=found.count(found.leaks),
    )


def _sheets(folder: Path, found: Found, workers: int | None) -> list[str]:
    """Draw the contact sheets, where the images can be found; return what to say if not."""
    try:
        inputs = recorded_inputs(folder)
    except UsageError:
        remove_sheets(folder)
        return ["there are no contact sheets, as it is not known where the images are: scan again"]
    write_sheets(folder, found, inputs, threads=max(1, count_workers(workers)))
    return []


def _lost_labels(found: Found) -> list[str]:
    """Tell of kept images without a tumor label that a dropped copy has."""
    labeled = found.rows.column("tumor").is_valid().to_numpy()
    bare = found.cluster[(found.kind == KEPT) & ~labeled]
    lost = int(np.isin(bare, found.cluster[labeled]).sum())
    if not lost:
        return []
    return [
        f"{lost:,} kept images have no tumor label, but a copy of theirs has: --keep best-documented keeps that one"
    ]
