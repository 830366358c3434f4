"""Synthetic datasets: what to draw, and how it is written with its provenance."""

from __future__ import annotations
