"""DICOM: classic, enhanced and old multi-frame images, and Siemens mosaics.

`medcurate.readers.dicom.header` walks the header, in a fraction of the time of a full parse; pydicom decodes compressed
and color pixels. A multi-frame file yields one image per frame, a mosaic one volume, and every other file one image.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import Code, InputError
from medcurate.readers.blob import Blob
from medcurate.readers.dicom import tags as tag
from medcurate.readers.dicom.codecs import decode
from medcurate.readers.dicom.element_values import Values
from medcurate.readers.dicom.facts import facts_of
from medcurate.readers.dicom.header import MEDIA_SOP_CLASS, Header, matches, skim
from medcurate.readers.dicom.layout import Layout, layout_of
from medcurate.readers.dicom.mosaic import is_mosaic, mosaic_of, split_mosaic
from medcurate.readers.dicom.pixels import canonical, native_frames, rescale_of, window_of
from medcurate.readers.frame import Frame
from medcurate.readers.options import DEFAULT_OPTIONS, ReadOptions
from medcurate.readers.translate import known

__all__ = ["matches", "read"]

_DIRECTORY_CLASS = "1.2.840.10008.1.3.10"
_IMAGE_CLASS = re.compile(r"1\.2\.840\.10008\.5\.1\.4\.1\.1\.(1|2|3|4|5|6|7|12|20|30|128|130|77|13)(\.|$)")
_NO_IMAGE_CLASS = re.compile(r"1\.2\.840\.10008\.5\.1\.4\.1\.1\.(4\.2|77\.1\.5\.3|13\.1\.[67])$")
_MAPPED_BYTES = 64 * 2**20
_CHUNK = 1 << 20
_BOMB_BYTES = 64 * 2**20
_BOMB_RATIO = 100


def read(blob: Blob, options: ReadOptions = DEFAULT_OPTIONS) -> Iterator[Frame]:
    """Yield the images of a DICOM file.

    Yields
    ------
    Frame
        With `Facts.frame` None for a single image, 0-based for the frames of a multi-frame file, and kind ``volume``
        for the slices of a mosaic.

    Raises
    ------
    InputError
        No other error; codes in ``docs/reference``.
    """
    try:
        data = _content(blob)
        header = skim(data, tag.WANTED, lambda rest: _inflate(rest, options))
        yield from _frames(header, options)
    except InputError:
        raise
    except Exception as error:
        translated = known(error) or InputError(
            Code.BAD_HEADER, f"DICOM: the header contradicts itself ({type(error).__name__}); export the file again"
        )
        raise translated from error


def _content(blob: Blob) -> bytes | mmap.mmap:
    """Return the whole file; a large file on disk is memory-mapped and takes no memory until its frames are read."""
    if blob.size == 0:
        raise InputError(Code.EMPTY, "The file holds no bytes. Copy it again from its source.")
    if blob.path is None or blob.size < _MAPPED_BYTES:
        return blob.bytes()
    with blob.path.open("rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def _inflate(rest: bytes, options: ReadOptions) -> bytes:
    """Inflate a deflated data set in pieces, within limits."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated = bytearray()
    pending = rest
    while not inflater.eof:
        piece = inflater.decompress(pending, _CHUNK)
        pending = inflater.unconsumed_tail
        inflated += piece
        size = len(inflated)
        if size > options.max_inflated_bytes or (size > _BOMB_BYTES and size > _BOMB_RATIO * len(rest)):
            raise InputError(
                Code.BOMB,
                f"DICOM: the deflated data set grows beyond {size:,} bytes from {len(rest):,}; it was not read further",
            )
        if not piece and not pending and not inflater.eof:
            raise InputError(Code.TRUNCATED, "DICOM: the deflated data set ends before it is complete; copy it again")
    return bytes(inflated)


