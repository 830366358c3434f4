"""The manifest of a dataset folder: Croissant, attribution, dataset card and citation."""

from __future__ import annotations
