"""Images that are not scans but occur in users' folders: documents, screens, photographs, noise.

Each function draws on a canvas of SIZE x SIZE, values about [0, 1].
"""

from __future__ import annotations

import cv2
import numpy as np

from tools.plane_training.bodies import blank, box, ellipse
from tools.plane_training.fields import Image, smooth_field
from tools.plane_training.sampling import SIZE

_LETTERS = tuple("abcdefghijklmnopqrs tuvwxyz")


def _paper(rng: np.random.Generator) -> tuple[Image, float]:
    """Return a white or black canvas, and the gray value to draw with."""
    ground = float(rng.integers(2))
    return blank() + np.float32(ground), 1 - ground


def _write(image: Image, text: str, start: tuple[float, float], gray: float, size: float = 0.3) -> None:
    place = (int(start[0]), int(start[1]))
    cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, (float(gray),), 1)


def _words(rng: np.random.Generator, count: int) -> str:
    return "".join(rng.choice(_LETTERS, count))


def clouds(rng: np.random.Generator) -> Image:
    """Draw a smooth or fine random texture."""
    return smooth_field(rng, (SIZE, SIZE), int(rng.integers(3, 60)), 1)


def natural(rng: np.random.Generator) -> Image:
    """Draw a texture with the spectrum of photographs: the sum of fields of all scales, coarse ones strongest."""
    image, slope = blank(), rng.uniform(0.8, 1.6)
    for knots in (3, 6, 12, 24, 48, 96):
        image += smooth_field(rng, (SIZE, SIZE), knots, knots**-slope)
    if rng.random() < 0.4:  # edges, as between things
        image = np.where(image > np.quantile(image, rng.uniform(0.3, 0.7)), image + image.std(), image)
    return np.asarray(image, np.float32)


def landscape(rng: np.random.Generator) -> Image:
    """Draw a typical photograph: a bright top, a horizon, objects in front of it."""
    image = blank() + np.linspace(rng.uniform(0.6, 1), rng.uniform(0.4, 0.9), SIZE, dtype=np.float32)[:, None]
    horizon = rng.uniform(45, 85) + smooth_field(rng, (1, SIZE), int(rng.integers(3, 12)), rng.uniform(1, 12))[0]
    ground = np.arange(SIZE)[:, None] > horizon[None]
    image = np.where(ground, rng.uniform(0.1, 0.5) + natural(rng) * 0.2, image).astype(np.float32)
    for _ in range(int(rng.integers(0, 5))):
        x, y, size = rng.uniform(5, 120), rng.uniform(60, 110), rng.uniform(5, 20)
        if rng.random() < 0.5:
            box(image, (x, x + size), (y - size * rng.uniform(0.5, 3), y), rng.uniform(0, 1))
        else:
            ellipse(image, (x, y), (size * 0.5, size), rng.uniform(0, 1))
    return image


def noise(rng: np.random.Generator) -> Image:
    """Draw an empty field of view: noise, perhaps with a faint bright or dark region."""
    image = np.abs(rng.standard_normal((SIZE, SIZE), dtype=np.float32)) * np.float32(0.2)
    if rng.random() < 0.5:
        image += np.float32(rng.uniform(0, 0.1)) * smooth_field(rng, (SIZE, SIZE), 3, 1)
    return image


def chart(rng: np.random.Generator) -> Image:
    """Draw a line or bar chart with axes and labels."""
    image, ink = _paper(rng)
    cv2.rectangle(image, (14, 8), (118, 112), (ink,), 1)
    if rng.random() < 0.5:
        y = np.clip(np.cumsum(rng.normal(0, 6, 50)) + 60, 8, 112)
        points = np.stack([np.linspace(14, 118, 50), y], axis=1).astype(np.int32)
        cv2.polylines(image, [points], isClosed=False, color=(ink * 0.7 + 0.15,), thickness=int(rng.integers(1, 3)))
    else:
        for x in range(18, 114, int(rng.integers(8, 20))):
            box(image, (x, x + 6), (rng.uniform(15, 105), 112), rng.uniform(0.2, 0.8))
    for _ in range(4):
        _write(image, "abc 12.5", (rng.uniform(0, 80), rng.uniform(8, 127)), ink)
    return image


