"""The message where nothing of a dataset is left: which filter removed how many images."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple


class Filtered(NamedTuple):
    """One filter of a selection.

    Attributes
    ----------
    name : str
        Of the column.
    values : sequence
        That were asked for.
    before, after : int
        Images before and after the filter.
    """

    name: str
    values: Sequence[object]
    before: int
    after: int

    @property
    def asked(self) -> str:
        """The filter in words."""
        return f"{self.name} {' or '.join(map(str, self.values))}"


def empty_selection(filters: Sequence[Filtered], have: Sequence[str]) -> str:
    """Say that nothing is left.

    Parameters
    ----------
    filters : sequence of Filtered
        In their order; the last one left nothing.
    have : sequence of str
        Values of that column in the whole dataset.
    """
    last = filters[-1]
    close = [match for value in last.values for match in get_close_matches(str(value), have, 1)]
    meant = f" Did you mean {close[0]}?" if close and close[0] not in map(str, last.values) else ""
    message = f"no image with {last.asked}; the dataset has {', '.join(have) or 'none at all'}.{meant}"
    if len(filters) == 1:
        return message.removesuffix(".")
    removed = [f"{one.asked} removes {one.before - one.after:,}" for one in filters[:-1]]
    return (
        f"{message} Of {filters[0].before:,} images, {', '.join(removed)}, and {last.asked} the other {last.before:,}"
    )
