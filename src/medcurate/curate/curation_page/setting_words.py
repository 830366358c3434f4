"""Describe the settings of a dataset and the reasons for left-out images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from medcurate.curate import defaults
from medcurate.errors import Code
from medcurate.reject_codes import ACTIONS

Settings = Mapping[str, Any]

_NORMALIZED = {
    "percentile": "stretched between percentiles",
    "zscore": "scaled to z-scores",
    "whitestripe": "white-stripe normalized",
    "nyul": "Nyul normalized",
    "none": "not normalized",
}
_POLICY = {
    "warn": "such images are kept and noted (warn)",
    "drop": "such images are left out (drop)",
    "block": "one such image stops the run (block)",
}
_SLICES = "No slice of the volume was selected."
_FILTERS = {
    "source": "From another source than requested",
    "license": "Under another license than requested",
    "notes": "Has an excluded note",
    "modality": "Of another modality than requested",
    "contrast": "Of another contrast than requested",
    "plane": "In another plane than requested",
    "confidence": "Its plane is not certain enough",
    "obliquity": "Too oblique",
    "tumor": "Of another tumor type than requested",
    "size": "Too small or too large",
    "sharpness": "Not sharp enough",
    "position": "At another position in its stack than requested",
    "mask_area": "The area fraction of its mask is not as requested",
}
_OF_FILTER: dict[str, tuple[str, ...]] = {
    "source": ("source", "exclude_source"),
    "notes": ("exclude_notes",),
    "confidence": ("min_confidence",),
    "obliquity": ("max_obliquity",),
    "size": ("min_size", "max_size"),
    "sharpness": ("min_sharpness",),
    "position": ("min_position", "max_position"),
    "mask_area": ("min_mask_area", "max_mask_area"),
}


def headline(settings: Settings) -> str:
    """Return a one-line summary of the processing."""
    filters = settings.get("filters") or {}
    what = "volumes" if settings.get("output") == "volumes" else "images"
    planes, tumors = _listed(filters.get("plane")), _listed(filters.get("tumor"))
    size = _size(settings)
    normalized = _NORMALIZED.get(str(settings.get("normalize")), str(settings.get("normalize")))
    if settings.get("preset"):
        normalized = f"made by the preset {settings['preset']}"
    if settings.get("n4"):
        normalized = f"corrected for the bias field (N4), {normalized}"
    parts = [
        " ".join(part for part in (planes, what) if part) + (f" of {tumors}" if tumors else ""),
        *([size] if size else []),
        normalized,
        *([f"{settings['bit_depth']} bits"] if what == "images" and settings.get("bit_depth") else []),
        _split(settings),
    ]
    text = "; ".join(parts) + "."
    return text[:1].upper() + text[1:]


def setting_lines(settings: Settings) -> list[tuple[str, str]]:
    """Return name and value of every informative setting."""
    lines = [(f"filter {name.replace('_', ' ')}", _plain(value)) for name, value in _filters(settings).items()]
    for name, value in settings.items():
        if name != "filters" and value not in (None, {}, [], (), False):
            lines.append((name.replace("_", " "), _plain(value)))
    return lines


def policy_words(settings: Settings) -> str:
    """Return the policy for images that could identify a person."""
    return _POLICY.get(str(settings.get("privacy")), "the policy is not recorded")


def reason_words(reason: str, settings: Settings) -> str:
    """Return the explanation of a reason for left-out rows."""
    if reason == "filter:slices":
        return _SLICES
    if reason.startswith("filter:"):
        name = reason.removeprefix("filter:").removesuffix(":unknown")
        asked = [
            _plain(value) if key == name else f"{key.replace('_', ' ')} {_plain(value)}"
            for key, value in _filters(settings).items()
            if key in _OF_FILTER.get(name, (name,))
        ]
        requested = f" (requested: {', '.join(asked)})" if asked else ""
        if reason.endswith(":unknown"):
            return f"Its {name.replace('_', ' ')} is not known{requested}."
        return f"{_FILTERS.get(name, f'Left out by the filter {name}')}{requested}."
    return meaning(reason)[0]


def meaning(code: str) -> tuple[str, str]:
    """Return meaning and action of a code; '' for an unknown one."""
    try:
        advice = ACTIONS[Code(code)]
    except (ValueError, KeyError):
        return "", ""
    return advice.meaning, advice.action


def _filters(settings: Settings) -> dict[str, Any]:
    return {name: value for name, value in (settings.get("filters") or {}).items() if value not in (None, [], False)}


def _size(settings: Settings) -> str:
    size = settings.get("size")
    if settings.get("output") == "volumes":
        return f"{size} voxels per side" if size else "of the original size"
    size = defaults.SIZE if size is None else size
    return f"{size} × {size} pixels" if size else "of the original size"


def _split(settings: Settings) -> str:
    if settings.get("keep_splits"):
        return "split as the folders of the input were"
    shares = ", ".join(f"{name} {share:.0%}" for name, share in (settings.get("split") or {}).items())
    folds = f", {settings['folds']} folds" if settings.get("folds") else ""
    return f"split by patient ({shares}){folds}" if shares else "not split"


def _listed(values: Sequence[str] | None) -> str:
    return " or ".join("no tumor" if value == "none" else str(value) for value in values or ())


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(entry)}" for name, entry in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_plain, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
