"""The labeled images of an audit; copies with the same label are one entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.curate.labels.tumor_labels import COLUMNS as LABEL_COLUMNS
from medcurate.errors import Code

COLUMNS = (*LABEL_COLUMNS, "kind", "status", "reason", "plane", "patient_group", "duplicate_of")
"""Columns of the catalogue that `read_rows` needs."""


@dataclass(frozen=True, slots=True)
class AuditRows:
    """One entry per image and label, ordered by image and label, independent of the order of the catalogue.

    Attributes
    ----------
    number : ndarray of int64
        Index of the image's first catalogue row with that label.
    image_id : ndarray of uint64
    tumor, plane : ndarray of str
        ``''`` for no plane.
    group : ndarray of int64
        Equal for images that a split must keep together: of one patient, or copies.
    copies : ndarray of int64
        Equal for copies of one image only. Both are numbered in order of appearance.
    """

    number: NDArray[np.int64]
    image_id: NDArray[np.uint64]
    tumor: NDArray[np.str_]
    plane: NDArray[np.str_]
    group: NDArray[np.int64]
    copies: NDArray[np.int64]

    def take(self, chosen: NDArray[np.bool_]) -> AuditRows:
        """Return the chosen entries."""
        c = chosen
        return AuditRows(self.number[c], self.image_id[c], self.tumor[c], self.plane[c], self.group[c], self.copies[c])


def is_audited(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    """Return a mask of the images that are kept, or that only an audit has dropped."""
    free = pc.or_kleene(pc.equal(batch["status"], "kept"), pc.equal(batch["reason"], Code.LABEL_SUSPECT.value))
    chosen = pc.and_(pc.fill_null(free, False), pc.equal(batch["kind"], "image"))
    return np.asarray(chosen.to_numpy(zero_copy_only=False), bool)


def read_rows(batches: Iterable[pa.RecordBatch]) -> AuditRows:
    """Read the labeled images.

    Parameters
    ----------
    batches : iterable of RecordBatch
        All rows of the catalogue in order, with `COLUMNS`.
    """
    seen: dict[tuple[int, str], tuple[int, str, int, int]] = {}
    groups: dict[str, int] = {}
    images: dict[str, int] = {}
    first = 0
    names = ("image_id", "tumor", "plane", "patient_group", "duplicate_of")
    for batch in batches:
        chosen = is_audited(batch)
        columns = zip(*(batch[name].to_pylist() for name in names), strict=True)
        for number, (image_id, tumor, plane, patient, original) in enumerate(columns, first):
            if chosen[number - first] and tumor is not None:
                image = original or image_id
                group = groups.setdefault(f"p {patient}" if patient else f"i {image}", len(groups))
                copies = images.setdefault(image, len(images))
                seen.setdefault((int(image_id, 16), tumor), (number, plane or "", group, copies))
        first += batch.num_rows
    keys = sorted(seen)
    rows = [seen[key] for key in keys]
    return AuditRows(
        np.array([row[0] for row in rows], np.int64),
        np.array([key[0] for key in keys], np.uint64),
        np.array([key[1] for key in keys], np.str_),
        np.array([row[1] for row in rows], np.str_),
        _renumbered(np.array([row[2] for row in rows], np.int64)),
        _renumbered(np.array([row[3] for row in rows], np.int64)),
    )


def _renumbered(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Renumber groups in the order of these rows, so that the order of the catalogue does not matter."""
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[inverse]
