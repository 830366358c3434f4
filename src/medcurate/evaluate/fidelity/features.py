"""The features that fidelity compares: of held-out, training and generated images, on one scale."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.encoders import Encoder, encode_dataset, fit_scale
from medcurate.evaluate.design.sides import Sides
from medcurate.progress import ProgressReport


@dataclass(frozen=True, slots=True)
class Compared:
    """Features, and the images they are of.

    Attributes
    ----------
    test, train, generated : ndarray of float32, shape (n, d)
        Held-out real images, real images that a training may use, synthetic images.
    test_images, train_images, generated_images : Dataset
        The images of each, row by row.
    scaled : str
        How features were brought to one scale.
    """

    test: NDArray[np.float32]
    train: NDArray[np.float32]
    generated: NDArray[np.float32]
    test_images: Dataset
    train_images: Dataset
    generated_images: Dataset
    scaled: str

    @property
    def pairs(self) -> int:
        """Images that stand against the held-out ones: as many generated ones as real ones of the training."""
        return min(len(self.train), len(self.generated))


def compare_features(sides: Sides, encoder: Encoder, most: int, report: ProgressReport) -> Compared:
    """Encode all sides; the scale is learned on the training side, so that it favors neither of the compared ones.

    Parameters
    ----------
    sides : Sides
        Each with images.
    encoder : Encoder
    most : int
        Images a side.
    report : ProgressReport
        Told of every image.
    """
    chosen = [
        some_images(dataset, most, sides.seed + number)
        for number, dataset in enumerate((sides.test, sides.train, sides.synthetic))
    ]
    report.total = sum(len(dataset) for dataset in chosen)
    test, train, generated = (
        encode_dataset(dataset, encoder, sides.size, progress=report.advance) for dataset in chosen
    )
    scaled = "no: as the encoder gives them"
    scale = fit_scale(train, encoder.blocks)
    if scale is not None:
        test, train, generated = (scale.apply(one) for one in (test, train, generated))
        scaled = f"learned on {scale.n:,} real training images"
    return Compared(test, train, generated, chosen[0], chosen[1], chosen[2], scaled)


def some_images(dataset: Dataset, most: int, seed: int) -> Dataset:
    """Return at most so many images, in a random order by the seed."""
    order = np.random.default_rng(seed).permutation(len(dataset))[:most]
    return replace(dataset, rows=dataset.rows.take(pa.array(order)))
