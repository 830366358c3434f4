"""Detection of identifying content: text in the pixels, a face in the volume."""

from __future__ import annotations
