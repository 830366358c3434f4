"""Makes the bundled plane classifier, from training set to model: ``python -m tools.plane_training``.

The approach is that of SynthSeg: slices whose contrast, shape, resolution and artifacts are drawn far beyond what is
realistic, so that a model trained on them has no scanner to get used to (Billot et al., "SynthSeg: Segmentation of
brain MRI scans of any contrast and resolution without retraining", Medical Image Analysis 86 (2023) 102789,
doi:10.1016/j.media.2023.102789). What is drawn on are the MNI152 tissue maps, phantom heads, and the few real sources
whose licenses allow a model trained on them to be shipped.

================  =====================================================================================
`bases`           what slices are made from; each base knows its source, so that a source can be left out
`sampling`        random planes through a head: tilt, size, elastic deformation, ventricles
`appearance`      what a scanner, a tumor and a coil do to a slice
`presentation`    what a program does to it on its way into a folder: crops, text, JPEG, turns
`not_brains`      pictures for the class ``other``
`dataset`         the samples, in blocks that each have their own seed
================  =====================================================================================

Nothing else in medcurate imports this package: it is a tool for making the model, not for using it.
"""

from __future__ import annotations
