"""A scan: one file to its rows and features, parts on disk, and the catalogue made of them."""

from __future__ import annotations
