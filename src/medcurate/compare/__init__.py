"""Compare: families of generators, trained at equal cost on equal data and judged on the same held-out images.

The public names stand in ``__init__.pyi``; each is loaded when it is first used.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
