"""The rows of the dataset's catalogue: decided rows joined with what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import pyarrow as pa

from medcurate.catalogue import SCHEMA
from medcurate.curate.homogenizing.job_store import JobStore
from medcurate.curate.homogenizing.plan import Plan
from medcurate.curate.homogenizing.records import DROPPED, KEPT, USED, ImageRecord
from medcurate.dataset.layout import VOLUMES


@dataclass(slots=True, kw_only=True)
class CatalogueRow:
    """Those columns of a row that homogenizing reads or changes; names and types are those of the catalogue.

    Attributes
    ----------
    at : int
        Place in the batch of the row that it comes from, for the other columns.
    message : str
        Of a file that could not be read; it is no column.
    """

    at: int
    image_id: str
    source: str
    path: str
    frame: int | None
    format: str | None
    kind: str
    contrast: str | None
    tumor: str | None
    height: int | None
    width: int | None
    depth: int | None
    spacing_mm: list[float] | None
    bit_depth: int | None
    plane: str | None
    file_sha256: str | None
    perceptual_hash: str | None
    duplicate_of: str | None
    mask_of: str | None
    split: str | None
    status: str
    reason: str | None
    notes: str | None
    patient_group: str | None
    fold: int | None
    position: float | None
    mask_area: float | None
    sharpness: float | None
    original_path: str | None
    original_frame: int | None
    original_id: str | None
    steps: str | None
    message: str = ""

    @property
    def group(self) -> str:
        """The patient group, or the original image where it is in none: what a split may not part."""
        return str(self.patient_group or self.original_id)


COLUMNS = tuple(field.name for field in fields(CatalogueRow) if field.name in SCHEMA.names)


@dataclass(frozen=True, slots=True)
class MergedBatch:
    """Decided rows, and the rows of the dataset's catalogue that come of them, before splits and duplicates."""

    decided: pa.RecordBatch
    rows: list[CatalogueRow]


def merged(plan: Plan, store: JobStore) -> Iterator[MergedBatch]:
    """Yield the rows of the dataset's catalogue, a batch of decided rows at a time.

    The place of a kept mask is behind its image.
    """
    results = store.results()
    row, record = next(results, (-1, None))
    first = 0
    for batch in plan.batches():
        found: list[CatalogueRow] = []
        for number, base in enumerate(_rows_of(batch), first):
            if row != number:
                found.append(_not_read(base, plan, number))
                continue
            while row == number and record is not None:
                if record.status != USED:
                    found.append(_joined(base, record))
                row, record = next(results, (-1, None))
        first += batch.num_rows
        yield MergedBatch(batch, found)


def to_table(batch: pa.RecordBatch, rows: Sequence[CatalogueRow]) -> pa.Table:
    """Return rows as a table of the catalogue; columns that homogenizing does not change are taken from the batch."""
    table = pa.Table.from_batches([batch]).take(pa.array([row.at for row in rows], pa.int64()))
    for name in COLUMNS:
        values = pa.array([getattr(row, name) for row in rows], SCHEMA.field(name).type)
        table = table.set_column(SCHEMA.get_field_index(name), SCHEMA.field(name), values)
    return table


def _rows_of(batch: pa.RecordBatch) -> Iterator[CatalogueRow]:
    columns = [batch.column(name).to_pylist() for name in COLUMNS]
    for at, values in enumerate(zip(*columns, strict=True)):
        named: dict[str, Any] = dict(zip(COLUMNS, values, strict=True))
        yield CatalogueRow(at=at, **named)


def _not_read(base: CatalogueRow, plan: Plan, number: int) -> CatalogueRow:
    """Return a row that no job has read; a mask that is still wanted is one of an image that is not."""
    return replace(base, status=DROPPED, reason=plan.unused(number).value) if base.status == KEPT else base


def _joined(base: CatalogueRow, record: ImageRecord) -> CatalogueRow:
    if record.status == DROPPED:
        return replace(
            base,
            status=DROPPED,
            reason=record.reason,
            message=record.message,
            kind=record.kind or base.kind,
            plane=record.plane or base.plane,
            frame=base.frame if record.original_frame is None else record.original_frame,
        )
    path = str(record.path)
    return replace(
        base,
        status=KEPT,
        reason=None,
        frame=None,
        perceptual_hash=None,
        original_path=base.path,
        original_id=base.image_id,
        original_frame=record.original_frame,
        path=path,
        format="nifti" if path.startswith(VOLUMES) else "png",
        kind=str(record.kind),
        plane=record.plane,
        contrast=record.contrast,
        image_id=str(record.image_id),
        mask_of=record.mask_of,
        height=record.height,
        width=record.width,
        depth=record.depth,
        spacing_mm=record.spacing_mm,
        bit_depth=record.bit_depth,
        mask_area=record.mask_area,
        sharpness=record.sharpness,
        position=record.position,
        notes=record.notes,
        steps=record.steps,
        file_sha256=record.file_sha256,
    )
