"""Encode raster files and zip archives; the bytes depend only on the content."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Gray = NDArray[np.uint8] | NDArray[np.uint16]


def jpeg(pixels: Gray, *, quality: int = 90, color: bool = False) -> bytes:
    """Write 8-bit gray as JPEG, as one channel or as three equal ones."""
    image = Image.fromarray(pixels.astype(np.uint8))
    stream = io.BytesIO()
    (image.convert("RGB") if color else image).save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def png(pixels: Gray) -> bytes:
    """Write 8 or 16 bits, according to the type of `pixels`."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def tiff(pages: Sequence[Gray], *, compression: str = "tiff_deflate") -> bytes:
    """Write one or more pages."""
    first, *rest = (Image.fromarray(page) for page in pages)
    stream = io.BytesIO()
    first.save(stream, "TIFF", compression=compression, save_all=bool(rest), append_images=rest)
    return stream.getvalue()


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Write a zip whose members all have the same date."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, (2000, 1, 1, 12, 0, 0))
            info.create_system, info.external_attr, info.compress_type = 3, 0o644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return stream.getvalue()
