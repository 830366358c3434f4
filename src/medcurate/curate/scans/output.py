"""The end of a scan: from its parts to ``catalogue.parquet`` and ``rejects.csv``, a part at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from medcurate.catalogue import FILE_NAME, SCHEMA
from medcurate.curate.scans.across_files import COLUMNS, Findings, compare
from medcurate.curate.scans.parts import part_files, read_lines
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


def write_output(out: Path, seen: int, *, part_rows: int | None = None) -> Counts:
    """Compare the files of a complete scan with each other, write both tables, and check the counts.

    Raises
    ------
    OutputError
        If a table cannot be written.
    RuntimeError
        If a file was lost on the way: a bug.
    """
    parts = part_files(out)
    findings = compare(read_lines(path, COLUMNS) for path in parts)
    rejected, ignored, usable = _count(parts)
    copied = findings.n_copied_files
    counts = Counts(seen, usable - copied, copied, rejected, ignored)
    with atomic_write(out / REJECTS) as stream:
        text = io.TextIOWrapper(stream, "utf-8", newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(REJECT_COLUMNS)
        for path in parts:
            writer.writerows(_rejects(path))
        text.flush()
        text.detach()
    write_catalogue(out / FILE_NAME, _tables(parts, findings), part_rows=part_rows)
    return counts


def _count(parts: list[Path]) -> tuple[int, int, int]:
    rejected = ignored = usable = 0
    for path in parts:
        table = read_lines(path, ["file", "code", "ignored"])
        is_out = table.column("code").is_valid().to_numpy()
        is_ignored = table.column("ignored").to_numpy()
        ignored += int(is_ignored.sum())
        rejected += int((is_out & ~is_ignored).sum())
        usable += len(np.unique(table.column("file").to_numpy()[~is_out]))
    return rejected, ignored, usable


def _rejects(path: Path) -> Iterator[tuple[str, ...]]:
    table = read_lines(path, ["source", "path", "file_sha256", "stage", "code", "message"])
    table = table.filter(table.column("code").is_valid())
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        yield (*(value or "" for value in row), ACTIONS[Code(row[4])].action)


def _tables(parts: list[Path], findings: Findings) -> Iterator[pa.Table]:
    start = 0
    for path in parts:
        lines = read_lines(path)
        table = lines.filter(lines.column("image_id").is_valid())
        yield _table(table, findings, start)
        start += table.num_rows


def _table(lines: pa.Table, findings: Findings, start: int) -> pa.Table:
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
