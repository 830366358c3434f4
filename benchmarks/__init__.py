"""Measurements: each figure beside a peer that ran on the same data in the same run. See README.md."""

from __future__ import annotations
