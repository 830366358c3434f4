"""From raw, mixed medical images to a curated dataset, a trained generator, and its evaluation.

`medcurate.scan`, `sort_planes`, `dedupe`, `homogenize` and `train` do the same as the commands of these names; so do
`medcurate.generate.generate` and `medcurate.evaluate.evaluate`. The packages: `medcurate.curate` (from folders to a
dataset), `medcurate.datasets_manifest` (licenses and their consequences), `medcurate.dataset` (reads a dataset),
`medcurate.generate` (trains generators and samples them), `medcurate.evaluate` (evaluates generated images),
`medcurate.catalogue` and `medcurate.results` (the data that stages exchange), `medcurate.phantom` (phantom brains for
demos and tests), `medcurate.errors`. Importing this package loads nothing heavy.
"""

from __future__ import annotations

from typing import Any

import lazy_loader

_public, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    """Load a public name; the version is in pyproject.toml only, and its look-up costs start-up time."""
    if name == "__version__":
        from importlib.metadata import version

        return version("medcurate")
    return _public(name)
