"""From a generator and a plan of labels to a stream of labeled images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.generate.synthetic.label_plan import LabelPlan
from medcurate.generate.synthetic.png import as_contrasts, as_pictures


class Sampler(Protocol):
    """What is needed of a generator; `medcurate.generate.drawing.generator.Generator` has it."""

    @property
    def classes(self) -> Mapping[str, tuple[str, ...]]:
        """Condition to the values that it knows."""

    def sample(
        self, first: int, n: int, *, seed: int = 0, labels: Mapping[str, tuple[str, ...]] | None = None
    ) -> NDArray[np.uint8]:
        """Draw images number `first` to `first + n - 1`; each depends on seed, number and label alone."""


@dataclass(frozen=True, slots=True)
class SampleBatch:
    """Images that were drawn together.

    Attributes
    ----------
    first : int
        Number of the first image; the others follow.
    images : ndarray of uint8, shape (n, height, width) or (n, height, width, 3)
    kinds : tuple of int
        Of each image, the index into `LabelPlan.kinds`.
    """

    first: int
    images: NDArray[np.uint8]
    kinds: tuple[int, ...]


def draw_batches(
    sampler: Sampler, plan: LabelPlan, runs: Iterable[tuple[int, int]], *, seed: int, batch: int, contrasts: int = 0
) -> Iterator[SampleBatch]:
    """Yield the images of some runs of draws, at most `batch` draws at a time.

    A generator of several contrasts gives as many images a draw: image number k is channel k % contrasts of draw
    k // contrasts.

    Parameters
    ----------
    sampler : Sampler
    plan : LabelPlan
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
    kinds, at = plan.numbers(), 0
    for begin, stop in runs:
        next(islice(kinds, begin - at, begin - at), None)
        for first in range(begin, stop, batch):
            places = tuple(islice(kinds, min(batch, stop - first)))
            drawn = np.asarray(sampler.sample(first, len(places), seed=seed, labels=plan.told(places)))
            if len(drawn) != len(places):
                raise UsageError(f"the generator was asked for {len(places)} images and drew {len(drawn)}")
            images = as_contrasts(drawn, contrasts) if contrasts else as_pictures(drawn)
            kinds_of_images = tuple(place for place in places for _ in range(max(1, contrasts)))
            yield SampleBatch(first * max(1, contrasts), images, kinds_of_images)
        at = stop
