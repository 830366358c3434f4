"""Measures of one image: features that tell its plane, and digests that find its copies."""

from __future__ import annotations
