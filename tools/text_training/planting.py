"""Write random text at known places of an image, for training and testing the text detector."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]

_LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-:/^ ")
_STROKED = (
    cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_PLAIN, cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
)  # fmt: skip
_DARK_GROUND = 60  # gray level below which dark letters would be invisible


class Planted(NamedTuple):
    """An image with text, and a mask of the text.

    Attributes
    ----------
    image : ndarray of uint8, shape (h, w)
    letters : ndarray of bool, shape (h, w)
    """

    image: Gray
    letters: NDArray[np.bool_]


def plant_text(
    rng: np.random.Generator,
    image: Gray,
    *,
    height_px: float,
    contrast: float,
    angle_deg: float,
    text: str | None = None,
) -> Planted:
    """Write a line of text at a random place, often at an edge, as consoles do.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w)
    height_px : float
        Of a capital letter.
    contrast : float
        Contrast with the background, as a fraction of white; below 0 for dark letters (bright ones on a dark
        background).
    angle_deg : float
        Counter-clockwise.
    text : str, optional
        None for 5 to 15 random letters.
    """
    words = text or "".join(rng.choice(_LETTERS, int(rng.integers(5, 16)))).strip() or "AB12"
    line = _turned(_line(rng, words, height_px), angle_deg)[: image.shape[0] - 2, : image.shape[1] - 2]
    height, width = line.shape
    free_y, free_x = image.shape[0] - height, image.shape[1] - width
    y, x = int(rng.integers(0, free_y)), int(rng.integers(0, free_x))
    if rng.random() < 0.6:
        y = int(rng.choice([0, free_y - 1])) if height < width else y
        x = int(rng.choice([0, free_x - 1])) if rng.random() < 0.5 else x
    window = (slice(y, y + height), slice(x, x + width))
    share = line.astype(np.float32) / 255
    ground = float(np.median(image[window]))
    step = -contrast if contrast < 0 and ground < _DARK_GROUND else contrast
    out = image.astype(np.float32)
    out[window] = out[window] * (1 - share) + np.clip(ground + step * 255, 0, 255) * share
    letters = np.zeros(image.shape, np.bool_)
    letters[window] = line > 80
    return Planted(np.asarray(np.clip(out, 0, 255), np.uint8), letters)


def _line(rng: np.random.Generator, words: str, height_px: float) -> Gray:
    """Draw a line in one of six type faces, white on black."""
    if rng.random() < 0.5:
        return _printed(words, height_px)
    face = _STROKED[int(rng.integers(len(_STROKED)))]
    scale = height_px / cv2.getTextSize("H", face, 1, 1)[0][1]
    thickness = max(1, round(height_px / 14 * rng.uniform(0.7, 1.8)))
    (width, height), below = cv2.getTextSize(words, face, scale, thickness)
    out = np.zeros((height + below + 8, width + 8), np.uint8)
    cv2.putText(out, words, (4, height + 4), face, scale, (255,), thickness, cv2.LINE_AA)
    return out


def _printed(words: str, height_px: float) -> Gray:
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(int(height_px * 1.4))
    width = int(ImageDraw.Draw(Image.new("L", (8, 8))).textlength(words, font=font)) + 8
    page = Image.new("L", (width, int(height_px * 2) + 8), 0)
    ImageDraw.Draw(page).text((3, 2), words, fill=255, font=font)
    return np.asarray(page, np.uint8)


def _turned(line: Gray, angle_deg: float) -> Gray:
    if not angle_deg:
        return line
    height, width = line.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle_deg, 1)
    cosine, sine = abs(turn[0, 0]), abs(turn[0, 1])
    size = int(height * sine + width * cosine) + 1, int(height * cosine + width * sine) + 1
    turn[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return np.asarray(cv2.warpAffine(line, turn, size), np.uint8)
