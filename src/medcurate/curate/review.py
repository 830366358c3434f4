"""Contact sheets: what a person looks at to judge the planes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

TILE = 132  # pixels of the square that holds an image
GAP = 10
CAPTION = 52
COLUMNS = 12
MARGIN = 24
HEADER = 78
_BACKGROUND = (17, 19, 23)
_WELL = (0, 0, 0)
_TEXT = (236, 238, 242)
_QUIET = (150, 156, 166)
_TRACK = (44, 48, 56)
_SURE, _FAIR, _DOUBTFUL = (94, 190, 130), (230, 180, 80), (232, 104, 92)


@dataclass(frozen=True, slots=True)
class Tile:
    """One image on a sheet.

    Attributes
    ----------
    image : ndarray of uint8, shape (h, w), or None
        At most `TILE` pixels each way; None where it cannot be read any more.
    confidence : float
        In [0, 1].
    note : str
        Beside the confidence.
    path : str
        Its file name and last folder stand below; their ends are kept where they are too long.
    number : int or None
        Shown in the corner: the line of a table that belongs to the sheet.
    """

    image: NDArray[np.uint8] | None
    confidence: float
    note: str
    path: str
    number: int | None = None


def contact_sheet(title: str, summary: str, tiles: Sequence[Tile]) -> Image.Image:
    """Draw tiles in rows of `COLUMNS`, in reading order.

    Parameters
    ----------
    title, summary : str
        The two lines of the head.
    tiles : sequence of Tile

    Returns
    -------
    PIL.Image.Image
        RGB.
    """
    rows = max(1, -(-len(tiles) // COLUMNS))
    width = 2 * MARGIN + COLUMNS * (TILE + GAP) - GAP
    sheet = Image.new("RGB", (width, HEADER + rows * (TILE + CAPTION + GAP) - GAP + MARGIN), _BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, 16), title, font=_font(26), fill=_TEXT)
    draw.text((MARGIN, 49), shorten(summary, 14, width - 2 * MARGIN, keep_end=False), font=_font(14), fill=_QUIET)
    if not tiles:
        draw.text((MARGIN, HEADER + TILE // 2), "no image", font=_font(14), fill=_QUIET)
    for position, tile in enumerate(tiles):
        row, column = divmod(position, COLUMNS)
        _draw_tile(sheet, draw, tile, MARGIN + column * (TILE + GAP), HEADER + row * (TILE + CAPTION + GAP))
    return sheet


def _draw_tile(sheet: Image.Image, draw: ImageDraw.ImageDraw, tile: Tile, left: int, top: int) -> None:
    draw.rectangle((left, top, left + TILE - 1, top + TILE - 1), fill=_WELL)
    if tile.image is None:
        draw.text((left + 8, top + TILE // 2 - 7), "cannot be read now", font=_font(12), fill=_QUIET)
    else:
        height, width = tile.image.shape
        sheet.paste(Image.fromarray(tile.image), (left + (TILE - width) // 2, top + (TILE - height) // 2))
    bottom = top + TILE
    draw.rectangle((left, bottom, left + TILE - 1, bottom + 2), fill=_TRACK)
    color = confidence_color(tile.confidence)
    if tile.confidence > 0:
        draw.rectangle((left, bottom, left + round(tile.confidence * (TILE - 1)), bottom + 2), fill=color)
    shown = f"{np.floor(tile.confidence * 100) / 100:.2f}"  # 0.996 is not 1.00
    draw.text((left, bottom + 5), shown, font=_font(13), fill=color)
    draw.text((left + 34, bottom + 6), shorten(tile.note, 12, TILE - 34, keep_end=False), font=_font(12), fill=_QUIET)
    folder, name = short_names(tile.path)
    draw.text((left, bottom + 21), shorten(name, 12, TILE, keep_end=True), font=_font(12), fill=_TEXT)
    draw.text((left, bottom + 36), shorten(folder, 12, TILE, keep_end=True), font=_font(12), fill=_QUIET)
    if tile.number is not None:
        text = str(tile.number)
        draw.rectangle((left, top, left + 9 + round(_font(14).getlength(text)), top + 19), fill=_BACKGROUND)
        draw.text((left + 4, top + 2), text, font=_font(14), fill=_FAIR)


def confidence_color(confidence: float) -> tuple[int, int, int]:
    """Return green from 0.9 on, amber from 0.6, red below."""
    if confidence >= 0.9:
        return _SURE
    return _FAIR if confidence >= 0.6 else _DOUBTFUL


def shorten(text: str, size: int, width: float, *, keep_end: bool) -> str:
    """Cut text that is wider than `width` pixels in the font of that size, and mark the cut with an ellipsis."""
    length = _font(size).getlength
    text = "".join(c if c.isprintable() else "?" for c in (text[-200:] if keep_end else text[:200]))
    if length(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:  # the most characters that fit
        middle = (low + high + 1) // 2
        fits = length("…" + (text[-middle:] if keep_end else text[:middle])) <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return "…" + text[len(text) - low :] if keep_end else text[:low] + "…"


def short_names(path: str) -> tuple[str, str]:
    """Return the last folder (or archive) and the file name."""
    parts = path.replace("!", "/").rsplit("/", 2)
    return (parts[-2] if len(parts) > 1 else ""), parts[-1]


def encode(sheet: Image.Image, suffix: str) -> bytes:
    """Return the sheet as a ``.jpg`` or ``.png`` file; the same sheet gives the same bytes."""
    if suffix == ".jpg":
        return bytes(simplejpeg.encode_jpeg(np.asarray(sheet), quality=92, colorsubsampling="444"))
    stream = io.BytesIO()
    sheet.save(stream, "PNG", compress_level=1)
    return stream.getvalue()


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
