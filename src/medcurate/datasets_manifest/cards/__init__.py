"""Cards of public datasets."""

from __future__ import annotations
