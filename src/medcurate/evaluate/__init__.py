"""Evaluate generated images: fidelity, overlap, downstream gain, anatomy and privacy, each with a real baseline.

The public names are in ``__init__.pyi``; each is imported at its first use.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
