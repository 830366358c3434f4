"""The catalogue rows for `dedupe`: all of them as a few arrays, those with copies as a table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.catalogue import SCHEMA, Catalogue
from medcurate.catalogue.considered import considered
from medcurate.curate.duplicates.clusters import Pairs
from medcurate.curate.scans.across_files import first_digits
from medcurate.curate.sources.inputs import Item, Skipped

_AT_ONCE = 65_536
_FRAME = np.uint64(0x9E3779B97F4A7C15)  # odd, so that frames of one file get different keys


@dataclass(frozen=True, slots=True)
class AllRows:
    """Facts held in memory for every row of a catalogue.

    Attributes
    ----------
    image : ndarray of uint64, shape (n,)
        First digits of the ``image_id``.
    considered : ndarray of bool, shape (n,)
        See `medcurate.catalogue.considered.considered`.
    masked : ndarray of uint64
        Sorted identities of the images that have a mask.
    sources : dict of str to int
        Number of considered images and volumes per source.
    """

    image: NDArray[np.uint64]
    considered: NDArray[np.bool_]
    masked: NDArray[np.uint64]
    sources: dict[str, int]

    @property
    def n_different(self) -> int:
        """Return the number of distinct images."""
        return len(np.unique(self.image[self.considered]))

    def without(self, excluded: Collection[str]) -> AllRows:
        """Return the same rows, of which those with some ``image_id`` are not considered."""
        if not excluded:
            return self
        left_out = np.isin(self.image, np.array([int(name, 16) for name in excluded], np.uint64))
        return replace(self, considered=self.considered & ~left_out)

    def among(self, pairs: Pairs) -> Pairs:
        """Return the pairs of considered images, each by its first considered row."""
        at = np.flatnonzero(self.considered)
        known, first = np.unique(self.image[at], return_index=True)
        both = np.isin(self.image[pairs.first], known) & np.isin(self.image[pairs.second], known)
        ends = [at[first[np.searchsorted(known, self.image[end[both]])]] for end in (pairs.first, pairs.second)]
        return Pairs(ends[0], ends[1], pairs.score[both], pairs.change[both], pairs.names)

    def equal(self) -> NDArray[np.bool_]:
        """Return a mask of the rows whose pixels equal those of another row."""
        found = np.zeros(len(self.image), bool)
        at = np.flatnonzero(self.considered)
        _, group, count = np.unique(self.image[at], return_inverse=True, return_counts=True)
        found[at] = count[group] > 1
        return found


def read_all(catalogue: Catalogue) -> AllRows:
    """Read the identities of all rows; memory holds about 20 bytes per row."""
    image, chosen, masked = [], [], []
    sources: dict[str, int] = {}
    for batch in catalogue.batches(["image_id", "kind", "status", "reason", "mask_of", "source"]):
        image.append(first_digits(batch.column("image_id")))
        chosen.append(considered(batch))
        masked.append(np.unique(first_digits(batch.column("mask_of").drop_null())))
        for entry in pc.value_counts(batch.column("source").filter(pa.array(chosen[-1]))).to_pylist():
            name = entry["values"] or ""
            sources[name] = sources.get(name, 0) + entry["counts"]
    return AllRows(
        np.concatenate([np.empty(0, np.uint64), *image]),
        np.concatenate([np.empty(0, bool), *chosen]),
        np.unique(np.concatenate([np.empty(0, np.uint64), *masked])),
        dict(sorted(sources.items())),
    )


def read_some(catalogue: Catalogue, wanted: NDArray[np.bool_], columns: Sequence[str]) -> pa.Table:
    """Return the wanted rows, in order.

    Parameters
    ----------
    wanted : ndarray of bool, shape (n,)
        Mask over all rows of the catalogue.
    """
    found, start = [], 0
    for batch in catalogue.batches(columns):
        found.append(batch.filter(pa.array(wanted[start : start + batch.num_rows])))
        start += batch.num_rows
    schema = pa.schema([SCHEMA.field(name) for name in columns])
    return pa.Table.from_batches(found, schema=schema).combine_chunks()


def without_other_series(catalogue: Catalogue, pairs: Pairs) -> Pairs:
    """Return the pairs except those whose headers state two series of one patient.

    Echoes and repeated scans look like windowed copies of each other but are separate acquisitions.
    """
    wanted = np.zeros(len(catalogue), bool)
    wanted[pairs.first] = wanted[pairs.second] = True
    rows = read_some(catalogue, wanted, ["patient_id", "series_id"])
    found = pairs.at(np.flatnonzero(wanted))
    patient, series = (_codes(rows.column(name)) for name in ("patient_id", "series_id"))
    known = (patient[found.first] >= 0) & (series[found.first] >= 0) & (series[found.second] >= 0)
    other = (patient[found.first] == patient[found.second]) & (series[found.first] != series[found.second])
    keep = ~(known & other)
    return Pairs(pairs.first[keep], pairs.second[keep], pairs.score[keep], pairs.change[keep], pairs.names)


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return a code per distinct text, -1 for null."""
    indices = column.combine_chunks().dictionary_encode().indices
    return np.asarray(pc.fill_null(indices, -1).to_numpy(), np.int64)


def contents(rows: pa.Table) -> NDArray[np.uint64]:
    """Return a key per row that is equal if file content and frame are equal."""
    frame = pc.fill_null(rows.column("frame"), -1).to_numpy().astype(np.uint64)
    return np.asarray(first_digits(rows.column("file_sha256")) + (frame + np.uint64(1)) * _FRAME, np.uint64)


def file_bytes(listing: Iterable[Item | Skipped], rows: pa.Table) -> NDArray[np.int64]:
    """Return the size of each row's file, 0 where it is not in the listing.

    Parameters
    ----------
    listing : iterable of Item or Skipped
        The files of the input.
    rows : Table
        With ``source`` and ``path``.
    """
    size = np.zeros(rows.num_rows, np.int64)
    if not rows.num_rows:
        return size
    key = _keys(rows)
    order = np.argsort(key, kind="stable")
    ascending = key[order]
    for entry in listing:
        if isinstance(entry, Item):
            known = hash((entry.source, entry.path))
            first, stop = np.searchsorted(ascending, known), np.searchsorted(ascending, known, side="right")
            size[order[first:stop]] = entry.size
    return size


def _keys(rows: pa.Table) -> NDArray[np.int64]:
    """Return a key per file, valid in this process only, because Python salts hashes of text."""
    found = [
        np.fromiter(
            map(hash, zip(*(batch.column(name).to_pylist() for name in ("source", "path")), strict=True)), np.int64
        )
        for batch in rows.select(["source", "path"]).to_batches(max_chunksize=_AT_ONCE)
    ]
    return np.concatenate([np.empty(0, np.int64), *found])
