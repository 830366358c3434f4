"""Known datasets: what their cards say, what may be done with a combination of them, and how to get and check them.

The public names are loaded when they are first used, so that importing this package loads nothing heavy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medcurate.datasets_manifest.card import Card, load, load_file, names
    from medcurate.datasets_manifest.checks import CheckReport, check
    from medcurate.datasets_manifest.fetching import fetch
    from medcurate.datasets_manifest.license_source import SameContent, Source, source_of
    from medcurate.datasets_manifest.licenses import decide
    from medcurate.datasets_manifest.manifest import ManifestResult, write_manifest
    from medcurate.datasets_manifest.overrides import Override
    from medcurate.datasets_manifest.verdict import Verdict

_HOME = {
    "Card": "medcurate.datasets_manifest.card",
    "CheckReport": "medcurate.datasets_manifest.checks",
    "ManifestResult": "medcurate.datasets_manifest.manifest",
    "Override": "medcurate.datasets_manifest.overrides",
    "SameContent": "medcurate.datasets_manifest.license_source",
    "Source": "medcurate.datasets_manifest.license_source",
    "Verdict": "medcurate.datasets_manifest.verdict",
    "check": "medcurate.datasets_manifest.checks",
    "decide": "medcurate.datasets_manifest.licenses",
    "fetch": "medcurate.datasets_manifest.fetching",
    "load": "medcurate.datasets_manifest.card",
    "load_file": "medcurate.datasets_manifest.card",
    "names": "medcurate.datasets_manifest.card",
    "source_of": "medcurate.datasets_manifest.license_source",
    "write_manifest": "medcurate.datasets_manifest.manifest",
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
