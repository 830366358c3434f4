"""Read the pixels of originals before processing, for the page."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.curate.privacy.flags import flags_of_image, flags_of_volume
from medcurate.curate.review.thumbnails import PICTURES
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.curate.sources.row_pixels import RowFile, read_rows, row_files
from medcurate.curate.sources.scan_inputs import recorded_inputs
from medcurate.curate.steps import CutSlice, Orient, Picture, Record, from_frame, from_slices
from medcurate.errors import InputError, UsageError
from medcurate.readers.frame import Frame
from medcurate.readers.options import ReadOptions

_AXES = {"sagittal": 0, "coronal": 1, "axial": 2}


class Wanted(NamedTuple):
    """An image of the input, or a slice of a volume of it.

    Attributes
    ----------
    frame : int or None
        As in the catalogue of the scan; ignored if `image_id` is known.
    steps : str
        Processing steps (JSON), which identify the slice of a volume; '' for the middle slice.
    shown : int
        Display size (pixels), 0 if it is not shown; shown images must not identify a person.
    """

    source: str
    path: str
    frame: int | None = None
    image_id: str | None = None
    steps: str = ""
    shown: int = 0


class Original(NamedTuple):
    """An original image.

    Attributes
    ----------
    pixels : ndarray, shape (h, w)
    as_is : bool
        Whether the values are display values.
    aspect : float
        Height of a pixel over its width.
    flagged : bool
        Whether it could identify a person and must not be shown.
    """

    pixels: NDArray[Any]
    as_is: bool
    aspect: float
    flagged: bool


def read_originals(
    folder: Path, wanted: Collection[Wanted], listing: Iterable[Item | Skipped] | None = None
) -> Iterator[tuple[Wanted, Original]]:
    """Yield the originals that can still be read, one file at a time.

    Parameters
    ----------
    folder : Path
        Output folder of the scan.
    listing : iterable of Item or Skipped, optional
        The files of the input; None walks it.
    """
    rows = _Rows(wanted)
    try:
        options = recorded_inputs(folder).options
        for file in row_files(folder, rows, ("source", "path", "frame", "kind", "image_id"), listing):
            yield from _of_file(file, rows, options)
    except UsageError:  # the inputs were moved: the page reports missing originals
        return


class _Rows:
    """Selects the wanted rows of the scan's catalogue, and records the requests for each."""

    def __init__(self, wanted: Collection[Wanted]) -> None:
        self._wanted: dict[tuple[str, str], list[Wanted]] = {}
        for one in sorted(wanted, key=repr):
            self._wanted.setdefault((one.source, one.path), []).append(one)
        self._paths = pa.array(sorted({path for _, path in self._wanted}), pa.string())
        self._first = 0
        self.by_row: dict[int, list[Wanted]] = {}

    def __call__(self, batch: pa.RecordBatch) -> pa.Array:
        chosen = np.zeros(batch.num_rows, bool)
        near = pc.and_(pc.is_in(batch["path"], value_set=self._paths), pc.not_equal(batch["kind"], "mask"))
        places = np.flatnonzero(pc.fill_null(near, False).to_numpy(zero_copy_only=False))
        for place, row in zip(places.tolist(), batch.take(pa.array(places)).to_pylist(), strict=True):
            takers = [one for one in self._wanted.get((row["source"], row["path"]), ()) if _is_meant(one, row)]
            if takers:
                chosen[place] = True
                self.by_row[self._first + place] = takers
        self._first += batch.num_rows
        return pa.array(chosen)


def _is_meant(one: Wanted, row: dict[str, Any]) -> bool:
    if one.image_id is not None:
        return bool(one.image_id == row["image_id"]) and (one.frame == row["frame"] or row["kind"] == "volume")
    return bool(one.frame == row["frame"])


