"""MATLAB v7.3 files (HDF5): links, storage and sizes are checked before any data is read.

HDF5 can point to other files of the machine (external and soft links, external storage, virtual datasets) and declare
datasets of any size in a few bytes. None of that is followed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import h5py
import numpy as np
from numpy.typing import NDArray

from medcurate.errors import Code, InputError
from medcurate.readers.blob import Blob
from medcurate.readers.matlab.record import Variables
from medcurate.readers.options import ReadOptions
from medcurate.readers.translate import library_errors

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_USER_BLOCKS = (0, 512, 1024, 2048)
_BUILT_IN_FILTERS = frozenset(range(1, 7))  # deflate, shuffle, fletcher32, szip, nbit, scaleoffset
_MAX_MEMBERS = 1000
_MAX_DEFLATE_RATIO = 1032
_MAX_CHUNK_BYTES = 2**29
_SMALL_BYTES = 2**16


def is_hdf5(head: bytes) -> bool:
    """Return whether there is an HDF5 signature at one of the usual offsets."""
    return any(head[start : start + 8] == SIGNATURE for start in _USER_BLOCKS)


@contextmanager
def opened(blob: Blob, options: ReadOptions) -> Iterator[Variables]:
    """Open a v7.3 file: the variables of ``cjdata`` if there is one, otherwise those at the top level.

    Raises
    ------
    InputError
        `TRUNCATED`, `DECODE`, `UNSAFE_LINK`, `SCHEMA`.
    """
    with blob.open() as stream:
        with library_errors("HDF5 file"):
            file = h5py.File(stream, "r")
        try:
            with library_errors("HDF5 directory"):
                group = _members(file)
                record = group.get("cjdata")
                members = _members(record) if isinstance(record, h5py.Group) else group
            yield _Hdf5Variables(members, options, in_record=isinstance(record, h5py.Group))
        finally:
            with library_errors("HDF5 file"):
                file.close()


def _members(group: h5py.Group) -> dict[str, h5py.Group | h5py.Dataset]:
    if len(group) > _MAX_MEMBERS:
        raise InputError(Code.SCHEMA, f"Expected at most {_MAX_MEMBERS} variables, found {len(group)}.")
    names = list(group)
    for name in names:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise InputError(
                Code.UNSAFE_LINK, "A variable of the file is a link to another place or file. It was not followed."
            )
    return {name: group[name] for name in names}


class _Hdf5Variables:
    def __init__(self, members: dict[str, h5py.Group | h5py.Dataset], options: ReadOptions, *, in_record: bool) -> None:
        self._datasets = {name: item for name, item in members.items() if isinstance(item, h5py.Dataset)}
        self._options = options
        self.in_record = in_record

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each numeric variable, in MATLAB's order."""
        with library_errors("HDF5 dataset"):
            numeric = {name: item for name, item in self._datasets.items() if item.dtype.kind in "biuf"}
            return {name: tuple(reversed(item.shape)) for name, item in numeric.items()}

    def load(self, name: str) -> NDArray[np.generic]:
        """Return one variable in MATLAB's order; HDF5 stores it transposed."""
        dataset = self._datasets[name]
        with library_errors("HDF5 dataset"):
            _check(dataset, self._options)
            return np.asarray(dataset[()]).T


def _check(dataset: h5py.Dataset, options: ReadOptions) -> None:
    if dataset.external or dataset.is_virtual:
        raise InputError(Code.UNSAFE_LINK, "The data of a variable lies in another file. It was not read.")
    if dataset.dtype.kind not in "biuf" or dataset.shape is None:
        raise InputError(Code.SCHEMA, "Expected a numeric array, found another kind of variable.")
    size, stored = math.prod(dataset.shape), dataset.id.get_storage_size()
    declared = size * dataset.dtype.itemsize
    chunk = math.prod(dataset.chunks or (0,)) * dataset.dtype.itemsize
    if size > options.max_pixels or chunk > _MAX_CHUNK_BYTES or declared > stored * _MAX_DEFLATE_RATIO + _SMALL_BYTES:
        raise InputError(
            Code.BAD_DIMS,
            f"Expected at most {options.max_pixels:,} elements and as many bytes as are stored; a variable declares "
            f"{declared:,} bytes and stores {stored:,}. Nothing was allocated.",
        )
    creation = dataset.id.get_create_plist()
    filters = [creation.get_filter(index)[0] for index in range(creation.get_nfilters())]
    if not _BUILT_IN_FILTERS.issuperset(filters) or len(set(filters)) < len(filters):
        raise InputError(Code.NO_CODEC, "The array is compressed by a method that is not part of HDF5.")
