"""Both sides as features of one encoder, on one scale that half of the real training images decide.

Every part that compares features takes them from here, so that one number of a report can be put next to another. The
scale is learned on real training images, so that it favors neither held-out nor synthetic images. It is learned on one
half of them, because principal axes fit the images on which they were found better than any others: such images were
farther from held-out ones than other real images were, by a Fréchet distance that was 13 to 21 % larger (40 to 300
images on a side of Sartaj's set, 8 draws). Only the other half may therefore be compared with held-out images.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.encoders import Block, Encoder, Scale, encode_dataset, encoder, fit_scale
from medcurate.evaluate.design.feature_cache import Features
from medcurate.evaluate.design.folds import random_share
from medcurate.evaluate.design.sides import Sides
from medcurate.progress import ProgressReport

SCALE_IMAGES = 2000
"""Real training images that a scale is learned on at most: more would be missing where real images are compared."""

_LEAST = 2  # images that a scale needs


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Some images and their features.

    Attributes
    ----------
    dataset : Dataset
        These images alone.
    features : ndarray of float32, shape (n, d)
    """

    dataset: Dataset
    features: Features

    def __len__(self) -> int:
        return len(self.features)

    @property
    def groups(self) -> list[str]:
        """What must stay together: the patient of each image, or the image itself where patients are not known."""
        columns = (self.dataset.rows.column(name).to_pylist() for name in ("patient_group", "image_id"))
        return [f"patient {group}" if group else f"image {image}" for group, image in zip(*columns, strict=True)]

    def names(self, column: str) -> list[str | None]:
        """Return the tumor type, or the plane, of each image; None where not known."""
        return list(self.dataset.rows.column(column).to_pylist())

    def take(self, rows: NDArray[np.int64]) -> Encoded:
        """Return the images in these rows."""
        dataset = replace(self.dataset, rows=self.dataset.rows.take(pa.array(rows)))
        return Encoded(dataset, self.features[rows])


@dataclass(frozen=True, slots=True, eq=False)
class EncodedSides:
    """Both sides of an evaluation as features.

    Attributes
    ----------
    unseen : ndarray of int64, shape (m,)
        Rows of `train` that the scale was not learned on, whole patients. Only these may be compared with held-out
        images.
    encoder : str
        Its name.
    scaling : str
        How the features were scaled, for the settings of a metric.
    notes : tuple of str
        How many images were drawn of how many.
    """

    train: Encoded
    test: Encoded
    synthetic: Encoded
    unseen: NDArray[np.int64]
    encoder: str
    scaling: str
    notes: tuple[str, ...]

    @classmethod
    def of(cls, sides: Sides, name: str, *, most: int, progress: bool | None) -> EncodedSides:
        """Read and encode both sides, unless another part has done so before.

        Parameters
        ----------
        sides : Sides
            With four or more real training images, and one or more of the others.
        name : str
            Of the encoder.
        most : int
            Largest number of images of each kind; of more, so many are drawn by the seed.
        progress : bool, optional
            False shows nothing.

        Raises
        ------
        UsageError
            An image cannot be read, or the encoder is refused.
        """
        given = {"real training": sides.train, "held-out real": sides.test, "synthetic": sides.synthetic}
        drawn = {kind: _at_most(dataset, most, sides.seed) for kind, dataset in given.items()}
        train, test, synthetic = drawn.values()
        seen = _scale_rows(train, sides.seed)
        made = encoder(name)

        def encode() -> Features:
            with ProgressReport(
                "encode images", total=sum(map(len, drawn.values())), show=progress is not False
            ) as bar:
                return _scaled_features((train, test, synthetic), made, seen, sides.size, bar)

        table = sides.features.get(
            encode,
            images=[_digest(dataset) for dataset in drawn.values()],
            encoder=made.name,
            size=sides.size,
            seed=sides.seed,
        )
        parts = np.split(table, np.cumsum([len(train), len(test)]))
        notes = tuple(
            f"{most:,} of {len(given[kind]):,} {kind} images were drawn, with seed {sides.seed}."
            for kind in given
            if len(given[kind]) > most
        )
        scaling = (
            f"learned on {seen.sum():,} real training images" if made.blocks else "none: as the encoder gives them"
        )
        of_train, of_test, of_synthetic = (Encoded(*pair) for pair in zip(drawn.values(), parts, strict=True))
        return cls(of_train, of_test, of_synthetic, np.flatnonzero(~seen), made.name, scaling, notes)

    def record(self, size: int) -> dict[str, Any]:
        """Return what stands in the settings of each metric: encoder, scale and `size` of the images (pixels)."""
        return {"encoder": self.encoder, "scaled": self.scaling, "size": size}


@dataclass(frozen=True, slots=True)
class _ScaledEncoder:
    """An encoder whose features are scaled batch by batch: the wide ones of a whole dataset are never in memory."""

    encoder: Encoder
    scale: Scale | None

    @property
    def name(self) -> str:
        return self.encoder.name

    @property
    def blocks(self) -> tuple[Block, ...]:
        return ()

    def encode(self, images: NDArray[np.uint8]) -> Features:
        features = self.encoder.encode(images)
        return features if self.scale is None else self.scale.apply(features)


def _scaled_features(
    datasets: tuple[Dataset, Dataset, Dataset],
    made: Encoder,
    seen: NDArray[np.bool_],
    size: int,
    report: ProgressReport,
) -> Features:
    """Encode real training, held-out and synthetic images, and scale all of them; shape (sum of their numbers, d)."""
    train, *others = datasets
    wide = encode_dataset(train, made, size, progress=report.advance)
    scale = fit_scale(wide[seen], made.blocks)
    found = [wide if scale is None else scale.apply(wide)]
    del wide
    scaled = _ScaledEncoder(made, scale)
    found += [encode_dataset(dataset, scaled, size, progress=report.advance) for dataset in others]
    return np.concatenate(found)


def _scale_rows(train: Dataset, seed: int) -> NDArray[np.bool_]:
    """Choose the images that the scale is learned on: half of them, whole patients, at least two."""
    patients = train.rows.column("patient_group").to_pylist()
    share = min(0.5, SCALE_IMAGES / max(1, len(train)))
    seen = random_share(len(train), groups=[patient or None for patient in patients], share=share, seed=seed)
    return seen if seen.sum() >= _LEAST else ~seen


def _at_most(dataset: Dataset, most: int, seed: int) -> Dataset:
    if len(dataset) <= most:
        return dataset
    chosen = np.sort(np.random.default_rng(seed).permutation(len(dataset))[:most])
    return replace(dataset, rows=dataset.rows.take(pa.array(chosen)))


def _digest(dataset: Dataset) -> list[str]:
    """Return what tells these images from other images of the same run."""
    return [str(dataset.folder), hashlib.sha256("\n".join(dataset.ids).encode()).hexdigest()]