def _of_file(file: RowFile, rows: _Rows, options: ReadOptions) -> Iterator[tuple[Wanted, Original]]:
    try:
        for row, found in groupby(read_rows(file, options), key=lambda entry: entry[0]):
            frames = [frame for _, frame in found]
            allowed = options.keep_burned_in and frames[0].facts.format == "dicom"
            for one, original in _of_row(rows.by_row[row], frames):
                # The header may state burned-in text: such an image may be kept, but is not shown.
                yield one, original._replace(flagged=original.flagged or allowed)
    except (InputError, OSError, ValueError):
        return


def _of_row(takers: Sequence[Wanted], frames: Sequence[Frame]) -> Iterator[tuple[Wanted, Original]]:
    first = frames[0]
    if first.facts.kind != "volume":
        as_is = first.facts.format in PICTURES
        aspect = _aspect(from_frame(first))
        for one in takers:
            flagged = bool(one.shown and flags_of_image(first.pixels, (one.shown,), []))
            yield one, Original(first.pixels, as_is, aspect, flagged)
        return
    picture = from_slices(frames)
    flagged = any(one.shown for one in takers) and bool(flags_of_volume(picture))
    turned = Orient().apply(picture)
    for one in takers:
        cut = slice_of(turned, json.loads(one.steps or "[]"))
        yield one, Original(cut.pixels, False, _aspect(cut), flagged)


def _aspect(picture: Picture) -> float:
    spacing = picture.spacing_mm
    return 1.0 if spacing is None else spacing[0] / spacing[1]


def middle(volume: Picture) -> Picture:
    """Return the middle slice of an oriented volume, in its stored plane."""
    return slice_of(volume, [])


def slice_of(volume: Picture, records: Sequence[Record]) -> Picture:
    """Cut the slice of an oriented volume that corresponds to a processed image, before cropping and resampling.

    Parameters
    ----------
    volume : Picture
        In the orientation of `Orient`.
    records : sequence of Record
        If no slice was cut, the slice in the middle of the result is used.
    """
    names = [record["step"] for record in records]
    at = names.index(CutSlice.name) if CutSlice.name in names else len(records)
    plane = str(records[at]["settings"]["plane"]) if at < len(records) else _plane(volume)
    axis = 2 if volume.affine is None else _AXES[plane]
    sizes = [volume.shape[axis]]
    for record in records[:at]:
        sizes.append(_size_after(record, axis, sizes[-1]))
    index = float(records[at]["settings"]["index"] if at < len(records) else sizes[-1] // 2)
    for record, size in zip(reversed(records[:at]), reversed(sizes[:-1]), strict=True):
        index = _before(record, axis, size, index)
    return CutSlice(plane=plane, index=min(max(round(index), 0), sizes[0] - 1)).apply(volume)


def _plane(volume: Picture) -> str:
    plane: str | None = volume.plane
    return plane if plane in _AXES else "axial"


def _size_after(record: Record, axis: int, size: int) -> int:
    measured = record["measured"]
    if "skipped" in record:
        return size
    if "box" in measured:
        start, stop = measured["box"][axis]
        return int(stop - start)
    if "slices" in measured and measured["along"] == axis:
        return len(measured["slices"])
    if record["step"] == "pad" and "before" in measured:
        return size + int(measured["before"][axis] + measured["after"][axis])
    return int(measured["shape"][axis]) if "shape" in measured else size


def _before(record: Record, axis: int, size: int, index: float) -> float:
    """Return the input slice of a step for this output slice."""
    measured = record["measured"]
    if "skipped" in record:
        return index
    if "box" in measured:
        return index + float(measured["box"][axis][0])
    if "slices" in measured and measured["along"] == axis:
        slices = measured["slices"]
        return float(slices[min(max(round(index), 0), len(slices) - 1)])
    if record["step"] == "pad" and "before" in measured:
        return index - float(measured["before"][axis])
    if "shape" in measured:
        new = int(measured["shape"][axis])
        by = float(measured["step"][axis]) if "step" in measured else size / new
        return (size - 1) / 2 + by * (index - (new - 1) / 2)
    return index
