"""The model card: training data, licenses, and reproduction of a model."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.planes.table import CLASSES
from tools.plane_training.sources import SOURCES

_TEMPLATE = (
    "ICBM 2009a nonlinear symmetric template, copyright 1993-2009 Louis Collins, McConnell Brain Imaging Centre, "
    "Montreal Neurological Institute, McGill University; Fonov et al., NeuroImage 54 (2011) 313-327; shipped by nilearn"
)
_MADE = {
    "mni152": ("LicenseRef-ICBM-MNI", _TEMPLATE),
    "phantom": ("LicenseRef-ICBM-MNI", "medcurate.phantom heads, deformed from the template of mni152"),
    "schematic": ("Apache-2.0", "drawn by tools.plane_training"),
}
_PACKAGES = ("medcurate", "numpy", "scipy", "scikit-learn", "opencv-python-headless", "nilearn")


def licenses() -> dict[str, tuple[str, str]]:
    """Return license (SPDX) and attribution of every source."""
    return _MADE | {source.name: (source.license, source.attribution) for source in SOURCES}


def model_card(
    labels: NDArray[np.int64], sources: Sequence[str], *, seed: int, heads: int, exclude: Sequence[str] = ()
) -> dict[str, Any]:
    """Describe the training data of a model.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
        Class of each training slice, an index into `CLASSES`.
    sources : sequence of str
        Source of each.
    seed, heads, exclude
        Settings of the training set.

    Returns
    -------
    dict
        JSON values, independent of time and machine.
    """
    known = licenses()
    counts: dict[str, Counter[str]] = {name: Counter() for name in sorted(set(sources))}
    for source, label in zip(sources, labels.tolist(), strict=True):
        counts[source][CLASSES[label]] += 1
    return {
        "purpose": "Anatomical plane of a slice of a head (axial, coronal, sagittal), or that it shows no brain.",
        "not_for": "Diagnosis. It sorts images; it judges nothing in them.",
        "method": "Kernel ridge regression on gradient histograms of slices under strong domain randomization, after "
        "SynthSeg (Billot et al., Medical Image Analysis 86 (2023) 102789).",
        "slices": len(labels),
        "classes": {name: int(np.sum(labels == index)) for index, name in enumerate(CLASSES)},
        "sources": {
            name: {"license": known[name][0], "attribution": known[name][1], "slices": dict(sorted(count.items()))}
            for name, count in counts.items()
        },
        "excluded_sources": sorted(exclude),
        "seed": seed,
        "phantom_heads": heads,
        "versions": {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES},
    }


def as_markdown(card: Mapping[str, Any]) -> str:
    """Format a card as Markdown."""
    lines = ["# Plane model", "", str(card["purpose"]), "", f"**Not for:** {card['not_for']}", "", str(card["method"])]
    lines += ["", f"Trained on {card['slices']} slices, seed {card['seed']}, {card['phantom_heads']} phantom heads."]
    if card["excluded_sources"]:
        lines += ["", f"Left out: {', '.join(card['excluded_sources'])}."]
    lines += ["", f"| source | {' | '.join(CLASSES)} | license | attribution |", "|---|" + "---:|" * 4 + "---|---|"]
    for name, source in card["sources"].items():
        counts = " | ".join(str(source["slices"].get(kind, 0)) for kind in CLASSES)
        lines.append(f"| {name} | {counts} | {source['license']} | {source['attribution']} |")
    lines += ["", "Made with " + ", ".join(f"{name} {number}" for name, number in card["versions"].items()) + ".", ""]
    return "\n".join(lines)
