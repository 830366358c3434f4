"""The defaults of `scan` and `sort_planes`: here once, for Python and for the command line, which imports neither."""

from __future__ import annotations

from typing import Literal

TIMEOUT_S = 120.0
"""Seconds that one file may take to read."""

MIN_CONFIDENCE = 0.5
"""Probability in [0, 1] below which an image's plane is ``unknown``."""

MATERIALIZE: Literal["link", "copy", "none"] = "link"
"""How originals come into ``sorted/``: ``link``, ``copy`` or ``none``."""

N_LABEL_NEXT = 60
"""Number of images in ``review/label_next.csv``."""

SEED = 0
"""Start of every random number stream."""
