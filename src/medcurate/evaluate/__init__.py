"""What generated images are worth: fidelity, overlap, downstream gain, anatomy, privacy; each beside real data.

The public names are loaded when they are first used, so that importing this package loads nothing heavy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medcurate.evaluate.compared_runs import Comparison
    from medcurate.evaluate.comparison import compare
    from medcurate.evaluate.evaluation import evaluate
    from medcurate.results import Figure, Metric, Report, Verdict

_HOME = {
    "Comparison": "medcurate.evaluate.compared_runs",
    "Figure": "medcurate.results",
    "Metric": "medcurate.results",
    "Report": "medcurate.results",
    "Verdict": "medcurate.results",
    "compare": "medcurate.evaluate.comparison",
    "evaluate": "medcurate.evaluate.evaluation",
}

__all__ = ["Comparison", "Figure", "Metric", "Report", "Verdict", "compare", "evaluate"]


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
