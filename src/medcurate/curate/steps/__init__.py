"""Processing steps of homogenize: pure transforms of a 2-D image or 3-D volume with its mask and geometry.

================================  ==========================================================================
`Picture`                         pixels with spacing, affine, mask, plane and value range
`from_frame`, `from_slices`       pictures from the frames of readers
`run`, `run_together`             run a list of steps on one picture or on the contrasts of one patient
`from_record`, `from_records`     steps from records: the same bytes, without new measurements
`preset`, `PRESETS`               lists of steps by name
`Orient`, `Resample`, `CropForeground`, `CropEnds`, `ResampleSlices`, `Resize`, `Pad`        geometry
`Percentile`, `ZScore`, `Scale`, `WhiteStripe`, `Nyul`, `NyulLandmarks`, `N4`, `Quantize`    intensity
`cut_slices`, `CutSlice`, `SliceRule`   from a volume to images
================================  ==========================================================================

A step is a frozen dataclass. The user chooses its *settings*; its *measured* values come from one picture (a crop box,
percentiles). `Step.measure` computes them, `Step.apply` uses them, `Step.record` returns both.

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
