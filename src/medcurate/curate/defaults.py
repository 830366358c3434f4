"""The defaults of the commands: here once, for Python and for the command line, which imports neither."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
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

Keep = Literal["largest", "least-compressed", "best-documented"]
KEEP: Keep = "largest"
"""Which of several copies stays."""

Conflicts = Literal["hold", "keep"]
CONFLICTS: Conflicts = "hold"
"""What becomes of copies whose tumor labels differ."""

SIZE = 128
"""Width and height of a dataset's images (pixels)."""

Normalize = Literal["percentile", "zscore", "whitestripe", "nyul", "none"]
NORMALIZE: Normalize = "percentile"
"""How intensities are made alike."""

Output = Literal["images", "volumes"]
OUTPUT: Output = "images"
"""What becomes of volumes: slices, or volumes."""

Privacy = Literal["warn", "drop", "block"]
PRIVACY: Privacy = "warn"
"""What becomes of images that could identify someone."""

BitDepth = Literal[8, 16]
BIT_DEPTH: BitDepth = 8
"""Bits per pixel of a dataset's images."""

FRACTIONS: Mapping[str, float] = MappingProxyType({"train": 0.7, "val": 0.15, "test": 0.15})
"""Splits, and the share of the images that each should get."""

JOB_TIMEOUT_S = 900.0
"""Seconds that one file, or the volumes of one patient, may take to homogenize."""

MAX_ANISOTROPY = 3.0
"""Slice distance over pixel size above which a volume is only cut along its own slices."""
