"""From raw, mixed folders to a catalogue: what is there, what it shows, and in which plane.

The public names are loaded when they are first used, so that importing this package loads nothing heavy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medcurate.catalogue import Catalogue
    from medcurate.curate.deduplication import DedupeResult, dedupe
    from medcurate.curate.homogenize_settings import HomogenizeSettings
    from medcurate.curate.homogenizing import HomogenizeResult, homogenize
    from medcurate.curate.plane_sorter import PlaneSorter
    from medcurate.curate.plane_sorting import SortResult, sort_planes
    from medcurate.curate.scanning import Counts, ScanResult, scan

_HOME = {
    "Catalogue": "medcurate.catalogue",
    "Counts": "medcurate.curate.scanning",
    "DedupeResult": "medcurate.curate.deduplication",
    "HomogenizeResult": "medcurate.curate.homogenizing",
    "HomogenizeSettings": "medcurate.curate.homogenize_settings",
    "PlaneSorter": "medcurate.curate.plane_sorter",
    "ScanResult": "medcurate.curate.scanning",
    "SortResult": "medcurate.curate.plane_sorting",
    "dedupe": "medcurate.curate.deduplication",
    "homogenize": "medcurate.curate.homogenizing",
    "scan": "medcurate.curate.scanning",
    "sort_planes": "medcurate.curate.plane_sorting",
}

__all__ = [
    "Catalogue",
    "Counts",
    "DedupeResult",
    "HomogenizeResult",
    "HomogenizeSettings",
    "PlaneSorter",
    "ScanResult",
    "SortResult",
    "dedupe",
    "homogenize",
    "scan",
    "sort_planes",
]


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
