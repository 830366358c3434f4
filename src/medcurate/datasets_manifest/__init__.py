"""Known datasets: what their cards say, what may be done with a combination of them, and how to get and check them.

The public names are loaded when they are first used, so that importing this package loads nothing heavy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medcurate.datasets_manifest.cards.card import Card, load, load_file, names
    from medcurate.datasets_manifest.downloads.checks import CheckReport, check
    from medcurate.datasets_manifest.downloads.fetching import fetch
    from medcurate.datasets_manifest.licenses.decision import decide
    from medcurate.datasets_manifest.licenses.license_source import SameContent, Source, source_of
    from medcurate.datasets_manifest.licenses.overrides import Override
    from medcurate.datasets_manifest.licenses.verdict import Verdict
    from medcurate.datasets_manifest.manifest.writing import ManifestResult, write_manifest

_HOME = {
    "Card": "medcurate.datasets_manifest.cards.card",
    "CheckReport": "medcurate.datasets_manifest.downloads.checks",
    "ManifestResult": "medcurate.datasets_manifest.manifest.writing",
    "Override": "medcurate.datasets_manifest.licenses.overrides",
    "SameContent": "medcurate.datasets_manifest.licenses.license_source",
    "Source": "medcurate.datasets_manifest.licenses.license_source",
    "Verdict": "medcurate.datasets_manifest.licenses.verdict",
    "check": "medcurate.datasets_manifest.downloads.checks",
    "decide": "medcurate.datasets_manifest.licenses.decision",
    "fetch": "medcurate.datasets_manifest.downloads.fetching",
    "load": "medcurate.datasets_manifest.cards.card",
    "load_file": "medcurate.datasets_manifest.cards.card",
    "names": "medcurate.datasets_manifest.cards.card",
    "source_of": "medcurate.datasets_manifest.licenses.license_source",
    "write_manifest": "medcurate.datasets_manifest.manifest.writing",
}

__all__ = [
    "Card",
    "CheckReport",
    "ManifestResult",
    "Override",
    "SameContent",
    "Source",
    "Verdict",
    "check",
    "decide",
    "fetch",
    "load",
    "load_file",
    "names",
    "source_of",
    "write_manifest",
]


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
