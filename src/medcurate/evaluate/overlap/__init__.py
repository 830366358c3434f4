"""Do real and synthetic images lie in the same places? An embedding to look at, and figures that need no looking."""

from __future__ import annotations
