"""JPEG, PNG and TIFF: header checks first, then pixels."""

from __future__ import annotations
