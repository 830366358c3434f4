"""Cards: what is known of public datasets."""

from __future__ import annotations
