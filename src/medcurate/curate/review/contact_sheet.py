"""Contact sheets for the visual review of planes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

TILE = 132  # side of the square for an image (pixels)
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
        At most `TILE` pixels per side; None if it can no longer be read.
    confidence : float
        In [0, 1].
    note : str
        Text next to the confidence.
    path : str
        Its file name and last folder are shown below; if they are too long, their ends are kept.
    number : int or None
        Row number in the accompanying table, shown in the corner.
    outlined : bool
        Whether it has an outline.
    """

    image: NDArray[np.uint8] | None
    confidence: float
    note: str
    path: str
    number: int | None = None
    outlined: bool = False


def contact_sheet(title: str, summary: str, tiles: Sequence[Tile]) -> Image.Image:
    """Draw tiles in rows of `COLUMNS`, in reading order.

    Parameters
    ----------
    title, summary : str
        The two lines of the heading.

    Returns
    -------
    PIL.Image.Image
        RGB.
    """
    rows = max(1, -(-len(tiles) // COLUMNS))
    width = 2 * MARGIN + COLUMNS * (TILE + GAP) - GAP
    sheet = Image.new("RGB", (width, HEADER + rows * (TILE + CAPTION + GAP) - GAP + MARGIN), _BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    _write(sheet, (MARGIN, 16), title, 26, _TEXT)
    _write(sheet, (MARGIN, 49), shorten(summary, 14, width - 2 * MARGIN, keep_end=False), 14, _QUIET)
    if not tiles:
        _write(sheet, (MARGIN, HEADER + TILE // 2), "no image", 14, _QUIET)
    for position, tile in enumerate(tiles):
        row, column = divmod(position, COLUMNS)
        _draw_tile(sheet, draw, tile, MARGIN + column * (TILE + GAP), HEADER + row * (TILE + CAPTION + GAP))
    return sheet


def _draw_tile(sheet: Image.Image, draw: ImageDraw.ImageDraw, tile: Tile, left: int, top: int) -> None:
    draw.rectangle((left, top, left + TILE - 1, top + TILE - 1), fill=_WELL)
    if tile.image is None:
        _write(sheet, (left + 8, top + TILE // 2 - 7), "cannot be read now", 12, _QUIET)
    else:
        height, width = tile.image.shape
        sheet.paste(Image.fromarray(tile.image), (left + (TILE - width) // 2, top + (TILE - height) // 2))
    if tile.outlined:
        draw.rectangle((left, top, left + TILE - 1, top + TILE - 1), outline=_FAIR, width=2)
    bottom = top + TILE
    draw.rectangle((left, bottom, left + TILE - 1, bottom + 2), fill=_TRACK)
    color = confidence_color(tile.confidence)
    if tile.confidence > 0:
        draw.rectangle((left, bottom, left + round(tile.confidence * (TILE - 1)), bottom + 2), fill=color)
    shown = f"{np.floor(tile.confidence * 100) / 100:.2f}"  # 0.996 is not 1.00
    _write(sheet, (left, bottom + 5), shown, 13, color)
    _write(sheet, (left + 34, bottom + 6), shorten(tile.note, 12, TILE - 34, keep_end=False), 12, _QUIET)
    folder, name = short_names(tile.path)
    _write(sheet, (left, bottom + 21), shorten(name, 12, TILE, keep_end=True), 12, _TEXT)
    _write(sheet, (left, bottom + 36), shorten(folder, 12, TILE, keep_end=True), 12, _QUIET)
    if tile.number is not None:
        text = str(tile.number)
        draw.rectangle((left, top, left + 9 + round(_font(14).getlength(text)), top + 19), fill=_BACKGROUND)
        _write(sheet, (left + 4, top + 2), text, 14, _FAIR)


def _write(sheet: Image.Image, place: tuple[int, int], text: str, size: int, color: tuple[int, int, int]) -> None:
    """Write one line of text with its upper left corner at `place`."""
    if text:
        sheet.paste(color, place, _inked(text, size))


@lru_cache(maxsize=2048)  # most lines occur on many tiles, and drawing letters dominates the cost
def _inked(text: str, size: int) -> Image.Image:
    """Return the coverage of a line of text."""
    _, _, right, bottom = _font(size).getbbox(text)
    ink = Image.new("L", (max(1, round(right) + 1), max(1, round(bottom) + 1)))
    ImageDraw.Draw(ink).text((0, 0), text, font=_font(size), fill=255)
    return ink


def confidence_color(confidence: float) -> tuple[int, int, int]:
    """Return green from 0.9, amber from 0.6, red below."""
    if confidence >= 0.9:
        return _SURE
    return _FAIR if confidence >= 0.6 else _DOUBTFUL


@lru_cache(maxsize=2048)
def shorten(text: str, size: int, width: float, *, keep_end: bool) -> str:
    """Shorten text that is wider than `width` pixels in that font size, with an ellipsis."""
    length = _font(size).getlength
    text = "".join(c if c.isprintable() else "?" for c in (text[-200:] if keep_end else text[:200]))
    if length(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:  # the largest number of characters that fit
        middle = (low + high + 1) // 2
        fits = length("…" + (text[-middle:] if keep_end else text[:middle])) <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return "…" + text[len(text) - low :] if keep_end else text[:low] + "…"


def short_names(path: str) -> tuple[str, str]:
    """Return the last folder (or archive) and the file name."""
    parts = path.replace("!", "/").rsplit("/", 2)
    return (parts[-2] if len(parts) > 1 else ""), parts[-1]


def encode(sheet: Image.Image, suffix: str) -> bytes:
    """Return the sheet as a ``.jpg`` or ``.png`` file; equal sheets give equal bytes."""
    if suffix == ".jpg":
        return bytes(simplejpeg.encode_jpeg(np.asarray(sheet), quality=92, colorsubsampling="444"))
    stream = io.BytesIO()
    sheet.save(stream, "PNG", compress_level=1)
    return stream.getvalue()


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
