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

from medcurate.pictures import centered, grid

TILE = 132  # side of the square for an image (pixels)
GAP = 10
CAPTION = 52
COLUMNS = 12
MARGIN = 24
HEADER = 78
_BACKGROUND = (17, 19, 23)
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
    _write(sheet, (MARGIN, 16), title, 26, _TEXT)
    _write(sheet, (MARGIN, 49), shorten(summary, 14, width - 2 * MARGIN, keep_end=False), 14, _QUIET)
    if tiles:
        cells = np.stack([_cell(tile) for tile in tiles])
        sheet.paste(Image.fromarray(grid(cells, COLUMNS, fill=_BACKGROUND)), (MARGIN, HEADER))
    else:
        _write(sheet, (MARGIN, HEADER + TILE // 2), "no image", 14, _QUIET)
    return sheet


def _cell(tile: Tile) -> NDArray[np.uint8]:
    """Return a tile with its caption and the gaps to its right and below, into which letters may reach."""
    cell = Image.new("RGB", (TILE + GAP, TILE + CAPTION + GAP), _BACKGROUND)
    _draw_image(cell, tile)
    _draw_caption(cell, tile)
    return np.asarray(cell)


def _draw_image(cell: Image.Image, tile: Tile) -> None:
    """Draw the image on black, its frame and its number."""
    image = np.zeros((TILE, TILE), np.uint8) if tile.image is None else centered(tile.image, TILE)
    cell.paste(Image.fromarray(image), (0, 0))
    draw = ImageDraw.Draw(cell)
    if tile.image is None:
        _write(cell, (8, TILE // 2 - 7), "cannot be read now", 12, _QUIET)
    if tile.outlined:
        draw.rectangle((0, 0, TILE - 1, TILE - 1), outline=_FAIR, width=2)
    if tile.number is not None:
        text = str(tile.number)
        draw.rectangle((0, 0, 9 + round(_font(14).getlength(text)), 19), fill=_BACKGROUND)
        _write(cell, (4, 2), text, 14, _FAIR)


def _draw_caption(cell: Image.Image, tile: Tile) -> None:
    """Draw the confidence as a bar and a number, and below it the note, file name and folder."""
    draw, color = ImageDraw.Draw(cell), confidence_color(tile.confidence)
    draw.rectangle((0, TILE, TILE - 1, TILE + 2), fill=_TRACK)
    if tile.confidence > 0:
        draw.rectangle((0, TILE, round(tile.confidence * (TILE - 1)), TILE + 2), fill=color)
    shown = f"{np.floor(tile.confidence * 100) / 100:.2f}"  # 0.996 is not 1.00
    _write(cell, (0, TILE + 5), shown, 13, color)
    _write(cell, (34, TILE + 6), shorten(tile.note, 12, TILE - 34, keep_end=False), 12, _QUIET)
    folder, name = short_names(tile.path)
    _write(cell, (0, TILE + 21), shorten(name, 12, TILE, keep_end=True), 12, _TEXT)
    _write(cell, (0, TILE + 36), shorten(folder, 12, TILE, keep_end=True), 12, _QUIET)


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
