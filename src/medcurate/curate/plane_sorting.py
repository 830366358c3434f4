"""Sort planes: every image of a mixed input under its plane."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.curate import defaults
from medcurate.curate.labels.given_labels import GivenPlanes
from medcurate.curate.planes.outputs import HEADER, lay_out, plane_lines, with_planes
from medcurate.curate.planes.sorted_view import Materialize, SortedView
from medcurate.curate.planes.table import CLASSES, PLANES, UNKNOWN, Decisions, PlaneTable, decide, read_table
from medcurate.curate.planes.training_rows import TrainingRows, predict, training_rows
from medcurate.curate.review.review_folder import least_confident, worth_labeling, write_review
from medcurate.curate.review.second_look import SecondLook, doubtful
from medcurate.curate.scanning import OpenScan, open_scan
from medcurate.curate.scans.output import Counts, write_tables
from medcurate.curate.scans.scan_parts import ScanPart
from medcurate.curate.sources.originals import Originals
from medcurate.curate.sources.scan_inputs import resolve_inputs
from medcurate.errors import UsageError
from medcurate.parallel import Workers
from medcurate.progress import ProgressReport
from medcurate.run_folder import atomic_write, output_errors

PLANES_CSV = "planes.csv"
REVIEW = "review"
MODEL_LINES = 3_000
"""Images per class, at most, that a model of the user's own is trained on."""


@dataclass(frozen=True, slots=True)
class SortResult:
    """The result of sorting.

    Attributes
    ----------
    catalogue : Catalogue
        ``out/catalogue.parquet``, with the planes.
    counts : Counts
        Files by what became of them.
    planes : dict of str to int
        Images (frames, volumes) per plane: ``axial``, ``coronal``, ``sagittal``, ``unknown``.
    notes : tuple of str
        What a user should know, e.g. that there are copies where links were asked for.
    """

    catalogue: Catalogue
    counts: Counts
    planes: dict[str, int]
    notes: tuple[str, ...] = ()


def sort_planes(
    inputs: Sequence[Path],
    out: Path,
    *,
    labels: Path | None = None,
    who: str = "",
    when: dt.datetime | None = None,
    min_confidence: float = defaults.MIN_CONFIDENCE,
    materialize: Materialize = defaults.MATERIALIZE,
    model: Path | None = None,
    fit_model: Path | None = None,
    n_label_next: int = defaults.N_LABEL_NEXT,
    seed: int = defaults.SEED,
    workers: int | None = None,
    channel: int | None = None,
    keep_burned_in: bool = False,
    timeout_s: float = defaults.TIMEOUT_S,
    progress: bool | None = None,
    dask: str | None = None,
    catalogue_parts: int | None = None,
) -> SortResult:
    """Give every image its plane and lay the originals out by plane.

    The user's label decides, then the header, then the vote of the images of one series, then a classifier. It starts
    from a trained model, learns from the labels and headers of this input, and adapts to its unlabeled images. What it
    holds for no brain, or is not sure enough of, is ``unknown``.

    Writes ``planes.csv``, ``catalogue.parquet``, ``rejects.csv``, ``sorted/`` and ``review/``, each at once or not at
    all; the same input gives the same bytes. Files that were read before are not read again.

    Parameters
    ----------
    inputs : sequence of Path
        Folders, files and zip archives; and output folders of earlier scans, for what those had read.
    out : Path
        Folder for the output; made if needed.
    labels : Path, optional
        CSV with the columns ``path`` and ``plane``, paths as in ``planes.csv``; see
        `medcurate.curate.labels.labels_file.read_labels`. Its rows are kept in ``decisions.csv``, as are those that are
        filled into ``review/label_next.csv``, and count in later calls as well.
    who, when
        Who gave the labels and when, see `medcurate.curate.labels.decisions.append_decisions`.
    min_confidence : float
        Probability in [0, 1] below which the classifier's and the vote's plane is ``unknown``.
    materialize : {'link', 'copy', 'none'}
        How the originals come into ``sorted/``.
    model : Path, optional
        Plane model to start from; None for the bundled one.
    fit_model : Path, optional
        Where to save a model trained on the labels and headers of this input.
    n_label_next : int
        How many images ``review/label_next.csv`` proposes.
    seed : int
        Start of all random numbers.
    workers, channel, keep_burned_in, timeout_s, progress, dask, catalogue_parts
        See `medcurate.curate.scanning.scan`.

    Raises
    ------
    UsageError
        An input, the labels or the model cannot be used, a label's path matches nothing, or an option is out of range.
    OutputError
        The output cannot be written, or ``out/sorted`` holds what medcurate has not made; `Locked` if another process
        writes it.
    """
    _check(min_confidence, n_label_next)
    view = SortedView(out, materialize)
    given = GivenPlanes(out, labels, who=who, when=when)
    if model is not None:
        _base(model)  # a wrong file is an error before anything is read
    # The libraries of the classifier take a second to load: they do so while the workers read the first files.
    loading = ThreadPoolExecutor(1).submit(_base, model)
    chosen = resolve_inputs(inputs, channel=channel, keep_burned_in=keep_burned_in)
    how = Workers(workers, timeout_s, dask, progress)
    with open_scan(chosen, out, how, features=True, catalogue_parts=catalogue_parts) as found:
        table = read_table(found.parts, given)
        given.check_found(path for part in found.parts for path in part.rows.column("path").to_pylist())
        known = training_rows(found.parts, table)
        if fit_model is not None:
            _fit_model(training_rows(found.parts, table, limit=MODEL_LINES), fit_model, seed)
        answers = np.zeros((len(table.shown), len(CLASSES)), np.float32)
        base = loading.result()
        if (table.undecided & table.described).any():
            classifier = _plane_model().adapt(base, known.unlabeled, known.labeled, known.planes, seed)
            answers = predict(found.parts, table.undecided, classifier)
        decisions = decide(table, answers, min_confidence)
        given.keep()
        sheets = least_confident(table, decisions)
        proposed = worth_labeling(found.parts, table, decisions, n_label_next, seed)
        shown = {int(row) for rows in (*sheets.values(), proposed) for row in rows}
        look = SecondLook(doubtful(table, decisions).tolist(), shown, chosen.options, threads=how.threads)
        _write(out, found, table, decisions, view, look, catalogue_parts, show=how.shown)
        write_review(out / REVIEW, look.entries, look.thumbnails, sheets, proposed, table, decisions)
    notes = (*view.notes, *given.notes())
    return SortResult(Catalogue.open(out / FILE_NAME), found.counts, _count(table, decisions), notes)


