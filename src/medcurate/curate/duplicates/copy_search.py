"""The complete search for copies in a catalogue: clusters, conflicts and patient groups, without output files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import get_args

import numpy as np
import pyarrow as pa

from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.curate.defaults import CONFLICTS, KEEP, Conflicts, Keep
from medcurate.curate.duplicates.clusters import KEPT, NEAR, Pairs, find_clusters
from medcurate.curate.duplicates.keep_policy import COLUMNS, check_keep, rank_images
from medcurate.curate.duplicates.marks import Column, Marks, marked
from medcurate.curate.duplicates.near_copies import Near, find_near
from medcurate.curate.duplicates.reports import REPORTS, Found, gather, write_reports
from medcurate.curate.duplicates.rows import AllRows, contents, file_bytes, read_all, read_some, without_other_series
from medcurate.curate.duplicates.settled_labels import settled_clusters, with_settled
from medcurate.curate.labels.tumor_labels import TumorLabels
from medcurate.curate.patients.group_table import GROUPS, write_groups
from medcurate.curate.patients.patient_groups import COLUMNS as GROUP_COLUMNS
from medcurate.curate.patients.patient_groups import PatientGroups, infer_groups
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.errors import NothingUsable, UsageError
from medcurate.parallel import Workers
from medcurate.run_folder import output_errors

_COLUMNS = ("image_id", "file_sha256", "kind", "split", "notes", *COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopySettings:
    """Definition of copies, and choice of the kept image of a cluster.

    Attributes
    ----------
    keep : {'largest', 'least-compressed', 'best-documented'}
        See `medcurate.curate.duplicates.keep_policy.rank_images`.
    conflicts : {'hold', 'keep'}
        Treatment of copies with different tumor labels: drop all of them as ``LABEL_CONFLICT``, or keep one with a
        note.
    exact_only : bool
        Search for equal pixels only, without reading images again.

    Raises
    ------
    UsageError
        If there is no such option.
    """

    keep: Keep = KEEP
    conflicts: Conflicts = CONFLICTS
    exact_only: bool = False

    def __post_init__(self) -> None:
        check_keep(self.keep)
        if self.conflicts not in get_args(Conflicts):
            expected = ", ".join(get_args(Conflicts))
            raise UsageError(f"conflicts: expected one of {expected}, received {self.conflicts!r}")


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies in a catalogue, and further results about its images.

    Attributes
    ----------
    found : Found
        The clusters, in the order of the reports.
    columns : mapping of str to callable
        Values of further columns from the search.
    notes : tuple of str
        Messages for the user.
    settled : mapping of str to str
        ``image_id`` to tumor type, of images with a copy whose conflict of labels a person settled.
    """

    rows: AllRows
    marks: Marks
    found: Found
    groups: PatientGroups
    columns: dict[str, Column] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    settled: dict[str, str] = field(default_factory=dict)

    def mark(self, catalogue: Catalogue) -> Iterator[pa.Table]:
        """Yield the rows of the same catalogue with their marks."""
        return marked(catalogue, self.marks, self.columns)

    def write_reports(self, folder: Path, catalogue: Catalogue) -> None:
        """Write ``duplicates.csv``, ``label_conflicts.csv``, ``leaks.csv``, ``contamination.csv`` and ``groups.csv``.

        Raises
        ------
        OutputError
            If a table cannot be written.
        """
        write_reports(folder, self.found, self.rows.sources)
        write_groups(folder, catalogue, self.groups)

    @property
    def n_exact(self) -> int:
        """Number of images whose pixels equal those of an earlier one."""
        kind = self.marks.clusters.kind
        return int(((kind != NEAR) & (kind != KEPT)).sum())

    @property
    def n_near(self) -> int:
        """Number of distinct images that are changed copies of a kept one."""
        return int((self.marks.clusters.kind == NEAR).sum())

    @property
    def n_held(self) -> int:
        """Number of images that are dropped because the right label is unknown."""
        return int(self.marks.held.sum())


