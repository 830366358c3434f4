"""Raw, mixed medical images in; a sorted, documented dataset out, a generator trained on it, and what that is worth.

What there is: `medcurate.curate` (from folders to a dataset), `medcurate.datasets_manifest` (licenses and their
consequences), `medcurate.dataset` (read one), `medcurate.generate` (train a generator, draw with it),
`medcurate.evaluate` (what the drawn images are worth), `medcurate.catalogue` and `medcurate.results` (what the stages
hand to one another), `medcurate.phantom` (generated brains for demos and tests), `medcurate.errors`. Importing this
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
