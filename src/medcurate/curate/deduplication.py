"""Dedupe: find copies among the images of a catalogue, keep one of each cluster, and report the consequences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from medcurate.catalogue import Catalogue, part_path
from medcurate.curate.defaults import CONFLICTS, KEEP, TIMEOUT_S, Conflicts, Keep
from medcurate.curate.duplicates.copy_search import Copies, CopySettings, find_copies, remove_reports
from medcurate.curate.duplicates.marks import is_marked, restored
from medcurate.curate.duplicates.near_copies import Near
from medcurate.curate.duplicates.sheets import remove_sheets, write_sheets
from medcurate.curate.labels.tumor_labels import open_tumor_labels
from medcurate.curate.sources.listing import Listing
from medcurate.curate.sources.scan_inputs import ScanInputs, known_inputs
from medcurate.dataset.metadata import renew_metadata
from medcurate.parallel import Workers, interruptible
from medcurate.run_folder import lock, write_catalogue

__all__ = ["DedupeResult", "dedupe", "is_deduped"]


@dataclass(frozen=True, slots=True)
class DedupeResult:
    """The result of `dedupe`.

    Attributes
    ----------
    catalogue : Catalogue
        ``folder/catalogue.parquet``, with the marks.
    images : int
        Number of images and volumes compared; always ``exact + near + kept``.
    exact : int
        Images whose pixels equal those of an earlier one, in an equal or another file.
    near : int
        Distinct images that are changed copies of a kept one.
    kept : int
        Distinct images that are kept. Those with conflicting labels are counted here although they are dropped as well.
    clusters : int
        Kept images that have copies.
    label_conflicts : int
        Clusters whose images have different tumor labels.
    held : int
        Images in them that are dropped because the right label is unknown; 0 with ``conflicts='keep'``.
    leaks : int
        Clusters with images in several splits.
    groups : int
        Known or inferred patient groups; a single image is a group.
    notes : tuple of str
        Messages for the user.
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
    ``DUPLICATE``, and the identity of the kept one; no file is changed. Images of one patient share a
    ``patient_group``.

    Writes ``catalogue.parquet``, ``duplicates.csv``, ``label_conflicts.csv``, ``leaks.csv``, ``contamination.csv``,
    ``groups.csv`` and contact sheets in ``duplicates/``. Marks of an earlier call are removed first, so that the same
    options always give the same bytes.

    Parameters
    ----------
    folder : Path
        Output folder of `medcurate.curate.scan` or `sort_planes`.
    keep : {'largest', 'least-compressed', 'best-documented'}
        Which image of a cluster to keep; see `medcurate.curate.duplicates.keep_policy.rank_images`.
    conflicts : {'hold', 'keep'}
        Treatment of copies with different tumor labels: drop all of them as ``LABEL_CONFLICT``, or keep one with a
        note.
    exact_only : bool
        Search for equal pixels only, without reading images again.
    tumor_labels : Path, optional
        CSV with the columns ``path`` and ``tumor``: labels that replace those of the catalogue, which is not changed;
        see `medcurate.curate.labels.tumor_labels`.
    undo : bool
        Only remove the marks and reports of an earlier call.
    workers, dask, timeout_s, progress
        See `medcurate.parallel.map_files`.
    find : callable
        Function that finds the changed copies instead of `medcurate.curate.duplicates.near_copies.find_near`.

    Raises
    ------
    UsageError
        If there is no catalogue, no record of its inputs, or no such option; or the labels are invalid.
    NothingUsable
        If the catalogue has no image.
    OutputError
        If the output cannot be written; `Locked` if another process writes it.
    """
    settings = CopySettings(keep=keep, conflicts=conflicts, exact_only=exact_only)
    how = Workers(workers, timeout_s, dask, progress)
    Catalogue.open(folder)  # raise before the lock creates anything
    with lock(folder), interruptible(), ExitStack() as stack:
        catalogue = _restore(folder)
        if undo:
            remove_reports(folder)
            remove_sheets(folder)
            return DedupeResult(catalogue)
        inputs = known_inputs(folder)
        listing = None if inputs is None else stack.enter_context(inputs.list_once(folder))
        labels = open_tumor_labels(folder, tumor_labels)
        copies = find_copies(folder, settings, how, store=folder, labels=labels, listing=listing, find=find)
        copies.write_reports(folder, catalogue)
        notes = [*copies.notes, *_sheets(folder, copies, inputs, listing, how)]
        _write(catalogue, copies.mark(catalogue))
    return _result(folder, copies, tuple(notes))


def is_deduped(folder: Path) -> bool:
    """Return whether `dedupe` has marked the catalogue of `folder`, and it was not rewritten since.

    Raises
    ------
    UsageError
        If there is no catalogue.
    """
    return is_marked(Catalogue.open(folder))


def _restore(folder: Path) -> Catalogue:
    """Remove the marks of an earlier call."""
    catalogue = Catalogue.open(folder)
    if is_marked(catalogue):
        _write(catalogue, restored(catalogue))
    return Catalogue.open(folder)


def _write(catalogue: Catalogue, rows: Iterator[pa.Table]) -> None:
    """Replace this catalogue: as one file, or in parts of as many rows."""
    part_rows = None
    if catalogue.path.is_dir():
        part_rows = max(1, pq.read_metadata(part_path(catalogue.path, 0)).num_rows)
    write_catalogue(catalogue.path, rows, part_rows=part_rows)
    renew_metadata(catalogue.path.parent)


def _result(folder: Path, copies: Copies, notes: tuple[str, ...]) -> DedupeResult:
    found = copies.found
    return DedupeResult(
        Catalogue.open(folder),
        images=int(copies.rows.considered.sum()),
        exact=copies.n_exact,
        near=copies.n_near,
        kept=copies.rows.n_different - copies.n_near,
        clusters=found.n_clusters,
        label_conflicts=found.count(found.conflicts),
        held=copies.n_held,
        leaks=found.count(found.leaks),
        groups=len(copies.groups.ids),
        notes=notes,
    )


def _sheets(
    folder: Path, copies: Copies, inputs: ScanInputs | None, listing: Listing | None, workers: Workers
) -> list[str]:
    """Draw the contact sheets if the images can be found; otherwise return a message."""
    if inputs is None or listing is None:
        remove_sheets(folder)
        return ["there are no contact sheets, because the location of the images is unknown: scan again"]
    write_sheets(folder, copies.found, listing, inputs.options, threads=workers.threads)
    return []
