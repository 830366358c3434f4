"""Downloads of known datasets, and checks of what arrived."""

from __future__ import annotations
