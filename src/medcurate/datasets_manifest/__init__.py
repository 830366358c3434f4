"""Known datasets: what their cards say, what may be done with a combination of them, and how to get and check them.

The public names stand in ``__init__.pyi``; each is loaded when it is first used.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
