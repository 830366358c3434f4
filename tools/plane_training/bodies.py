"""Schematic images of other body parts and test objects, which radiology folders contain besides brains.

Each function draws on a canvas of SIZE x SIZE, values about [0, 1], at least 0.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.plane_training.fields import Image, smooth_field
from tools.plane_training.sampling import SIZE

_MIDDLE = SIZE / 2


def blank() -> Image:
    """Return an empty canvas, float32 zeros of shape (SIZE, SIZE)."""
    return np.zeros((SIZE, SIZE), np.float32)


def ellipse(image: Image, center: tuple[float, float], axes: tuple[float, float], gray: float, turn: float = 0) -> None:
    """Fill an ellipse: center (x, y) and half axes in pixels, `turn` in degrees."""
    half = (max(1, int(axes[0])), max(1, int(axes[1])))
    cv2.ellipse(image, (int(center[0]), int(center[1])), half, turn, 0, 360, (float(gray),), -1)


def box(image: Image, x: tuple[float, float], y: tuple[float, float], gray: float) -> None:
    """Fill a rectangle between x[0]..x[1] and y[0]..y[1] (pixels)."""
    cv2.rectangle(image, (int(x[0]), int(y[0])), (int(x[1]), int(y[1])), (float(gray),), -1)


def _bar(image: Image, start: NDArray[np.float64], end: NDArray[np.float64], gray: float, width: int) -> None:
    first, last = ((int(x), int(y)) for x, y in (start, end))
    cv2.line(image, first, last, (float(gray),), width)


def _turned(rng: np.random.Generator, image: Image, sigma_deg: float) -> Image:
    matrix = cv2.getRotationMatrix2D((_MIDDLE, _MIDDLE), rng.normal(0, sigma_deg), rng.uniform(0.8, 1.1))
    return np.asarray(cv2.warpAffine(image, matrix, (SIZE, SIZE)), np.float32)


def test_object(rng: np.random.Generator) -> Image:
    """Draw a phantom of quality control: a disc with inserts."""
    image = blank()
    x, y = _MIDDLE + rng.normal(0, 6, 2)
    ellipse(image, (x, y), (rng.uniform(25, 58), rng.uniform(25, 58)), rng.uniform(0.5, 1), rng.uniform(0, 180))
    for _ in range(int(rng.integers(0, 8))):
        x, y = rng.uniform(30, 98, 2)
        ellipse(image, (x, y), (rng.uniform(2, 14), rng.uniform(2, 14)), rng.uniform(0, 1))
    if rng.random() < 0.4:
        image += smooth_field(rng, (SIZE, SIZE), 4, 0.15) * (image > 0)
    return image


def limb(rng: np.random.Generator) -> Image:
    """Draw a cross-section of an arm or leg: fat, muscle, one or two bones with marrow."""
    image = blank()
    radius = rng.uniform(22, 48)
    ellipse(image, (64, 64), (radius, radius * rng.uniform(0.8, 1.2)), rng.uniform(0.5, 1))
    ellipse(image, (64, 64), (radius * 0.85, radius * 0.85), rng.uniform(0.2, 0.6))
    for _ in range(int(rng.integers(1, 3))):
        x, y = rng.uniform(45, 83, 2)
        bone = rng.uniform(6, 20)
        ellipse(image, (x, y), (bone, bone * rng.uniform(0.8, 1.3)), rng.uniform(0, 0.2))
        ellipse(image, (x, y), (bone * 0.75, bone * 0.8), rng.uniform(0.4, 1))
    return image


def joint(rng: np.random.Generator) -> Image:
    """Draw a knee from the front or the side: two long bones, perhaps a patella."""
    image = blank()
    box(image, (rng.uniform(20, 35), rng.uniform(93, 108)), (0, 127), rng.uniform(0.2, 0.5))
    gap = rng.uniform(50, 75)
    upper, lower = rng.uniform(0.5, 1, 2)
    width = rng.uniform(12, 26)
    box(image, (64 - width * 0.7, 64 + width * 0.7), (0, gap - 14), upper)
    ellipse(image, (64, gap - 14), (width, 12), upper)
    box(image, (64 - width * 0.7, 64 + width * 0.7), (gap + 14, 127), lower)
    ellipse(image, (64, gap + 14), (width, 9), lower)
    if rng.random() < 0.5:
        ellipse(image, (64 + width + 6, gap - 8), (5, 12), upper)
    return _turned(rng, image, 12)


def knee_side(rng: np.random.Generator) -> Image:
    """Draw a knee from the side on MR: round condyle, flat tibia, patella, dark menisci and tendons, bright fat."""
    image = blank()
    image += rng.uniform(0.05, 0.15)
    fat, marrow, muscle = rng.uniform(0.6, 1), rng.uniform(0.5, 0.9), rng.uniform(0.2, 0.4)
    box(image, (rng.uniform(18, 30), rng.uniform(98, 112)), (0, 127), fat)
    box(image, (74, rng.uniform(94, 102)), (0, 127), muscle)
    condyle = rng.uniform(18, 24)
    box(image, (48, 72), (0, 50), marrow)
    ellipse(image, (62, 48), (condyle + 2, condyle - 2), 0.05)
    ellipse(image, (62, 48), (condyle, condyle - 4), marrow)
    box(image, (40, 86), (70, 92), 0.05)
    box(image, (42, 84), (73, 91), marrow)
    box(image, (48, 78), (90, 127), marrow)
    for x in (46, 78):
        ellipse(image, (x, 69), (7, 3), 0.02)
    ellipse(image, (34, rng.uniform(36, 48)), (6, 13), marrow)
    cv2.line(image, (34, 60), (44, 84), (0.02,), 3)
    return _turned(rng, image, 8)


def hand(rng: np.random.Generator) -> Image:
    """Draw an X-ray of a hand: palm, five fingers of bones."""
    image = blank()
    soft, bone = rng.uniform(0.2, 0.45), rng.uniform(0.6, 1)
    ellipse(image, (64, 92), (rng.uniform(20, 27), 26), soft)
    reaches = rng.uniform((40, 56, 62, 57, 46), (48, 68, 74, 70, 56))
    for angle, reach in zip((-58, -20, -4, 11, 27), reaches, strict=True):
        direction = np.array([np.sin(np.deg2rad(angle)), -np.cos(np.deg2rad(angle))])
        ends = [np.array([64.0, 96.0]) + direction * reach * k for k in (0.2, 0.52, 0.76, 0.97, 1.12)]
        _bar(image, ends[0], ends[-1], soft, 11)
        for start, end in pairwise(ends):
            _bar(image, start + direction * 2, end - direction, bone, 4)
    box(image, (54, 74), (112, 127), bone)
    return _turned(rng, image, 15)


def chest(rng: np.random.Generator) -> Image:
    """Draw an X-ray of a chest: two dark lungs crossed by ribs, heart, diaphragm."""
    image = blank()
    image += rng.uniform(0.5, 0.8)
    dark = rng.uniform(0.05, 0.25)
    for x in (40, 88):
        ellipse(image, (x + rng.normal(0, 2), 60), (rng.uniform(17, 22), rng.uniform(38, 46)), dark)
    for y in range(18, 100, int(rng.integers(9, 14))):
        for x, turn in ((40, 15), (88, -15)):
            cv2.ellipse(image, (x, y + 12), (24, 12), turn, 190, 350, (dark + 0.15,), 2)
    ellipse(image, (72, 78), (rng.uniform(14, 22), rng.uniform(16, 22)), rng.uniform(0.7, 0.95), -30)
    box(image, (58, 70), (0, 127), rng.uniform(0.75, 1))
    ellipse(image, (40, 118), (30, rng.uniform(18, 26)), 0.9)
    ellipse(image, (92, 120), (30, rng.uniform(16, 24)), 0.9)
    return image


def torso(rng: np.random.Generator) -> Image:
    """Draw a cross-section of a chest: an oval, often two lungs, vessels, a vertebra."""
    image = blank()
    ellipse(image, (64, 64), (rng.uniform(48, 60), rng.uniform(32, 46)), rng.uniform(0.4, 0.9))
    lung = rng.uniform(0, 0.25)
    if rng.random() < 0.6:
        for x in (42, 86):
            ellipse(image, (x, 60), (rng.uniform(12, 18), rng.uniform(18, 27)), lung, rng.normal(0, 10))
    for _ in range(int(rng.integers(2, 10))):
        x, y = rng.uniform((25, 40), (103, 95))
        ellipse(image, (x, y), (rng.uniform(3, 12), rng.uniform(3, 12)), rng.uniform(0.2, 1), rng.uniform(0, 180))
    ellipse(image, (64, 92), (8, 8), rng.uniform(0.7, 1.3))
    return image


def abdomen(rng: np.random.Generator) -> Image:
    """Draw a cross-section of an abdomen: fat, liver at the left, spleen, kidneys, bowel, aorta, vertebra."""
    image = blank()
    organ, fat = rng.uniform(0.3, 0.9), rng.uniform(0.1, 1)
    ellipse(image, (64, 64), (rng.uniform(50, 60), rng.uniform(36, 44)), fat)
    ellipse(image, (64, 64), (48, 34), rng.uniform(0.1, 0.5))
    ellipse(image, (40, 56), (rng.uniform(20, 27), rng.uniform(20, 26)), organ, rng.normal(-20, 8))
    ellipse(image, (98, 62), (8, rng.uniform(10, 17)), rng.uniform(0.4, 1), 15)
    for x in (46, 84):
        ellipse(image, (x, 80), (7, 10), rng.uniform(0.4, 1), rng.normal(0, 15))
    for _ in range(int(rng.integers(3, 12))):
        x, y = rng.uniform((56, 36), (92, 66))
        ellipse(image, (x, y), (rng.uniform(3, 8), rng.uniform(3, 8)), rng.uniform(0, 1))
    ellipse(image, (64, 74), (4, 4), rng.uniform(0, 1))
    ellipse(image, (64, 86), (10, 8), rng.uniform(0.3, 1.2))
    return image


def pelvis(rng: np.random.Generator) -> Image:
    """Draw a pelvis from the front: iliac wings, ring, hip joints, thighs."""
    image = blank()
    image[20:] = rng.uniform(0.15, 0.35)
    bone = rng.uniform(0.6, 1)
    for side in (-1, 1):
        ellipse(image, (64 + side * 32, 44), (rng.uniform(14, 19), 24), bone, side * rng.uniform(15, 35))
        ellipse(image, (64 + side * 34, 80), (11, 11), bone)
        cv2.line(image, (64 + side * 36, 84), (64 + side * int(rng.uniform(42, 50)), 127), (bone,), 11)
        ellipse(image, (64 + side * 16, 96), (11, 9), bone)
        ellipse(image, (64 + side * 16, 96), (6, 5), 0.3)
    ellipse(image, (64, 66), (22, rng.uniform(16, 21)), 0.3)
    box(image, (55, 73), (10, 52), bone * 0.9)
    return image


def breast(rng: np.random.Generator) -> Image:
    """Draw a mammogram: a half disc at one side, with strands of gland."""
    image = blank()
    rows, columns = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    depth = np.hypot((rows - rng.uniform(55, 75)) / rng.uniform(45, 62), columns / rng.uniform(55, 85))
    inside = depth < 1
    gland = np.clip(smooth_field(rng, (SIZE, SIZE), int(rng.integers(8, 24)), 0.25) + 0.4 - depth * 0.3, 0, 1)
    image = np.where(inside, rng.uniform(0.15, 0.35) + gland * (1 - depth), 0).astype(np.float32)
    if rng.random() < 0.5:  # the pectoral muscle
        cv2.fillPoly(image, [np.array([[0, 0], [int(rng.uniform(20, 40)), 0], [0, int(rng.uniform(50, 80))]])], (0.9,))
    return image if rng.random() < 0.5 else np.ascontiguousarray(image[:, ::-1])


def spine_side(rng: np.random.Generator) -> Image:
    """Draw a spine from the side: vertebral bodies and the cord."""
    image = blank()
    image += rng.uniform(0.1, 0.3)
    start, bow = rng.uniform(45, 75), rng.uniform(-10, 10)
    for y in range(-4, SIZE + 4, int(rng.integers(12, 20))):
        x = start + bow * np.sin(y / SIZE * 3)
        box(image, (x - 9, x + 9), (y, y + int(rng.integers(8, 12))), rng.uniform(0.5, 0.9))
    y_cord = np.linspace(0, SIZE, 40)
    cord = np.stack([start + 16 + bow * np.sin(y_cord / SIZE * 3), y_cord], axis=1).astype(np.int32)
    cv2.polylines(image, [cord], isClosed=False, color=(rng.uniform(0.6, 1),), thickness=int(rng.integers(3, 8)))
    return image


def spine_axial(rng: np.random.Generator) -> Image:
    """Draw a vertebra from above: body, canal with cord, arch and spinous process, muscles behind."""
    image = blank()
    image += rng.uniform(0.05, 0.2)
    bone, muscle = rng.uniform(0.4, 1), rng.uniform(0.2, 0.5)
    for side in (-1, 1):
        ellipse(image, (64 + side * rng.uniform(24, 30), 92), (20, 17), muscle, side * 20)
        ellipse(image, (64 + side * 34, 50), (15, 19), muscle)
        cv2.line(image, (64 + side * 12, 62), (64 + side * int(rng.uniform(30, 38)), 74), (bone,), 6)
        cv2.line(image, (64 + side * 13, 74), (64, 88), (bone,), 5)
    ellipse(image, (64, 46), (rng.uniform(20, 26), rng.uniform(15, 20)), bone)
    ellipse(image, (64, 71), (10, 8), rng.uniform(0, 1))
    ellipse(image, (64, 71), (5, 4), rng.uniform(0, 1))
    box(image, (61, 67), (86, rng.uniform(100, 116)), bone)
    return image
