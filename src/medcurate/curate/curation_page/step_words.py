"""Describe the processing of an image: a phrase per recorded step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_Values = dict[str, Any]

NAMES = {
    "orient": "Reorient to the standard view",
    "resample": "Resample to one spacing",
    "crop_foreground": "Crop to the foreground",
    "crop_ends": "Cut slices off both ends",
    "resample_slices": "Choose slices",
    "cut_slice": "Cut a slice",
    "resize": "Scale",
    "pad": "Pad",
    "n4": "Correct the bias field (N4)",
    "percentile": "Stretch between percentiles",
    "zscore": "Scale to z-scores",
    "whitestripe": "White-stripe normalization",
    "nyul": "Nyul normalization",
    "scale": "Scale values",
    "quantize": "Quantize to gray levels",
}


def step_words(record: _Values) -> str:
    """Describe the effect of a step, or why it was skipped; an unknown step by its name."""
    name = str(record.get("step"))
    label = NAMES.get(name, name.replace("_", " ").capitalize())
    if "skipped" in record:
        return f"{label}: not done, {record['skipped']}"
    values = {**record.get("settings", {}), **record.get("measured", {})}
    words = _WORDS.get(name)
    try:
        detail = words(values) if words else ""
    except (KeyError, TypeError, ValueError, IndexError):
        detail = ""  # a record of another version: use its name
    return f"{label}: {detail}" if detail else label


def _size(shape: Any) -> str:
    """Format a size, width first; volumes in axis order."""
    return " × ".join(str(side) for side in (reversed(shape) if len(shape) == 2 else shape))


def _number(value: Any) -> str:
    return f"{float(value):.4g}"


def _orient(values: _Values) -> str:
    flips, axes = values.get("flips"), values.get("axes")
    if not axes:
        return ""
    done = [*(["axes swapped"] if list(axes) != sorted(axes) else []), *(["axes flipped"] if any(flips or ()) else [])]
    return " and ".join(done) or "already oriented"


def _resample(values: _Values) -> str:
    if all(float(step) == 1 for step in values["step"]):
        return "already uniform"
    spacing = values.get("spacing_mm")
    return f"{_size(values['shape'])} of {_number(spacing)} mm" if spacing else f"now {_size(values['shape'])}"


def _box(values: _Values) -> str:
    box = values["box"]
    if len(box) == 2:
        (top, bottom), (left, right) = box
        return f"rows {top} to {bottom}, columns {left} to {right}, that is {right - left} × {bottom - top} pixels"
    return " × ".join(f"{start} to {stop}" for start, stop in box) + " voxels"


def _crop(values: _Values) -> str:
    return f"{_box(values)} (margin {float(values['margin']):.0%})"


def _pad(values: _Values) -> str:
    before, after = values["before"], values["after"]
    if not any((*before, *after)):
        return "already of this size"
    names = ("top", "bottom", "left", "right")
    sides = [side for pair in zip(before, after, strict=True) for side in pair]
    if len(before) == 2:
        return ", ".join(f"{n} pixels {where}" for where, n in zip(names, sides, strict=True) if n)
    return ", ".join(f"{one} + {other}" for one, other in zip(before, after, strict=True)) + " voxels along the axes"


def _percentile(values: _Values) -> str:
    low, high = values["values"]
    ends = f"{values['low']:g}th to {values['high']:g}th percentile of its pixels"
    return f"values {_number(low)} to {_number(high)} ({ends}) become 0 to 1"


def _zscore(values: _Values) -> str:
    return f"mean {_number(values['mean'])}, standard deviation {_number(values['std'])}"


def _scale(values: _Values) -> str:
    low, high = values["source"]
    return f"{_number(low)} to {_number(high)} become {_number(values['low'])} to {_number(values['high'])}"


def _quantize(values: _Values) -> str:
    low, high = values["source"]
    return f"{values['bits']} bits, {_number(low)} to {_number(high)} become 0 to {2 ** int(values['bits']) - 1}"


_WORDS: dict[str, Callable[[_Values], str]] = {
    "orient": _orient,
    "resample": _resample,
    "crop_foreground": _crop,
    "crop_ends": _box,
    "resample_slices": lambda values: f"{len(values['slices'])} of them",
    "cut_slice": lambda values: f"{values['plane']}, number {values['index']} of the cropped stack, from 0",
    "resize": lambda values: f"to {_size(values['shape'])}",
    "pad": _pad,
    "n4": lambda values: f"estimated at 1/{values['shrunk_by']} of the size",
    "percentile": _percentile,
    "zscore": _zscore,
    "whitestripe": _zscore,
    "nyul": lambda values: f"{len(values['landmarks'])} landmarks matched to the standard histogram",
    "scale": _scale,
    "quantize": _quantize,
}
