"""A trained generator: its weights on disk, and drawing images with it."""

from __future__ import annotations
