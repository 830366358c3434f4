"""From raw, mixed folders to a catalogue: what is there, what it shows, and in which plane.

The public names are loaded when they are first used, so that importing this package loads nothing heavy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medcurate.catalogue import Catalogue
    from medcurate.curate.deduplication import DedupeResult, dedupe
    from medcurate.curate.homogenization import HomogenizeResult, homogenize
    from medcurate.curate.homogenizing.settings import HomogenizeSettings
    from medcurate.curate.label_audit import AuditResult, audit_labels, undo_audit
    from medcurate.curate.plane_sorting import SortResult, sort_planes
    from medcurate.curate.planes.sorter import PlaneSorter
    from medcurate.curate.scanning import Counts, ScanResult, scan

_HOME = {
    "AuditResult": "medcurate.curate.label_audit",
    "Catalogue": "medcurate.catalogue",
    "Counts": "medcurate.curate.scanning",
    "DedupeResult": "medcurate.curate.deduplication",
    "HomogenizeResult": "medcurate.curate.homogenization",
    "HomogenizeSettings": "medcurate.curate.homogenizing.settings",
    "PlaneSorter": "medcurate.curate.planes.sorter",
    "ScanResult": "medcurate.curate.scanning",
    "SortResult": "medcurate.curate.plane_sorting",
    "audit_labels": "medcurate.curate.label_audit",
    "dedupe": "medcurate.curate.deduplication",
    "homogenize": "medcurate.curate.homogenization",
    "scan": "medcurate.curate.scanning",
    "sort_planes": "medcurate.curate.plane_sorting",
    "undo_audit": "medcurate.curate.label_audit",
}

__all__ = [
    "AuditResult",
    "Catalogue",
    "Counts",
    "DedupeResult",
    "HomogenizeResult",
    "HomogenizeSettings",
    "PlaneSorter",
    "ScanResult",
    "SortResult",
    "audit_labels",
    "dedupe",
    "homogenize",
    "scan",
    "sort_planes",
    "undo_audit",
]


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
