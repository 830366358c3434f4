"""NIfTI-1 and NIfTI-2, plain, gzip-compressed or as a pair of ``.hdr`` and ``.img``.

Slices are yielded in display orientation, so that copies of a volume in any voxel order give the same pixels in the
same order (for cubic voxels without a named slice axis: if the third voxel axis is the same).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import cast as typed

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import Code, InputError
from medcurate.readers.blob import Blob
from medcurate.readers.display import Display, display_of, displayed_geometry
from medcurate.readers.frame import Facts, Frame, Kind
from medcurate.readers.geometry import plane_of_normal
from medcurate.readers.nifti.header import HEADER_BYTES, NiftiHeader, header_order, parse_header
from medcurate.readers.nifti.voxels import (
    GZIP_MAGIC,
    MEMORY_BYTES,
    Inflated,
    check_room,
    load_volume,
    slice_of,
    stream_slices,
)
from medcurate.readers.options import DEFAULT_OPTIONS, ReadOptions
from medcurate.readers.values import cast, fill_nonfinite, narrowest_type

_MASK_NAME = re.compile(
    r"(^|[^a-z])(seg|segmentation|mask|masks|brainmask|label|labels|labelmap|roi|rois|lesion|aseg|aparc)([^a-z]|$)"
)
_MASK_LABELS, _NAMED_MASK_LABELS = 16, 128
_LABEL_TOLERANCE, _MOST_LABEL = 1e-4, 65535


def matches(head: bytes) -> bool:
    """Return whether the file starts with a NIfTI or Analyze header, or with gzip (no other supported format does)."""
    return head[:2] == GZIP_MAGIC or header_order(head) is not None


def read(blob: Blob, options: ReadOptions = DEFAULT_OPTIONS) -> Iterator[Frame]:
    """Yield the slices of one volume in display order; damage of compressed data may show after some of them.

    Raises
    ------
    InputError
        `BAD_MAGIC`, `TRUNCATED`, `UNSUPPORTED`, `BAD_HEADER`, `BAD_DIMS`, `BAD_AFFINE`, `AMBIGUOUS_4D`, `INCOMPLETE`,
        `BOMB`, `DECODE`.
    """
    with ExitStack() as resources:
        source = Inflated(blob, resources)
        header = parse_header(source.read(HEADER_BYTES), options)
        voxels = _image_of_pair(blob) if header.paired else blob
        volume = _choose_volume(header, options)
        source = Inflated(voxels, resources)
        check_room(header, voxels, compressed=source.compressed, max_inflated_bytes=options.max_inflated_bytes)
        display = display_of(header.affine, header.slice_axis)
        facts = _facts(header, display)
        if header.volume_bytes <= MEMORY_BYTES:
            yield from _from_memory(load_volume(source, header, volume), header, display, facts, blob.name)
        else:
            planes = stream_slices(source, header, volume, backwards=display.backwards)
            yield from _streamed(planes, header, display, facts, blob.name)


def _image_of_pair(blob: Blob) -> Blob:
    stem = re.sub(r"\.(hdr|nii)(\.gz)?$", "", blob.name, flags=re.IGNORECASE)
    for suffix in (".img", ".img.gz", ".IMG"):
        image = blob.sibling(stem + suffix)
        if image is not None:
            return image
    raise InputError(
        Code.INCOMPLETE, "Expected the voxels of this header in an .img file in the same folder, found none."
    )


def _choose_volume(header: NiftiHeader, options: ReadOptions) -> int:
    if options.channel is None and header.volumes > 1:
        raise InputError(
            Code.AMBIGUOUS_4D,
            f"Expected one volume, the file holds {header.volumes}. Choose one with --channel (0 is the first).",
        )
    channel = options.channel if header.volumes > 1 and options.channel is not None else 0
    if not 0 <= channel < header.volumes:
        raise InputError(
            Code.AMBIGUOUS_4D, f"Expected a channel from 0 to {header.volumes - 1} for this file, received {channel}."
        )
    return channel


def _facts(header: NiftiHeader, display: Display) -> Facts:
    depth = header.shape[header.slice_axis]
    facts = Facts(
        format="nifti",
        kind="volume" if depth > 1 else "image",
        bit_depth=header.dtype.itemsize * 8,
        depth=depth if depth > 1 else None,
        notes=header.notes,
    )
    if header.zooms is not None:
        order = (display.row_axis, display.column_axis, display.slice_axis)
        facts = dataclasses.replace(facts, spacing_mm=tuple(header.zooms[axis] for axis in order))
    if header.affine is None:
        return facts
    normal = np.cross(header.affine[:3, display.row_axis], header.affine[:3, display.column_axis])
    plane, confidence, obliquity = plane_of_normal(normal)
    return dataclasses.replace(facts, plane=plane, plane_confidence=confidence, obliquity_deg=round(obliquity, 4))


def _placed(facts: Facts, header: NiftiHeader, display: Display, index: int) -> Facts:
    frame = index if facts.depth is not None else None
    if header.affine is None:
        return dataclasses.replace(facts, frame=frame)
    position, axes = displayed_geometry(header.affine, display, header.shape, index)
    return dataclasses.replace(
        facts,
        frame=frame,
        position_mm=typed("tuple[float, float, float]", position),
        axes=typed("tuple[float, float, float, float, float, float]", axes),
    )


def _from_memory(
    volume: NDArray[np.generic], header: NiftiHeader, display: Display, facts: Facts, name: str
) -> Iterator[Frame]:
    volume, nonfinite = fill_nonfinite(volume)
    if nonfinite:
        facts = dataclasses.replace(facts, notes=(*facts.notes, Code.NONFINITE))
    volume, header = _without_scaling(volume, header)
    kind = _canonical_type(volume, header)
    facts = dataclasses.replace(facts, kind=_kind(volume, kind, facts.kind, name))
    depth = header.shape[header.slice_axis]
    for index in range(depth):
        stored = slice_of(volume, header.slice_axis, depth - 1 - index if display.backwards else index)
        pixels = cast(display.show(_rescale(stored, header)), kind)
        yield Frame(pixels, _placed(facts, header, display, index))


def _streamed(
    planes: Iterator[NDArray[np.generic]], header: NiftiHeader, display: Display, facts: Facts, name: str
) -> Iterator[Frame]:
    """Yield slices of a volume too large for memory; type and kind follow from the header alone."""
    kind = _declared_type(header)
    if header.dtype.kind in "iu" and _MASK_NAME.search(name.lower()):
        facts = dataclasses.replace(facts, kind="mask")
    for index, stored in enumerate(planes):
        values, nonfinite = fill_nonfinite(stored)
        placed = _placed(facts, header, display, index)
        if nonfinite:
            placed = dataclasses.replace(placed, notes=(*placed.notes, Code.NONFINITE))
        yield Frame(cast(display.show(_rescale(values, header)), kind), placed)


def _rescale(stored: NDArray[np.generic], header: NiftiHeader) -> NDArray[np.generic]:
    if not header.scaled:
        return stored
    with np.errstate(all="ignore"):
        values, _ = fill_nonfinite(stored.astype(np.float64) * header.slope + header.inter)
    return values


def _without_scaling(volume: NDArray[np.generic], header: NiftiHeader) -> tuple[NDArray[np.generic], NiftiHeader]:
    """Restore integer labels that some writers store with a scale factor."""
    sample = volume.ravel(order="K")[:: max(1, volume.size // 4096)]
    if not header.scaled or len(np.unique(sample)) > _MASK_LABELS:
        return volume, header
    labels = _rescale(np.unique(volume), header)
    whole = np.rint(labels)
    if (
        len(labels) > _MASK_LABELS
        or np.abs(labels - whole).max() > _LABEL_TOLERANCE
        or np.abs(whole).max() > _MOST_LABEL
    ):
        return volume, header
    values = np.rint(_rescale(volume, header)).astype(np.int32)
    return values, dataclasses.replace(header, slope=1.0, inter=0.0)


def _canonical_type(volume: NDArray[np.generic], header: NiftiHeader) -> np.dtype[np.generic]:
    if not header.scaled:
        return narrowest_type(volume)
    if volume.dtype.kind not in "iu" or not (header.slope.is_integer() and header.inter.is_integer()):
        return np.dtype(np.float32)
    return narrowest_type(_rescale(np.array([volume.min(), volume.max()]), header))


def _declared_type(header: NiftiHeader) -> np.dtype[np.generic]:
    exact = {"u1": np.uint8, "i1": np.int16, "i2": np.int16, "u2": np.uint16, "i4": np.int32}
    stored = header.dtype.str[1:]
    return np.dtype(np.float32 if header.scaled or stored not in exact else exact[stored])


def _kind(volume: NDArray[np.generic], kind: np.dtype[np.generic], otherwise: Kind, name: str) -> Kind:
    """Recognize a mask by its few small integers; more are allowed if the file name suggests a mask."""
    if kind not in (np.uint8, np.int16, np.uint16):
        return otherwise
    most = _NAMED_MASK_LABELS if _MASK_NAME.search(name.lower()) else _MASK_LABELS
    flat = volume.ravel(order="K")
    if flat.min() < 0 or len(np.unique(flat[:: max(1, flat.size // 4096)])) > most:
        return otherwise
    count = np.count_nonzero(np.bincount(flat.astype(np.uint16)))
    return "mask" if 2 <= count <= most else otherwise
