"""Facts about the plane of each row, in a few bytes per row: 100,000 images fit in a few MB."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.catalogue import SCHEMA
from medcurate.curate.labels.labels_file import ImageLabels
from medcurate.curate.planes.voting import FLOOR, vote

CLASSES = ("axial", "coronal", "sagittal", "other")
PLANES = ("axial", "coronal", "sagittal", "unknown")
EVIDENCE = ("header", "label", "series", "classifier")
UNKNOWN = 3
NONE = -1
DECIMALS = 4
_CODE = {name: code for code, name in enumerate(CLASSES)}
_READ = ("image_id", "source", "path", "frame", "kind", "status", "reason", "series_id", "plane", "plane_evidence")


class Part(Protocol):
    """Interface of a part of a scan."""

    @property
    def first_row(self) -> int:
        """Index of the first row."""

    @property
    def rows(self) -> pa.Table:
        """Rows of the catalogue."""

    @property
    def features(self) -> NDArray[np.float16]:
        """Feature vectors, shape (m, n_features)."""

    @property
    def feature_row(self) -> NDArray[np.int64]:
        """Row within the part of each feature vector, shape (m,)."""


@dataclass(slots=True)
class PlaneTable:
    """Columns with one entry per row of the catalogue; planes as indices into `CLASSES`, `NONE` where there is none.

    Attributes
    ----------
    shown : ndarray of bool
        Rows that appear in ``planes.csv``: all but masks and dropped rows (a blank frame is included).
    described : ndarray of bool
        Rows that have features.
    header, label : ndarray of int8
        Plane from the header, and from the user (for all copies of the labeled image).
    series : ndarray of int
        `NONE` for rows that do not vote: rows without a series, and series with a header plane.
    identity : ndarray of int
        Equal for equal pixels.
    ids : ndarray of uint64
        From ``image_id``, for an order that does not depend on names.
    """

    shown: NDArray[np.bool_]
    described: NDArray[np.bool_]
    header: NDArray[np.int8]
    label: NDArray[np.int8]
    header_confidence: NDArray[np.float32]
    series: NDArray[np.int64]
    identity: NDArray[np.int64]
    ids: NDArray[np.uint64]

    @property
    def undecided(self) -> NDArray[np.bool_]:
        """Rows decided neither by the header nor by the user."""
        return np.asarray(self.shown & (self.header == NONE) & (self.label == NONE))


@dataclass(frozen=True, slots=True)
class Decisions:
    """The plane of each row: index into `PLANES`, confidence in [0, 1], index into `EVIDENCE`."""

    plane: NDArray[np.int8]
    confidence: NDArray[np.float64]
    evidence: NDArray[np.int8]
    probabilities: NDArray[np.float64]


def read_table(parts: Iterable[Part], book: ImageLabels) -> PlaneTable:
    """Read the columns from the parts of a scan and match the user's labels.

    Raises
    ------
    UsageError
        If a label matches different images in two sources, see `ImageLabels.find`.
    """
    series: dict[str, int] = {}
    columns = [_columns(part.rows, np.asarray(part.feature_row), book, series) for part in parts]
    columns.append(_columns(SCHEMA.empty_table(), np.zeros(0, np.int64), book, series))  # there may be no part
    shown, described, header, label, confidence, group, ids = (np.concatenate(c) for c in zip(*columns, strict=True))
    identity = np.unique(ids, return_inverse=True)[1]
    with_header = np.unique(group[(header != NONE) & (group != NONE)])
    group[np.isin(group, with_header) | ~described] = NONE
    return PlaneTable(shown, described, header, _spread(label, identity), confidence, group, identity, ids)


def _columns(
    rows: pa.Table, feature_row: NDArray[np.int64], book: ImageLabels, series: dict[str, int]
) -> tuple[NDArray[np.generic], ...]:
    column = {name: rows.column(name).to_pylist() for name in _READ}
    count = rows.num_rows
    kept = [
        kind != "mask" and (status != "dropped" or reason == "CONSTANT")
        for kind, status, reason in zip(column["kind"], column["status"], column["reason"], strict=True)
    ]
    described = np.zeros(count, bool)
    described[feature_row] = True
    header = [
        _CODE.get(plane, UNKNOWN) if evidence == "header" else UNKNOWN
        for plane, evidence in zip(column["plane"], column["plane_evidence"], strict=True)
    ]
    label = np.full(count, NONE, np.int8)
    if len(book):
        keys = zip(column["source"], column["path"], column["frame"], column["image_id"], kept, strict=True)
        label[:] = [_CODE.get(book.find(*key[:4]) or "", NONE) if key[4] else NONE for key in keys]
    group = [NONE if name is None else series.setdefault(name, len(series)) for name in column["series_id"]]
    confidence = [1.0 if value is None else value for value in rows.column("plane_confidence").to_pylist()]
    codes = np.array(header, np.int8)
    return (
        np.array(kept, bool),
        described,
        np.where(codes == UNKNOWN, NONE, codes).astype(np.int8),
        label,
        np.array(confidence, np.float32),
        np.array(group, np.int64),
        np.array([int(name or "0", 16) for name in column["image_id"]], np.uint64),
    )


def _spread(label: NDArray[np.int8], identity: NDArray[np.int64]) -> NDArray[np.int8]:
    """Copy the label of an image to its copies, unless the copies have different labels."""
    spread = label.copy()
    given = np.flatnonzero(label != NONE)
    known: dict[int, int] = {}
    for row in given:
        plane = known.setdefault(int(identity[row]), int(label[row]))
        if plane != label[row]:
            known[int(identity[row])] = NONE
    for row in np.flatnonzero(np.isin(identity, identity[given]) & (label == NONE)):
        spread[row] = known[int(identity[row])]
    return spread


def decide(table: PlaneTable, probabilities: NDArray[np.floating], min_confidence: float) -> Decisions:
    """Decide each row's plane.

    The user's label has priority (confidence 1), then the header (its own confidence, below 1 only for very oblique
    slices; `min_confidence` does not apply), then the vote of the series, then the classifier. The plane is ``unknown``
    if ``other`` is more probable than each plane, or the best plane is less probable than `min_confidence`; the
    confidence is then that of the best plane.

    Parameters
    ----------
    probabilities : ndarray, shape (n, 4)
        Of `CLASSES`, by the classifier; used only for undecided rows.
    min_confidence : float
        In [0, 1].
    """
    voice = np.array(probabilities, np.float64)
    labeled = table.label != NONE
    voice[labeled] = np.eye(len(CLASSES))[table.label[labeled]] * (1 - 4 * FLOOR) + FLOOR
    silent = (table.label == UNKNOWN) | ~table.shown
    voice, voted = vote(voice, np.where(silent, NONE, table.series), table.identity)
    plane, confidence = choose(voice, min_confidence)
    evidence = np.where(voted, EVIDENCE.index("series"), EVIDENCE.index("classifier"))
    for known, name, certainty in (
        (table.header, "header", table.header_confidence),
        (table.label, "label", np.ones(len(labeled), np.float32)),
    ):
        found = known != NONE
        plane = np.where(found, known, plane)
        confidence = np.where(found, certainty, confidence)
        evidence = np.where(found, EVIDENCE.index(name), evidence)
    return Decisions(plane.astype(np.int8), confidence.round(DECIMALS), evidence.astype(np.int8), voice)


def choose(probabilities: NDArray[np.floating], min_confidence: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the plane (index into `PLANES`) and the confidence per row of probabilities of `CLASSES`."""
    planes = np.asarray(probabilities, np.float64)[:, :UNKNOWN]
    best = planes.argmax(axis=1)
    confidence = planes.max(axis=1).round(DECIMALS)
    abstain = (probabilities[:, UNKNOWN] >= planes.max(axis=1)) | (confidence < min_confidence)
    return np.where(abstain, UNKNOWN, best), confidence
