"""The features of an audit on disk: taken once an image, in workers, and never all in memory."""

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
from medcurate.parallel import Failure, map_files
from medcurate.readers.options import ReadOptions
from medcurate.run_folder import PRIVATE, atomic_write, digest, output_errors

FOLDER = "audit"
PART = 1024
N_COMPONENTS = 256
_SAMPLE = 4096  # images that the components are learned from
_DIGEST = 32
_RECORD = np.dtype([("image_id", "<u8"), ("features", "<f2", (N_FEATURES,))])

Described = list[tuple[int, NDArray[np.float16]]]


class FeatureStore:
    """Features by the identity of the image, in ``DIR/.medcurate/audit``, about 15 kB each.

    Parameters
    ----------
    folder : Path
        Where `medcurate.curate.scan` or `sort_planes` wrote. Use it only under `run_folder.lock`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._place = folder / PRIVATE / FOLDER / VERSION
        with output_errors(self._place):
            self._place.mkdir(parents=True, exist_ok=True)
        self._paths: list[Path] = []
        self._ids: list[NDArray[np.uint64]] = []
        for path in sorted(self._place.glob("part-*.features")):
            self._take(path)

    def fill(
        self,
        wanted: NDArray[np.uint64],
        *,
        workers: int | None = None,
        timeout_s: float = 120.0,
        progress: bool | None = None,
        dask: str | None = None,
    ) -> None:
        """Take the features of the wanted images that have none yet; what a killed run has taken is not taken again."""
        missing = set(np.setdiff1d(wanted, self._known()).tolist())
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
            In an order that does not depend on that of the files.
        seed : int
            Chooses the images that the components are learned from.

        Returns
        -------
        tuple
            ndarray of bool, shape (n,); ndarray of float32, shape (found, at most 256).
        """
        from sklearn.decomposition import PCA

        place = self._places(wanted)
        found = np.flatnonzero(place >= 0)
        if not len(found):
            return place >= 0, np.zeros((0, N_COMPONENTS), np.float32)
        sample = np.sort(np.random.default_rng(seed).permutation(found)[:_SAMPLE])
        raw = np.concatenate(list(self._rows(place[sample])))
        pca = PCA(min(N_COMPONENTS, *raw.shape), svd_solver="randomized", random_state=seed).fit(raw)
        return place >= 0, np.concatenate([pca.transform(rows).astype(np.float32) for rows in self._rows(place[found])])

    def _known(self) -> NDArray[np.uint64]:
        return np.concatenate(self._ids) if self._ids else np.zeros(0, np.uint64)

    def _places(self, wanted: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the line of each image among those of all parts, -1 where there is none."""
        known = self._known()
        order = np.argsort(known, kind="stable")
        at = np.searchsorted(known[order], wanted)
        place = np.full(len(wanted), -1, np.int64)
        inside = np.flatnonzero(at < len(known))
        hit = inside[known[order[at[inside]]] == wanted[inside]]
        place[hit] = order[at[hit]]
        return place

    def _rows(self, places: NDArray[np.int64]) -> Iterator[NDArray[np.float32]]:
        """Yield features in the order asked for, some thousand rows at a time."""
        starts = np.cumsum([0, *(len(ids) for ids in self._ids)])
        parts = [
            np.memmap(path, _RECORD, "r", _DIGEST, (len(ids),))
            for path, ids in zip(self._paths, self._ids, strict=True)
        ]
        for first in range(0, len(places), PART):
            chosen = places[first : first + PART]
            rows = np.empty((len(chosen), N_FEATURES), np.float32)
            part_of = np.searchsorted(starts, chosen, side="right") - 1
            for part in np.unique(part_of):
                here = part_of == part
                rows[here] = parts[part]["features"][chosen[here] - starts[part]]
            yield rows

    def _write(self, described: Described) -> None:
        records = np.zeros(len(described), _RECORD)
        records["image_id"] = [image_id for image_id, _ in described]
        records["features"] = [features for _, features in described]
        number = max((int(path.stem[5:]) for path in self._place.glob("part-*.features")), default=-1) + 1
        path = self._place / f"part-{number:06d}.features"
        body = records.tobytes()
        with atomic_write(path, durable=False) as stream:
            stream.write(digest(body))
            stream.write(body)
        self._take(path)

    def _take(self, path: Path) -> None:
        """Add a part, unless it is torn or was changed; then its images are described again."""
        body = path.read_bytes()
        if (len(body) - _DIGEST) % _RECORD.itemsize == 0 and digest(memoryview(body)[_DIGEST:]) == body[:_DIGEST]:
            self._paths.append(path)
            self._ids.append(np.frombuffer(body, _RECORD, offset=_DIGEST)["image_id"].astype(np.uint64))


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
