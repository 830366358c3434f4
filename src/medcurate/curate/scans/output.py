"""The end of a scan: its files compared with each other, counted, and written a part at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from medcurate.catalogue import FILE_NAME
from medcurate.curate.scans.across_files import COLUMNS, compare
from medcurate.curate.scans.parts import PartStore
from medcurate.curate.scans.reading import ReadParts
from medcurate.curate.scans.scan_parts import ScanPart, ScanParts
from medcurate.errors import Code
from medcurate.reject_codes import ACTIONS
from medcurate.run_folder import atomic_write, write_catalogue

REJECTS = "rejects.csv"
REJECT_COLUMNS = ("source", "path", "sha256", "stage", "code", "message", "action")


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of every file (or member of an archive).

    Attributes
    ----------
    seen : int
        All of them; always the sum of the others.
    accepted : int
        At least one image that no earlier file has.
    duplicates : int
        Every image is a copy, by bytes or pixels, of one in an earlier file; its rows are kept and marked.
    rejected : int
        Listed in ``rejects.csv`` with a reason.
    ignored : int
        Not meant to be images; listed there, too.
    """

    seen: int
    accepted: int
    duplicates: int
    rejected: int
    ignored: int

    def __post_init__(self) -> None:
        total = self.accepted + self.duplicates + self.rejected + self.ignored
        if self.seen != total or min(asdict(self).values()) < 0:
            raise RuntimeError(f"the counts do not add up, which is a bug: {self}")


def compare_files(read: ReadParts, store: PartStore) -> tuple[ScanParts, Counts]:
    """Compare the files of a scan with each other and count what became of them, in one pass.

    Raises
    ------
    RuntimeError
        A file was lost on the way: a bug.
    """
    tally = _Tally()
    findings = compare(map(tally.see, (store.lines(key, (*COLUMNS, "code", "ignored")) for key in read.keys)))
    copied = findings.n_copied_files
    counts = Counts(read.seen, tally.usable - copied, copied, tally.rejected, tally.ignored)
    return ScanParts(store, read.keys, tally.rows, findings), counts


class _Tally:
    """Counts the files and rows of parts that pass by."""

    def __init__(self) -> None:
        self.rejected = self.ignored = self.usable = 0
        self.rows: list[int] = []

    def see(self, lines: pa.Table) -> pa.Table:
        is_out = lines.column("code").is_valid().to_numpy()
        is_ignored = lines.column("ignored").to_numpy()
        self.ignored += int(is_ignored.sum())
        self.rejected += int((is_out & ~is_ignored).sum())
        self.usable += len(np.unique(lines.column("file").to_numpy()[~is_out]))
        self.rows.append(lines.num_rows - lines.column("image_id").null_count)
        return lines


def write_tables(
    out: Path, parts: ScanParts, rows_of: Callable[[ScanPart], pa.Table], *, part_rows: int | None = None
) -> None:
    """Write ``catalogue.parquet`` and ``rejects.csv`` in one pass over the parts.

    Parameters
    ----------
    rows_of : callable
        Returns the rows of the catalogue that a part gives.
    part_rows : int, optional
        See `medcurate.run_folder.write_catalogue`.

    Raises
    ------
    OutputError
        A table cannot be written.
    """
    with atomic_write(out / REJECTS) as stream:
        text = io.TextIOWrapper(stream, "utf-8", newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(REJECT_COLUMNS)

        def tables() -> Iterator[pa.Table]:
            for part in parts:
                writer.writerows(_rejects(part.lines))
                yield rows_of(part)

        write_catalogue(out / FILE_NAME, tables(), part_rows=part_rows)
        text.flush()
        text.detach()


def _rejects(lines: pa.Table) -> Iterator[tuple[str, ...]]:
    columns = ["source", "path", "file_sha256", "stage", "code", "message"]
    out = lines.select(columns).filter(lines.column("code").is_valid())
    for row in zip(*(column.to_pylist() for column in out.columns), strict=True):
        yield (*(value or "" for value in row), ACTIONS[Code(row[4])].action)