def _frames(header: Header, options: ReadOptions) -> Iterator[Frame]:
    values = Values(header.elements, header.order)
    _check_has_image(header, values)
    if values.text(tag.BURNED_IN).upper() == "YES" and not options.keep_burned_in:
        raise InputError(
            Code.QUARANTINE,
            "DICOM: BurnedInAnnotation is YES, the pixels may show a name; check it, then allow it with keep_burned_in",
        )
    layout = layout_of(header, values, options)
    mosaic = mosaic_of(values) if is_mosaic(values) else None
    if mosaic is not None and layout.multi:
        raise InputError(
            Code.MOSAIC, "DICOM: expected one frame in a Siemens mosaic, received several; convert it first"
        )
    for number, (stored, own) in enumerate(zip(_stored(header, layout), _per_frame(header, layout), strict=False)):
        frame = _frame(stored, own, layout, header, number if layout.multi else None)
        if mosaic is None:
            yield frame
        else:
            yield from split_mosaic(frame.pixels, frame.facts, mosaic)


def _frame(stored: NDArray[np.generic], own: Values, layout: Layout, header: Header, number: int | None) -> Frame:
    rescale = rescale_of(own)
    lut = next(iter(header.items.get(tag.MODALITY_LUT, ())), None)
    window, notes = window_of(own, layout, rescale) if lut is None else (None, ())
    pixels, more = canonical(stored, layout, own, rescale, lut)
    return Frame(pixels, facts_of(own, frame=number, bit_depth=layout.stored, window=window, notes=(*notes, *more)))


def _stored(header: Header, layout: Layout) -> Iterator[NDArray[np.generic]]:
    if layout.encapsulated or layout.samples != 1:
        return decode(header, layout)
    return native_frames(header, layout)


def _per_frame(header: Header, layout: Layout) -> Iterator[Values]:
    """Yield the elements of each frame: its functional groups, else the shared ones, else the top level."""
    shared = next(iter(header.items.get(tag.SHARED_GROUPS, ())), {})
    groups = header.items.get(tag.FRAME_GROUPS, [])
    base = {**header.elements, **shared}
    for number in range(layout.frames):
        own = groups[number] if number < len(groups) else {}
        yield Values({**base, **own} if own else base, header.order)


def _check_has_image(header: Header, values: Values) -> None:
    """Refuse a file without pixels: a directory, a document or a truncated image."""
    sop_class = values.text(tag.SOP_CLASS) or values.text(MEDIA_SOP_CLASS)
    if sop_class == _DIRECTORY_CLASS or values.text(MEDIA_SOP_CLASS) == _DIRECTORY_CLASS:
        _check_directory(header)
    if header.pixel_tag:
        return
    if header.start >= len(header.data):
        raise InputError(Code.TRUNCATED, "DICOM: expected a data set after the file meta information, received none")
    if tag.ROWS in header.elements or (_IMAGE_CLASS.match(sop_class) and not _NO_IMAGE_CLASS.match(sop_class)):
        raise InputError(Code.TRUNCATED, "DICOM: expected pixel data after the header of an image, received none")
    if sop_class:
        raise InputError(Code.NOT_IMAGE, "DICOM: expected an image, received a document or another object without one")
    raise InputError(Code.DICOM_NO_IMAGE, "DICOM: expected an image, received a data set without class and pixels")


def _check_directory(header: Header) -> None:
    """Refuse a DICOMDIR. The files that it names are not opened; those in the input are found by listing it."""
    for record in header.items.get(tag.DIRECTORY, ()):
        parts = record.get(tag.REFERENCED_FILE, b"").strip(b"\0 ").split(b"\\")
        if any(part.strip() == b".." or b"/" in part or b":" in part for part in parts) or (
            len(parts) > 1 and not parts[0]
        ):
            raise InputError(
                Code.PATH_ESCAPE,
                "DICOMDIR: expected names of files in its folder, received a path that leads elsewhere",
            )
    raise InputError(Code.NOT_IMAGE, "DICOMDIR: an index, not an image; the files that it names are read on their own")
