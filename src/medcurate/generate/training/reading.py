"""How the examples of a training are read, written into the run so that sources to draw from are read alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from medcurate.dataset import Dataset
from medcurate.dataset.contrast_stacks import stack_contrasts
from medcurate.dataset.gray_range import bits_of, range_sentences, read_with, used_ranges
from medcurate.dataset.samples import (
    ColumnChoice,
    SampleSet,
    Storage,
    read_patches,
    read_stacks,
    read_volumes,
    select_volumes,
)
from medcurate.dataset.samples.slices import keep_masked
from medcurate.dataset.shape_words import image_shapes, shape_sentence
from medcurate.errors import UsageError
from medcurate.generate.training import defaults


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Which examples are read, at which size.

    Attributes
    ----------
    kind : {'slices', 'volumes', 'patches'}
        Slices are scaled to fit `spatial`; whole volumes are resampled to cubic voxels to fit it; patches are cut out
        at the spacing of their volume.
    spatial : tuple of int
        (height, width), or three lengths.
    choice : ColumnChoice
    per_volume : int or None
        Patches of each volume; None for as many as cover it.
    seed : int
        Of the places of patches.
    gray_bits : mapping of str to int
        Source to the bits that white has in its 16-bit images, see `medcurate.dataset.gray_range`; of sources that are
        not in it, their own images decide.
    """

    kind: defaults.ExampleKind = "slices"
    spatial: tuple[int, ...] = (64, 64)
    choice: ColumnChoice = field(default_factory=ColumnChoice)
    per_volume: int | None = None
    seed: int = 0
    gray_bits: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sides = 2 if self.kind == "slices" else 3
        known = self.kind in get_args(defaults.ExampleKind)
        if not known or len(self.spatial) != sides or min(self.spatial) < 1:
            raise UsageError(
                f"expected slices of 2 lengths, or volumes or patches of 3; received {self.kind} of {self.spatial}"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values; a table of attributes is not among them."""
        choice = self.choice
        return {
            "kind": self.kind,
            "spatial": list(self.spatial),
            "target": None if choice.target is None else list(choice.target),
            "source": list(choice.source),
            "regions": {name: None if values is None else list(values) for name, values in choice.regions.items()},
            "attributes": list(choice.attributes),
            "gray_bits": dict(self.gray_bits),
        }

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Reading:
        """Return what `to_dict` gave.

        Raises
        ------
        KeyError, TypeError, ValueError, UsageError
            It is not what `to_dict` gives.
        """
        regions = {
            str(name): None if values is None else tuple(int(value) for value in values)
            for name, values in found["regions"].items()
        }
        choice = ColumnChoice(
            target=None if found["target"] is None else tuple(map(str, found["target"])),
            source=tuple(map(str, found["source"])),
            regions=regions,
            attributes=tuple(map(str, found["attributes"])),
        )
        spatial = tuple(int(length) for length in found["spatial"])
        gray_bits = {str(source): int(bits) for source, bits in found.get("gray_bits", {}).items()}
        return cls(kind=found["kind"], spatial=spatial, choice=choice, gray_bits=gray_bits)

    def for_sources(self) -> Reading:
        """Return how to read sources to draw from: without target and conditions.

        Raises
        ------
        UsageError
            Nothing is drawn from sources.
        """
        return replace(
            self, choice=replace(self.choice, target=None, condition=(), attributes=(), table=None), per_volume=None
        )


@dataclass(frozen=True, slots=True, eq=False)
class ReadExamples:
    """Examples that were read.

    Attributes
    ----------
    samples : SampleSet
    reading : Reading
        With the contrast of volumes that have only one, where none was named, and with the bits of 16-bit images.
    rows : Table
        Those of the catalogue that were read.
    labels : tuple of (str or None, str or None)
        Plane and tumor type of each example.
    notes : tuple of str
        What was left out, and what was done to images of other shapes and ranges.
    """

    samples: SampleSet
    reading: Reading
    rows: pa.Table
    labels: tuple[tuple[str | None, str | None], ...]
    notes: tuple[str, ...]


def read_examples(dataset: Dataset, reading: Reading, *, storage: Storage | None = None) -> ReadExamples:
    """Read the examples of a dataset; see the readers of `medcurate.dataset.samples`.

    Raises
    ------
    NothingUsable, UsageError
        As the readers do.
    """
    ranges = used_ranges(dataset)
    bits = {**bits_of(ranges), **{source: one for source, one in reading.gray_bits.items() if source in ranges}}
    dataset, reading = read_with(dataset, bits), replace(reading, gray_bits=bits)
    found = _slices(dataset, reading, storage) if reading.kind == "slices" else _volumes(dataset, reading, storage)
    return replace(found, notes=(*found.notes, *range_sentences(ranges, bits)))


def _slices(dataset: Dataset, reading: Reading, storage: Storage | None) -> ReadExamples:
    height, width = reading.spatial
    stacks = keep_masked(stack_contrasts(dataset, reading.choice.contrasts), reading.choice)
    samples = read_stacks(stacks, reading.choice, size=(height, width), storage=storage)
    rows = stacks.dataset.rows
    first = rows.take(pa.array(np.arange(0, rows.num_rows, stacks.channels)))
    labels = zip(first.column("plane").to_pylist(), first.column("tumor").to_pylist(), strict=True)
    shapes = shape_sentence(image_shapes(stacks.dataset), (height, width))
    notes = (*stacks.notes, *([] if shapes is None else [shapes]))
    return ReadExamples(samples, reading, rows, tuple(labels), notes)


def _volumes(dataset: Dataset, reading: Reading, storage: Storage | None) -> ReadExamples:
    chosen = select_volumes(dataset, reading.choice)
    one, two, three = reading.spatial
    if reading.kind == "volumes":
        samples = read_volumes(chosen, box=(one, two, three), storage=storage)
    else:
        samples = read_patches(
            chosen, (one, two, three), per_volume=reading.per_volume, seed=reading.seed, storage=storage
        )
    tumor_of = {image_id: one.tumor for one in chosen.volumes for image_id in one.ids.values()}
    labels = tuple((None, tumor_of.get(next(iter(members), ""))) for members in samples.members)
    read = pc.is_in(dataset.volume_rows.column("image_id"), pa.array(samples.ids, pa.string()))
    rows = dataset.volume_rows.filter(read)
    done = f"resampled to cubic voxels that fit {one} x {two} x {three}, and padded with black"
    notes = (*chosen.notes, *([f"{len(chosen):,} volumes are {done}"] if reading.kind == "volumes" else []))
    return ReadExamples(samples, replace(reading, choice=chosen.choice), rows, labels, notes)
