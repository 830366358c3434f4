"""Compare where real and synthetic images lie in feature space: an embedding to look at, and metrics."""

from __future__ import annotations
