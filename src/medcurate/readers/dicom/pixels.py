"""Canonical gray pixels from stored DICOM values: bits, sign, rescale, inversion, palette, window.

The order is that of PS3.3, C.11 and PS3.4, N.2: clear unused bits, then apply the modality transformation. MONOCHROME1
is inverted before that, within the range of the stored bits, so that high values are bright and the inversion happens
once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import Code, InputError
from medcurate.readers.dicom import tags as tag
from medcurate.readers.dicom.element_values import Values
from medcurate.readers.dicom.header import Header
from medcurate.readers.dicom.layout import PALETTE_COLOR, Layout
from medcurate.readers.gray import to_gray
from medcurate.readers.translate import library_errors
from medcurate.readers.values import cast, fill_nonfinite, narrowest_type


@dataclass(frozen=True, slots=True)
class Rescale:
    """Stored values to output values: ``slope * stored + intercept``."""

    slope: float = 1.0
    intercept: float = 0.0

    @property
    def is_whole(self) -> bool:
        """Whether integers stay integers within 64 bits."""
        return all(value.is_integer() and abs(value) < 2**24 for value in (self.slope, self.intercept))


def rescale_of(values: Values) -> Rescale:
    """Read slope and intercept; a slope of 0 counts as absent, as some scanners write it.

    Raises
    ------
    InputError
        BAD_HEADER: values beyond 1e30, which would destroy the contrast.
    """
    slope, intercept = values.number(tag.SLOPE), values.number(tag.INTERCEPT)
    rescale = Rescale(slope or 1.0, intercept or 0.0)
    if max(abs(rescale.slope), abs(rescale.intercept)) > 1e30:
        raise InputError(Code.BAD_HEADER, "DICOM: expected a rescale slope and intercept below 1e30, received more")
    return rescale


def window_of(values: Values, layout: Layout, rescale: Rescale) -> tuple[tuple[float, float] | None, tuple[Code, ...]]:
    """Read the display window in units of the output pixels.

    The first of several windows is used. None if there is none, for color, and, noted as ``WINDOW_IGNORED``, if it is
    not usable (not a number, or width not positive): display then falls back to percentiles.

    Returns
    -------
    window : tuple of float or None
        Values displayed as black and as white (PS3.3, C.11.2.1.2 and C.11.2.1.3).
    """
    if not values.raw.get(tag.WINDOW_CENTER) or layout.samples != 1 or layout.photometric == PALETTE_COLOR:
        return None, ()
    center, width = values.number(tag.WINDOW_CENTER), values.number(tag.WINDOW_WIDTH)
    if center is None or width is None:
        return None, (Code.WINDOW_IGNORED,)
    if values.text(tag.WINDOW_FUNCTION).upper() in ("", "LINEAR"):
        center, width = center - 0.5, width - 1
    if not 0 < width < 1e30 or abs(center) > 1e30:
        return None, (Code.WINDOW_IGNORED,)
    low, high = center - width / 2, center + width / 2
    if layout.photometric == "MONOCHROME1":
        ends = _stored_ends(layout)
        mirror = rescale.slope * (ends[0] + ends[1]) + 2 * rescale.intercept
        low, high = mirror - high, mirror - low
    return (low, high), ()


def _stored_ends(layout: Layout) -> tuple[int, int]:
    if layout.signed:
        return -(1 << (layout.stored - 1)), (1 << (layout.stored - 1)) - 1
    return 0, (1 << layout.stored) - 1


def native_frames(header: Header, layout: Layout) -> Iterator[NDArray[np.generic]]:
    """Yield views of the stored values of each uncompressed gray or palette frame, shape (rows, columns)."""
    count = layout.rows * layout.columns
    shape = layout.rows, layout.columns
    if layout.allocated == 1:
        yield from _bit_frames(header, layout)
        return
    letter = "f" if layout.floating else "i" if layout.signed else "u"
    kind = np.dtype(f"{header.order}{letter}{layout.allocated // 8}")
    for number in range(layout.frames):
        offset = header.pixel_start + number * count * kind.itemsize
        yield np.frombuffer(header.data, kind, count, offset).reshape(shape)


def _bit_frames(header: Header, layout: Layout) -> Iterator[NDArray[np.generic]]:
    """Yield frames of one bit per pixel, packed from the lowest bit, without padding at ends of rows or frames."""
    count = layout.rows * layout.columns
    for number in range(layout.frames):
        first, skip = divmod(number * count, 8)
        packed = np.frombuffer(header.data, np.uint8, (skip + count + 7) // 8, header.pixel_start + first)
        yield np.unpackbits(packed, bitorder="little")[skip : skip + count].reshape(layout.rows, layout.columns)


def canonical(
    stored: NDArray[np.generic], layout: Layout, values: Values, rescale: Rescale, lut: dict[int, bytes] | None = None
) -> tuple[NDArray[np.generic], tuple[Code, ...]]:
    """Turn the stored values of one frame into canonical pixels.

    Parameters
    ----------
    stored : ndarray, shape (rows, columns) or (rows, columns, 3)
        Decoded values; RGB if there is a third axis.
    layout, values, rescale
        From the header.
    lut : dict of int to bytes, optional
        Item of the modality LUT sequence, which replaces `rescale`.

    Returns
    -------
    pixels : ndarray, shape (rows, columns)
        A new array of the first type of uint8, int16, uint16, int32 that holds all values, float32 otherwise.
    notes : tuple of Code
        ``COLOR``, ``NONFINITE``.
    """
    if stored.ndim == 3:
        return _gray(stored)
    if layout.photometric == PALETTE_COLOR:
        return _gray(_palette(_used_bits(stored, layout), values))
    if layout.floating:
        return _floating(stored, layout, rescale)
    used = _used_bits(stored, layout)
    if layout.photometric == "MONOCHROME1":
        used = ~used if layout.signed else used ^ used.dtype.type((1 << layout.stored) - 1)
    if lut is not None:
        used = _look_up(used, lut, values.order)
    elif not rescale.is_whole:
        with np.errstate(all="ignore"):
            scaled = used.astype(np.float64) * rescale.slope + rescale.intercept
        return cast(scaled, np.dtype(np.float32)), ()
    elif rescale != Rescale():
        used = used.astype(np.int64) * int(rescale.slope) + int(rescale.intercept)
    return used.astype(narrowest_type(used)), ()


def _used_bits(stored: NDArray[np.generic], layout: Layout) -> NDArray[np.integer]:
    """Clear the bits outside the stored ones (overlays, padding) and extend the sign."""
    values = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    bits = values.dtype.itemsize * 8 if layout.allocated != 1 else 1
    if bits == layout.stored or bits == 1:
        return values
    integer = values.dtype.type
    below = layout.high_bit + 1 - layout.stored
    if layout.signed:
        extended: NDArray[np.integer] = (values << integer(bits - 1 - layout.high_bit)) >> integer(bits - layout.stored)
        return extended
    masked: NDArray[np.integer] = (values >> integer(below) if below else values) & integer((1 << layout.stored) - 1)
    return masked


def _floating(
    stored: NDArray[np.generic], layout: Layout, rescale: Rescale
) -> tuple[NDArray[np.generic], tuple[Code, ...]]:
    if layout.photometric == "MONOCHROME1":
        raise InputError(
            Code.UNSUPPORTED, "DICOM: expected MONOCHROME2 for floating point pixels, received MONOCHROME1"
        )
    with np.errstate(all="ignore"):
        scaled = stored.astype(np.float64) * rescale.slope + rescale.intercept
    filled, count = fill_nonfinite(scaled)
    return cast(filled, np.dtype(np.float32)), (Code.NONFINITE,) * (count > 0)


def _gray(color: NDArray[np.generic]) -> tuple[NDArray[np.generic], tuple[Code, ...]]:
    with library_errors("DICOM color image"):
        gray, colored = to_gray(color)
    return gray.astype(narrowest_type(gray)), (Code.COLOR,) * colored


def _look_up(used: NDArray[np.integer], lut: dict[int, bytes], order: str) -> NDArray[np.integer]:
    """Apply a modality LUT (PS3.3, C.11.1.1): values outside its range map to its ends."""
    descriptor = np.frombuffer(lut.get(tag.LUT_DESCRIPTOR, b"")[:6], f"{order}u2")
    raw = lut.get(tag.LUT_DATA, b"")
    if len(descriptor) != 3:
        raise InputError(Code.BAD_HEADER, "DICOM: expected a modality LUT descriptor of 3 numbers, received others")
    entries, first, bits = (int(number) for number in descriptor)
    entries = entries or 1 << 16
    if used.dtype.kind == "i" and first > 0x7FFF:
        first -= 1 << 16
    kind = np.dtype(f"{order}u2") if bits > 8 or len(raw) >= 2 * entries else np.dtype("u1")
    if len(raw) < entries * kind.itemsize:
        raise InputError(Code.TRUNCATED, f"DICOM: expected {entries} entries of the modality LUT, received fewer")
    table = np.frombuffer(raw, kind, entries).astype(np.uint16)
    return table[np.clip(used.astype(np.int64) - first, 0, entries - 1)]


def _palette(indices: NDArray[np.integer], values: Values) -> NDArray[np.generic]:
    """Apply the red, green and blue palettes, segmented ones included, with pydicom."""
    from pydicom.dataset import Dataset
    from pydicom.pixels.processing import apply_color_lut

    dataset = Dataset()
    with library_errors("DICOM palette"):
        for element in tag.PALETTE[:3]:
            dataset.add_new(element, "US", list(np.frombuffer(values.raw[element][:6], f"{values.order}u2").tolist()))
        for element in (*tag.PALETTE[3:], *tag.SEGMENTED_PALETTE):
            if element in values.raw:
                raw = values.raw[element]
                dataset.add_new(
                    element, "OW", raw if values.order == "<" else np.frombuffer(raw, ">u2").astype("<u2").tobytes()
                )
        return np.asarray(apply_color_lut(indices, dataset))
