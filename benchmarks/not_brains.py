"""Images without a brain: photographs, digits and medical images of other body parts from libraries, charts, noise."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import cv2
import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from pydicom.data import get_testdata_file
from sklearn.datasets import load_digits, load_sample_images

from benchmarks.plane_slices import to_bytes

PYDICOM = {  # of pydicom's own test files, looked at: those that show no head
    "CT_small.dcm": "CT of a spine",
    "MR_small.dcm": "MR of a joint",
    "examples_overlay.dcm": "MR of an abdomen",
    "examples_rgb_color.dcm": "ultrasound of a lymph node",
    "examples_ybr_color.dcm": "ultrasound of a heart",
    "examples_palette.dcm": "ultrasound",
    "examples_jpeg2k.dcm": "ultrasound",
    "JPEG2000.dcm": "scintigraphy of a body",
    "liver_1frame.dcm": "segmentation of a liver",
    "GDCMJ2K_TextGBR.dcm": "words",
    "SC_rgb_rle.dcm": "test bars",
    "SC_jpeg_no_color_transform_2.dcm": "test pattern",
    "image_dfl.dcm": "test squares",
}

Picture = tuple[str, NDArray[np.uint8]]


def pictures(seed: int = 0) -> list[Picture]:
    """Return (kind, gray image) of all pictures; the drawn ones with the given seed."""
    rng = np.random.default_rng(seed)
    return [*_photographs(), *_digits(), *_other_parts(), *_charts(rng), *_plain(rng)]


def _photographs() -> Iterator[Picture]:
    for photo in load_sample_images().images:
        image = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.uint8)
        height, width = (side // 2 for side in image.shape)
        yield "photograph", image
        for top, left in ((0, 0), (0, width), (height, 0), (height, width)):
            yield "photograph", image[top : top + height, left : left + width]


def _digits() -> Iterator[Picture]:
    digits = load_digits()
    for number in range(10):
        image = digits.images[int(np.flatnonzero(digits.target == number)[0])]
        yield "written digit", cv2.resize(to_bytes(image), (128, 128), interpolation=cv2.INTER_CUBIC)


def _other_parts() -> Iterator[Picture]:
    for name in PYDICOM:
        path = get_testdata_file(name, download=False)
        if path is None:
            raise FileNotFoundError(f"pydicom {pydicom.__version__} ships no {name}")
        pixels = pydicom.dcmread(path).pixel_array
        if pixels.shape[-1] == 3:
            pixels = pixels.mean(axis=-1)
        if pixels.ndim == 3:
            pixels = pixels[len(pixels) // 2]
        yield "other part of the body, or a test pattern (pydicom)", to_bytes(pixels)


def _charts(rng: np.random.Generator) -> Iterator[Picture]:
    """Draw bars, lines, pies, tables and pages of words, on white and on black."""
    for draw in (_bars, _lines, _pie, _table, _words):
        for paper, ink in ((255, 0), (0, 255)):
            image = Image.new("L", (400, 300), paper)
            draw(ImageDraw.Draw(image), rng, ink)
            yield "chart or page", np.asarray(image, np.uint8)


def _bars(draw: ImageDraw.ImageDraw, rng: np.random.Generator, ink: int) -> None:
    draw.line([(40, 20), (40, 270), (380, 270)], fill=ink, width=2)
    for place, height in enumerate(rng.integers(30, 230, 8)):
        draw.rectangle([60 + 40 * place, 270 - int(height), 88 + 40 * place, 270], fill=100 + 15 * place, outline=ink)


def _lines(draw: ImageDraw.ImageDraw, rng: np.random.Generator, ink: int) -> None:
    draw.line([(40, 20), (40, 270), (380, 270)], fill=ink, width=2)
    for _ in range(3):
        heights = 150 + np.cumsum(rng.normal(0, 12, 34))
        draw.line([(40 + 10 * x, float(y)) for x, y in enumerate(heights)], fill=ink, width=2)


def _pie(draw: ImageDraw.ImageDraw, rng: np.random.Generator, ink: int) -> None:
    angles = [0, *sorted(int(angle) for angle in rng.integers(20, 340, 4)), 360]
    for number, (begin, end) in enumerate(pairwise(angles)):
        draw.pieslice([80, 30, 320, 270], begin, end, fill=60 + 40 * number, outline=ink)


def _table(draw: ImageDraw.ImageDraw, rng: np.random.Generator, ink: int) -> None:
    for row in range(12):
        draw.line([(10, 20 + 22 * row), (390, 20 + 22 * row)], fill=ink)
        for column in range(5):
            draw.text((20 + 75 * column, 24 + 22 * row), f"{rng.normal():.3f}", fill=ink)


def _words(draw: ImageDraw.ImageDraw, rng: np.random.Generator, ink: int) -> None:
    letters = list("abcdefghijklmnopqrstuvwxyz     ")
    for row in range(18):
        draw.text((15, 12 + 15 * row), "".join(rng.choice(letters, 60)), fill=ink)


def _plain(rng: np.random.Generator) -> Iterator[Picture]:
    """Draw blank images, ramps, and noise of several grains."""
    yield "blank, ramp or noise", np.zeros((256, 256), np.uint8)
    yield "blank, ramp or noise", np.full((256, 256), 255, np.uint8)
    yield "blank, ramp or noise", np.tile(np.arange(256, dtype=np.uint8), (256, 1))
    for grain in (0, 1, 3, 8, 20):
        noise = rng.normal(size=(256, 256)).astype(np.float32)
        yield "blank, ramp or noise", to_bytes(cv2.GaussianBlur(noise, (0, 0), grain) if grain else noise)
