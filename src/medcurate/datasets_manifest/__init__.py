"""Known datasets: cards, license verdicts on combinations, downloads and checks.

The public names are in ``__init__.pyi``; each is imported at its first use.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