def find_copies(
    folder: Path,
    settings: CopySettings,
    workers: Workers,
    *,
    store: Path,
    labels: TumorLabels,
    listing: Iterable[Item | Skipped] | None = None,
    find: Callable[..., Near] | None = None,
) -> Copies:
    """Search the catalogue of a folder without marks of an earlier search; only a cache is written.

    Parameters
    ----------
    folder : Path
        Output folder of `medcurate.curate.scan` or `sort_planes`.
    store : Path
        Folder whose private part keeps the digests of images; its lock is held.
    labels : TumorLabels
        Labels that replace those of the catalogue, and decisions of people.
    listing : iterable of Item or Skipped, optional
        The files of the input; None lists it, with unknown file sizes.
    find : callable
        Function that finds the changed copies instead of `medcurate.curate.duplicates.near_copies.find_near`.

    Raises
    ------
    NothingUsable
        If the catalogue has no image.
    UsageError
        If there is no record of the inputs.
    """
    catalogue = Catalogue.open(folder)
    rows = read_all(catalogue).without(labels.decided.excluded)
    if not rows.considered.any():
        raise NothingUsable(f"{folder / FILE_NAME} has no image that is kept: scan other files")
    near = Near.none()
    if not settings.exact_only:
        near = (find or find_near)(folder, rows.image, workers=workers, store=store, listing=listing)
    near = replace(near, pairs=without_other_series(catalogue, rows.among(near.pairs)))
    table, marks, settled = _cluster(catalogue, rows, near.pairs, settings.keep, labels, listing)
    found = gather(table, marks.clusters)
    marks = _conflicting(marks, found, hold=settings.conflicts == "hold")
    groups = infer_groups(
        catalogue.batches(GROUP_COLUMNS),
        duplicates=(near.pairs.first, near.pairs.second),
        likeness=near.likeness,
    )
    notes = (*near.notes, *groups.notes, *_lost_labels(found))
    return Copies(rows, marks, found, groups, {**near.columns, **_group_columns(groups)}, notes, settled)


def remove_reports(folder: Path) -> None:
    """Remove the tables of an earlier search.

    Raises
    ------
    OutputError
        If the system refuses.
    """
    for name in (*REPORTS, GROUPS):
        with output_errors(folder / name):
            (folder / name).unlink(missing_ok=True)


def _cluster(
    catalogue: Catalogue,
    rows: AllRows,
    pairs: Pairs,
    keep: Keep,
    labels: TumorLabels,
    listing: Iterable[Item | Skipped] | None,
) -> tuple[pa.Table, Marks, dict[str, str]]:
    """Cluster the rows that have copies; return these rows, their marks, and settled labels."""
    wanted = rows.equal()
    wanted[pairs.first] = wanted[pairs.second] = True
    some = read_some(catalogue, wanted, _COLUMNS)
    table = pa.Table.from_batches(map(labels.apply, some.to_batches()), schema=some.schema)
    at = np.flatnonzero(wanted)
    image = rows.image[at]
    sizes = file_bytes(listing or (), table)
    rank = rank_images(table, keep, file_bytes=sizes, has_mask=np.isin(image, rows.masked))
    clusters = find_clusters(image, contents(table), rank, pairs.at(at))
    settled = settled_clusters(table, clusters.keeper, labels.decided.settled)
    none = np.zeros(len(at), bool)
    return with_settled(table, settled), Marks(at, image, clusters, none, none), settled


def _conflicting(marks: Marks, found: Found, *, hold: bool) -> Marks:
    """Drop or note the images of clusters with conflicting labels."""
    conflicting = np.zeros(len(marks.rows), bool)
    conflicting[found.place[found.conflicts]] = True
    none = np.zeros(len(marks.rows), bool)
    return replace(marks, held=conflicting if hold else none, noted=none if hold else conflicting)


def _group_columns(groups: PatientGroups) -> dict[str, Column]:
    return {
        "patient_group": lambda start, stop: pa.array(groups.names(start, stop), pa.string()),
        "patient_group_by": lambda start, stop: pa.array(groups.by_names(start, stop), pa.string()),
    }


def _lost_labels(found: Found) -> list[str]:
    """Return messages about kept images without a tumor label that a dropped copy has."""
    labeled = found.rows.column("tumor").is_valid().to_numpy()
    bare = found.cluster[(found.kind == KEPT) & ~labeled]
    lost = int(np.isin(bare, found.cluster[labeled]).sum())
    if not lost:
        return []
    return [
        f"{lost:,} kept images have no tumor label, but a copy of theirs has: --keep best-documented keeps that one"
    ]
