"""All rows of one head, as a function of the seed and its number."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.phantom.contrast import CONTRASTS, render, slices
from medcurate.phantom.fields import Array
from medcurate.phantom.head import TUMORS, Head, random_head
from medcurate.phantom.stream.choosing import LEAST_TUMOR_MM2, Cut, axis_of, cuts
from medcurate.phantom.stream.looks import Look, mask_of, prepared
from medcurate.phantom.stream.rows import CLASSES, ROW, SIZE, STREAM_VERSION
from medcurate.phantom.tissues import Tissue
from medcurate.phantom.version import PHANTOM_VERSION

SPACING_MM = 2.0
"""Of the heads; a pixel of a picture of 128 pixels shows about as much."""
_SHARES = {"T1": 0.2, "T1ce": 0.4, "T2": 0.2, "FLAIR": 0.2}  # most public images of tumors are T1ce
_TWO_CONTRASTS = 0.6
_BRAIN_ONLY = 0.2
_LEAST_CONTRAST = 0.1  # of a visible part of a tumor against what is around it, in gray values of [0, 1]
_LEAST_OF_SPREAD = 0.7  # and in parts of the spread (interquartile range) of what is around it
_AROUND_PX = 5  # of 128
_TRIES = 3  # with other looks and contrasts, until the tumor can be seen
_FLUID = (Tissue.VENTRICLE, Tissue.CHOROID_PLEXUS)


@dataclass(frozen=True, slots=True)
class _Scan:
    """A head as one scanner shows it."""

    contrast: str
    preparation: str
    image: Array
    shown: NDArray[np.bool_]


def rows_of_head(seed: int, number: int, *, spacing_mm: float = SPACING_MM) -> NDArray[np.void]:
    """Return the rows of head `number`, which depend on the seed, the number and the versions of phantoms alone.

    Parameters
    ----------
    seed, number : int
        0 or more.
    spacing_mm : float
        Of the head, see `random_head`.

    Returns
    -------
    ndarray of `ROW`, shape (n,)
        Up to 24 slices, 8 in each plane, in the order of planes. Head number k has tumor number k modulo 4 of `TUMORS`.
    """
    rng = np.random.default_rng([seed, number, PHANTOM_VERSION, STREAM_VERSION])
    head = random_head(rng, spacing_mm=spacing_mm, tumor=TUMORS[number % len(TUMORS)])
    scans = _scans(head, rng)
    found = []
    for cut in cuts(head, rng):
        for _ in range(_TRIES):
            row = _row(head, scans[int(rng.integers(len(scans)))], cut, rng)
            if row is not None:
                row["head"] = number
                found.append(row)
                break
    return np.array(found, ROW)


def _scans(head: Head, rng: np.random.Generator) -> list[_Scan]:
    count = 2 if rng.random() < _TWO_CONTRASTS else 1
    chosen = rng.choice(CONTRASTS, count, replace=False, p=[_SHARES[name] for name in CONTRASTS])
    brain_only = rng.random(count) < _BRAIN_ONLY
    whole, brain = head.labels != Tissue.AIR, head.brain if brain_only.any() else None
    scans = []
    for contrast, alone in zip(chosen.tolist(), brain_only.tolist(), strict=True):
        image = render(head, contrast, rng, noise=rng.uniform(0.0, 0.03), bias=rng.uniform(0.05, 0.3))
        shown = brain if alone and brain is not None else whole
        scans.append(_Scan(contrast, "brain" if alone else "head", image, shown))
    return scans


def _row(head: Head, scan: _Scan, cut: Cut, rng: np.random.Generator) -> NDArray[np.void] | None:
    """Return the row of a slice; None where its tumor could not be seen in the picture."""
    look = Look.draw(rng)
    shown = _section(scan.shown, cut)
    view = shown & _in_view(head, cut, look, shown.shape)
    if not view.any():
        return None
    picture = prepared(_slab(scan, cut, look), shown, view, look, SIZE, rng)
    if scan.preparation == "brain":
        picture = np.where(mask_of(shown, view, look, SIZE), picture, np.float32(0))
    tumor_mm2 = 0.0
    if cut.tumor:
        parts = {name: _section(head.masks[name], cut) & view for name in ("whole", "core", "enhancing", "necrosis")}
        tumor_mm2 = float(parts["core"].sum()) * head.spacing_mm**2
        if tumor_mm2 < LEAST_TUMOR_MM2:
            return None
        found = {name: mask_of(part, view, look, SIZE) for name, part in parts.items()}
        if not _is_visible(picture, found, mask_of(shown, view, look, SIZE)):
            return None
    fluid_mm2 = float((np.isin(slices(head.labels, cut.plane)[cut.index], _FLUID) & view).sum()) * head.spacing_mm**2
    position = head.affine[axis_of(cut.plane), 3] + head.spacing_mm * cut.index
    words = (cut.plane, scan.contrast, head.tumor if cut.tumor else "none", scan.preparation)
    row = np.zeros((), ROW)
    row["target"] = np.rint(picture * 255).astype(np.uint8)
    row["classes"] = [values.index(word) for values, word in zip(CLASSES.values(), words, strict=True)]
    row["attributes"] = (position, float(view.sum()) * head.spacing_mm**2, fluid_mm2, tumor_mm2)
    return row


def _section(mask: NDArray[np.bool_], cut: Cut) -> NDArray[np.bool_]:
    return np.ascontiguousarray(slices(mask, cut.plane)[cut.index], np.bool_)


def _slab(scan: _Scan, cut: Cut, look: Look) -> Array:
    """Return the mean of the slice and its neighbors, as thick slices show it; zero outside of what is shown."""
    stack = slices(scan.image, cut.plane)
    first = max(0, cut.index - (look.thickness - 1) // 2)
    part = slice(first, first + look.thickness)
    image = np.asarray(stack[part], np.float32)
    if scan.preparation == "brain":
        image = image * np.asarray(slices(scan.shown, cut.plane)[part], np.float32)
    return np.ascontiguousarray(image.mean(axis=0), np.float32)


def _in_view(head: Head, cut: Cut, look: Look, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which pixels lie above the lower end of the field of view."""
    if cut.plane == "axial":
        return np.ones(shape, np.bool_)
    height = head.affine[2, 3] + head.spacing_mm * np.arange(shape[0] - 1, -1, -1)
    return np.broadcast_to((height >= look.low_mm)[:, None], shape)


def _is_visible(picture: Array, parts: dict[str, NDArray[np.bool_]], shown: NDArray[np.bool_]) -> bool:
    """Say whether the enhancing part of a tumor or the rest of its core differs from what is around the tumor."""
    kernel = np.ones((2 * _AROUND_PX + 1,) * 2, np.uint8)
    around = (cv2.dilate(parts["whole"].astype(np.uint8), kernel) > 0) & ~parts["whole"] & shown
    if not around.any():
        return False
    low, middle, high = np.percentile(picture[around], (25, 50, 75))
    least = max(_LEAST_CONTRAST, _LEAST_OF_SPREAD * (high - low))
    seen = [parts[name] for name in ("enhancing", "necrosis") if 3 * parts[name].sum() >= parts["core"].sum() > 0]
    return any(abs(float(np.median(picture[part])) - middle) >= least for part in seen)
