"""Counts for the page, from one pass over the catalogue of a dataset."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.catalogue import Catalogue

UNKNOWN = ""
_COLUMNS = (
    "source", "kind", "plane", "tumor", "split", "fold", "status", "reason", "notes", "patient_group",
    "patient_group_by", "duplicate_of", "original_id",
)  # fmt: skip
_AT_ONCE = 1 << 20
_CODES = 8  # bits of a tie for its code; the others hold a digest


@dataclass(slots=True)
class Facts:
    """Counts of the rows of a dataset's catalogue; '' means unknown.

    Attributes
    ----------
    kept : Counter of (source, plane, tumor, split)
        Images and volumes in the dataset.
    kinds : Counter of str
        Kept rows by kind: ``image``, ``volume``, ``mask``.
    dropped : Counter of str
        Number of dropped rows per reason.
    notes : Counter of str
        Number of kept images and volumes per code.
    groups : Counter of (split, how it is known)
        Patient groups.
    torn_groups, torn_clusters : int
        Patient groups, and clusters of copies, in several splits.
    """

    kept: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    folds: Counter[int] = field(default_factory=Counter)
    groups: Counter[tuple[str, str]] = field(default_factory=Counter)
    torn_groups: int = 0
    torn_clusters: int = 0

    @property
    def written(self) -> int:
        """Return the number of images and volumes in the dataset."""
        return sum(self.kept.values())


def gather(catalogue: Catalogue) -> Facts:
    """Count the rows of a dataset's catalogue in batches; memory holds about eight bytes per patient."""
    facts, groups, clusters = Facts(), Ties(), Ties()
    for batch in catalogue.batches(_COLUMNS):
        table = pa.Table.from_batches([batch])
        is_kept = pc.equal(table["status"], "kept")
        facts.dropped.update(_counted(table.filter(pc.invert(is_kept)), "reason"))
        kept = table.filter(is_kept)
        facts.kinds.update(_counted(kept, "kind"))
        images = kept.filter(pc.not_equal(kept["kind"], "mask"))
        if images.num_rows:
            _count_images(facts, images, groups, clusters)
    facts.groups = groups.count()
    facts.torn_groups, facts.torn_clusters = groups.torn(), clusters.torn()
    return facts


def _count_images(facts: Facts, images: pa.Table, groups: Ties, clusters: Ties) -> None:
    names = ("source", "plane", "tumor", "split")
    for *key, count in _combinations(images.select(names)):
        source, plane, tumor, split = key
        facts.kept[source, plane, tumor, split] += count
    for notes, count in _counted(images, "notes").items():
        facts.notes.update(dict.fromkeys(notes.split(), count))
    folds = pc.drop_null(images["fold"])
    facts.folds.update({entry["values"]: entry["counts"] for entry in pc.value_counts(folds).to_pylist()})
    group = pc.coalesce(images["patient_group"], images["original_id"])
    groups.add(group, images["split"], pc.fill_null(images["patient_group_by"], "image"))
    clusters.add(pc.coalesce(images["duplicate_of"], images["original_id"]), images["split"], None)


def _counted(table: pa.Table, column: str) -> dict[str, int]:
    values = pc.fill_null(table[column], UNKNOWN)
    return {entry["values"]: entry["counts"] for entry in pc.value_counts(values).to_pylist()}


def _combinations(table: pa.Table) -> list[tuple[str, str, str, int]]:
    """Return each combination of values, '' for null, and its number of rows."""
    counted = table.group_by(table.column_names).aggregate([([], "count_all")])
    columns = [counted[name].to_pylist() for name in (*table.column_names, "count_all")]
    return [(*(value or UNKNOWN for value in row[:-1]), row[-1]) for row in zip(*columns, strict=True)]


class Ties:
    """Splits of the members of groups, in eight bytes per group and split.

    A group is identified by 56 bits of a digest of its name: the probability of a collision among ten million is below
    one in a thousand.
    """

    def __init__(self) -> None:
        self._ties: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._new: list[int] = []
        self._codes: dict[tuple[str, str], int] = {}

    def add(self, groups: pa.ChunkedArray, splits: pa.ChunkedArray, by: pa.ChunkedArray | None) -> None:
        """Add members: the names of their groups, their splits, and the evidence for the groups."""
        by = pa.chunked_array([pa.array([UNKNOWN] * len(groups), pa.string())]) if by is None else by
        table = pa.table({"group": groups, "split": splits, "by": by})
        for group, split, how, _ in _combinations(table):
            code = self._codes.setdefault((split, how), len(self._codes))
            digest = hashlib.blake2b(group.encode(), digest_size=7).digest()
            self._new.append(int.from_bytes(digest, "big") << _CODES | min(code, (1 << _CODES) - 1))
        if len(self._new) >= _AT_ONCE:
            self._merge()

    def _merge(self) -> None:
        self._ties = np.unique(np.r_[self._ties, np.array(self._new, np.uint64)])
        self._new = []

    def count(self) -> Counter[tuple[str, str]]:
        """Return the number of groups per split and kind."""
        self._merge()
        counts = np.bincount((self._ties & np.uint64((1 << _CODES) - 1)).astype(np.int64), minlength=len(self._codes))
        return Counter({key: int(counts[code]) for key, code in self._codes.items()})

    def torn(self) -> int:
        """Return the number of groups in several splits."""
        self._merge()
        splits = {split: number for number, split in enumerate(sorted({split for split, _ in self._codes}))}
        of_code = np.array([splits[split] for split, _ in self._codes] or [0], np.uint64)
        code = (self._ties & np.uint64((1 << _CODES) - 1)).astype(np.int64)
        group = self._ties >> np.uint64(_CODES)
        places = np.unique(group << np.uint64(_CODES) | of_code[code]) >> np.uint64(_CODES)
        _, counts = np.unique(places, return_counts=True)
        return int((counts > 1).sum())


def count_rejects(files: Sequence[Path]) -> Counter[str]:
    """Return the number of files per code in tables of rejects; missing tables count as empty."""
    codes: Counter[str] = Counter()
    for path in files:
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as stream:
                codes.update(line["code"] for line in csv.DictReader(stream) if line.get("code"))
    return codes
