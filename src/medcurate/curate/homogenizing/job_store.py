"""The results of finished jobs, kept in a journal so that a stopped run continues where it was."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from medcurate.curate.homogenizing.records import ImageRecord
from medcurate.journal.store import Journal
from medcurate.run_folder import PRIVATE

FILE = "homogenize.journal"
_LEVEL = 1  # of compression: fast, and the steps of images are much alike
_OPEN = 8  # jobs whose rows may lie between those of others
_NONE = -1


class JobStore:
    """Results of jobs by their key, and the place of each row of the catalogue among them.

    Use it as a context manager.

    Parameters
    ----------
    dataset : Path
        The dataset folder. Use it only under `run_folder.lock`.
    version : str
        Everything that results depend on besides the job; those of another version are discarded.
    n_rows : int
        Rows of the catalogue.
    """

    def __init__(self, dataset: Path, version: str, n_rows: int) -> None:
        self._journal = Journal(dataset / PRIVATE / FILE, version)
        self._job = np.full(n_rows, _NONE, np.int32)  # of each row, index into the two lists
        self._keys: list[bytes] = []
        self._first_rows: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()

    def place(self, rows: Collection[int], key: bytes) -> None:
        """Remember that these rows of the catalogue belong to this job."""
        self._job[list(rows)] = len(self._keys)
        self._keys.append(key)
        self._first_rows.append(min(rows))

    def find(self, key: bytes) -> list[ImageRecord] | None:
        """Return the result of a job, None if it is not done."""
        content = self._journal.get(key)
        return None if content is None else [ImageRecord(**values) for values in json.loads(zlib.decompress(content))]

    def put(self, key: bytes, records: Sequence[ImageRecord]) -> None:
        """Keep the result of a job.

        Raises
        ------
        OutputError
            The disk refuses.
        """
        content = json.dumps([record.as_json() for record in records], separators=(",", ":")).encode("ascii")
        self._journal.put(key, zlib.compress(content, _LEVEL))

    def results(self) -> Iterator[tuple[int, ImageRecord]]:
        """Yield rows of the catalogue, ascending, and their records; a row may come several times, or not at all."""
        open_jobs: dict[int, dict[int, list[ImageRecord]]] = {}
        for row in np.flatnonzero(self._job != _NONE).tolist():
            job = int(self._job[row])
            if job not in open_jobs:
                while len(open_jobs) >= _OPEN:
                    del open_jobs[next(iter(open_jobs))]
                open_jobs[job] = self._by_row(job)
            for record in open_jobs[job].get(row, ()):
                yield row, record

    def _by_row(self, job: int) -> dict[int, list[ImageRecord]]:
        found: dict[int, list[ImageRecord]] = {}
        for record in self.find(self._keys[job]) or ():
            found.setdefault(record.row + self._first_rows[job], []).append(record)
        return found

    def forget_others(self) -> None:
        """Free the space of jobs that are not of this run."""
        self._journal.prune(set(self._keys))
