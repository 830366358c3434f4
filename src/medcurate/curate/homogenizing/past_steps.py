"""Steps that were applied earlier to images that come from a dataset of medcurate, found by their pixels."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.curate.sources.scan_inputs import recorded_inputs
from medcurate.dataset.layout import SETTINGS


class PastSteps:
    """The recorded steps of the images of some datasets; about a kilobyte per image is held.

    Parameters
    ----------
    datasets : iterable of Path
        Folders that `homogenize` wrote.
    """

    def __init__(self, datasets: Iterable[Path]) -> None:
        tables = [
            Catalogue.open(folder).filter(status="kept", kind="image").to_table(["image_id", "steps"])
            for folder in datasets
        ]
        joined = pa.concat_tables(tables) if tables else None
        self._ids = None if joined is None else joined["image_id"].combine_chunks()
        self._steps = None if joined is None else joined["steps"].combine_chunks()

    @classmethod
    def of_inputs(cls, folder: Path) -> PastSteps:
        """Look for datasets among the inputs of a scan: an input may be one, or its folder of a plane or of a split."""
        places = [Path(root.folder) for root in recorded_inputs(folder).roots]
        near = dict.fromkeys(place for root in places for place in (root, *root.parents[:2]))
        return cls(place for place in near if (place / SETTINGS).is_file() and (place / FILE_NAME).exists())

    def find(self, image_ids: pa.Array) -> pa.Array:
        """Return the steps (JSON) of each image, null where nothing was done to it."""
        if self._ids is None:
            return pa.nulls(len(image_ids), pa.string())
        return pc.take(self._steps, pc.index_in(image_ids, self._ids))
