"""Rank tumor labels that look wrong, by models that have not seen the image; one has not seen its patient either."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.curate.audit.confident_learning import Suspicion
from medcurate.curate.audit.out_of_sample import FOLDS
from medcurate.curate.audit.outputs import Verdicts, write_outputs
from medcurate.curate.audit.rows import COLUMNS, AuditRows, is_audited, read_rows
from medcurate.curate.audit.store import FeatureStore
from medcurate.curate.audit.two_models import combine_models
from medcurate.curate.defaults import SEED, TIMEOUT_S
from medcurate.curate.labels.tumor_labels import TumorLabels, open_tumor_labels
from medcurate.errors import Code
from medcurate.parallel import interruptible
from medcurate.progress import ProgressReport
from medcurate.run_folder import lock, write_catalogue

_PLANE_WEIGHT = 1.0  # weight of the plane, compared with features whose spread is about 2
_PLANES = ("axial", "coronal", "sagittal")


@dataclass(frozen=True, slots=True)
class AuditResult:
    """Result of an audit.

    Attributes
    ----------
    audited : int
        Number of images with a tumor label; copies with the same label count once.
    unreadable : int
        Number of images that could not be read again and were left out.
    given : dict of str to int
        Label to the number of images with it.
    flagged : dict of str to int
        Label to the number of images flagged.
    confusion : dict of (str, str) to int
        Flagged images by label and suggestion.
    estimated : dict of (str, str) to float
        Estimated number of images that are labeled with the first and belong to the second.
    dropped : int
        Number of rows dropped as ``LABEL_SUSPECT``, copies included.
    """

    catalogue: Catalogue
    audited: int
    unreadable: int
    classes: tuple[str, ...]
    given: dict[str, int]
    flagged: dict[str, int]
    confusion: dict[tuple[str, str], int]
    estimated: dict[tuple[str, str], float]
    dropped: int


def audit_labels(
    folder: Path,
    *,
    tumor_labels: Path | None = None,
    drop_suspects: bool = False,
    seed: int = SEED,
    workers: int | None = None,
    timeout_s: float = TIMEOUT_S,
    progress: bool | None = None,
) -> AuditResult:
    """Rank the images of a catalogue whose tumor label looks wrong; write ``label_audit.csv`` and ``label_audit.jpg``.

    Probabilities come from kernel ridge regression in cross-validation (`predict_held_out`), flags from confident
    learning (`suspect`): once by models without any image of the patient, once by models without any copy of the image
    (`combine_models`). Without `dedupe`, which finds patients and copies, the two are the same. Rows dropped for other
    reasons, masks and volumes are ignored. The features are stored in ``folder/.medcurate/audit``, so that an
    interrupted audit continues where it stopped. Memory holds about 3 kB per image.

    Parameters
    ----------
    folder : Path
        Output folder of `scan`, `sort_planes` or `dedupe`.
    tumor_labels : Path, optional
        See `medcurate.curate.labels.tumor_labels.open_tumor_labels`.
    drop_suspects : bool
        Mark the flagged rows in the catalogue: ``dropped``, ``LABEL_SUSPECT``; rows that an earlier audit marked and
        this one does not flag are kept again. Without it no row is changed. `undo_audit` reverts it.
    workers : int, optional
        Number of processes; None for one per core, 0 to work in this process.
    timeout_s : float
        Seconds allowed per file.
    progress : bool, optional
        False shows nothing.

    Raises
    ------
    UsageError
        If there is no catalogue, the labels are invalid, or there are too few labeled images (`predict_held_out`).
    OutputError
        The output cannot be written; `Locked` if another process writes it.
    """
    Catalogue.open(folder)  # raise before anything is written there
    with lock(folder), interruptible():
        labels = open_tumor_labels(folder, tumor_labels)
        rows = read_rows(map(labels.apply, Catalogue.open(folder).batches(COLUMNS)))
        store = FeatureStore(folder)
        store.fill(rows.image_id, workers=workers, timeout_s=timeout_s, progress=progress)
        found, components = store.components(rows.image_id, seed)
        unreadable = int((~found).sum())
        rows = rows.take(found)
        features = add_planes(components, rows)
        with ProgressReport("audit", total=2 * FOLDS, show=progress is not False) as report:
            names, given = np.unique(rows.tumor, return_inverse=True)
            evidence = combine_models(
                features, given, rows.group, rows.copies, seed=seed, after_fold=lambda: report.advance(1)
            )
        suspicion = evidence.suspicion
        classes = tuple(names.tolist())
        write_outputs(folder, rows, Verdicts(classes, given, evidence))
        dropped = _mark(folder, rows, suspicion, labels) if drop_suspects else 0
    return _result(folder, classes, given, suspicion, unreadable, dropped)


def undo_audit(folder: Path) -> int:
    """Restore every row that an audit has dropped; return their number.

    Raises
    ------
    UsageError
        No catalogue.
    OutputError
        It cannot be written; `Locked` if another process writes it.
    """
    Catalogue.open(folder)
    with lock(folder), interruptible():
        count = len(Catalogue.open(folder).filter(reason=Code.LABEL_SUSPECT.value))
        if count:
            write_catalogue(folder / FILE_NAME, map(_restored, Catalogue.open(folder).batches()))
    return count


def add_planes(components: NDArray[np.float32], rows: AuditRows) -> NDArray[np.float32]:
    """Return the features of each entry with its plane appended, shape (n, d + 3)."""
    planes = np.stack([rows.plane == plane for plane in _PLANES], axis=1).astype(np.float32)
    return np.concatenate([components, planes * np.float32(_PLANE_WEIGHT)], axis=1)


def _mark(folder: Path, rows: AuditRows, suspicion: Suspicion, labels: TumorLabels) -> int:
    """Drop every row of a flagged image with its flagged label; restore rows that are no longer flagged."""
    flagged = set(zip(rows.image_id[suspicion.flagged].tolist(), rows.tumor[suspicion.flagged].tolist(), strict=True))
    count = 0

    def marked() -> Iterator[pa.RecordBatch]:
        nonlocal count
        for batch in map(_restored, Catalogue.open(folder).batches()):
            chosen = is_audited(batch) & np.array(
                [
                    (int(image_id, 16), tumor) in flagged
                    for image_id, tumor in zip(
                        batch["image_id"].to_pylist(), labels.apply(batch)["tumor"].to_pylist(), strict=True
                    )
                ],
                bool,
            )
            count += int(chosen.sum())
            yield _with_status(batch, pa.array(chosen), "dropped", Code.LABEL_SUSPECT.value)

    write_catalogue(folder / FILE_NAME, marked())
    return count


def _restored(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch with the rows restored that an audit has dropped."""
    marked = pc.fill_null(pc.equal(batch["reason"], Code.LABEL_SUSPECT.value), False)
    return _with_status(batch, marked, "kept", None)


