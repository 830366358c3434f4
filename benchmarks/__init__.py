"""Measurements: each figure is compared with a peer on the same data in the same run. See README.md."""

from __future__ import annotations
