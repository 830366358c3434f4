"""Figures of the part ``dice``: Dice by training set and region, and synthetic images beside what is found in them."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.charts import bars_figure, gallery_figure
from medcurate.evaluate.dice.examples import Examples
from medcurate.evaluate.dice.regions import Regions
from medcurate.evaluate.dice.segmenter import Segmenter
from medcurate.results import Figure, Metric

_SHOWN = 8
_COLUMNS = 6
_GRAYS = 255
_SIDE = 96  # pixels to which small tiles are enlarged by whole factors


def bars_by_region(metrics: Sequence[Metric], sets: Sequence[str], regions: Regions, prefix: str) -> Figure:
    """Draw the Dice that segmenters of each training set reach on held-out real images.

    Parameters
    ----------
    metrics : sequence of Metric
        Named ``dice/segmenter_dice[SET, REGION]``.
    prefix : str
        Before the set in names.
    """
    known = {metric.name: metric for metric in metrics}
    found = {name: [known.get(f"dice/segmenter_dice[{prefix}{name}, {region}]") for region in regions] for name in sets}
    return bars_figure(
        f"dice/segmenter{_suffix(prefix)}",
        "Segmenters trained on real, mixed and synthetic images" + _title(prefix),
        "Dice on held-out real patients, by training set and region; 1x is as many synthetic as real images. Lines are "
        "95 % intervals over patients.",
        {name: [nan if one is None else one.value for one in row] for name, row in found.items()},
        labels=[region.replace("_", " ") for region in regions],
        x_label="Dice",
        intervals={name: [None if one is None else one.interval for one in row] for name, row in found.items()},
    )


def found_gallery(segmenter: Segmenter, synthetic: Examples, regions: Regions, prefix: str) -> Figure:
    """Show synthetic images, their masks, and what a segmenter trained on real images finds.

    Those with the largest masks among images spread evenly; of a volume, its slice with the largest mask.
    """
    rows = _shown(synthetic)
    images = np.stack([np.asarray(synthetic.images[row]) for row in rows])
    found = segmenter.find(images)
    tiles: list[NDArray[np.uint8]] = []
    for place, row in enumerate(rows):
        bits = np.asarray(synthetic.bits[row])
        at = _slice(bits)
        tiles += [images[place][at][..., 0], _gray(bits[at], len(regions)), _gray(found[place][at], len(regions))]
    return gallery_figure(
        f"dice/condition{_suffix(prefix)}",
        "Masks of synthetic images, and what a segmenter finds" + _title(prefix),
        "Three tiles each: a synthetic image, its mask, and what a segmenter trained on real images finds in it; the "
        f"brighter, the more of these regions: {', '.join(region.replace('_', ' ') for region in regions)}.",
        np.stack([_enlarged(np.rot90(tile) if prefix else tile) for tile in tiles]),
        columns=_COLUMNS,
        group=3,
    )


def _shown(examples: Examples) -> list[int]:
    places = np.unique(np.linspace(0, len(examples) - 1, min(4 * _SHOWN, len(examples))).astype(int))
    sizes = [int(np.count_nonzero(examples.bits[row])) for row in places.tolist()]
    return sorted(places[np.argsort(sizes)[::-1][:_SHOWN]].tolist())


def _slice(bits: NDArray[np.uint8]) -> tuple[slice | int, ...]:
    """Return the index of the whole slice, or of the axial slice of a volume with the largest mask."""
    if bits.ndim == 2:
        return (slice(None), slice(None))
    return (slice(None), slice(None), int(np.count_nonzero(bits, axis=(0, 1)).argmax()))


def _gray(bits: NDArray[np.uint8], regions: int) -> NDArray[np.uint8]:
    return (np.bitwise_count(bits) * (_GRAYS // regions)).astype(np.uint8)


def _enlarged(tile: NDArray[np.uint8]) -> NDArray[np.uint8]:
    factor = max(1, _SIDE // tile.shape[0])
    return tile.repeat(factor, axis=0).repeat(factor, axis=1)


def _suffix(prefix: str) -> str:
    return "_3d" if prefix else ""


def _title(prefix: str) -> str:
    return " (volumes)" if prefix else ""
