"""Raw, mixed medical images in; a sorted, documented dataset out, a generator trained on it, and what that is worth.

`medcurate.scan`, `sort_planes`, `dedupe`, `homogenize` and `train` do what the commands of these names do; so do
`medcurate.generate.generate` and `medcurate.evaluate.evaluate`. The packages: `medcurate.curate` (from folders to a
dataset), `medcurate.datasets_manifest` (licenses and their consequences), `medcurate.dataset` (reads a dataset),
`medcurate.generate` (trains generators and samples them), `medcurate.evaluate` (what generated images are worth),
`medcurate.catalogue` and `medcurate.results` (what stages hand to one another), `medcurate.phantom` (phantom brains for
demos and tests), `medcurate.errors`. Importing this package loads nothing heavy.
"""

from __future__ import annotations

from typing import Any

import lazy_loader

_public, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    """Load a public name; the version stands in pyproject.toml alone, and looking it up costs start-up time."""
    if name == "__version__":
        from importlib.metadata import version

        return version("medcurate")
    return _public(name)
