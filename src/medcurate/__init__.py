"""Raw, mixed medical images in; a sorted, documented dataset out.

What there is: `medcurate.curate` (scan folders, sort images by anatomical plane), `medcurate.catalogue` (the one table
that all stages share), `medcurate.phantom` (generated brains for demos and tests), `medcurate.errors`. Importing this
package loads nothing heavy.
"""

from __future__ import annotations

__all__ = ["__version__"]


def __getattr__(name: str) -> str:
    """Look the version up on demand: it stands in pyproject.toml alone, and the look-up costs start-up time."""
    if name == "__version__":
        from importlib.metadata import version

        return version("medcurate")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
