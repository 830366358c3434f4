"""What `dedupe` needs of the search for changed copies: the pairs, what it learned of each image, and likenesses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from medcurate.curate.clusters import Pairs
from medcurate.curate.duplicate_marks import Column
from medcurate.curate.patient_groups import Likeness


@dataclass(frozen=True, slots=True)
class Near:
    """Changed copies, and what was learned on the way.

    Attributes
    ----------
    pairs : Pairs
        By row numbers of the catalogue.
    likeness : Likeness or None
        Rows that may show one head.
    columns : mapping of str to callable
        Values of ``perceptual_hash`` and ``sharpness``.
    notes : tuple of str
        What a user should know, e.g. of files that cannot be read any more.
    """

    pairs: Pairs
    likeness: Likeness | None = None
    columns: Mapping[str, Column] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def none(cls) -> Near:
        """Return that there are none."""
        return cls(Pairs.none())


def find_near(folder: Path, *, workers: int | None, dask: str | None, timeout_s: float, progress: bool | None) -> Near:
    """Search the images of a catalogue for changed copies."""
    raise NotImplementedError
