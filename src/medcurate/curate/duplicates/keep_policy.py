"""Rank copies by their properties, not by their position in a table, to decide which one to keep."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.curate.defaults import Keep
from medcurate.errors import UsageError

COLUMNS = (
    "source", "path", "frame", "format", "height", "width", "depth", "bit_depth",
    "tumor", "patient_id", "series_id", "modality", "contrast", "spacing_mm", "obliquity_deg", "license",
)  # fmt: skip
"""Columns of the catalogue that the ranking needs."""
_DOCUMENTING = ("tumor", "patient_id", "series_id", "modality", "contrast", "spacing_mm", "obliquity_deg", "license")
_LOSSY = ("jpeg",)
_ORDERS: dict[Keep, tuple[str, ...]] = {
    "largest": ("pixels", "bits", "lossless", "rate", "known"),
    "least-compressed": ("lossless", "bits", "rate", "pixels", "known"),
    "best-documented": ("known", "pixels", "bits", "lossless", "rate"),
}


def check_keep(keep: str) -> None:
    """Raise `UsageError` if there is no such policy."""
    if keep not in get_args(Keep):
        raise UsageError(f"keep: expected one of {', '.join(get_args(Keep))}, received {keep!r}")


def rank_images(
    rows: pa.Table, keep: Keep, *, file_bytes: NDArray[np.int64], has_mask: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Rank images by priority to keep.

    Criteria, in order; later ones break ties:

    - ``largest``: pixels, bits per pixel, lossless before JPEG, bytes per pixel of a JPEG, known facts;
    - ``least-compressed``: lossless before JPEG, bits, bytes per pixel of a JPEG, pixels, known facts;
    - ``best-documented``: known facts, pixels, bits, lossless before JPEG, bytes per pixel of a JPEG;

    finally source, path and frame in byte order. Known facts are the number of non-null columns among tumor, patient,
    series, modality, contrast, spacing, geometry, license, and a mask.

    Parameters
    ----------
    rows : Table
        With `COLUMNS`, one image or volume per row.
    keep : {'largest', 'least-compressed', 'best-documented'}
    file_bytes : ndarray, shape (n,)
        Size of each row's file; 0 if unknown.
    has_mask : ndarray, shape (n,)

    Returns
    -------
    ndarray of int64, shape (n,)
        Rank of each row, 0 to n - 1.
    """
    pixels = _numbers(rows, "height") * _numbers(rows, "width") * np.maximum(_numbers(rows, "depth"), 1)
    lossy = pc.is_in(rows.column("format"), value_set=pa.array(_LOSSY)).to_numpy().astype(bool)
    values = {
        "pixels": pixels,
        "bits": _numbers(rows, "bit_depth"),
        "lossless": ~lossy,
        "rate": np.where(lossy, file_bytes / np.maximum(pixels, 1), 0.0),
        "known": sum(rows.column(name).is_valid().to_numpy().astype(int) for name in _DOCUMENTING) + has_mask,
    }
    keys = [place_of_paths(rows), *(-np.asarray(values[name], float) for name in reversed(_ORDERS[keep]))]
    rank = np.empty(rows.num_rows, np.int64)
    rank[np.lexsort(keys)] = np.arange(rows.num_rows)
    return rank


def place_of_paths(rows: pa.Table) -> NDArray[np.int64]:
    """Return the rank of each row by source, path and frame, 0 to n - 1."""
    names = [(name, "ascending") for name in ("source", "path", "frame")]
    place = np.empty(rows.num_rows, np.int64)
    place[pc.sort_indices(rows.select(["source", "path", "frame"]), sort_keys=names).to_numpy()] = np.arange(len(place))
    return place


def _numbers(rows: pa.Table, name: str) -> NDArray[np.int64]:
    return np.asarray(pc.fill_null(rows.column(name), 0).to_numpy(), np.int64)