def text(rng: np.random.Generator) -> Image:
    """Draw a page of text."""
    image, ink = _paper(rng)
    for y in range(10, SIZE, int(rng.integers(8, 18))):
        _write(image, _words(rng, 24), (3, y), ink, rng.uniform(0.25, 0.45))
    return image


def table(rng: np.random.Generator) -> Image:
    """Draw a table: ruled cells with short entries, perhaps a shaded head."""
    image, ink = _paper(rng)
    height, width = int(rng.integers(10, 22)), int(rng.integers(18, 45))
    if rng.random() < 0.5:
        box(image, (0, SIZE), (0, height), 0.5)
    for y in range(0, SIZE, height):
        cv2.line(image, (0, y), (SIZE, y), (ink,), 1)
        for x in range(0, SIZE, width):
            _write(image, _words(rng, int(rng.integers(1, max(width // 7, 2)))), (x + 2, y + height - 3), ink)
    for x in range(0, SIZE, width):
        cv2.line(image, (x, 0), (x, SIZE), (ink,), 1)
    return image


def screenshot(rng: np.random.Generator) -> Image:
    """Draw a window of a program: bars, panels, buttons, lines of text."""
    image = blank() + np.float32(rng.choice([0.1, 0.95]))
    ink = 1 - image[0, 0]
    box(image, (0, SIZE), (0, rng.uniform(6, 12)), rng.uniform(0.3, 0.7))
    side = rng.uniform(15, 45)
    box(image, (0, side), (12, SIZE), rng.uniform(0.2, 0.9))
    for y in range(18, SIZE, int(rng.integers(7, 14))):
        _write(image, _words(rng, 5), (2, y), ink, 0.25)
    for _ in range(int(rng.integers(2, 7))):
        x, y = rng.uniform((side, 14), (110, 115))
        box(image, (x, x + rng.uniform(8, 45)), (y, y + rng.uniform(5, 30)), rng.uniform(0, 1))
        _write(image, _words(rng, 6), (x + 1, y + 6), ink, 0.25)
    return image


def square_code(rng: np.random.Generator) -> Image:
    """Draw a code of black and white squares with three corner marks, as QR codes have."""
    count = int(rng.integers(21, 38))
    cells = rng.integers(0, 2, (count, count)).astype(np.float32)
    mark = np.ones((8, 8), np.float32)
    mark[:7, :7] = 0
    mark[1:6, 1:6] = 1
    mark[2:5, 2:5] = 0
    cells[:8, :8], cells[:8, -8:], cells[-8:, :8] = mark, mark[:, ::-1], mark[::-1]
    side = int(rng.uniform(80, 126))
    image = blank() + 1
    edge = (SIZE - side) // 2
    image[edge : edge + side, edge : edge + side] = cv2.resize(cells, (side, side), interpolation=cv2.INTER_NEAREST)
    return image


def color_bar(rng: np.random.Generator) -> Image:
    """Draw stripes, checks or ramps, as test screens show."""
    rows, columns = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    period = rng.uniform(6, 40)
    kind = int(rng.integers(3))
    if kind == 0:
        return np.asarray((columns // period) * period / SIZE, np.float32)
    if kind == 1:
        return np.asarray((columns // period + rows // period) % 2, np.float32)
    return np.asarray((columns * rng.uniform(0, 1) + rows * rng.uniform(0, 1)) / SIZE, np.float32)


def shapes(rng: np.random.Generator) -> Image:
    """Draw a few blobs, polygons and thick strokes: signs, digits, icons, objects on a plain background."""
    ground = float(rng.choice([0.0, 0.0, 1.0]))
    image = np.full((SIZE, SIZE), ground, np.float32)
    for _ in range(int(rng.integers(1, 6))):
        gray = abs(ground - rng.uniform(0.3, 1))
        center = rng.uniform(0.2, 0.8, 2) * SIZE
        points = (center + rng.normal(0, SIZE * rng.uniform(0.05, 0.3), (int(rng.integers(3, 9)), 2))).astype(np.int32)
        kind = rng.random()
        if kind < 0.4:
            cv2.polylines(image, [points], False, (gray,), int(rng.integers(2, 18)), cv2.LINE_AA)
        elif kind < 0.7:
            cv2.fillPoly(image, [cv2.convexHull(points)], (gray,), cv2.LINE_AA)
        else:
            cv2.ellipse(image, cv2.fitEllipse(np.concatenate([points, points + 3]).astype(np.float32)), (gray,), -1)
    return image
