"""Thumbnails of images for visual review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from medcurate.curate.sources.inputs import Item
from medcurate.errors import InputError
from medcurate.pictures import fit
from medcurate.readers import read
from medcurate.readers.blob import Blob
from medcurate.readers.options import ReadOptions

Thumbnail = NDArray[np.uint8]
PICTURES = frozenset({"jpeg", "png", "tiff"})
_REDUCED = {2: cv2.IMREAD_REDUCED_GRAYSCALE_2, 4: cv2.IMREAD_REDUCED_GRAYSCALE_4, 8: cv2.IMREAD_REDUCED_GRAYSCALE_8}


class View(NamedTuple):
    """The image of a file to show: a frame, or the middle slice of a volume (frame None, depth known)."""

    item: Item
    frame: int | None
    depth: int | None


def thumbnails(
    views: Sequence[View], size: int, options: ReadOptions, *, threads: int | None = None
) -> dict[View, Thumbnail]:
    """Read thumbnails of images.

    Parameters
    ----------
    views : sequence of View
        Each file is opened once for all its frames.
    size : int
        Width and height of the bounding square (pixels).
    threads : int, optional
        Decoders release Python's lock.

    Returns
    -------
    dict of View to ndarray of uint8, shape (h, w) with h and w <= size
        Views that can no longer be read are left out.
    """
    files: dict[Item, list[View]] = {}
    for view in dict.fromkeys(views):
        files.setdefault(view.item, []).append(view)

    def one(entry: tuple[Item, list[View]]) -> Mapping[View, Thumbnail]:
        try:
            return dict(file_thumbnails(entry[0].blob(), entry[1], size, options))
        except (InputError, OSError):
            return {}

    with ThreadPoolExecutor(threads) as pool:
        return {view: image for found in pool.map(one, files.items()) for view, image in found.items()}


def file_thumbnails(
    blob: Blob, views: Sequence[View], size: int, options: ReadOptions
) -> Iterable[tuple[View, Thumbnail]]:
    """Yield thumbnails of one file.

    Parameters
    ----------
    blob : Blob
        The bytes of the file.
    views : sequence of View
        Their `item` is not opened.
    size : int
        As in `thumbnails` (pixels).

    Raises
    ------
    InputError
        If the file can no longer be read.
    """
    if len(views) == 1 and views[0].frame is None and views[0].depth is None:
        quick = _reduced_jpeg(blob, size)
        if quick is not None:
            yield views[0], fit(quick, size)
            return
    wanted = {_wanted_frame(view): view for view in views}
    for frame in read(blob, options):
        view = wanted.pop(frame.facts.frame, None) if frame.facts.kind != "mask" else None
        if view is not None:
            yield view, fit(displayable(frame.pixels, as_is=frame.facts.format in PICTURES), size)
        if not wanted:
            return


def _wanted_frame(view: View) -> int | None:
    if view.frame is None and view.depth is not None:
        return view.depth // 2
    return view.frame


def _reduced_jpeg(blob: Blob, size: int) -> NDArray[np.uint8] | None:
    """Decode a JPEG at a fraction of its size; None if that is not possible."""
    if blob.head(3) != b"\xff\xd8\xff":
        return None
    data = blob.bytes()
    try:
        height, width, *_ = simplejpeg.decode_jpeg_header(data)
    except ValueError:
        return None
    factor = max((f for f in _REDUCED if max(height, width) >= f * size), default=0)
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), _REDUCED[factor]) if factor else None
    return None if pixels is None else np.asarray(pixels, np.uint8)


def displayable(pixels: NDArray[np.generic], *, as_is: bool) -> NDArray[np.uint8]:
    """Return gray values for a screen, stretched from the 0.5th to the 99.5th percentile.

    Parameters
    ----------
    pixels : ndarray, shape (h, w)
    as_is : bool
        Leave 8-bit pixels unchanged, because they are display values.
    """
    if as_is and pixels.dtype == np.uint8:
        return pixels.view(np.uint8)
    values = pixels.astype(np.float32)
    low, high = np.percentile(values[:: max(1, values.shape[0] // 256), :: max(1, values.shape[1] // 256)], [0.5, 99.5])
    if high <= low:
        low, high = float(values.min()), float(values.max())
    scale = 255.0 / (high - low) if high > low else 0.0
    return np.asarray(np.clip((values - low) * scale, 0, 255), np.uint8)
