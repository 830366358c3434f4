"""Ranking of tumor labels that are probably wrong."""

from __future__ import annotations
