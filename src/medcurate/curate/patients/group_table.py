"""``groups.csv``: known and inferred patient groups, one row per group."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from medcurate.catalogue import Catalogue
from medcurate.catalogue.considered import considered
from medcurate.curate.patients.patient_groups import BY, PatientGroups
from medcurate.curate.patients.split_folders import split_of_row
from medcurate.run_folder import atomic_write

GROUPS = "groups.csv"
COLUMNS = ("patient_group", "by", "images", "sources", "splits", "first_source", "first_path")
_KEYS = ("group", "source", "split")
_READ = ("image_id", "kind", "status", "reason", "source", "path", "split")
_BETWEEN = "\x1f"  # occurs in no name: `encode_path` escapes it
_AT_ONCE = 8192


def write_groups(folder: Path, catalogue: Catalogue, groups: PatientGroups) -> None:
    """Write one row per group of at least two images, ordered by group name.

    Parameters
    ----------
    catalogue : Catalogue
        With the rows of `groups`.
    """
    with atomic_write(folder / GROUPS) as stream:
        text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_lines(catalogue, groups))
        text.flush()
        text.detach()


def _lines(catalogue: Catalogue, groups: PatientGroups) -> Iterator[Sequence[Any]]:
    """Yield the rows; memory holds one entry per group, source and split."""
    entries = _entries(catalogue, groups)
    for group, found in groupby(entries, key=itemgetter("group")):
        lines = list(found)
        images = sum(line["images"] for line in lines)
        if images > 1:
            first_source, _, first_path = min(line["place"] for line in lines).partition(_BETWEEN)
            sources = _joined(line["source"] for line in lines)
            splits = _joined(line["split"] for line in lines)
            by = BY[max(line["by"] for line in lines)]
            yield str(groups.ids[group]), by, images, sources, splits, first_source, first_path


def _joined(words: Iterable[str | None]) -> str:
    return " ".join(sorted({word for word in words if word}))


def _entries(catalogue: Catalogue, groups: PatientGroups) -> Iterator[dict[str, Any]]:
    """Yield number of images, evidence and first path per group, source and split, ordered by group."""
    found, start = [], 0
    for batch in catalogue.batches(_READ):
        stop = start + batch.num_rows
        found.append(_counted(batch, groups, start, stop))
        start = stop
    if not found:
        return
    total = _summed(pa.concat_tables(found))
    for part in total.sort_by([(name, "ascending") for name in _KEYS]).to_batches(max_chunksize=_AT_ONCE):
        yield from part.to_pylist()


def _counted(batch: pa.RecordBatch, groups: PatientGroups, start: int, stop: int) -> pa.Table:
    source, path, split = (batch.column(name) for name in ("source", "path", "split"))
    table = pa.table(
        {
            "group": groups.number[start:stop],
            "source": source,
            "split": pa.array(map(split_of_row, path.to_pylist(), split.to_pylist()), pa.string()),
            "images": np.ones(stop - start, np.int64),
            "by": groups.by[start:stop],
            "place": pc.binary_join_element_wise(source, path, _BETWEEN),
        }
    )
    return _summed(table.filter(pa.array(considered(batch))))


def _summed(table: pa.Table) -> pa.Table:
    added = table.group_by(list(_KEYS)).aggregate([("images", "sum"), ("by", "max"), ("place", "min")])
    return added.rename_columns([*_KEYS, "images", "by", "place"])
