"""The features of an audit on disk: computed once per image, in workers, and never all in memory."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.curate.audit.features import N_FEATURES, VERSION, describe
from medcurate.curate.sources.row_pixels import RowFile, read_rows, row_files
from medcurate.curate.sources.scan_inputs import recorded_inputs
from medcurate.journal.columns import Columns
from medcurate.journal.store import Journal
from medcurate.parallel import Failure, map_files
from medcurate.readers.options import ReadOptions
from medcurate.run_folder import PRIVATE

FILE = "audit.journal"
PART = 1024  # images stored at a time
N_COMPONENTS = 256
_SAMPLE = 4096  # number of images for the components
_COLUMNS = {"features": np.dtype(("<f2", (N_FEATURES,)))}

Described = list[tuple[int, NDArray[np.float16]]]


class FeatureStore:
    """Features by the identity of the image, in ``DIR/.medcurate/audit.journal``, about 15 kB per image.

    Parameters
    ----------
    folder : Path
        Output folder of `medcurate.curate.scan` or `sort_planes`. Use it only under `run_folder.lock`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._store = Columns(Journal(folder / PRIVATE / FILE, VERSION), _COLUMNS)

    def fill(
        self,
        wanted: NDArray[np.uint64],
        *,
        workers: int | None = None,
        timeout_s: float = 120.0,
        progress: bool | None = None,
        dask: str | None = None,
    ) -> None:
        """Compute the features of the wanted images that have none yet, including those of a killed run."""
        missing = set(np.setdiff1d(wanted, self._store.ids).tolist())
        if not missing:
            return
        function = partial(_describe_file, options=recorded_inputs(self._folder).options)
        results = map_files(
            function,
            _work(self._folder, missing),
            workers=workers,
            timeout_s=timeout_s,
            label="describe",
            progress=progress,
            dask=dask,
        )
        waiting: Described = []
        for _, result in results:
            if not isinstance(result, Failure):
                waiting.extend(result)
            while len(waiting) >= PART:
                self._write(waiting[:PART])
                del waiting[:PART]
        if waiting:
            self._write(waiting)

    def components(self, wanted: NDArray[np.uint64], seed: int) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        """Return which of the images have features, and for those the first principal components.

        Parameters
        ----------
        wanted : ndarray of uint64, shape (n,)
            In an order independent of the files.
        seed : int
            Seed of the choice of images for the components.

        Returns
        -------
        tuple
            ndarray of bool, shape (n,); ndarray of float32, shape (found, at most 256).
        """
        from sklearn.decomposition import PCA

        place = self._store.places(wanted)
        found = np.flatnonzero(place >= 0)
        if not len(found):
            return place >= 0, np.zeros((0, N_COMPONENTS), np.float32)
        sample = np.sort(np.random.default_rng(seed).permutation(found)[:_SAMPLE])
        raw = np.concatenate(list(self._rows(place[sample])))
        pca = PCA(min(N_COMPONENTS, *raw.shape), svd_solver="randomized", random_state=seed).fit(raw)
        return place >= 0, np.concatenate([pca.transform(rows).astype(np.float32) for rows in self._rows(place[found])])

    def _rows(self, places: NDArray[np.int64]) -> Iterator[NDArray[np.float32]]:
        """Yield features in the given order, some thousand rows at a time."""
        for first in range(0, len(places), PART):
            yield self._store.read("features", places[first : first + PART]).astype(np.float32)

    def _write(self, described: Described) -> None:
        ids = np.array([image_id for image_id, _ in described], np.uint64)
        self._store.append(ids, features=np.stack([features for _, features in described]))


def _work(folder: Path, missing: set[int]) -> Iterator[tuple[RowFile, tuple[int, ...]]]:
    """Yield the files that hold the missing images, each with the identities of its wanted rows."""
    waiting: dict[int, int] = {}
    number = 0

    def choose(batch: pa.RecordBatch) -> pa.Array:
        nonlocal number
        chosen = []
        for image_id, kind in zip(batch.column("image_id").to_pylist(), batch.column("kind").to_pylist(), strict=True):
            identity = int(image_id, 16)
            chosen.append(kind == "image" and identity in missing)
            if chosen[-1]:
                missing.discard(identity)  # of copies, the first
                waiting[number] = identity
            number += 1
        return pa.array(chosen, pa.bool_())

    for file in row_files(folder, choose, ("image_id", "kind")):
        yield file, tuple(waiting.pop(row) for row in file.rows)


def _describe_file(item: tuple[RowFile, tuple[int, ...]], options: ReadOptions) -> Described:
    file, ids = item
    identity = dict(zip(file.rows, ids, strict=True))
    return [(identity[row], describe(frame.pixels).astype(np.float16)) for row, frame in read_rows(file, options)]
