"""A trained generator: its weights on disk, and how it draws images."""

from __future__ import annotations
