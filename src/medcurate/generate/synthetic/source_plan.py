"""Draw from images of a dataset: each of them in turn, again and again with other random numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.dataset.samples import SampleSet, Storage
from medcurate.errors import UsageError
from medcurate.generate.synthetic.draw_plan import DrawFacts
from medcurate.generate.training.reading import Reading, read_examples

Labels = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True, eq=False)
class SourcePlan:
    """Draw k is made from source k modulo the number of sources.

    Attributes
    ----------
    sources : SampleSet
        With the column ``source``.
    labels : tuple of (str or None, str or None)
        Plane and tumor type of each source.
    conditions : tuple of str
        Labels that the generator is given: those of the source.
    chosen : mapping of str to str
        Labels that were asked for in place of those of the source.
    """

    sources: SampleSet
    labels: tuple[Labels, ...]
    conditions: tuple[str, ...] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)

    def places(self) -> Iterator[int]:
        """Yield the row of the source of draws number 0, 1, 2, ..."""
        return (number % len(self.sources) for number in count())

    def given(self, places: Sequence[int]) -> dict[str, Any]:
        """Return ``labels`` and ``source``, the images."""
        labels = {name: tuple(str(self.label(place, name)) for place in places) for name in self.conditions}
        images: NDArray[Any] = self.sources.columns["source"][np.asarray(places, np.int64)]
        return {"labels": labels, "source": images}

    def facts(self, place: int) -> DrawFacts:
        """Return what is known of the source, with the labels that were asked for."""
        group = self.sources.groups[place] if self.sources.groups else None
        affine = self.sources.columns["affine"][place] if "affine" in self.sources.columns else None
        plane, tumor = self.label(place, "plane"), self.label(place, "tumor")
        return DrawFacts(plane, tumor, self.sources.members[place], group, affine)

    def draws(self, n: int) -> int:
        """Return `n` for each source."""
        return n * len(self.sources)

    def identity(self) -> dict[str, Any]:
        """Return what was asked for, and the digest of the sources."""
        return {
            "balanced": False,
            "classes": dict(sorted(self.chosen.items())),
            "from": {"sources": len(self.sources), "digest": self.sources.digest},
        }

    def label(self, place: int, name: str) -> str | None:
        """Return the plane or tumor type that is asked for, that of the source where none is."""
        plane, tumor = self.labels[place]
        return self.chosen.get(name, plane if name == "plane" else tumor)


def plan_sources(
    dataset: Dataset,
    reading: Reading,
    classes: Mapping[str, tuple[str, ...]],
    *,
    chosen: Mapping[str, str] | None = None,
    storage: Storage | None = None,
) -> tuple[SourcePlan, tuple[str, ...]]:
    """Read the sources of a dataset as those of the training were read.

    Parameters
    ----------
    dataset : Dataset
        The images to draw from, and no others.
    reading : Reading
        Of the training.
    classes : mapping of str to tuple of str
        Condition to the values that the generator knows. Sources with another value are left out.
    chosen : mapping of str to str, optional
        Labels in place of those of the sources.
    storage : Storage, optional
        Where columns go that outgrow memory.

    Returns
    -------
    SourcePlan
    tuple of str
        Notes: what was left out.

    Raises
    ------
    NothingUsable, UsageError
        There is no source, the generator does not know a label that was asked for, or no source has labels that it
        knows.
    """
    chosen = dict(chosen or {})
    for name, value in chosen.items():
        if value not in classes.get(name, ()):
            known = " or ".join(classes.get(name, ())) or f"none, as the generator is not given a {name}"
            raise UsageError(f"--class {name}={value}: expected {known}")
    found = read_examples(dataset, reading.for_sources(), storage=storage)
    plan = SourcePlan(found.samples, found.labels, tuple(classes), chosen)
    known_rows = [
        row
        for row in range(len(found.samples))
        if all(plan.label(row, name) in values for name, values in classes.items())
    ]
    left_out = len(found.samples) - len(known_rows)
    if not known_rows:
        raise UsageError(
            f"--from: no image of {dataset.folder} has a {' and a '.join(classes)} that the generator knows; ask for "
            "one with --class"
        )
    if not left_out:
        return plan, found.notes
    kept = SourcePlan(
        found.samples.select(known_rows), tuple(found.labels[row] for row in known_rows), plan.conditions, chosen
    )
    note = f"--from: {left_out:,} images have labels that the generator does not know, and were left out"
    return kept, (*found.notes, note)
