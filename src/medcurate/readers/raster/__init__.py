"""JPEG, PNG and TIFF: headers first, then pixels."""

from __future__ import annotations
