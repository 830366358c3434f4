"""Combine slices of one anatomical position in several contrasts into the channels of one image."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.dataset import Dataset
from medcurate.errors import UsageError

_PLACE = ("source", "patient_group", "plane", "tumor", "position", "original_frame")
_GEOMETRY = frozenset({"orient", "crop_foreground", "resample", "resize", "pad"})
"""Steps that define the region that a pixel shows: slices that differ in them are not aligned."""
_DIGEST = 16


@dataclass(frozen=True, slots=True)
class ContrastStacks:
    """Images in stacking order.

    Attributes
    ----------
    dataset : Dataset
        Image k * `channels` + c is channel c of stack k.
    contrasts : tuple of str
        Contrasts of the channels; empty if all images are taken, whatever their contrast.
    notes : tuple of str
        Messages about images that were left out.
    """

    dataset: Dataset
    contrasts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def channels(self) -> int:
        """Number of images per stack."""
        return max(1, len(self.contrasts))

    def __len__(self) -> int:
        return len(self.dataset) // self.channels


def stack_contrasts(dataset: Dataset, contrasts: tuple[str, ...]) -> ContrastStacks:
    """Find the images that belong to one stack.

    Slices belong together if they share source, patient, plane and tumor type, have the same position and number in
    their volumes, and were oriented, cropped and scaled alike, as `medcurate homogenize` does with aligned volumes. Of
    several images of one contrast at a position, the first in the catalogue is taken. A single contrast needs no
    position: all its images are taken.

    Parameters
    ----------
    contrasts : tuple of str
        Values of the column ``contrast``, in channel order. Empty takes all images, whatever their contrast.

    Raises
    ------
    UsageError
        A contrast is missing, or no position is shown in all contrasts.
    """
    if not contrasts:
        return ContrastStacks(dataset)
    absent = [name for name in contrasts if name not in _counts(dataset)]
    if absent:
        raise UsageError(_refusal(dataset, contrasts, f"there is no image of {' or '.join(absent)}"))
    if len(contrasts) == 1:
        rows = np.flatnonzero(_is_of(dataset, contrasts[0]))
        return ContrastStacks(_taken(dataset, rows), contrasts)
    places = _places(dataset, contrasts)
    stacks = np.full((int(places.max(initial=-1)) + 1, len(contrasts)), -1, np.int64)
    repeated = unknown = 0
    for channel, name in enumerate(contrasts):
        rows = np.flatnonzero(_is_of(dataset, name))
        known = rows[places[rows] >= 0]
        found, first = np.unique(places[known], return_index=True)
        stacks[found, channel] = known[first]
        repeated += len(known) - len(found)
        unknown += len(rows) - len(known)
    whole = stacks[(stacks >= 0).all(axis=1)]
    if not len(whole):
        raise UsageError(_refusal(dataset, contrasts, "no position in a patient is shown in all of them"))
    notes = _notes(contrasts, lacking=len(stacks) - len(whole), repeated=repeated, unknown=unknown)
    return ContrastStacks(_taken(dataset, whole[np.argsort(whole[:, 0])].ravel()), contrasts, notes)


def side_by_side(images: NDArray[Any]) -> NDArray[Any]:
    """Place the channels of images side by side.

    Parameters
    ----------
    images : ndarray, shape (n, height, width, channels)

    Returns
    -------
    ndarray, shape (n, height, channels * width)
    """
    n, height, width, channels = images.shape
    return images.transpose(0, 1, 3, 2).reshape(n, height, channels * width)


def _taken(dataset: Dataset, rows: NDArray[np.int64]) -> Dataset:
    return replace(dataset, rows=dataset.rows.take(pa.array(rows)))


def _counts(dataset: Dataset) -> dict[str, int]:
    """Return the number of images per known contrast."""
    found = pc.value_counts(dataset.rows.column("contrast").drop_null()).to_pylist()
    return {one["values"]: one["counts"] for one in found}


def _is_of(dataset: Dataset, contrast: str) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(pc.equal(dataset.rows.column("contrast"), contrast), False).to_numpy(), bool)


def _places(dataset: Dataset, contrasts: tuple[str, ...]) -> NDArray[np.int64]:
    """Return an index of the position that each image shows; -1 if it is unknown or not requested."""
    if not (dataset.folder / FILE_NAME).exists():
        return np.full(len(dataset), -1, np.int64)
    paths: list[pa.Array] = []
    places: list[pa.Array] = []
    chosen = Catalogue.open(dataset.folder).filter(status="kept", kind="image", contrast=set(contrasts))
    for batch in chosen.batches(["path", *_PLACE, "steps"]):
        lines = zip(*(batch.column(name).to_pylist() for name in (*_PLACE, "steps")), strict=True)
        paths.append(batch.column("path"))
        places.append(pa.array([_place(dict(zip(_PLACE, line, strict=False)), line[-1]) for line in lines], _BYTES))
    at = pc.index_in(dataset.rows.column("path"), pa.chunked_array(paths, pa.string()).combine_chunks())
    of_rows = pa.chunked_array(places, _BYTES).combine_chunks().take(at.combine_chunks())
    numbers = pc.fill_null(of_rows.dictionary_encode().indices, -1)
    return np.asarray(numbers.to_numpy(zero_copy_only=False), np.int64)


_BYTES = pa.binary(_DIGEST)


def _place(facts: dict[str, Any], steps: str | None) -> bytes | None:
    """Return a digest of the position that a slice shows; None if unknown."""
    if facts["patient_group"] is None or (facts["position"] is None and facts["original_frame"] is None):
        return None
    try:
        geometry = [record for record in json.loads(steps or "[]") if record["step"] in _GEOMETRY]
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"column steps: expected what medcurate homogenize writes, received {steps!r:.80}") from None
    return hashlib.blake2b(repr((facts, geometry)).encode(), digest_size=_DIGEST).digest()


def _notes(contrasts: tuple[str, ...], *, lacking: int, repeated: int, unknown: int) -> tuple[str, ...]:
    messages = (
        (lacking, f"places are not shown in all of {', '.join(contrasts)} and were left out"),
        (repeated, "images show a place in a contrast in which an earlier one shows it, and were left out"),
        (unknown, "images were left out, as their patient or their place in the head is not known"),
    )
    return tuple(f"--contrasts: {count:,} {text}" for count, text in messages if count)


def _refusal(dataset: Dataset, contrasts: tuple[str, ...], why: str) -> str:
    has = ", ".join(f"{name} ({count:,} images)" for name, count in sorted(_counts(dataset).items())) or "none"
    return (
        f"--contrasts {','.join(contrasts)}: {why}; what is read of {dataset.folder} has the contrasts {has}. "
        "Slices belong together where medcurate homogenize cut them from volumes that lie on each other"
    )
