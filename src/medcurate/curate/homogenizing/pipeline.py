"""The lists of steps that the settings of a dataset mean."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from medcurate.curate import defaults
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from medcurate.curate.steps import (
    N4,
    PRESETS,
    CropForeground,
    CutSlice,
    Nyul,
    Orient,
    Pad,
    Percentile,
    Quantize,
    Record,
    Resample,
    Resize,
    Step,
    WhiteStripe,
    ZScore,
    from_record,
    preset,
)
from medcurate.errors import UsageError

OF_IMAGES = "plain-2d"
ZSCORE_LIMITS = (-5.0, 5.0)
"""z-scores that become the lowest and the highest gray level."""
WHITESTRIPE_LIMITS = (-60.0, 60.0)
"""The same in standard deviations of white matter, which are far smaller than those of a whole brain."""
NYUL_LIMITS = (-10.0, 110.0)
"""The same on Nyul's scale, whose landmarks run from 1 to 100."""

_BRIGHTEST = 99.5
_BRIGHTEST_OF_VOLUME = 99.9  # a bright tumor fills more than half a percent of some volumes
NO_CONTRAST = ""
"""Stands for an unknown contrast among Nyul's standards."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What is done to images and to volumes.

    Attributes
    ----------
    standards : mapping of str to tuple of float
        Nyul's standard histogram of each contrast; empty unless it was asked for.

    Raises
    ------
    UsageError
        The preset is not known.
    """

    settings: HomogenizeSettings
    standards: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.settings.preset is not None and self.settings.preset not in PRESETS:
            preset(self.settings.preset)

    def of_image(self, contrast: str | None) -> list[Step]:
        """Return the steps of a 2-D image."""
        steps: list[Step] = [Orient(), Resample(spacing_mm=self.settings.spacing_mm), self._crop()]
        return [*steps, *self._sized(defaults.SIZE), *self._intensity(contrast), *self._squared(defaults.SIZE)]

    def of_volume(self, contrast: str | None, *, across: bool) -> list[Step]:
        """Return the steps of a volume before it is cut; geometry first.

        Parameters
        ----------
        across : bool
            It will be cut along another plane than it was stored in, or not at all: its voxels become cubes. Along its
            own, nothing is made up between the slices.
        """
        settings = self.settings
        if settings.preset not in (None, OF_IMAGES):
            return _preset(str(settings.preset), settings)
        steps: list[Step] = [Orient()]
        if across:
            steps.append(Resample(spacing_mm=settings.spacing_mm))
        steps.append(self._crop())
        if settings.output == "volumes" and settings.size:
            steps += [Resize(size=settings.size), Pad(side=settings.size)]
        return [*steps, *self._intensity(contrast, _BRIGHTEST_OF_VOLUME)]

    def of_slice(self, *, across: bool) -> list[Step]:
        """Return the steps of a slice that was cut from such a volume."""
        steps: list[Step] = [] if across else [Resample(spacing_mm=self.settings.spacing_mm)]
        return [*steps, *self._sized(defaults.SIZE), *self._squared(defaults.SIZE)]

    def of_past(self, past: Sequence[Record], contrast: str | None) -> list[Step]:
        """Return the steps of an image that comes from a dataset: those that made it, if they are what is wanted now.

        Parameters
        ----------
        past : sequence of Record
            What was done to it.
        """
        for record in past:
            if record["step"] == CutSlice.name:
                for across in (False, True):
                    before, after = self.of_volume(contrast, across=across), self.of_slice(across=across)
                    steps = [*before, from_record(record), *after]
                    if is_done(steps, past):
                        return steps
        return self.of_image(contrast)

    def as_record(self) -> dict[str, list[Record]]:
        """Return all lists as JSON has them."""
        lists: dict[str, Sequence[Step]] = {"image": self.of_image(None)}
        for across in (False, True):
            name = "across" if across else "along"
            lists[f"volume cut {name} its slices"] = self.of_volume(None, across=across)
            lists[f"slice cut {name}"] = self.of_slice(across=across)
        return {name: [step.record() for step in steps] for name, steps in lists.items()}

    def _crop(self) -> CropForeground:
        margin = self.settings.margin
        return CropForeground() if margin is None else CropForeground(margin=margin)

    def _size(self, usual: int) -> int:
        return usual if self.settings.size is None else self.settings.size

    def _sized(self, usual: int) -> list[Step]:
        return [Resize(size=self._size(usual))] if self._size(usual) else []

    def _squared(self, usual: int) -> list[Step]:
        size = self._size(usual)
        return [*([Pad(side=size)] if size else []), self._quantized()]

    def _quantized(self) -> Quantize:
        bits = self.settings.bit_depth
        limits = {"zscore": ZSCORE_LIMITS, "whitestripe": WHITESTRIPE_LIMITS, "nyul": NYUL_LIMITS}
        return Quantize(bits=bits, limits=limits.get(self.settings.normalize))

    def _intensity(self, contrast: str | None, brightest: float = _BRIGHTEST) -> list[Step]:
        steps: list[Step] = [N4()] if self.settings.n4 else []
        if self.settings.normalize == "percentile":
            steps.append(Percentile(high=brightest))
        elif self.settings.normalize == "zscore":
            steps.append(ZScore())
        elif self.settings.normalize == "whitestripe":
            steps.append(WhiteStripe())
        elif self.settings.normalize == "nyul" and self.standards:
            steps.append(
                Nyul(standard=self.standards.get(contrast or NO_CONTRAST, next(iter(self.standards.values()))))
            )
        return steps


def is_done(steps: Sequence[Step], past: Sequence[Record]) -> bool:
    """Say whether just these steps, with these settings, were done."""
    wanted = [(step.name, step.record()["settings"]) for step in steps]
    return wanted == [(record["step"], record["settings"]) for record in past]


def _preset(name: str, settings: HomogenizeSettings) -> list[Step]:
    """Return the steps of a preset, with those settings that it takes and the user gave."""
    known = inspect.signature(PRESETS[name]).parameters
    given = {"size": settings.size, "margin": settings.margin, "bits": settings.bit_depth}
    steps = preset(name, **{key: value for key, value in given.items() if key in known and value is not None})
    if settings.output == "volumes" and any(isinstance(step, Quantize) for step in steps):
        raise UsageError(f"preset: {name} is one of images; choose another for --output volumes")
    return steps
