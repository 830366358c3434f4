"""Slices as examples: single images, or the contrasts of one place as channels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.dataset.contrast_stacks import ContrastStacks, stack_contrasts
from medcurate.dataset.layout import MASK
from medcurate.dataset.reading import Batch, Dataset
from medcurate.dataset.samples.choice import ColumnChoice, region_channels, source_channels
from medcurate.dataset.samples.conditions import attribute_columns, label_columns
from medcurate.dataset.samples.sample_set import SampleSet
from medcurate.dataset.samples.storage import Storage
from medcurate.errors import NothingUsable, UsageError

_BATCH = 256  # images that are read at a time


def read_slices(
    dataset: Dataset,
    choice: ColumnChoice | None = None,
    *,
    size: int | tuple[int, int],
    bits: Literal[8] | None = None,
    storage: Storage | None = None,
) -> SampleSet:
    """Read the slices of a dataset; see `read_stacks`."""
    chosen = choice or ColumnChoice()
    return read_stacks(
        keep_masked(stack_contrasts(dataset, chosen.contrasts), chosen), chosen, size=size, bits=bits, storage=storage
    )


def keep_masked(stacks: ContrastStacks, choice: ColumnChoice) -> ContrastStacks:
    """Leave out the stacks without a mask, where the choice needs one; a note says how many.

    Raises
    ------
    UsageError
        No stack has a mask.
    """
    if not choice.needs_mask:
        return stacks
    has = stacks.dataset.has_mask().reshape(-1, stacks.channels).any(axis=1)
    if not has.any():
        raise UsageError(f"source: no image of {stacks.dataset.folder} that is read has a mask")
    rows = np.flatnonzero(np.repeat(has, stacks.channels))
    dataset = replace(stacks.dataset, rows=stacks.dataset.rows.take(pa.array(rows)))
    left_out = int((~has).sum())
    notes = (f"source: {left_out:,} images have no mask and were left out",) if left_out else ()
    return ContrastStacks(dataset, stacks.contrasts, (*stacks.notes, *notes))


def read_stacks(
    stacks: ContrastStacks,
    choice: ColumnChoice | None = None,
    *,
    size: int | tuple[int, int],
    bits: Literal[8] | None = None,
    storage: Storage | None = None,
) -> SampleSet:
    """Read images that are stacked, scaled to fit a rectangle and centered on black.

    Parameters
    ----------
    stacks : ContrastStacks
        Of ``choice.contrasts``, in that order.
    choice : ColumnChoice, optional
        By default every image as it is.
    size : int or (int, int)
        Height and width (pixels); one number for a square.
    bits : {8}, optional
        Keep the higher eight bits of images of 16; by default images stay as stored.
    storage : Storage, optional
        Where columns go that outgrow memory.

    Raises
    ------
    NothingUsable
        There is no image.
    UsageError
        An image cannot be read, images differ in depth, a condition has only one value, or the last stack lacks a
        channel.
    """
    choice, dataset = choice or ColumnChoice(), stacks.dataset
    if not len(dataset):
        raise NothingUsable(f"{dataset.folder}: no image to train on; see its catalogue for the splits it has")
    if stacks.contrasts != choice.contrasts or len(dataset) % stacks.channels:
        raise UsageError(
            f"expected stacks of {', '.join(choice.contrasts) or 'single images'}, received {len(dataset):,} images of "
            f"{', '.join(stacks.contrasts) or 'any contrast'}"
        )
    writer = _Writer(choice, stacks, bits, storage or Storage())
    for batch in dataset.batches(
        max(1, _BATCH // stacks.channels) * stacks.channels, size=size, masks=bool(choice.regions)
    ):
        writer.add(batch)
    members = _members(stacks, choice)
    first = dataset.rows.take(pa.array(np.arange(0, len(dataset), stacks.channels)))
    values = {name: first.column(name).to_pylist() for name in choice.condition}
    labels, classes = label_columns(values, len(members))
    attributes = (
        attribute_columns(dataset.folder, _stacked_ids(stacks), choice.attributes, choice.table)
        if choice.attributes
        else {}
    )
    return SampleSet(
        {**writer.columns, **labels, **attributes},
        classes,
        choice.attributes,
        members,
        tuple(first.column("patient_group").to_pylist()),
    )


class _Writer:
    """Puts batches of images into the columns that show them."""

    def __init__(self, choice: ColumnChoice, stacks: ContrastStacks, bits: int | None, storage: Storage) -> None:
        self.columns: dict[str, NDArray[Any]] = {}
        self._choice, self._bits, self._storage = choice, bits, storage
        self._channels, self._n = stacks.channels, len(stacks)
        self._done = 0

    def add(self, batch: Batch) -> None:
        images: NDArray[Any] = batch.images
        if self._bits == 8 and images.dtype == np.uint16:
            images = (images >> 8).astype(np.uint8)
        stacks = images.reshape(-1, self._channels, *images.shape[1:])
        regions = None
        if batch.masks is not None:
            masks = batch.masks.reshape(-1, self._channels, *batch.masks.shape[1:])
            regions = region_channels(_first_mask(masks), self._choice.regions)
            self._put("mask", regions)
        targets = len(self._choice.target) or 1 if self._choice.target is not None else 0
        if targets:
            self._put("target", stacks[:, :targets].transpose(0, 2, 3, 1))
        if self._choice.source:
            given = {name: stacks[:, targets + k] for k, name in enumerate(self._choice.source_contrasts)}
            self._put("source", source_channels(given, regions, self._choice.source))
        self._done += len(stacks)

    def _put(self, name: str, found: NDArray[Any]) -> None:
        if name not in self.columns:
            self.columns[name] = self._storage.new(name, (self._n, *found.shape[1:]), found.dtype)
        self.columns[name][self._done : self._done + len(found)] = found


def _first_mask(masks: NDArray[Any]) -> NDArray[Any]:
    """Return, of the contrasts of each place, the first mask that has any region: they lie on each other."""
    filled = masks.reshape(*masks.shape[:2], -1).any(axis=2)
    return np.asarray(masks[np.arange(len(masks)), filled.argmax(axis=1)])


def _stacked_ids(stacks: ContrastStacks) -> list[tuple[str, ...]]:
    ids, count = stacks.dataset.ids, stacks.channels
    return [ids[at : at + count] for at in range(0, len(ids), count)]


def _members(stacks: ContrastStacks, choice: ColumnChoice) -> tuple[tuple[str, ...], ...]:
    """Return the IDs of the images of each example; of one that is drawn from a mask alone, that of the mask."""
    ids = _stacked_ids(stacks)
    if choice.target is not None or MASK not in choice.source:
        return tuple(ids)
    masks = np.array(stacks.dataset.mask_ids(), object).reshape(-1, stacks.channels)
    first = [next((one for one in row if one is not None), None) for row in masks.tolist()]
    images = ids if choice.source_contrasts else [() for _ in ids]
    return tuple((*own, *((mask,) if mask is not None else ())) for own, mask in zip(images, first, strict=True))
