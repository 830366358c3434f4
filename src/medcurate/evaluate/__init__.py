"""What generated images are worth: fidelity, overlap, downstream gain, anatomy, privacy; each compared with real data.

The public names stand in ``__init__.pyi``; each is loaded when it is first used.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
