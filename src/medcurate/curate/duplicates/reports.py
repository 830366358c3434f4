"""Tables of copies: which image is a copy of which, whose labels conflict, and where copies leak."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.curate.duplicates.clusters import KEPT, KINDS, Clusters
from medcurate.curate.duplicates.keep_policy import place_of_paths
from medcurate.curate.patients.split_folders import split_of_row
from medcurate.run_folder import atomic_write

DUPLICATES, CONFLICTS, LEAKS, CONTAMINATION = (
    f"{name}.csv" for name in ("duplicates", "label_conflicts", "leaks", "contamination")
)
REPORTS = (DUPLICATES, CONFLICTS, LEAKS, CONTAMINATION)
COLUMNS = {
    DUPLICATES: (
        "cluster", "kept_source", "kept_path", "kept_frame", "source", "path", "frame", "kind", "change", "score",
    ),
    CONFLICTS: ("cluster", "tumor", "source", "path", "frame", "kind", "change", "score"),
    LEAKS: ("cluster", "split", "source", "path", "frame", "kind", "change", "score"),
    CONTAMINATION: ("source", "images", "other", "copies", "share"),
}  # fmt: skip
SCORE_DECIMALS = 4
_KEPT_COLUMNS = ["source", "path", "frame", "kind", "depth", "tumor", "split"]
_AT_ONCE = 8192


@dataclass(frozen=True, slots=True)
class Found:
    """The rows that have copies, by cluster, in an order independent of the catalogue.

    Clusters are ordered by the paths of their kept images; in each cluster the kept image is first.

    Attributes
    ----------
    rows : Table
        Columns ``source``, ``path``, ``frame``, ``kind``, ``depth`` and ``tumor`` of the catalogue; and ``split``, from
        the catalogue if known, else from the folder.
    place : ndarray of int64, shape (k,)
        Index of each row among the rows that were clustered.
    cluster : ndarray of int64, shape (k,)
        Number of its cluster, from 1.
    kind : ndarray of uint8, shape (k,)
        Index into `medcurate.curate.duplicates.clusters.KINDS`.
    change : ndarray of int16, shape (k,)
        Change compared with the kept image, index into `names`; -1 for equal pixels.
    score : ndarray of float32, shape (k,)
    conflicts, leaks : ndarray of bool, shape (k,)
        Whether the labels of its cluster conflict, and whether its cluster is in several splits.
    """

    rows: pa.Table
    place: NDArray[np.int64]
    cluster: NDArray[np.int64]
    kind: NDArray[np.uint8]
    change: NDArray[np.int16]
    score: NDArray[np.float32]
    conflicts: NDArray[np.bool_]
    leaks: NDArray[np.bool_]
    names: tuple[str, ...]

    @property
    def n_clusters(self) -> int:
        """Return the number of clusters."""
        return int(self.cluster[-1]) if len(self.cluster) else 0

    def changes(self, part: slice) -> list[str]:
        """Return the names of the changes of some rows; '' for equal pixels."""
        return [self.names[code] if code >= 0 else "" for code in self.change[part].tolist()]

    def count(self, chosen: NDArray[np.bool_]) -> int:
        """Return the number of clusters of the chosen rows."""
        return len(np.unique(self.cluster[chosen]))


def gather(rows: pa.Table, clusters: Clusters) -> Found:
    """Order rows for the reports, and find conflicts and leaks.

    Parameters
    ----------
    rows : Table
        One row per row of `clusters`.
    """
    place = place_of_paths(rows)
    shared = np.flatnonzero(clusters.is_shared)
    keeper = clusters.keeper
    order = shared[np.lexsort((place[shared], clusters.kind[shared] != KEPT, place[keeper[shared]]))]
    table = _with_splits(rows.select(_KEPT_COLUMNS).take(pa.array(order)))
    cluster = np.cumsum(clusters.kind[order] == KEPT)
    return Found(
        table,
        order,
        cluster,
        clusters.kind[order],
        clusters.change[order],
        clusters.score[order],
        _differ(cluster, table.column("tumor")),
        _differ(cluster, table.column("split")),
        clusters.names,
    )


def _with_splits(rows: pa.Table) -> pa.Table:
    """Fill in splits from folder names."""
    parts = [
        pa.array(map(split_of_row, *(batch.column(name).to_pylist() for name in ("path", "split"))), pa.string())
        for batch in rows.to_batches(max_chunksize=_AT_ONCE)
    ]
    index = rows.schema.get_field_index("split")
    return rows.set_column(index, rows.schema.field(index), pa.chunked_array(parts, pa.string()))


def _differ(cluster: NDArray[np.int64], values: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Return a mask of the rows whose cluster has several values; null is not a value."""
    if not len(cluster):
        return np.empty(0, bool)
    array = values.combine_chunks()
    codes = pc.fill_null(array.dictionary_encode().indices, 0).to_numpy().astype(np.int64)
    known = array.is_valid().to_numpy(zero_copy_only=False)
    starts = np.flatnonzero(np.r_[True, np.diff(cluster) != 0])
    least = np.minimum.reduceat(np.where(known, codes, np.iinfo(np.int64).max), starts)
    most = np.maximum.reduceat(np.where(known, codes, -1), starts)
    return np.asarray((most > least)[cluster - 1], bool)


