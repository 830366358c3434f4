"""Downloads of known datasets, and checks of downloaded folders."""

from __future__ import annotations
