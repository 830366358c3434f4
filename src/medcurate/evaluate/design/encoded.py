"""Both sides as features of one encoder, at most so many images each, brought to one scale on real training images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.encoders import Block, Encoder, encode_dataset, encoder, fit_scale
from medcurate.evaluate.design.folds import group_numbers
from medcurate.evaluate.design.sides import Sides
from medcurate.progress import ProgressReport

Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Some images, encoded.

    Attributes
    ----------
    dataset : Dataset
        Those images alone.
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


@dataclass(frozen=True, slots=True, eq=False)
class EncodedSides:
    """Both sides of an evaluation as features.

    Attributes
    ----------
    train, test, synthetic : Encoded
    unseen : ndarray of int64, shape (m,)
        Rows of `train` that the scale was not fitted on: about half, whole patients. Only these may be compared with
        held-out images; principal axes fit the images that they were found on better than any others.
    encoder : str
        Its name.
    notes : tuple of str
        What was drawn from more.
    """

    train: Encoded
    test: Encoded
    synthetic: Encoded
    unseen: NDArray[np.int64]
    encoder: str
    notes: tuple[str, ...]

    @classmethod
    def of(cls, sides: Sides, name: str, *, most: int, label: str, progress: bool | None) -> EncodedSides:
        """Read and encode both sides.

        Parameters
        ----------
        sides : Sides
            With four or more real training images, and one or more of the others.
        name : str
            Of the encoder.
        most : int
            Images of each kind; more are drawn from by the seed.
        label : str
            For the progress bar.
        progress : bool, optional
            False shows nothing.

        Raises
        ------
        UsageError
            An image cannot be read, or the encoder is refused.
        """
        given = {"real training": sides.train, "held-out real": sides.test, "synthetic": sides.synthetic}
        drawn = {kind: _at_most(dataset, most, sides.seed) for kind, dataset in given.items()}
        with ProgressReport(label, total=sum(map(len, drawn.values())), show=progress is not False) as report:
            made = _Counting(encoder(name), report)
            features = [encode_dataset(dataset, made, sides.size) for dataset in drawn.values()]
        seen = _half(Encoded(drawn["real training"], features[0]).groups, sides.seed)
        scale = fit_scale(features[0][seen], made.blocks)
        scaled = features if scale is None else [scale.apply(table) for table in features]
        notes = tuple(
            f"{most:,} of {len(given[kind]):,} {kind} images were drawn, with seed {sides.seed}."
            for kind in given
            if len(given[kind]) > most
        )
        train, test, synthetic = (Encoded(*pair) for pair in zip(drawn.values(), scaled, strict=True))
        return cls(train, test, synthetic, np.flatnonzero(~seen), made.name, notes)

    def scaled(self) -> str:
        """Return how the features were scaled, for the settings of a metric."""
        return f"by {len(self.train) - len(self.unseen):,} real training images"


@dataclass(frozen=True, slots=True)
class _Counting:
    """An encoder that tells how far it is."""

    encoder: Encoder
    report: ProgressReport

    @property
    def name(self) -> str:
        return self.encoder.name

    @property
    def blocks(self) -> tuple[Block, ...]:
        return self.encoder.blocks

    def encode(self, images: NDArray[np.uint8]) -> Features:
        found = self.encoder.encode(images)
        self.report.advance(len(images))
        return found


def _half(groups: Sequence[str], seed: int) -> NDArray[np.bool_]:
    """Choose half of the images, whole groups; at least two images, which a scale needs."""
    number = group_numbers(groups, len(groups))
    place = np.random.default_rng(seed).permutation(int(number.max()) + 1)[number]
    order = np.argsort(place, kind="stable")
    return np.asarray(place <= place[order[max(1, len(order) // 2 - 1)]], bool)


def _at_most(dataset: Dataset, most: int, seed: int) -> Dataset:
    if len(dataset) <= most:
        return dataset
    chosen = np.sort(np.random.default_rng(seed).permutation(len(dataset))[:most])
    return replace(dataset, rows=dataset.rows.take(pa.array(chosen)))
