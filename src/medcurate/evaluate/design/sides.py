"""The two sides of an evaluation, real images (part of them held out) and synthetic ones; and the result of a part."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from medcurate.dataset import Dataset
from medcurate.dataset.gray_range import read_alike
from medcurate.dataset.layout import GENERATED
from medcurate.dataset.shape_words import image_shapes, shape_sentence
from medcurate.errors import UsageError
from medcurate.evaluate.design.feature_cache import FeatureCache
from medcurate.evaluate.design.held_out import comparable, divide
from medcurate.results import Figure, Metric, Verdict

TRAINING_IDS = "training_ids.txt"
"""File in a synthetic dataset: ``image_id`` of each image its generator was trained on, one per line."""
LARGEST_SIZE = 128
"""Largest default width and height at which images are compared (pixels)."""
CANNOT_TELL = (
    "what the generator was trained on is named otherwise than the real images (by pixels, or by file): whether it has "
    "seen a held-out image cannot be told"
)
_LOOKED_AT = 32


@dataclass(frozen=True, slots=True)
class Sides:
    """Real and synthetic images, ready to be compared.

    Attributes
    ----------
    train : Dataset
        Real images that may be used for training.
    test : Dataset
        Held-out real images. Every comparison is made with these; they share no patient and no copy with `train`.
    generator_ids : frozenset of str or None
        ``image_id`` of the images that the generator was trained on, none of which is in `test`; None if not known.
    size : int
        Width and height to which images are scaled (pixels).
    notes : tuple of str
        How the held-out images were chosen, and which images were left out.
    features : FeatureCache
        Features of these images: parts that use the same encoder share them.
    """

    train: Dataset
    test: Dataset
    synthetic: Dataset
    generator_ids: frozenset[str] | None
    size: int
    seed: int
    notes: tuple[str, ...] = ()
    features: FeatureCache = field(default_factory=FeatureCache, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Part:
    """Result of a part of the evaluation.

    Attributes
    ----------
    notes : tuple of str
        What was left out, and why. A part that does not apply has notes and nothing else.
    """

    metrics: tuple[Metric, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()


def open_sides(real: Path | str, synthetic: Path | str, size: int | None = None, seed: int = 0) -> Sides:
    """Open both sides, and hold out real images that no training may see.

    The held-out images are those of the split ``test``. Without splits, they are the images that the generator was not
    trained on, if that is known, and otherwise half of all, drawn by the seed. Images of one patient stay together, and
    so do files with equal content.

    Parameters
    ----------
    real, synthetic : Path or str
        Dataset folders, or plain folders of class sub-folders of images.
    size : int, optional
        Width and height to which images are scaled (pixels); by default the smaller of both sides, at most 128.

    Raises
    ------
    UsageError
        A side holds nothing to compare, a held-out image was used to train the generator, or real splits share a
        patient.
    """
    given, made = Dataset.open(real), Dataset.open(synthetic)
    if len(given) and pc.all(pc.fill_null(pc.equal(given.rows.column("origin"), "synthetic"), False)).as_py():
        raise UsageError(f"{given.folder} holds only generated images: REAL comes first, then SYNTHETIC")
    for side in (given, made):
        if not len(side) and not side.volume_rows.num_rows:
            raise UsageError(f"{side.folder}: expected images or volumes, received a dataset without any")
    ids = read_training_ids(made.folder)
    given, made, read_as = read_alike(given, made, read_gray_bits(made.folder))
    train, test, notes = divide(_only_real(given), ids, seed)
    if ids is not None and not comparable(given, ids):
        notes = (*notes, CANNOT_TELL)
    if size is None:
        size = min(LARGEST_SIZE, _typical_side(given), _typical_side(made))
    if size < 8:
        raise UsageError(f"size: expected 8 pixels or more, received {size}")
    shapes = {"REAL": given, "SYNTHETIC": made}
    shaped = {name: shape_sentence(image_shapes(side), (size, size)) for name, side in shapes.items()}
    notes = (*notes, *read_as, *(f"{name}: {text}" for name, text in shaped.items() if text is not None))
    return Sides(train, test, made, ids, size, seed, notes)


def read_gray_bits(synthetic: Path) -> dict[str, int]:
    """Return how the generator of a synthetic dataset read the 16-bit images of each source; empty where not known."""
    try:
        found = json.loads((synthetic / GENERATED).read_bytes())["training"].get("gray_bits", {})
        return {str(source): int(bits) for source, bits in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def read_training_ids(synthetic: Path) -> frozenset[str] | None:
    """Return the ids of the images that the generator of a synthetic dataset was trained on; None where not known."""
    try:
        lines = (synthetic / TRAINING_IDS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{synthetic / TRAINING_IDS}: expected one image_id a line ({type(error).__name__}); make the synthetic "
            "dataset anew with medcurate generate"
        ) from error
    return frozenset(line for line in lines if line)


def _only_real(dataset: Dataset) -> Dataset:
    origin = dataset.rows.column("origin")
    return replace(dataset, rows=dataset.rows.filter(pc.fill_null(pc.not_equal(origin, "synthetic"), True)))


def _typical_side(dataset: Dataset) -> int:
    """Return the median of the longer sides of some images (pixels)."""
    if not len(dataset):
        return LARGEST_SIZE
    places = np.linspace(0, len(dataset) - 1, min(_LOOKED_AT, len(dataset))).astype(int)
    return int(np.median([max(dataset.image(row).shape) for row in places.tolist()]))
