"""Does anatomy sit where it should? Masks against masks, and what a segmenter learns from real and synthetic images.

====================  ==============================================================================================
`part`                what an evaluation calls: which of the three comparisons apply, and what they found
`overlap`, `surface`  Dice and Jaccard; Hausdorff and surface distances, of two masks in 2-D or 3-D
`regions`             whole tumor, tumor core and enhancing tumor from labels, in each numbering
`agreement`           the same of many pairs of label maps: by region and patient, with intervals
`mask_pairs`          real and synthetic masks that belong together
`examples`            images and masks as a network wants them, on disk
`segmenter`           a U-Net: train it, and let it find regions
`training_sets`       real, mixed and synthetic training sets, tested on held-out patients
====================  ==============================================================================================
"""

from __future__ import annotations
