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

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medcurate.curate.steps.crop import CropEnds, CropForeground
    from medcurate.curate.steps.intensity import Percentile, Scale, ZScore
    from medcurate.curate.steps.levels import Quantize, dequantize
    from medcurate.curate.steps.n4 import N4
    from medcurate.curate.steps.nyul import Nyul, NyulLandmarks
    from medcurate.curate.steps.orient import Orient
    from medcurate.curate.steps.picture import Picture
    from medcurate.curate.steps.presets import PRESETS, preset
    from medcurate.curate.steps.resample import Resample, ResampleSlices
    from medcurate.curate.steps.running import from_record, from_records, run, run_together
    from medcurate.curate.steps.size import Pad, Resize
    from medcurate.curate.steps.slicing import CutSlice, Slice, SliceRule, cut_slices
    from medcurate.curate.steps.stacking import from_frame, from_slices
    from medcurate.curate.steps.step import Record, Step
    from medcurate.curate.steps.white_stripe import WhiteStripe

_HOME = {
    "CropEnds": "crop",
    "CropForeground": "crop",
    "CutSlice": "slicing",
    "N4": "n4",
    "Nyul": "nyul",
    "NyulLandmarks": "nyul",
    "Orient": "orient",
    "PRESETS": "presets",
    "Pad": "size",
    "Percentile": "intensity",
    "Picture": "picture",
    "Quantize": "levels",
    "Record": "step",
    "Resample": "resample",
    "ResampleSlices": "resample",
    "Resize": "size",
    "Scale": "intensity",
    "Slice": "slicing",
    "SliceRule": "slicing",
    "Step": "step",
    "WhiteStripe": "white_stripe",
    "ZScore": "intensity",
    "cut_slices": "slicing",
    "dequantize": "levels",
    "from_frame": "stacking",
    "from_record": "running",
    "from_records": "running",
    "from_slices": "stacking",
    "preset": "presets",
    "run": "running",
    "run_together": "running",
}

__all__ = [
    "N4",
    "PRESETS",
    "CropEnds",
    "CropForeground",
    "CutSlice",
    "Nyul",
    "NyulLandmarks",
    "Orient",
    "Pad",
    "Percentile",
    "Picture",
    "Quantize",
    "Record",
    "Resample",
    "ResampleSlices",
    "Resize",
    "Scale",
    "Slice",
    "SliceRule",
    "Step",
    "WhiteStripe",
    "ZScore",
    "cut_slices",
    "dequantize",
    "from_frame",
    "from_record",
    "from_records",
    "from_slices",
    "preset",
    "run",
    "run_together",
]


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
