"""What a trained family has to beat: images that need no training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.compare.material import Material
from medcurate.dataset import Dataset
from medcurate.evaluate.downstream.augmentation import augment
from medcurate.pictures import fit

REAL, AUGMENTED, PHANTOMS = "real training images", "augmented training images", "phantoms"
CONTRAST = "T1ce"
PLANES = ("axial", "coronal", "sagittal")
TUMORS = ("none", "glioma", "meningioma", "pituitary")
SLICES_OF_A_HEAD = 8
SPACING_MM = 2.5
_MARGIN = 0.05
_NOISE = 0.08  # of the brightest: four standard deviations of the noise of a phantom
_SEED = 0x70686E74

Images = NDArray[np.uint8]


def real_images(unseen: Dataset, n: int, seed: int) -> Dataset:
    """Draw at most `n` real training images of those that the scale of the features was not learned on."""
    rows = np.sort(np.random.default_rng(seed).permutation(len(unseen))[:n])
    return replace(unseen, rows=unseen.rows.take(pa.array(rows)))


def augmented_images(material: Material, train: Images, seed: int) -> Images:
    """Change a training image a little for each held-out one: one of the same labels, if images have labels.

    Parameters
    ----------
    train : ndarray of uint8, shape (n, height, width)
        All training images, in their order.
    """
    rng = np.random.default_rng(seed)
    return augment(train[partners(material, rng)], rng)


def partners(material: Material, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw a training image for each held-out one, of the same labels where images are drawn with labels."""
    of_train = _labels(material.train, material.condition)
    wanted = _labels(material.held_out, material.condition)
    rows = {labels: np.flatnonzero([one == labels for one in of_train]) for labels in set(wanted)}
    every = np.arange(len(of_train))
    return np.array([rng.choice(rows[labels] if len(rows[labels]) else every) for labels in wanted], np.int64)


def _labels(dataset: Dataset, condition: Sequence[str]) -> list[tuple[str | None, ...]]:
    columns = [dataset.rows.column(name).to_pylist() for name in condition]
    return list(zip(*columns, strict=True)) if columns else [()] * len(dataset)


def phantom_images(material: Material, train: Images, size: int, seed: int) -> Images:
    """Draw slices of simulated heads, with the plane and tumor type of each held-out image.

    Each slice gets the gray values of a training image, drawn as in `partners`.

    Parameters
    ----------
    train : ndarray of uint8, shape (n, size, size)
        All training images, in their order.

    Raises
    ------
    MissingExtra
        The template is not installed (extra ``demo``).
    """
    rng = np.random.default_rng((_SEED, seed))
    columns = (material.held_out.rows.column(name).to_pylist() for name in ("plane", "tumor"))
    wanted = [
        (plane if plane in PLANES else str(rng.choice(PLANES)), tumor if tumor in TUMORS else str(rng.choice(TUMORS)))
        for plane, tumor in zip(*columns, strict=True)
    ]
    found: list[Images | None] = [None] * len(wanted)
    for kind in sorted(set(wanted)):
        places = [place for place, one in enumerate(wanted) if one == kind]
        for place, picture in zip(places, _slices(*kind, rng), strict=False):
            found[place] = fit(_gray(picture), size, pad=True)
    chosen = train[partners(material, rng)]
    return np.stack([matched(one, like) for one, like in zip(found, chosen, strict=True) if one is not None])


def _slices(plane: str, tumor: str, rng: np.random.Generator) -> Iterator[NDArray[np.float32]]:
    """Yield slices of one head after another, without end."""
    from medcurate.phantom import random_head, render
    from medcurate.phantom.pictures import choose, cropped, cut

    while True:
        head = random_head(rng, spacing_mm=SPACING_MM, tumor=tumor)
        volume = render(head, CONTRAST, rng)
        mask = head.masks.get("whole", head.brain if not head.masks else None)
        if mask is None or not mask.any():
            continue
        for index in choose(mask, plane, SLICES_OF_A_HEAD, rng):
            yield cropped(cut(volume, head, plane, index).pixels, _MARGIN)


def _gray(pixels: NDArray[np.float32]) -> Images:
    """Return 8 bits, with the noise around the head set to black."""
    high = float(np.percentile(pixels, 99.8))
    pixels = np.where(pixels < _NOISE * high, 0, pixels)
    return np.asarray(np.clip(pixels * (255 / max(high, 1e-6)), 0, 255), np.uint8)


def matched(image: Images, like: Images) -> Images:
    """Return an image with the order of its own gray values and the histogram of another one.

    Black stays black, and only pixels that are not black are matched. Equal gray values stay equal: they get the mean
    of what their ranks have in the other image.

    Parameters
    ----------
    image, like : ndarray of uint8, shape (height, width)
        An image that is black is returned as it is.
    """
    shown, wanted = image > 0, np.sort(like[like > 0]).astype(np.float64)
    if not shown.any() or not len(wanted):
        return image
    _, where, counts = np.unique(image[shown], return_inverse=True, return_counts=True)
    places = (np.arange(shown.sum()) + 0.5) / shown.sum() * len(wanted) - 0.5
    ranked = np.concatenate([[0.0], np.cumsum(np.interp(places, np.arange(len(wanted)), wanted))])
    ends = np.cumsum(counts)
    found = image.copy()
    found[shown] = np.rint((ranked[ends] - ranked[ends - counts]) / counts)[where]
    return found
