"""What is known of a row before its file is read, and what became of it afterwards; both are small and picklable."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import pyarrow as pa

KEPT, DROPPED, USED = "kept", "dropped", "used"


class RowFacts(NamedTuple):
    """Columns of the catalogue that a worker needs of a row; names and types are those of the catalogue."""

    kind: str
    status: str
    reason: str | None
    source: str
    license: str | None
    notes: str | None
    modality: str | None
    contrast: str | None
    plane: str | None
    plane_confidence: float | None
    obliquity_deg: float | None
    tumor: str | None
    height: int | None
    width: int | None
    sharpness: float | None
    position: float | None
    mask_area: float | None
    path: str
    frame: int | None
    image_id: str
    mask_of: str | None
    depth: int | None
    spacing_mm: list[float] | None
    patient_group: str | None
    bit_depth: int | None
    steps: str | None

    @property
    def codes(self) -> list[str]:
        """The codes in the notes."""
        return (self.notes or "").split()


def facts_of(batch: pa.RecordBatch) -> list[RowFacts]:
    """Return the facts of all rows of a batch."""
    columns = (batch.column(name).to_pylist() for name in RowFacts._fields)
    return [RowFacts(*values) for values in zip(*columns, strict=True)]


@dataclass(slots=True, kw_only=True)
class ImageRecord:
    """What became of a row of the catalogue, or of one slice of a volume.

    Where the status is ``kept`` every field says what the file in the dataset is, None included. Where it is
    ``dropped``, ``kind``, ``plane`` and ``original_frame`` are None unless a slice of a volume is meant.

    Attributes
    ----------
    row : int
        Number of the row, counted from the first row of its job.
    status : {'kept', 'dropped', 'used'}
        ``used`` is a mask that went into the masks of images.
    reason : str or None
        Why it was dropped.
    message : str
        Of a file that could not be read; it is listed as a reject.
    path : str or None
        Where the file lies in the dataset before splits and duplicates are decided.
    position : float or None
        Place of a slice in its stack, in [0, 1].
    spacing_mm : list of float or None
        Size of a pixel or voxel (mm).
    mask_area : float or None
        Share of pixels within the mask, in [0, 1].
    steps : str or None
        What was done to it, as JSON.
    original_frame : int or None
        Frame of the original file, or slice of the original volume.
    """

    row: int
    status: str
    reason: str | None = None
    message: str = ""
    kind: str | None = None
    plane: str | None = None
    contrast: str | None = None
    path: str | None = None
    image_id: str | None = None
    mask_of: str | None = None
    height: int | None = None
    width: int | None = None
    depth: int | None = None
    spacing_mm: list[float] | None = None
    bit_depth: int | None = None
    mask_area: float | None = None
    sharpness: float | None = None
    position: float | None = None
    notes: str | None = None
    steps: str | None = None
    file_sha256: str | None = None
    original_frame: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the fields that are not at their default."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "") or name == "notes"}


def dropped(
    row: int,
    reason: str,
    message: str = "",
    *,
    kind: str | None = None,
    plane: str | None = None,
    original_frame: int | None = None,
) -> ImageRecord:
    """Return the record of a row that is not in the dataset; with a message it is also listed as a reject."""
    return ImageRecord(
        row=row,
        status=DROPPED,
        reason=reason,
        message=message,
        kind=kind,
        plane=plane,
        original_frame=original_frame,
    )


def used(row: int) -> ImageRecord:
    """Return the record of a mask that went into the masks of images."""
    return ImageRecord(row=row, status=USED)
