"""What a radiologist would look at first: gray values, texture, head, ventricles, symmetry, tumor size."""

from __future__ import annotations
