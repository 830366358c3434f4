"""Examples to learn from or to draw from, as named columns: of slices, stacked contrasts, volumes, and patches of them.

Every network of medcurate reads a `SampleSet`, whether it generates, segments or classifies.
"""

from __future__ import annotations

from medcurate.dataset.samples.choice import ColumnChoice, Regions
from medcurate.dataset.samples.patches import read_patches
from medcurate.dataset.samples.regions import found_regions
from medcurate.dataset.samples.sample_set import SampleSet
from medcurate.dataset.samples.slices import read_slices, read_stacks
from medcurate.dataset.samples.storage import Storage
from medcurate.dataset.samples.volumes import VolumeChoice, read_volumes, select_volumes

__all__ = [
    "ColumnChoice",
    "Regions",
    "SampleSet",
    "Storage",
    "VolumeChoice",
    "found_regions",
    "read_patches",
    "read_slices",
    "read_stacks",
    "read_volumes",
    "select_volumes",
]
