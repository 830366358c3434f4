"""The comparison: its two sides, held-out images, encodings, folds and intervals."""

from __future__ import annotations
