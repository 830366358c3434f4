"""Describe the processing of the images of a source, because attribution must indicate changes."""

from __future__ import annotations

import json
from collections.abc import Iterator

from medcurate.datasets_manifest.manifest.facts import Facts, StepUse

_WORDS = {
    "orient": "turned to one orientation",
    "resample": "resampled to square pixels or cubic voxels{spacing_mm: of {} mm}",
    "crop_foreground": "cropped to the foreground{margin:, with a margin of {} of its longer side}",
    "crop_ends": "cropped by {count:{} }slices at both ends",
    "resample_slices": "resampled to {count:{} }slices",
    "resize": "resized{size: to {} pixels}",
    "pad": "padded to a square or cube{side: of {} pixels}",
    "percentile": "intensities scaled and clipped between percentiles{low: {}}{high: and {}}",
    "scale": "intensities scaled to a range{low: from {}}{high: to {}}",
    "zscore": "intensities normalized to mean 0 and deviation 1",
    "whitestripe": "intensities normalized by white stripe",
    "nyul": "intensities normalized by Nyul's histogram standard",
    "n4": "bias field corrected (N4)",
    "quantize": "stored with{bits: {}} bits",
    "cut_slice": "cut into slices{plane:, {}}",
}
"""Phrase per step; ``{setting:text {}}`` is the text with the value, omitted if there is none."""
_FEW = 4


def changes(facts: Facts, source: str) -> list[str]:
    """Return one phrase per change, in order of processing."""
    kept = sum(n for cell, n in facts.cells.items() if cell.source == source and cell.kind != "mask")
    dropped = facts.dropped_by_source[source]
    phrases = [f"selected: {kept:,} images or volumes kept, {dropped:,} rows left out"]
    uses = facts.steps.get(source, {})
    for name, use in uses.items():
        if use.applied:
            some = f" ({use.applied:,} of {use.applied + use.skipped:,})" if use.skipped else ""
            phrases.append(f"{_phrase(name, use)}{some}")
    formats = sorted({name for name in facts.values["format"] if name != "unknown"})
    if uses:
        phrases.append(f"re-encoded as {' and '.join(name.upper() for name in formats)}, without metadata")
    elif "synthetic" not in facts.values["origin"]:
        phrases.append("the catalogue does not record further processing")
    return phrases


def _phrase(name: str, use: StepUse) -> str:
    words = _WORDS.get(name)
    if words is None:
        value_text = ", ".join(
            f"{key} {_value_text(values)}" for key, values in use.settings.items() if _value_text(values)
        )
        return f"{name}{f' ({value_text})' if value_text else ''}"
    return "".join(_filled(words, use))


def _filled(words: str, use: StepUse) -> Iterator[str]:
    """Fill in the settings: ``{size: to {} pixels}``."""
    while "{" in words:
        before, _, rest = words.partition("{")
        setting, _, rest = rest.partition(":")
        text, _, words = rest.partition("{}")
        tail, _, words = words.partition("}")
        value_text = _value_text(use.settings.get(setting, set()))
        yield before
        yield f"{text}{value_text}{tail}" if value_text else ""
    yield words


def _value_text(values: set[str]) -> str:
    """Return the values of a setting; '' if it was not set or differs for every image."""
    known = sorted(value for value in values if value != "null")
    if len(known) > _FEW:
        return "various values"
    return " or ".join(_plain(json.loads(value)) for value in known)


def _plain(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value) if isinstance(value, list | dict) else str(value)
