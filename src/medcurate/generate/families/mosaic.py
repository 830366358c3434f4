"""Mosaics: collages of training images, drawn without training. They are a baseline, and **no anonymization**.

The exact denoiser of a few similar images of other patients, with a window that shrinks with the noise, joins pieces of
them to a head (`medcurate.generate.references.denoising`). Whole parts of patients are in every image: what the
family shows is how far a generator gets that has learned nothing, and whether a search for collages finds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np

from medcurate.errors import UsageError
from medcurate.generate.families.options import NonNegative, Positive, Range
from medcurate.generate.references.contract import Contributor, DrawnFrom, Floats, References, Rows
from medcurate.generate.references.denoising import joined, nearest_images, noise_levels
from medcurate.generate.references.jitter import moved
from medcurate.generate.references.neighbors import coarse_pictures, neighbors, patient_numbers
from medcurate.learning.image_spec import ImageSpec

NOTICE = "Collage of pieces of training images of patients; not anonymous, and no anonymization"

FEWEST = 3
"""Patients of a class: one whose image is resembled, and two or more to put it together from."""
_SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Config:
    """Options of a mosaic.

    Attributes
    ----------
    window : float
        Side of the window over the noise, for 64 pixels: wider ones take larger pieces.
    references : int
        Images that one is put together from, each of another patient; 2 or more.
    near : int
        They are drawn from this many that are nearest to a random image of the class.
    jitter : float
        How far references are turned, scaled and shifted, 1 for 5 degrees, 5 % and 2 % of the side; 0 for not at all.
    share_limit : float
        Draw again while one patient gives more than this share of the head; 0 for no limit.
    tries : int
        Draw at most this often, and keep the image with the smallest such share.
    levels : int
        Steps from noise to image.
    """

    window: NonNegative = 16.0
    references: Annotated[int, Range(2)] = 12
    near: Annotated[int, Range(2)] = 40
    jitter: NonNegative = 1.0
    share_limit: Annotated[float, Range(0, 1)] = 0.4
    tries: Positive = 12
    levels: Positive = 12


SMALL = {"references": 3, "near": 4, "levels": 4, "tries": 2}


def supports(spec: ImageSpec) -> str:
    """Return what `spec` lacks to be a 2-D image without a source and attributes."""
    if len(spec.spatial) != 2 or min(spec.spatial) < _SHORTEST:
        return f"2-D images of {_SHORTEST} pixels or more"
    return "images without a source and without attributes" if spec.source or spec.attributes else ""


def build_reference_sampler(config: Config, spec: ImageSpec, references: References) -> Mosaic:
    """Make the sampler; the images stay where they are.

    Raises
    ------
    UsageError
        A class has images of fewer than `FEWEST` patients.
    """
    patients = patient_numbers(references)
    classes = _classes(references)
    for rows in classes.values():
        if (found := len(np.unique(patients[rows]))) < FEWEST:
            raise UsageError(
                f"--model mosaic: expected images of {FEWEST} patients or more of each class, received {len(rows):,} "
                f"of {found:,} in one, such as {references.ids[rows[0]]}. Add some, or leave the class out"
            )
    return Mosaic(config, spec, references, classes, patients, coarse_pictures(references))


def _classes(references: References) -> dict[bytes, Rows]:
    """Return the bytes of each label to the rows that have it; those of unknown labels are in none."""
    labels = references.labels
    if not labels.shape[1]:
        return {b"": np.arange(len(references))}
    known = np.unique(labels[labels.any(axis=1)], axis=0)
    return {label.tobytes(): np.flatnonzero((labels == label).all(axis=1)) for label in known}


class _Try(NamedTuple):
    image: Floats
    rows: Rows
    shares: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Mosaic:
    """Draws mosaics.

    Attributes
    ----------
    config : Config
    spec : ImageSpec
    references : References
    classes : dict of bytes to ndarray of int64
        The bytes of a one-hot label to the rows that have it.
    patients : ndarray of int64, shape (n,)
        See `patient_numbers`.
    pictures : ndarray of float32
        See `coarse_pictures`.
    """

    config: Config
    spec: ImageSpec
    references: References
    classes: dict[bytes, Rows]
    patients: Rows
    pictures: Floats

    def draw(self, rng: np.random.Generator, label: Floats) -> DrawnFrom:
        """Draw one image, again while one patient gives too much of it; see `ReferenceSampler.draw`."""
        rows = self.classes.get(np.asarray(label, np.float32).tobytes())
        if rows is None:
            raise UsageError("labels: no training image has this combination; draw others")
        best = self._try(rng, rows)
        for _ in range(self.config.tries - 1 if self.config.share_limit else 0):
            if best.shares.max() <= self.config.share_limit:
                break
            best = min(best, self._try(rng, rows), key=lambda one: float(one.shares.max()))
        order = np.argsort(-best.shares, kind="stable")
        return DrawnFrom(best.image, tuple(self._contributor(best.rows[at], best.shares[at]) for at in order))

    def _contributor(self, row: int, share: float) -> Contributor:
        return Contributor(self.references.ids[row], self.references.groups[row], round(float(share), 4))

    def _try(self, rng: np.random.Generator, rows: Rows) -> _Try:
        config = self.config
        anchor = int(rows[rng.integers(len(rows))])
        near = neighbors(self.pictures, self.patients, rows, anchor, config.near)
        chosen = np.sort(rng.permutation(len(near.rows))[: config.references])
        images = self.references.read(near.rows[chosen])
        mirrored = near.mirrored[chosen]
        images = np.where(mirrored[:, None, None, None], images[:, :, ::-1], images)
        images = np.ascontiguousarray(np.moveaxis(moved(images, rng, config.jitter), 0, 2), np.float32)
        levels = noise_levels(config.levels)
        noise = rng.standard_normal((*self.spec.spatial, self.spec.target), dtype=np.float32)
        image = joined(noise * np.float32(levels[0]), images, levels, config.window)
        pixels, all_pixels = nearest_images(image, images)
        if rng.random() < 0.5:
            image = image[:, ::-1]
        return _Try(np.clip(image, -1, 1), near.rows[chosen], (pixels / all_pixels).astype(np.float32))
