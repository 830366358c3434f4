"""Build the bundled plane classifier, from training set to model: ``python -m tools.plane_training``.

The approach is that of SynthSeg: contrast, shape, resolution and artifacts of slices are randomized far beyond the
realistic range, so that a model trained on them does not depend on a scanner (Billot et al., "SynthSeg: Segmentation of
brain MRI scans of any contrast and resolution without retraining", Medical Image Analysis 86 (2023) 102789,
doi:10.1016/j.media.2023.102789). The slices come from the MNI152 tissue maps, phantom heads, and the few real sources
whose licenses allow a model trained on them to be shipped.

================  =====================================================================================
`bases`           what slices are made from; each base knows its source, so that a source can be left out
`sampling`        random planes through a head: tilt, size, elastic deformation, ventricles
`appearance`      what a scanner, a tumor and a coil do to a slice
`presentation`    what a program does to it on its way into a folder: crops, text, JPEG, turns
`not_brains`      pictures for the class ``other``
`dataset`         the samples, in blocks that each have their own seed
================  =====================================================================================

The package medcurate never imports this one; only ``tools.text_training`` shares its images.
"""

from __future__ import annotations
