"""Curation: from raw, mixed folders to a catalogue and a homogenized dataset.

The public names are in ``__init__.pyi``; each is imported at its first use.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
