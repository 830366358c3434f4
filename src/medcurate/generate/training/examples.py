"""What a training needs to know of its examples, whichever reader made them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from medcurate.learning.feed import Columns


class LabeledExamples(Protocol):
    """Named columns with the meaning of their labels; `medcurate.dataset.samples.SampleSet` has this form."""

    @property
    def columns(self) -> Columns:
        """Each of shape (n, ...), see `medcurate.learning.feed`."""

    @property
    def classes(self) -> Mapping[str, tuple[str, ...]]:
        """Condition to its values, in the order of the column ``labels``."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the columns of ``attributes``."""

    @property
    def ids(self) -> tuple[str, ...]:
        """``image_id`` of everything that was read."""

    @property
    def digest(self) -> str:
        """Changes when anything that a training sees does."""

    def __len__(self) -> int: ...
