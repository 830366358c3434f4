"""Copies of images: found by hashes, confirmed by pixels, distinguished from neighboring slices, marked, reported."""

from __future__ import annotations
