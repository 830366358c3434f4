"""N4 bias field correction, which removes the smooth shading by receive coils in MR images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.steps.foreground import foreground
from medcurate.curate.steps.intensity import CONSTANT
from medcurate.curate.steps.picture import Picture
from medcurate.curate.steps.step import MEASURED, Step
from medcurate.errors import MissingExtra, UsageError

_LEAST_SIDE = 16  # least number of pixels per side after shrinking
_LEAST_PIXELS = 8
_CONVERGENCE = 0.001


@dataclass(frozen=True, kw_only=True)
class N4(Step):
    """Divide by the bias field that N4 estimates in the foreground (Tustison et al., IEEE Trans. Med. Imaging 2010).

    SimpleITK runs in one thread, so that results are reproducible. The field is estimated on a coarser grid and applied
    at full resolution, scaled to a geometric mean of 1 in the foreground: N4 alone leaves the overall brightness
    undetermined, by up to a half. Applied to its own output it finds a little shading again; `run` with the earlier
    records does not.

    Attributes
    ----------
    shrink : int
        Factor by which the grid of the estimation is coarser.
    iterations : tuple of int
        Largest number of iterations at each level of refinement.
    shrunk_by : int or None
        Measured: `shrink`, or less for a small picture, so that each side keeps 16 pixels.
    """

    name: ClassVar[str] = "n4"
    kind: ClassVar[Literal["geometry", "intensity"]] = "intensity"
    shrink: int = 4
    iterations: tuple[int, ...] = (50, 50, 50, 50)
    shrunk_by: int | None = field(default=None, metadata=MEASURED)

    def __post_init__(self) -> None:
        if self.shrink < 1:
            raise UsageError(f"shrink: expected at least 1, received {self.shrink}")
        if not self.iterations or min(self.iterations) < 1:
            raise UsageError(f"iterations: expected numbers of at least 1, received {self.iterations}")

    def _find(self, picture: Picture) -> dict[str, Any]:
        if picture.pixels.min() < 0:
            return {"skipped": "it has negative values: N4 is for MR images as they were measured"}
        if min(picture.shape) < _LEAST_PIXELS:
            return {"skipped": f"it has a side of fewer than {_LEAST_PIXELS} pixels"}
        if not foreground(picture.pixels).any():
            return {"skipped": CONSTANT}
        return {"shrunk_by": max(1, min(self.shrink, min(picture.shape) // _LEAST_SIDE))}

    def _change(self, picture: Picture) -> Picture:
        inside = foreground(picture.pixels)
        log_bias = _log_bias(picture, inside, self.shrunk_by or 1, self.iterations)
        corrected = picture.pixels / np.exp(log_bias - log_bias[inside].mean())
        return picture.replace(pixels=corrected.astype(np.float32), value_range=None)


def _log_bias(
    picture: Picture, inside: NDArray[np.bool_], shrink: int, iterations: tuple[int, ...]
) -> NDArray[np.float64]:
    """Return the logarithm of the bias field on the grid of the picture."""
    library = _library()
    image = library.GetImageFromArray(np.ascontiguousarray(picture.pixels))
    mask = library.GetImageFromArray(inside.astype(np.uint8))
    if picture.spacing_mm is not None:
        for one in (image, mask):
            one.SetSpacing(picture.spacing_mm[::-1])  # SimpleITK counts axes from the last
    n4 = library.N4BiasFieldCorrectionImageFilter()
    n4.SetNumberOfThreads(1)
    n4.SetMaximumNumberOfIterations(list(iterations))
    n4.SetConvergenceThreshold(_CONVERGENCE)
    factors = [shrink] * picture.pixels.ndim
    n4.Execute(library.Shrink(image, factors), library.Shrink(mask, factors))
    return np.asarray(library.GetArrayFromImage(n4.GetLogBiasFieldAsImage(image)), np.float64)


def _library() -> Any:
    try:
        import SimpleITK
    except ImportError as error:
        raise MissingExtra(("SimpleITK",), extra="n4", purpose="N4 bias field correction") from error
    return SimpleITK
