"""Generators: networks that learn from a dataset folder and draw images that were never there."""

from __future__ import annotations
