"""Tumor labels that look wrong, ranked."""

from __future__ import annotations
