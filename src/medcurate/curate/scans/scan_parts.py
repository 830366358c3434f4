"""The rows and features of a scan, a part at a time; each is read when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.catalogue import SCHEMA
from medcurate.curate.scans.across_files import Findings
from medcurate.curate.scans.file_lines import Features
from medcurate.curate.scans.parts import PartStore, feature_rows
from medcurate.errors import Code


class ScanPart:
    """Some consecutive rows of the catalogue, and the features of their images.

    Parameters
    ----------
    key : bytes
        Of the part in the store.
    first_row : int
        Number of its first row in the catalogue.
    findings : Findings
        Of the whole scan.
    """

    def __init__(self, store: PartStore, key: bytes, first_row: int, findings: Findings) -> None:
        self.first_row = first_row
        self._store = store
        self._key = key
        self._findings = findings

    @cached_property
    def lines(self) -> pa.Table:
        """What was read of the files of this part, rejected files included."""
        return self._store.lines(self._key)

    @cached_property
    def rows(self) -> pa.Table:
        """Rows of the catalogue, with planes where the header tells them."""
        return _rows(self.lines.filter(self.lines.column("image_id").is_valid()), self._findings, self.first_row)

    @cached_property
    def features(self) -> Features:
        """Features, shape (m, `N_FEATURES`): none of masks and blank images, up to 16 of a volume."""
        from medcurate.curate.measures.plane_features import N_FEATURES

        features = self._store.features(self._key)
        return np.empty((0, N_FEATURES), np.float16) if features is None else features

    @cached_property
    def feature_row(self) -> NDArray[np.int64]:
        """Index into `rows` of each line of `features`, ascending, shape (m,)."""
        return feature_rows(self._store.lines(self._key, ["image_id", "n_features"]))


class ScanParts:
    """All parts of a scan, in the order of the catalogue; they may be gone through several times.

    Parameters
    ----------
    keys : sequence of bytes
        Of the parts, in order.
    counts : sequence of int
        Catalogue rows per part.
    findings : Findings
        From the comparison of all files.
    """

    def __init__(self, store: PartStore, keys: Sequence[bytes], counts: Sequence[int], findings: Findings) -> None:
        self._store = store
        self._keys = keys
        self._counts = counts
        self._findings = findings

    @property
    def n_rows(self) -> int:
        """Number of rows of the catalogue."""
        return sum(self._counts)

    def __iter__(self) -> Iterator[ScanPart]:
        first = 0
        for key, count in zip(self._keys, self._counts, strict=True):
            yield ScanPart(self._store, key, first, self._findings)
            first += count


def _rows(lines: pa.Table, findings: Findings, start: int) -> pa.Table:
    count = lines.num_rows
    stop = start + count
    kinds = findings.kind_names(start, stop)
    ids = lines.column("image_id").to_pylist()
    special = {
        "duplicate_kind": kinds,
        "duplicate_of": [image if kind else None for image, kind in zip(ids, kinds, strict=True)],
        "series_id": _with_stacks(lines.column("series_id").to_pylist(), findings.stack[start:stop].tolist()),
        "notes": _with_notes(lines.column("notes").to_pylist(), findings.notes, start),
        "origin": ["real"] * count,
        "position": pa.array(findings.position[start:stop], pa.float64(), from_pandas=True),  # NaN becomes null
    }
    columns = []
    for field in SCHEMA:
        if field.name in special:
            columns.append(pa.array(special[field.name], field.type))
        elif field.name in lines.column_names:
            columns.append(lines.column(field.name).combine_chunks())
        else:
            columns.append(pa.nulls(count, field.type))
    return pa.table(columns, schema=SCHEMA)


def _with_stacks(series: list[str | None], stacks: list[int]) -> list[str | None]:
    return [f"{name}-{stack}" if name and stack else name for name, stack in zip(series, stacks, strict=True)]


def _with_notes(notes: list[str | None], more: dict[int, list[Code]], start: int) -> list[str]:
    joined = [note or "" for note in notes]
    if more:
        for number in range(len(joined)):
            if added := more.get(start + number):
                joined[number] = " ".join(dict.fromkeys([*joined[number].split(), *(code.value for code in added)]))
    return joined
