"""Train the detector of text in pixels that ships with medcurate."""

from __future__ import annotations
