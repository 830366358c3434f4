"""TIFF: one frame per page, full depth, upright; color is reduced to luma and noted.

Pillow decodes and corrects the orientation; OpenCV decodes modes that Pillow lacks (16-bit color).
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from medcurate.errors import Code, InputError
from medcurate.readers.blob import Blob
from medcurate.readers.frame import Facts, Frame
from medcurate.readers.gray import to_gray
from medcurate.readers.limits import check_raster
from medcurate.readers.options import DEFAULT_OPTIONS, ReadOptions
from medcurate.readers.quiet import quiet_stderr
from medcurate.readers.raster.tiff_header import page_sizes
from medcurate.readers.translate import library_errors
from medcurate.readers.values import cast, fill_nonfinite, narrowest_type

_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BITS_PER_SAMPLE, _PHOTOMETRIC, _WHITE_IS_ZERO, _TILE_WIDTH, _TILE_HEIGHT = 258, 262, 0, 322, 323
_EIGHT_BIT_COLOR = ("RGB", "RGBA", "RGBX", "LA", "CMYK")


def matches(head: bytes) -> bool:
    """Return whether the file starts like a TIFF or BigTIFF."""
    return head[:4] in _SIGNATURES


def read(blob: Blob, options: ReadOptions = DEFAULT_OPTIONS) -> Iterator[Frame]:
    """Yield one frame per page; `Facts.frame` is the page number if there are several.

    Raises
    ------
    InputError
        `TRUNCATED`, `BAD_DIMS`, `BOMB`, `DECODE`.
    """
    data = blob.bytes()
    image = _open(data)
    if image is None:
        yield from _read_wide(data, options)
        return
    with image:
        page, pixels, more = 0, 0, True
        while more:
            pixels += _check(image, pixels, options)
            frame = _decode(image)
            more = _turn_page(image, page + 1)
            yield _numbered(frame, page) if page or more else frame
            page += 1


def _open(data: bytes) -> Image.Image | None:
    """Open with Pillow; None if Pillow has no mode for the pixels or would reduce them to 8 bits."""
    with quiet_stderr(), library_errors("TIFF header"):
        try:
            image = Image.open(io.BytesIO(data), formats=["TIFF"])
            wide = image.mode in _EIGHT_BIT_COLOR and _bits(image) > 8
            return None if wide else image
        except UnidentifiedImageError:
            return None
        except Image.DecompressionBombError as error:
            raise InputError(Code.BOMB, "The TIFF header declares far more pixels than a medical image has.") from error


def _check(image: Image.Image, before: int, options: ReadOptions) -> int:
    check_raster(image.height, image.width, options)
    tags = image.tag_v2  # type: ignore[attr-defined]
    if isinstance(tags.get(_TILE_WIDTH), int) and isinstance(tags.get(_TILE_HEIGHT), int):
        check_raster(tags[_TILE_HEIGHT], tags[_TILE_WIDTH], options)
    pixels = image.height * image.width
    if before + pixels > options.max_volume_voxels:
        raise InputError(Code.BOMB, f"Expected at most {options.max_volume_voxels:,} pixels in all pages of one TIFF.")
    return pixels


def _turn_page(image: Image.Image, page: int) -> bool:
    with quiet_stderr(), library_errors("TIFF page header"):
        try:
            image.seek(page)
        except EOFError:
            return False
        except Image.DecompressionBombError as error:
            raise InputError(Code.BOMB, f"Page {page} of the TIFF declares far too many pixels.") from error
    return True


def _numbered(frame: Frame, page: int) -> Frame:
    return Frame(frame.pixels, dataclasses.replace(frame.facts, frame=page))


def _decode(image: Image.Image) -> Frame:
    with quiet_stderr(), library_errors("TIFF page"):
        depth, photometric = _bits(image), image.tag_v2.get(_PHOTOMETRIC)  # type: ignore[attr-defined]
        samples = _samples(image)
    if photometric == _WHITE_IS_ZERO and samples.dtype == np.uint16:
        samples = np.invert(samples.astype(np.uint16))  # Pillow inverts 1 and 8 bits, but not 16
    return _frame(samples, depth)


def _bits(image: Image.Image) -> int:
    bits = image.tag_v2.get(_BITS_PER_SAMPLE, (1,))  # type: ignore[attr-defined]
    return int(bits[0]) if isinstance(bits, tuple) else int(bits)


def _samples(image: Image.Image) -> NDArray[np.generic]:
    mode = image.mode
    if mode in ("1", "L"):
        return np.asarray(image.convert("L"))
    if mode in ("LA", "RGB", "RGBA", "F", "I"):
        return np.asarray(image)
    if mode.startswith("I;16"):
        return np.asarray(image).astype(np.uint16)
    if mode == "LAB":
        return np.asarray(image.getchannel(0))
    return np.asarray(image.convert("RGBA" if mode in ("P", "PA") else "RGB"))


def _frame(samples: NDArray[np.generic], depth: int) -> Frame:
    if samples.dtype in (np.uint8, np.uint16):
        pixels, colored = to_gray(samples)
        return Frame(pixels, Facts(format="tiff", bit_depth=depth, notes=(Code.COLOR,) if colored else ()))
    values, nonfinite = fill_nonfinite(samples if samples.ndim == 2 else samples.mean(axis=2))
    pixels = cast(values, narrowest_type(values))
    return Frame(pixels, Facts(format="tiff", bit_depth=depth, notes=(Code.NONFINITE,) if nonfinite else ()))


def _read_wide(data: bytes, options: ReadOptions) -> Iterator[Frame]:
    """Decode modes that Pillow lacks, after a check of the sizes of all pages."""
    for height, width in page_sizes(data):
        check_raster(height, width, options)
    with quiet_stderr(), library_errors("TIFF"):
        decoded, pages = cv2.imdecodemulti(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if not decoded or not pages:
        raise InputError(Code.DECODE, "The TIFF is damaged, or of a kind that neither Pillow nor OpenCV decodes.")
    for number, page in enumerate(pages):
        samples = page[:, :, [2, 1, 0, 3][: page.shape[2]]] if page.ndim == 3 and page.shape[2] >= 3 else page
        frame = _frame(samples, samples.dtype.itemsize * 8)
        yield _numbered(frame, number) if len(pages) > 1 else frame
