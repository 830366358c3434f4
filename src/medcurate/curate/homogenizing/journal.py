"""What is done already: the results of finished jobs, kept so that a stopped run goes on where it was.

SQLite keeps them: a commit is there whole or not at all, however the process ends.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from medcurate.run_folder import PRIVATE, output_errors
from medcurate.sqlite_errors import sqlite_errors

FILE = "homogenize.sqlite"
_LEVEL = 1
_COMMIT = 64  # jobs
_OPEN = 8  # jobs whose rows may lie between those of others

Result = list[dict[str, Any]]
"""What became of a job: a list of JSON-able rows, in order."""


class Journal:
    """Results of jobs by their key, and the place of each row of the catalogue among them.

    Parameters
    ----------
    dataset : Path
        The dataset folder. Use it only under `run_folder.lock`.
    version : str
        What results depend on besides the job; those of another version are forgotten.
    """

    def __init__(self, dataset: Path, version: str) -> None:
        self._path = dataset / PRIVATE / FILE
        self._waiting = 0
        with output_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._open(version)
        except sqlite3.DatabaseError:  # damaged: what it held is done again
            self._remove()
            self._open(version)

    def _open(self, version: str) -> None:
        with sqlite_errors(self._path, corrupt=True):
            self._base = sqlite3.connect(self._path, check_same_thread=False)
            # A lost commit costs work that is done again, never a wrong result.
            self._base.execute("PRAGMA synchronous = OFF")
            self._base.execute("PRAGMA quick_check").fetchall()
            self._base.execute("CREATE TABLE IF NOT EXISTS about (version TEXT)")
            if self._base.execute("SELECT version FROM about").fetchall() != [(version,)]:
                self._base.execute("DROP TABLE IF EXISTS results")
                self._base.execute("DELETE FROM about")
                self._base.execute("INSERT INTO about VALUES (?)", (version,))
            self._base.execute("CREATE TABLE IF NOT EXISTS results (key BLOB PRIMARY KEY, body BLOB) WITHOUT ROWID")
            self._base.execute("DROP TABLE IF EXISTS places")
            self._base.execute("CREATE TABLE places (row INTEGER PRIMARY KEY, key BLOB, first INTEGER)")
            self._base.commit()

    def _remove(self) -> None:
        self._base.close()
        with output_errors(self._path):
            for suffix in ("", "-journal"):
                Path(f"{self._path}{suffix}").unlink(missing_ok=True)

    def find(self, key: bytes) -> Result | None:
        """Return the result of a job, None if it is not done."""
        with sqlite_errors(self._path):
            found = self._base.execute("SELECT body FROM results WHERE key = ?", (key,)).fetchone()
        return None if found is None else json.loads(zlib.decompress(found[0]))

    def place(self, rows: Collection[int], key: bytes) -> None:
        """Remember that these rows of the catalogue belong to this job."""
        first = min(rows)
        with sqlite_errors(self._path):
            self._base.executemany("INSERT INTO places VALUES (?, ?, ?)", ((row, key, first) for row in rows))

    def put(self, key: bytes, result: Result) -> None:
        """Keep the result of a job."""
        body = zlib.compress(json.dumps(result, separators=(",", ":")).encode("ascii"), _LEVEL)
        with sqlite_errors(self._path):
            self._base.execute("INSERT OR REPLACE INTO results VALUES (?, ?)", (key, body))
            self._waiting += 1
            if self._waiting >= _COMMIT:
                self.commit()

    def commit(self) -> None:
        """Write to the disk what is not there yet."""
        with sqlite_errors(self._path):
            self._base.commit()
        self._waiting = 0

    def results(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield row of the catalogue and what became of it, ascending; a row may come several times, or not at all."""
        query = "SELECT row, first, key, body FROM places JOIN results USING (key) ORDER BY row"
        open_jobs: dict[bytes, dict[int, list[dict[str, Any]]]] = {}
        for row, first, key, body in self._base.execute(query):
            if key not in open_jobs:
                while len(open_jobs) >= _OPEN:
                    del open_jobs[next(iter(open_jobs))]
                open_jobs[key] = {}
                for line in json.loads(zlib.decompress(body)):
                    open_jobs[key].setdefault(line["row"] + first, []).append(line)
            for line in open_jobs[key].get(row, ()):
                yield row, line

    def forget_others(self) -> None:
        """Forget jobs that are not of this run."""
        with sqlite_errors(self._path):
            self._base.execute("DELETE FROM results WHERE key NOT IN (SELECT key FROM places)")
            self._base.commit()

    def close(self) -> None:
        """Write what is not written, and close."""
        with sqlite_errors(self._path):
            self._base.commit()
            self._base.close()
