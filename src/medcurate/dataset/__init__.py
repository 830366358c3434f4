"""The dataset folder: what `homogenize` and `generate` write, and what training and evaluation read.

`Dataset.open` also takes a plain folder of class sub-folders with images.
"""

from __future__ import annotations

from medcurate.dataset.reading import Batch, Dataset
from medcurate.dataset.volumes import VolumeSet

__all__ = ["Batch", "Dataset", "VolumeSet"]