def write_reports(folder: Path, found: Found, images: Mapping[str, int]) -> None:
    """Write the four tables, each atomically.

    Parameters
    ----------
    images : mapping of str to int
        Number of images per source.
    """
    _write(folder / DUPLICATES, _duplicates(found))
    _write(folder / CONFLICTS, _members(found, found.conflicts, found.rows.column("tumor")))
    _write(folder / LEAKS, _members(found, found.leaks, found.rows.column("split")))
    _write(folder / CONTAMINATION, contamination(found, images))


def _write(path: Path, lines: Iterable[Sequence[Any]]) -> None:
    with atomic_write(path) as stream:
        text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS[path.name])
        writer.writerows(lines)
        text.flush()
        text.detach()


def _duplicates(found: Found) -> Iterator[Sequence[Any]]:
    """Yield each dropped image with its kept one."""
    kept: tuple[Any, ...] = ()
    for start in range(0, len(found.cluster), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        for number, kind, name, change in zip(
            found.cluster[part].tolist(), found.kind[part].tolist(), _names(found, part), _how(found, part), strict=True
        ):
            if kind == KEPT:
                kept = name
            else:
                yield (number, *kept, *name, *change)


def _members(found: Found, chosen: NDArray[np.bool_], values: pa.ChunkedArray) -> Iterator[Sequence[Any]]:
    """Yield all images of the chosen clusters, each with a value."""
    for start in range(0, len(found.cluster), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        lines = zip(
            chosen[part].tolist(),
            found.cluster[part].tolist(),
            values[part].to_pylist(),
            _names(found, part),
            _how(found, part),
            strict=True,
        )
        yield from ((number, value or "", *name, *how) for wanted, number, value, name, how in lines if wanted)


def _names(found: Found, part: slice) -> Iterator[tuple[str, str, int | str]]:
    """Yield source, path and frame of some rows."""
    rows = found.rows.slice(part.start, part.stop - part.start)
    columns = (rows.column(name).to_pylist() for name in ("source", "path", "frame"))
    for source, path, frame in zip(*columns, strict=True):
        yield source, path, "" if frame is None else frame


def _how(found: Found, part: slice) -> Iterator[tuple[str, str, str]]:
    """Yield kind, change and score of some rows; ``kept`` for a kept image."""
    for kind, change, score in zip(
        found.kind[part].tolist(), found.changes(part), found.score[part].tolist(), strict=True
    ):
        yield KINDS[kind] or "kept", change, f"{score:.{SCORE_DECIMALS}f}"


def contamination(found: Found, images: Mapping[str, int]) -> Iterator[tuple[str, int, str, int, str]]:
    """Yield for each pair of sources the number and fraction of images of the one that have a copy in the other.

    The row of a source with itself counts the images that have a copy within it.
    """
    from scipy.sparse import coo_array

    names = sorted(images)
    source = pc.fill_null(found.rows.column("source"), "")
    column = pc.index_in(source, value_set=pa.array(names, pa.string())).to_numpy().astype(np.int64)
    shape = (found.n_clusters, len(names))
    members = coo_array((np.ones(len(column), np.int64), (found.cluster - 1, column)), shape=shape).tocsr()
    there = members > 0
    both = (members.T @ there.astype(np.int64)).toarray()
    alone = np.bincount(members.tocoo().col, np.where(members.tocoo().data > 1, members.tocoo().data, 0), len(names))
    np.fill_diagonal(both, alone.astype(np.int64))
    for place, name in enumerate(names):
        for other, other_name in enumerate(names):
            count = int(both[place, other])
            yield name, images[name], other_name, count, f"{count / images[name]:.{SCORE_DECIMALS}f}"
