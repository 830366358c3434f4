"""From a generator and a plan to a stream of images that say how they were drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol, runtime_checkable

import numpy as np

from medcurate.errors import UsageError
from medcurate.generate.references.contract import Contributor
from medcurate.generate.synthetic.draw_plan import DrawPlan
from medcurate.generate.synthetic.made_file import Pixels
from medcurate.generate.synthetic.nifti_files import as_volumes
from medcurate.generate.synthetic.png_files import as_images

_VOLUMES = 5
"""Axes of drawn volumes: draws, x, y, z, channels."""


class ImageGenerator(Protocol):
    """What is needed of a generator; `medcurate.generate.drawing.generator.Generator` has it."""

    @property
    def classes(self) -> Mapping[str, tuple[str, ...]]:
        """Condition to the values that it knows."""

    def sample(self, first: int, n: int, *, seed: int = 0, **given: Any) -> Pixels:
        """Draw images number `first` to `first + n - 1`; each depends on seed, number and what is given for it."""


@runtime_checkable
class TellingGenerator(Protocol):
    """A generator that tells which training images each of its images was put together from."""

    def sample_and_tell(
        self, first: int, n: int, *, seed: int = 0, **given: Any
    ) -> tuple[Pixels, tuple[tuple[Contributor, ...], ...]]:
        """Draw images as `ImageGenerator.sample` does; the contributors of each come second."""


@dataclass(frozen=True, slots=True)
class SampleBatch:
    """Images that were drawn together.

    Attributes
    ----------
    first : int
        Number of the first image; the others follow.
    images : ndarray of uint8 or uint16
        Slices (n, height, width) or (n, height, width, 3), or volumes (n, x, y, z).
    places : tuple of int
        Of each image, the place of its draw in the plan.
    volumes : bool
        Whether they are volumes.
    contributors : tuple of tuple of Contributor
        Of each image, the training images that it was put together from; empty where the generator has learned.
    """

    first: int
    images: Pixels
    places: tuple[int, ...]
    volumes: bool
    contributors: tuple[tuple[Contributor, ...], ...] = ()


def draw_batches(
    generator: ImageGenerator,
    plan: DrawPlan,
    runs: Iterable[tuple[int, int]],
    *,
    seed: int,
    batch: int,
    contrasts: int = 0,
) -> Iterator[SampleBatch]:
    """Yield the images of some runs of draws, at most `batch` draws at a time.

    A generator of several contrasts gives as many images per draw: image number k is channel k % contrasts of draw
    k // contrasts.

    Parameters
    ----------
    generator : ImageGenerator
    plan : DrawPlan
    runs : iterable of (int, int)
        First number of a draw and the one behind the last, ascending.
    seed, batch : int
    contrasts : int
        Channels that are images of their own; 0 where an image is written as it is drawn.

    Raises
    ------
    UsageError
        The generator gives something other than it was asked for.
    """
    every, at = plan.places(), 0
    for begin, stop in runs:
        next(islice(every, begin - at, begin - at), None)
        for first in range(begin, stop, batch):
            places = tuple(islice(every, min(batch, stop - first)))
            given = plan.given(places)
            told: tuple[tuple[Contributor, ...], ...] = ()
            if isinstance(generator, TellingGenerator):
                drawn, told = generator.sample_and_tell(first, len(places), seed=seed, **given)
            else:
                drawn = np.asarray(generator.sample(first, len(places), seed=seed, **given))
            if len(drawn) != len(places):
                raise UsageError(f"the generator was asked for {len(places)} images and drew {len(drawn)}")
            volumes = drawn.ndim == _VOLUMES
            images = as_volumes(drawn, contrasts) if volumes else as_images(drawn, contrasts)
            of_images = tuple(place for place in places for _ in range(max(1, contrasts)))
            of_parts = tuple(parts for parts in told for _ in range(max(1, contrasts)))
            yield SampleBatch(first * max(1, contrasts), images, of_images, volumes, of_parts)
        at = stop
