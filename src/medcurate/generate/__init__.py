"""Generators: networks that learn from a dataset folder and draw images that were never there.

The public names are loaded when they are first used, so that importing this package loads nothing heavy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medcurate.generate.drawing.generator import Generator
    from medcurate.generate.synthetic.generation import GenerateResult, generate
    from medcurate.generate.synthetic.settings import GenerateSettings
    from medcurate.generate.training.plan import Plan, plan_training
    from medcurate.generate.training.session import TrainResult
    from medcurate.generate.training.settings import TrainSettings
    from medcurate.generate.training.training import train

_HOME = {
    "GenerateResult": "medcurate.generate.synthetic.generation",
    "GenerateSettings": "medcurate.generate.synthetic.settings",
    "Generator": "medcurate.generate.drawing.generator",
    "Plan": "medcurate.generate.training.plan",
    "TrainResult": "medcurate.generate.training.session",
    "TrainSettings": "medcurate.generate.training.settings",
    "generate": "medcurate.generate.synthetic.generation",
    "plan_training": "medcurate.generate.training.plan",
    "train": "medcurate.generate.training.training",
}

__all__ = [
    "GenerateResult",
    "GenerateSettings",
    "Generator",
    "Plan",
    "TrainResult",
    "TrainSettings",
    "generate",
    "plan_training",
    "train",
]


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