def _with_status(batch: pa.RecordBatch, chosen: pa.Array, status: str, reason: str | None) -> pa.RecordBatch:
    for name, value in (("status", status), ("reason", reason)):
        at = batch.schema.get_field_index(name)
        values = pc.if_else(chosen, pa.scalar(value, pa.string()), batch[name])
        batch = batch.set_column(at, batch.schema.field(at), values)
    return batch


def _result(
    folder: Path,
    classes: tuple[str, ...],
    given: NDArray[np.intp],
    suspicion: Suspicion,
    unreadable: int,
    dropped: int,
) -> AuditResult:
    flagged = suspicion.flagged
    pairs = [(i, j) for i in range(len(classes)) for j in range(len(classes)) if i != j]
    return AuditResult(
        catalogue=Catalogue.open(folder),
        audited=len(given),
        unreadable=unreadable,
        classes=classes,
        given={name: int((given == number).sum()) for number, name in enumerate(classes)},
        flagged={name: int((flagged & (given == number)).sum()) for number, name in enumerate(classes)},
        confusion={
            (classes[i], classes[j]): int((flagged & (given == i) & (suspicion.suggested == j)).sum()) for i, j in pairs
        },
        estimated={(classes[i], classes[j]): round(float(suspicion.joint[i, j]), 1) for i, j in pairs},
        dropped=dropped,
    )
