"""16-bit images that use a sixteenth of their range or less, such as 12-bit scans in 16-bit files.

Read as they are stored, they would be nearly black: 4,095 of 65,535. The rule, which training and evaluation share: of
each source, the largest gray value of its 16-bit images decides how many bits they use. With 12 bits or fewer, all gray
values are multiplied so that the largest number of these bits, such as 4,095, is white. Whole bits make two parts of a
source agree although their largest gray values differ. Sources that use more bits, and images of 8 bits, are read as
they are stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from medcurate.dataset.files import read_image
from medcurate.dataset.image_header import read_header
from medcurate.dataset.reading import Dataset
from medcurate.dataset.volumes import read_voxels, stored_type

NARROW_BITS = 12
FULL_BITS = 16
_LEAST_BITS = 8
_AT_A_TIME = 32
_VOLUME = ".nii.gz"


class UsedRange(NamedTuple):
    """What the 16-bit images or volumes of a source use of their range.

    Attributes
    ----------
    images : int
        How many were looked at; once a value needs more than 12 bits, the others are not.
    largest : int
        Largest gray value among them.
    """

    images: int
    largest: int

    @property
    def bits(self) -> int:
        """Bits that white has: 8 to 12 where the range is narrow, else 16."""
        bits = max(_LEAST_BITS, self.largest.bit_length())
        return bits if self.largest and bits <= NARROW_BITS else FULL_BITS


def used_ranges(dataset: Dataset) -> dict[str, UsedRange]:
    """Return what the 16-bit images and volumes of each source use; sources without any are not in it.

    Raises
    ------
    UsageError
        An image of 16 bits cannot be read.
    """
    found: dict[str, UsedRange] = {}
    with ThreadPoolExecutor() as pool:
        for source, paths in _deep_files(dataset).items():
            largest = seen = 0
            while seen < len(paths) and largest < 1 << NARROW_BITS:
                some = [dataset.folder / path for path in paths[seen : seen + _AT_A_TIME]]
                largest = max(largest, *pool.map(_largest_of, some))
                seen += len(some)
            found[source] = UsedRange(seen, largest)
    return found


def bits_of(ranges: Mapping[str, UsedRange]) -> dict[str, int]:
    """Return the bits that white has, by source."""
    return {source: used.bits for source, used in ranges.items()}


def read_with(dataset: Dataset, bits: Mapping[str, int]) -> Dataset:
    """Return the same dataset, whose 16-bit images are brought to the full range as they are read.

    Parameters
    ----------
    dataset : Dataset
    bits : mapping of str to int
        See `bits_of`; sources that are not in it are read as stored.
    """
    return replace(dataset, gray_bits=dict(bits))


def range_sentences(ranges: Mapping[str, UsedRange], bits: Mapping[str, int] | None = None) -> tuple[str, ...]:
    """Say which sources have a narrow range and how they are read.

    Parameters
    ----------
    ranges : mapping of str to UsedRange
    bits : mapping of str to int, optional
        How they are read; by default as `bits_of` says.
    """
    read_as = {**bits_of(ranges), **(bits or {})}
    return tuple(
        f"source {source}: {used.images:,} images of 16 bits use the gray values up to {used.largest:,} of 65,535; "
        f"they are read as images of {read_as[source]} bits, so that {(1 << read_as[source]) - 1:,} is white"
        for source, used in ranges.items()
        if read_as[source] < FULL_BITS
    )


def read_alike(
    real: Dataset, synthetic: Dataset, trained_on: Mapping[str, int]
) -> tuple[Dataset, Dataset, tuple[str, ...]]:
    """Return both sides of an evaluation, read so that equal gray values mean the same, and sentences about it.

    Parameters
    ----------
    real, synthetic : Dataset
    trained_on : mapping of str to int
        How the training of the generator read its sources, see `bits_of`: real images of these sources are read alike.
        Where both sides have narrow 16-bit images otherwise, all of them are read with the larger number of bits.
    """
    ranges = [used_ranges(side) for side in (real, synthetic)]
    bits = [bits_of(found) for found in ranges]
    if all(narrow := [[one for one in found.values() if one < FULL_BITS] for found in bits]):
        shared = max(narrow[0] + narrow[1])
        bits = [{name: min(max(one, shared), FULL_BITS) for name, one in found.items()} for found in bits]
    bits[0] |= {source: one for source, one in trained_on.items() if source in bits[0]}
    sentences = [
        f"{side}: {text}"
        for side, found, read_as in zip(("REAL", "SYNTHETIC"), ranges, bits, strict=True)
        for text in range_sentences(found, read_as)
    ]
    return read_with(real, bits[0]), read_with(synthetic, bits[1]), tuple(sentences)


def _deep_files(dataset: Dataset) -> dict[str, list[str]]:
    """Return the paths of 16-bit images and volumes by source."""
    found: dict[str, list[str]] = {}
    for source, path in _files(dataset):
        found.setdefault(source, []).append(path)
    return found


def _files(dataset: Dataset) -> Iterator[tuple[str, str]]:
    columns = (dataset.rows.column(name).to_pylist() for name in ("source", "path", "bit_depth"))
    for source, path, depth in zip(*columns, strict=True):
        header = read_header(dataset.folder / path) if depth is None else None
        if depth == FULL_BITS or (header is not None and header.bits == FULL_BITS):
            yield source or "", path
    columns = (dataset.volume_rows.column(name).to_pylist() for name in ("source", "path", "kind"))
    for source, path, kind in zip(*columns, strict=True):
        if kind == "volume" and stored_type(dataset.folder / path) == np.uint16:
            yield source or "", path


def _largest_of(path: Path) -> int:
    if path.name.endswith(_VOLUME):
        return int(read_voxels(path).max(initial=0))
    image = read_image(path)
    return int(image.max()) if image.dtype == np.uint16 else 0
