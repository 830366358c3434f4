"""Filters on catalogue rows; each reports a reason and a count."""

from __future__ import annotations
