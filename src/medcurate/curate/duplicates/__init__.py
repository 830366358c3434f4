"""Copies of images: found by hashes and a comparison of pixels, kept apart from neighbors, marked and reported."""

from __future__ import annotations
