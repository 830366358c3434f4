"""What is drawn: which labels, attributes or source images draw number k is given.

A plan is a function of k alone, so that neither batches nor a stop change what is drawn, and more draws have the same
beginning. There are three: `LabelPlan`, `AttributePlan` and `SourcePlan`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


class DrawFacts(NamedTuple):
    """What the catalogue says of the images of a draw.

    Attributes
    ----------
    plane, tumor : str or None
        None where not known.
    derived_from : tuple of str
        ``image_id`` of the images that the generator is given; empty where it is given none.
    patient_group : str or None
        Of the source, so that what is derived from a patient never parts from that patient at a split.
    affine : ndarray of float64, shape (4, 4), or None
        Of the source, on the grid of the generator: voxel index to RAS+ (mm).
    """

    plane: str | None
    tumor: str | None
    derived_from: tuple[str, ...] = ()
    patient_group: str | None = None
    affine: NDArray[np.float64] | None = None


class DrawPlan(Protocol):
    """A sequence of draws without an end."""

    def places(self) -> Iterator[int]:
        """Yield, for draws number 0, 1, 2, ..., a number that stands for what the generator is given."""

    def given(self, places: Sequence[int]) -> dict[str, Any]:
        """Return what the generator is given for these places, as the keywords of its `sample`."""

    def facts(self, place: int) -> DrawFacts:
        """Return what is known of the images that are drawn at a place."""

    def draws(self, n: int) -> int:
        """Return how many draws ``--n`` asks for."""

    def identity(self) -> Mapping[str, Any]:
        """Return JSON values that change when another image would be drawn."""


def label_counts(plan: DrawPlan, draws: int) -> dict[tuple[str | None, str | None], int]:
    """Return (plane, tumor) to its number among the first draws."""
    counts: dict[tuple[str | None, str | None], int] = {}
    for place in islice(plan.places(), draws):
        facts = plan.facts(place)
        counts[facts.plane, facts.tumor] = counts.get((facts.plane, facts.tumor), 0) + 1
    return counts
