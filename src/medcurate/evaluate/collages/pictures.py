"""Generated images beside the training images that they are made of, each source with a color of its own."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.charts import COLORS
from medcurate.evaluate.collages.repeats import Repeats
from medcurate.evaluate.collages.windows import STEP, Indices
from medcurate.results import Figure

_SHOWN = 6  # generated images
_SOURCES = 4
_SIDE = 160  # of a tile (pixels)
_GAP = 6
_GROUND = 24
_TINT = 0.45

Picture = NDArray[np.uint8]


def pieces_figure(
    pictures: Picture, repeats: Repeats, training: Picture, order: Indices, *, names: str = "privacy/pieces"
) -> Figure | None:
    """Draw the images with the largest pieces; None where no image repeats anything.

    Parameters
    ----------
    pictures : ndarray of uint8, shape (n, 64, 64)
        Generated images, as they were searched.
    repeats : Repeats
        Rows beyond the training images, which are held-out images, are not shown.
    training : ndarray of uint8, shape (m, 64, 64)
    order : ndarray of int64
        Images to show, the first ones first.
    """
    shown = [image for image in order.tolist() if len(_sources(repeats, image, len(training)))][:_SHOWN]
    if not shown:
        return None
    rows = [_row(pictures[image], repeats, image, training) for image in shown]
    gap = np.full((_GAP, rows[0].shape[1], 3), _GROUND, np.uint8)
    sheet = np.concatenate([each for row in rows for each in (row, gap)][:-1])
    caption = (
        f"One synthetic image per row, those with the largest pieces first ({len(shown)} of {len(pictures):,} that "
        "were searched): as it is; with the windows that repeat a training image tinted by training image; and the "
        f"training images (up to {_SOURCES}) with the places that come back in their color. The picture shows "
        "training images: it is as confidential as they are."
    )
    done, content = cv2.imencode(".png", sheet[:, :, ::-1])
    if not done:
        raise ValueError(f"the PNG encoder refused a picture of shape {sheet.shape}")
    return Figure(names, "Pieces of training images", caption, content.tobytes(), kind="png")


def _sources(repeats: Repeats, image: int, training: int) -> list[int]:
    """Return the training images of an image, the one with most windows first."""
    rows = repeats.of(image)
    rows = rows[repeats.repeated[rows] & (repeats.row[rows] < training)]
    found, counts = np.unique(repeats.row[rows], return_counts=True)
    return [int(found[at]) for at in np.argsort(-counts, kind="stable")[:_SOURCES]]


def _row(picture: Picture, repeats: Repeats, image: int, training: Picture) -> Picture:
    sources = _sources(repeats, image, len(training))
    tinted, tiles = _enlarged(picture), []
    rows = repeats.of(image)
    for color, source in zip(map(_rgb, COLORS), sources, strict=False):
        mine = rows[repeats.repeated[rows] & (repeats.row[rows] == source)]
        here = np.stack([repeats.windows.x[mine], repeats.windows.y[mine]], axis=1)
        half = np.float32(STEP / 2)
        box = np.array([[-half, -half, 1], [half, -half, 1], [half, half, 1], [-half, half, 1]], np.float32)
        there = np.einsum("nij,kj->nki", repeats.maps[mine], box)
        tile = _tinted(_enlarged(training[source]), there, color)
        tinted = _tinted(tinted, here[:, None] + box[:, :2], color)
        tiles.append(cv2.copyMakeBorder(tile[3:-3, 3:-3], 3, 3, 3, 3, cv2.BORDER_CONSTANT, value=color))
    empty = [np.full((_SIDE, _SIDE, 3), _GROUND, np.uint8)] * (_SOURCES - len(tiles))
    gap = np.full((_SIDE, _GAP, 3), _GROUND, np.uint8)
    every = [_enlarged(picture), tinted, *tiles, *empty]
    return np.concatenate([part for tile in every for part in (tile, gap)][:-1], axis=1)


def _enlarged(picture: Picture) -> Picture:
    large = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    return np.repeat(large[:, :, None], 3, axis=2).astype(np.uint8)


def _tinted(tile: Picture, boxes: NDArray[np.float32], color: tuple[int, int, int]) -> Picture:
    """Tint the areas of boxes, corners as (x, y) in pixels of the small picture."""
    scale = _SIDE / 64
    area = np.zeros(tile.shape[:2], np.uint8)
    for box in boxes:
        cv2.fillConvexPoly(area, np.round((box + 0.5) * scale).astype(np.int32), 1)
    mixed = (1 - _TINT) * tile + _TINT * np.array(color)
    return np.where(area[:, :, None] > 0, mixed, tile).astype(np.uint8)


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
