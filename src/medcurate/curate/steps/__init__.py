"""What homogenizing does to one picture: pure transforms of a 2-D image or a 3-D volume, its mask and its place.

================================  ==========================================================================
`Picture`                         pixels with spacing, affine, mask, plane and what its values may be
`from_frame`, `from_slices`       pictures of what readers yield
`run`, `run_together`             do a list of steps, to one picture or to the contrasts of one patient
`from_record`, `from_records`     steps again from what was recorded: the same bytes, nothing is measured anew
`preset`, `PRESETS`               lists of steps by name
`Orient`, `Resample`, `CropForeground`, `CropEnds`, `ResampleSlices`, `Resize`, `Pad`        geometry
`Percentile`, `ZScore`, `Scale`, `WhiteStripe`, `Nyul`, `NyulLandmarks`, `N4`, `Quantize`    intensity
`cut_slices`, `CutSlice`, `SliceRule`   from a volume to images
================================  ==========================================================================

A step is a frozen dataclass. Its *settings* are what a user chooses, its *measured* values what it found in one
picture (a crop box, percentiles); `Step.measure` fills them in, `Step.apply` uses them, `Step.record` tells both.

>>> import numpy as np
>>> from medcurate.curate import steps
>>> picture = steps.Picture(pixels=np.pad(np.full((30, 20), 7.0), 10), value_range=(0, 255))
>>> small, records = steps.run(picture, steps.preset("plain-2d", size=16))
>>> small.pixels.shape, [record["step"] for record in records][2]
((16, 16), 'crop_foreground')
>>> again, _ = steps.run(picture, steps.from_records(records))
>>> bool((again.pixels == small.pixels).all())
True
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
