"""White-stripe normalization: normal-appearing white matter becomes 0 with unit spread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.steps.foreground import foreground
from medcurate.curate.steps.intensity import CONSTANT, standardized
from medcurate.curate.steps.picture import Picture
from medcurate.curate.steps.step import MEASURED, Step
from medcurate.errors import MissingExtra, UsageError

_MODALITY = {"T1": "T1", "T1ce": "T1", "T2": "T2", "FLAIR": "FLAIR", "PD": "PD"}
_ENOUGH = 50_000  # number of foreground pixels for the density estimate, whose cost grows with it


@dataclass(frozen=True, kw_only=True)
class WhiteStripe(Step):
    """Subtract the mean of the white stripe and divide by its standard deviation.

    The stripe is the set of values around the white-matter mode in the histogram of the foreground (Shinohara et al.,
    Statistical normalization techniques for magnetic resonance imaging, NeuroImage: Clinical 2014): the last mode of T1
    (with or without contrast agent), the largest of T2 and FLAIR, the first of PD. Measured by the package
    intensity-normalization in a regular sample of at most 50,000 pixels. It assumes a skull-stripped brain: in a whole
    head, fat may be the last mode of T1.

    Attributes
    ----------
    contrast : {'T1', 'T1ce', 'T2', 'FLAIR', 'PD'} or None
        None: that of the picture; without a contrast, the step is skipped.
    width : float
        Half the width of the stripe, as a fraction of the foreground, in (0, 0.5].
    mean, std : float or None
        Measured.
    """

    name: ClassVar[str] = "whitestripe"
    kind: ClassVar[Literal["geometry", "intensity"]] = "intensity"
    contrast: str | None = None
    width: float = 0.05
    mean: float | None = field(default=None, metadata=MEASURED)
    std: float | None = field(default=None, metadata=MEASURED)

    def __post_init__(self) -> None:
        if self.contrast is not None and self.contrast not in _MODALITY:
            raise UsageError(f"contrast: expected one of {', '.join(_MODALITY)}, received {self.contrast!r}")
        if not 0 < self.width <= 0.5:
            raise UsageError(f"width: expected a share in (0, 0.5], received {self.width}")

    def _find(self, picture: Picture) -> dict[str, Any]:
        contrast = self.contrast or picture.contrast
        if contrast not in _MODALITY:
            return {"skipped": "its contrast is unknown, and white matter looks different in each"}
        values = picture.pixels[foreground(picture.pixels)]
        if not values.size:
            return {"skipped": CONSTANT}
        return self._stripe(values[:: -(-values.size // _ENOUGH)], _MODALITY[contrast])

    def _stripe(self, values: NDArray[np.float32], modality: str) -> dict[str, Any]:
        library = _library()
        # The library uses values above 0 as the foreground: the shift makes all of the sample positive.
        shift = 1.0 - float(values.min())
        image = library.create_image((values.astype(np.float64) + shift).astype(np.float32))
        normalizer = library.WhiteStripeNormalizer(width=self.width, modality=library.Modality[modality])
        try:
            normalizer.fit(image)
        except Exception as error:
            if type(error).__name__ != "NormalizationError":
                raise
            return {"skipped": "no white stripe was found in its histogram"}
        return {"mean": float(normalizer.mean) - shift, "std": float(normalizer.std)}

    def _change(self, picture: Picture) -> Picture:
        return standardized(picture, self.mean, self.std)


def _library() -> Any:
    try:
        import intensity_normalization
    except ImportError as error:
        raise MissingExtra(
            ("intensity-normalization",), extra="normalize", purpose="white-stripe normalization"
        ) from error
    return intensity_normalization
