"""Labels that a person or a dataset gives: planes and tumor types."""

from __future__ import annotations
