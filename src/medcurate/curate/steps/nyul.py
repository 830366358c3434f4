"""Nyul's histogram matching: map the landmarks of each histogram to those of a standard histogram."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.steps.foreground import foreground
from medcurate.curate.steps.intensity import CONSTANT
from medcurate.curate.steps.picture import Picture
from medcurate.curate.steps.step import MEASURED, Step
from medcurate.errors import MissingExtra, UsageError

PERCENTILES = (1.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 99.0)


@dataclass(frozen=True, kw_only=True)
class NyulLandmarks:
    """The standard histogram: target values of the percentiles of every picture.

    Attributes
    ----------
    standard : tuple of float
        Value of each of `PERCENTILES` (1, 10, 20, ..., 90, 99), ascending, from 1 to 100.
    pictures : int
        Number of pictures it was learned from.
    """

    standard: tuple[float, ...]
    pictures: int

    @classmethod
    def fit(cls, pictures: Iterable[Picture]) -> NyulLandmarks:
        """Learn the standard histogram: the mean landmarks, with the first and last of each picture at 1 and 100.

        Pictures are read one by one and not kept; their order does not matter. Pictures without foreground are skipped.
        Use only the training split if a model will be tested on the others, and one contrast at a time: T1 and T2 have
        no common histogram.

        Raises
        ------
        MissingExtra
            If the package intensity-normalization is not installed.
        UsageError
            If no picture has a foreground of more than one value.
        """
        found = [landmarks for landmarks in map(_scaled_landmarks, pictures) if landmarks is not None]
        if not found:
            raise UsageError("nyul: expected pictures with a foreground of more than one value, received none")
        mean = tuple(math.fsum(values) / len(found) for values in zip(*found, strict=True))
        return cls(standard=mean, pictures=len(found))

    def to_json(self) -> dict[str, Any]:
        """Return JSON-compatible values for `from_json`."""
        return {**asdict(self), "standard": list(self.standard)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Restore landmarks from the values of `to_json`."""
        return cls(standard=tuple(stored["standard"]), pictures=int(stored["pictures"]))


@dataclass(frozen=True, kw_only=True)
class Nyul(Step):
    """Map the percentiles of the foreground to those of a standard histogram, linearly between and beyond them.

    Nyul and Udupa, On standardizing the MR image intensity scale, Magnetic Resonance in Medicine 1999, with the
    percentiles as landmarks of Nyul, Udupa and Zhang, IEEE Transactions on Medical Imaging 2000. The standard is
    learned by the package intensity-normalization (`NyulLandmarks.fit`). Equal landmarks are merged, with the mean of
    their targets.

    Attributes
    ----------
    standard : tuple of float
        As in `NyulLandmarks`.
    landmarks : tuple of float, or None
        Measured: percentiles of the foreground of the picture.
    """

    name: ClassVar[str] = "nyul"
    kind: ClassVar[Literal["geometry", "intensity"]] = "intensity"
    standard: tuple[float, ...] = ()
    landmarks: tuple[float, ...] | None = field(default=None, metadata=MEASURED)

    def __post_init__(self) -> None:
        if len(self.standard) != len(PERCENTILES) or not all(np.diff(self.standard) >= 0):
            raise UsageError(
                f"standard: expected {len(PERCENTILES)} ascending values from NyulLandmarks.fit, "
                f"received {len(self.standard)}"
            )

    def _find(self, picture: Picture) -> dict[str, Any]:
        values = picture.pixels[foreground(picture.pixels)]
        if not values.size:
            return {"skipped": CONSTANT}
        landmarks = np.percentile(values.astype(np.float64), PERCENTILES)
        if not landmarks[-1] > landmarks[0]:
            return {"skipped": "its foreground has one value only"}
        return {"landmarks": tuple(landmarks.tolist())}

    def _change(self, picture: Picture) -> Picture:
        places, which = np.unique(np.asarray(self.landmarks), return_inverse=True)
        becomes = np.bincount(which, self.standard) / np.bincount(which)
        ends = float(picture.pixels.min()), float(picture.pixels.max())
        values = np.interp(picture.pixels, *_extended(places, becomes, ends))
        return picture.replace(pixels=values.astype(np.float32), value_range=None)


def _extended(
    places: NDArray[np.float64], becomes: NDArray[np.float64], ends: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Extend the first and last segment of a piecewise linear map to the range of the values."""
    for end, (near, next_to) in zip(ends, ((0, 1), (-1, -2)), strict=True):
        beyond = end < places[0] if near == 0 else end > places[-1]
        if beyond:
            slope = (becomes[near] - becomes[next_to]) / (places[near] - places[next_to])
            value = becomes[near] + slope * (end - places[near])
            at = 0 if near == 0 else len(places)
            places, becomes = np.insert(places, at, end), np.insert(becomes, at, value)
    return places, becomes


def _scaled_landmarks(picture: Picture) -> NDArray[np.float64] | None:
    """Return the landmarks of one picture on the scale of the standard, None if it has none."""
    library = _library()
    mask = foreground(picture.pixels)
    values = picture.pixels[mask]
    if not values.size or np.ptp(np.percentile(values, (1, 99))) <= 0:
        return None
    image = library.create_image(values)
    everywhere = library.create_image(np.ones(values.shape, np.float32))
    normalizer = library.NyulNormalizer().fit_population([image], [everywhere])
    return np.asarray(normalizer.standard_scale, np.float64)


def _library() -> Any:
    try:
        import intensity_normalization
    except ImportError as error:
        raise MissingExtra(
            ("intensity-normalization",), extra="normalize", purpose="learning Nyul's standard histogram"
        ) from error
    return intensity_normalization