def _plane_model() -> Any:
    """Return the module that trains, loads and adapts plane models (scikit-learn comes with it)."""
    return importlib.import_module("medcurate.curate.planes.model")


def _base(path: Path | None) -> Any:
    """Load the plane model to start from."""
    module = _plane_model()
    return module.load_bundled() if path is None else module.load(path)


def _check(min_confidence: float, n_label_next: int) -> None:
    if not 0 <= min_confidence <= 1:
        raise UsageError(f"min_confidence: expected a probability from 0 to 1, received {min_confidence}")
    if n_label_next < 0:
        raise UsageError(f"n_label_next: expected 0 or more, received {n_label_next}")


def _fit_model(known: TrainingRows, path: Path, seed: int) -> None:
    """Train the user's own model and save it.

    Raises
    ------
    UsageError
        Fewer than two planes are known.
    """
    counts = np.bincount(known.planes, minlength=len(CLASSES))
    if (counts[:UNKNOWN] > 0).sum() < 2:
        have = ", ".join(f"{name} {count}" for name, count in zip(CLASSES, counts.tolist(), strict=True))
        raise UsageError(
            f"--fit-model: expected labels or headers of at least two planes, found {have}. "
            "Add files with headers to the input, or labels with --labels."
        )
    plane_model = _plane_model()
    plane_model.save(plane_model.fit(known.labeled, known.planes, seed), path)


def _write(
    out: Path,
    found: OpenScan,
    table: PlaneTable,
    decisions: Decisions,
    view: SortedView,
    look: SecondLook,
    catalogue_parts: int | None,
    *,
    show: bool,
) -> None:
    """Write the tables and the sorted view, and take the second look, in one pass over the parts."""
    report = ProgressReport("sort", total=found.parts.n_rows, show=show)
    originals = Originals(found.listing)
    with report, output_errors(out / "sorted"), view, atomic_write(out / PLANES_CSV) as planes:
        planes.write(HEADER.encode())

        def rows_of(part: ScanPart) -> pa.Table:
            for entry in lay_out(part, table, decisions, originals=originals, view=view):
                look.see(entry)
            planes.write(plane_lines(part, table, decisions))
            report.advance(part.rows.num_rows)
            return with_planes(part, table, decisions, look.finish_part())

        write_tables(out, found.parts, rows_of, part_rows=catalogue_parts)


def _count(table: PlaneTable, decisions: Decisions) -> dict[str, int]:
    counts: NDArray[np.int64] = np.bincount(decisions.plane[table.shown], minlength=len(PLANES))
    return dict(zip(PLANES, counts.tolist(), strict=True))
