"""Minimal loops with only the work that medcurate cannot avoid; each runs as a separate script."""

from __future__ import annotations
