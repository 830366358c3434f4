"""Measure pairs of pictures: every number of `scores`, NIQE, the feature distance, and the controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.encoders.pixels import read_pixels
from medcurate.evaluate.design.sides import Sides
from medcurate.evaluate.paired.controls import others
from medcurate.evaluate.paired.images import load_images
from medcurate.evaluate.paired.pairs import ImagePair
from medcurate.evaluate.paired.references import References
from medcurate.evaluate.paired.scores import HEAD, MEASURES, TUMOR, WHOLE, score_pair
from medcurate.evaluate.paired.structural_similarity import WINDOW, ssim
from medcurate.progress import ProgressReport

MOST_CONTROLS = 200
_CHUNK = 64
Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ImageScores:
    """What was measured of pairs of pictures, one row a pair.

    Attributes
    ----------
    regions : dict of str to ndarray, shape (n, 6)
        By region, in the order of `MEASURES`.
    baseline : dict of str to ndarray, shape (m, 6)
        The same between two different real images of one plane and tumor type.
    own_nearer : ndarray, shape (m,)
        1 where a synthetic image is nearer (SSIM) to its own real image than to another one, else 0; 0.5 for a tie.
    texture : ndarray, shape (n, 2)
        NIQE of the real and of the synthetic image.
    distance : ndarray, shape (n,)
        Between their features.
    scaled : int
        Pairs of two sizes.
    shape : tuple of int
        Commonest height and width at which pairs were compared (pixels).
    """

    regions: dict[str, Table]
    baseline: dict[str, Table]
    own_nearer: Table
    texture: Table
    distance: Table
    scaled: int
    shape: tuple[int, ...]


def score_images(
    sides: Sides, pairs: Sequence[ImagePair], references: References, report: ProgressReport
) -> ImageScores:
    """Measure pairs of pictures, one at a time."""
    rows: list[dict[str, Table]] = []
    shapes: Counter[tuple[int, ...]] = Counter()
    scaled = 0
    for pair in pairs:
        loaded = load_images(sides.test, sides.synthetic, pair, sides.size)
        rows.append(score_pair(loaded.real, loaded.synthetic, loaded.regions, data_range=loaded.data_range))
        scaled += loaded.scaled
        shapes[loaded.real.shape] += 1
        report.advance()
    baseline, own_nearer = _controls(sides, pairs)
    texture, distance = _looks(sides, pairs, references)
    return ImageScores(stacked(rows), baseline, own_nearer, texture, distance, scaled, shapes.most_common(1)[0][0])


def stacked(rows: Sequence[Mapping[str, Any]]) -> dict[str, Table]:
    """Return one table a region; NaN where a pair does not have the region."""
    nothing = np.full(len(MEASURES), np.nan)
    names = [name for name in (WHOLE, HEAD, TUMOR) if any(name in row for row in rows)]
    return {name: np.stack([row.get(name, nothing) for row in rows]) for name in names}


def _controls(sides: Sides, pairs: Sequence[ImagePair]) -> tuple[dict[str, Table], Table]:
    if len(pairs) < 2:
        return {}, np.empty(0)
    other = others(sides.test, [pair.real for pair in pairs], sides.seed)
    baseline, nearer = [], []
    for place in np.unique(np.linspace(0, len(pairs) - 1, min(MOST_CONTROLS, len(pairs))).astype(int)).tolist():
        own, elsewhere = pairs[place], pairs[int(other[place])].real
        between = load_images(sides.test, sides.test, ImagePair(own.real, elsewhere, None), sides.size)
        baseline.append(score_pair(between.real, between.synthetic, between.regions, data_range=between.data_range))
        crossed = ImagePair(elsewhere, own.synthetic, None)
        gap = _similarity(sides, own) - _similarity(sides, crossed)
        nearer.append(0.5 * (1 + np.sign(gap)))
    return stacked(baseline), np.array(nearer, np.float64)


def _similarity(sides: Sides, pair: ImagePair) -> float:
    loaded = load_images(sides.test, sides.synthetic, pair, sides.size)
    if min(loaded.real.shape) < WINDOW:
        return -float(np.abs(loaded.real - loaded.synthetic).mean())
    return ssim(loaded.real, loaded.synthetic, data_range=loaded.data_range)


def _looks(sides: Sides, pairs: Sequence[ImagePair], references: References) -> tuple[Table, Table]:
    texture, distance = [], []
    for real, synthetic in pixels_of(sides, pairs):
        texture += texture_of(references, real, synthetic)
        if references.distance is not None:
            distance += references.distance.between(real, synthetic).tolist()
    return np.array(texture, np.float64).reshape(-1, 2), np.array(distance, np.float64)


def texture_of(references: References, real: Any, synthetic: Any) -> list[tuple[float, float]]:
    """Return NIQE of each image, real and synthetic; nothing where it was not fitted."""
    model = references.naturalness
    if model is None:
        return []
    return [(model.score(one), model.score(other)) for one, other in zip(real, synthetic, strict=True)]


def pixels_of(sides: Sides, pairs: Sequence[ImagePair]) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Yield the pixels of pairs at the common size, some at a time."""
    for at in range(0, len(pairs), _CHUNK):
        some = pairs[at : at + _CHUNK]
        yield (
            read_pixels(sides.test, sides.size, [pair.real for pair in some]),
            read_pixels(sides.synthetic, sides.size, [pair.synthetic for pair in some]),
        )
