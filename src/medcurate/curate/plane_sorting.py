"""Sort planes: every image of a mixed input under its plane."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.curate import defaults
from medcurate.curate.labels.given_labels import GivenPlanes
from medcurate.curate.planes.color_check import ColorCheck, doubtful
from medcurate.curate.planes.outputs import Entry, lay_out, with_planes, write_planes
from medcurate.curate.planes.sorted_view import Materialize, SortedView
from medcurate.curate.planes.table import CLASSES, PLANES, UNKNOWN, Decisions, PlaneTable, decide, read_table
from medcurate.curate.planes.teachers import Lessons, lessons, predict
from medcurate.curate.review.review_folder import least_confident, worth_labeling, write_review
from medcurate.curate.scanning import Counts, ScanParts, scan
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.curate.sources.originals import Originals
from medcurate.curate.sources.scan_inputs import recorded_inputs
from medcurate.errors import UsageError
from medcurate.parallel import count_workers, interruptible
from medcurate.progress import ProgressReport
from medcurate.run_folder import atomic_write, lock, output_errors, write_catalogue

PLANES_CSV = "planes.csv"
REVIEW = "review"
MODEL_LINES = 3_000
"""Images a class, at most, that a model of the user's own is trained on."""


@dataclass(frozen=True, slots=True)
class SortResult:
    """What sorting gives.

    Attributes
    ----------
    catalogue : Catalogue
        ``out/catalogue.parquet``, with the planes.
    counts : Counts
        Files by what became of them.
    planes : dict of str to int
        Images (frames, volumes) a plane: ``axial``, ``coronal``, ``sagittal``, ``unknown``.
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

    Returns
    -------
    SortResult

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
    counts = scan(
        inputs,
        out,
        workers=workers,
        channel=channel,
        keep_burned_in=keep_burned_in,
        timeout_s=timeout_s,
        features=True,
        progress=progress,
        dask=dask,
        catalogue_parts=catalogue_parts,
    ).counts
    plane_model, base = _plane_model(), loading.result()
    with lock(out), interruptible():
        parts = ScanParts.open(out)
        table = read_table(parts, given)
        given.check_found(path for part in parts for path in part.rows.column("path").to_pylist())
        known = lessons(parts, table)
        if fit_model is not None:
            _fit_model(lessons(parts, table, limit=MODEL_LINES), fit_model, seed)
        answers = np.zeros((len(table.shown), len(CLASSES)), np.float32)
        if (table.undecided & table.described).any():
            classifier = plane_model.adapt(base, known.unlabeled, known.labeled, known.planes, seed)
            answers = predict(parts, table.undecided, classifier)
        decisions = decide(table, answers, min_confidence)
        given.keep()
        _write(out, parts, table, decisions, view, (n_label_next, seed, workers), progress)
    return SortResult(Catalogue.open(out / FILE_NAME), counts, _count(table, decisions), (*view.notes, *given.notes()))


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


def _fit_model(known: Lessons, path: Path, seed: int) -> None:
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
    parts: ScanParts,
    table: PlaneTable,
    decisions: Decisions,
    view: SortedView,
    proposal: tuple[int, int, int | None],
    progress: bool | None,
) -> None:
    """Write all files."""
    n_label_next, seed, workers = proposal
    sheets = least_confident(table, decisions)
    proposed = worth_labeling(parts, table, decisions, n_label_next, seed)
    with atomic_write(out / PLANES_CSV) as stream:
        write_planes(stream, parts, table, decisions)
    wanted = {int(row) for rows in (*sheets.values(), proposed) for row in rows}
    read = recorded_inputs(out)
    threads = max(1, count_workers(workers))
    check = ColorCheck(doubtful(table, decisions), threads=threads)
    entries = _lay_out(read.walk(out), out, parts, table, decisions, view, wanted, check, progress)
    write_catalogue(out / FILE_NAME, with_planes(parts, table, decisions, check.colored))
    write_review(out / REVIEW, entries, sheets, proposed, table, decisions, read.options, threads=threads)


def _lay_out(
    listing: Iterator[Item | Skipped],
    out: Path,
    parts: ScanParts,
    table: PlaneTable,
    decisions: Decisions,
    view: SortedView,
    wanted: set[int],
    check: ColorCheck,
    progress: bool | None,
) -> dict[int, Entry]:
    """Write the sorted view, and look for color on the way."""
    report = ProgressReport("sort", total=parts.n_rows, show=progress is not False)
    with report, output_errors(out / "sorted"), view:
        originals = Originals(listing)
        entries = lay_out(
            parts,
            table,
            decisions,
            originals=originals,
            view=view,
            wanted=wanted,
            see=check.see,
            advance=report.advance,
        )
        check.finish()
    return entries


def _count(table: PlaneTable, decisions: Decisions) -> dict[str, int]:
    counts: NDArray[np.int64] = np.bincount(decisions.plane[table.shown], minlength=len(PLANES))
    return dict(zip(PLANES, counts.tolist(), strict=True))
