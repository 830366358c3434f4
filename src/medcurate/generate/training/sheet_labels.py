"""Real images and class names for the pictures of a training."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.generate.callbacks.sample_sheet import COLUMNS, SheetLabels
from medcurate.generate.drawing.quantization import decoded, quantize
from medcurate.generate.training.examples import LabeledExamples


def sheet_labels(examples: LabeledExamples, rows: NDArray[np.int64], *, conditional: bool) -> SheetLabels:
    """Return what stands in a picture of images that are drawn with the labels or sources of some examples.

    Parameters
    ----------
    examples : LabeledExamples
    rows : ndarray of int64, shape (n,)
        The example of each generated image.
    conditional : bool
        Whether images are drawn by class; without that, the first row shows the first of these examples.
    """
    if not conditional:
        first = np.array(list(dict.fromkeys(rows.tolist()))[:COLUMNS])
        return SheetLabels(as_gray(examples.columns["target"][first]))
    labels = class_names(examples)
    shown = _each_in_turn(labels)
    real = as_gray(examples.columns["target"][shown])
    return SheetLabels(real, tuple(labels[row] for row in shown), tuple(labels[row] for row in rows))


def class_names(examples: LabeledExamples) -> list[str]:
    """Return the class of each example in words, such as ``glioma, axial``; ``unknown`` where a condition is."""
    table, at = np.asarray(examples.columns["labels"]), 0
    parts: list[list[str]] = []
    for values in examples.classes.values():
        one_hot = table[:, at : at + len(values)]
        known: NDArray[np.bool_] = np.asarray(one_hot.any(axis=1), bool)
        found = zip(list(known), one_hot.argmax(axis=1).tolist(), strict=True)
        parts.append([values[place] if there else "unknown" for there, place in found])
        at += len(values)
    return [", ".join(names) for names in zip(*parts, strict=True)]


def as_gray(images: NDArray[Any]) -> NDArray[np.uint8]:
    """Return images of examples with 8 bits."""
    return quantize(decoded({"target": images})["target"])


def _each_in_turn(labels: list[str]) -> NDArray[np.int64]:
    """Return rows of up to 8 examples, in the order of their classes, the classes as equally often as possible."""
    by_class: dict[str, list[int]] = {}
    for row, label in enumerate(labels):
        by_class.setdefault(label, []).append(row)
    turns = [rows[turn] for turn in range(COLUMNS) for rows in by_class.values() if turn < len(rows)]
    return np.array(sorted(turns[:COLUMNS], key=lambda row: (labels[row], row)), np.int64)
