"""Thumbnails and histograms of the page; each file is read once, and memory holds one at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.curation_page.choices import Choice, Row, is_of_volume
from medcurate.curate.curation_page.copies import PIXELS, Copies
from medcurate.curate.curation_page.drawing import thumbnail
from medcurate.curate.curation_page.histograms import foreground_values
from medcurate.curate.curation_page.original_pixels import Original, Wanted, read_originals
from medcurate.curate.curation_page.result_pixels import read_result
from medcurate.curate.sources.inputs import Item, Skipped

PAIR_PIXELS = 160


@dataclass(slots=True)
class Pictures:
    """Result of reading.

    Attributes
    ----------
    shown : dict of Wanted to str
        Originals as ``data:`` URIs, without missing ones.
    hidden : set of Wanted
        Originals that are not shown, because they could identify a person.
    results : dict of str to str
        Path in the dataset to ``data:`` URI, for the pairs.
    before, after : dict of str to list of ndarray
        Source to sampled gray values of each image.
    """

    shown: dict[Wanted, str] = field(default_factory=dict)
    hidden: set[Wanted] = field(default_factory=set)
    results: dict[str, str] = field(default_factory=dict)
    before: dict[str, list[NDArray[np.float32]]] = field(default_factory=dict)
    after: dict[str, list[NDArray[np.float32]]] = field(default_factory=dict)


def wanted_of(row: Row, *, shown: int = 0) -> Wanted:
    """Return the request for the original of a dataset row."""
    frame = None if is_of_volume(row) else row["original_frame"]
    return Wanted(row["source"], row["original_path"], frame, row["original_id"], row["steps"] or "", shown)


def take_pictures(
    dataset: Path,
    folder: Path,
    choice: Choice,
    copies: Iterable[Copies],
    listing: Iterable[Item | Skipped] | None = None,
) -> Pictures:
    """Read the images of the page.

    Parameters
    ----------
    dataset, folder : Path
        Dataset folder, and folder of the scan from which it was made.
    listing : iterable of Item or Skipped, optional
        The files of the input; None walks it.
    """
    pictures = Pictures()
    for row in choice.pairs:
        result = read_result(dataset, row)
        if result is not None:
            pictures.results[row["path"]] = _address(result, PAIR_PIXELS)
    wanted = {wanted_of(row, shown=PAIR_PIXELS) for row in choice.pairs}
    wanted |= {member.wanted for table in copies for cluster in table.shown for member in cluster.members}
    sources: dict[Wanted, str] = {}
    for source, rows in choice.samples.items():
        sources |= {wanted_of(row): source for row in rows}
        results = (read_result(dataset, row) for row in rows)
        pictures.after[source] = [foreground_values(result.pixels) for result in results if result is not None]
    found: dict[Wanted, NDArray[np.float32]] = {}
    for one, original in read_originals(folder, wanted | sources.keys(), listing):
        if one in sources:
            found[one] = foreground_values(original.pixels)
        if one in wanted:
            _show(pictures, one, original)
    for one, source in sources.items():  # in this order, not in file order
        if one in found:
            pictures.before.setdefault(source, []).append(found[one])
    return pictures


def _show(pictures: Pictures, one: Wanted, original: Original) -> None:
    if original.flagged:
        pictures.hidden.add(one)
    else:
        pictures.shown[one] = _address(original, one.shown or PIXELS)


def _address(image: Original, size: int) -> str:
    return thumbnail(np.asarray(image.pixels), size, as_is=image.as_is, aspect=image.aspect)


def limits_of(settings: Any) -> tuple[float, float] | None:
    """Return the range of the gray values of results by definition."""
    if settings.get("output") == "volumes" or not settings.get("bit_depth"):
        return None
    return 0.0, 2.0 ** int(settings["bit_depth"]) - 1
