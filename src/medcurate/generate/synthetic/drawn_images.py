"""What was drawn already: number, ID and file of each image, kept so that a stopped run goes on where it was.

SQLite keeps them: a commit is there whole or not at all, however the process ends.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from medcurate.run_folder import PRIVATE, output_errors
from medcurate.sqlite_errors import sqlite_errors

FILE = "generate.sqlite"
RECORD = 2
"""Version of what is kept of an image; those of another version are drawn again."""
_COLUMNS = "number INTEGER PRIMARY KEY, id TEXT, path TEXT, sha256 TEXT, place INTEGER, columns TEXT"


class Drawn(NamedTuple):
    """One image that was drawn.

    Attributes
    ----------
    number : int
    id : str
        Of its pixels.
    path : str
        Within the dataset.
    sha256 : str
        Of the file that it makes.
    place : int
        Of its draw in the plan.
    columns : str
        JSON: the columns of the catalogue that the file decides, see `MadeFile`.
    """

    number: int
    id: str
    path: str
    sha256: str
    place: int
    columns: str


class DrawnImages:
    """The images of a dataset folder that were drawn, in the order of their numbers.

    Parameters
    ----------
    dataset : Path
        Use it only under `run_folder.lock`.
    version : str
        All that an image depends on besides its number; those of another version are forgotten.
    """

    def __init__(self, dataset: Path, version: str) -> None:
        self._dataset = dataset
        self._path = dataset / PRIVATE / FILE
        with output_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._open(version)
        except sqlite3.DatabaseError:  # damaged: what it held is drawn again
            self._base.close()
            with output_errors(self._path):
                for suffix in ("", "-journal"):
                    Path(f"{self._path}{suffix}").unlink(missing_ok=True)
            self._open(version)

    def _open(self, version: str) -> None:
        with sqlite_errors(self._path, corrupt=True):
            self._base = sqlite3.connect(self._path)
            # A lost commit costs images that are drawn again, never a wrong one.
            self._base.execute("PRAGMA synchronous = OFF")
            self._base.execute("PRAGMA quick_check").fetchall()
            self._base.execute("CREATE TABLE IF NOT EXISTS about (version TEXT)")
            if self._base.execute("SELECT version FROM about").fetchall() != [(version,)]:
                self._base.execute("DROP TABLE IF EXISTS images")
                self._base.execute("DROP TABLE IF EXISTS removed")
                self._base.execute("DELETE FROM about")
                self._base.execute("INSERT INTO about VALUES (?)", (version,))
            self._base.execute(f"CREATE TABLE IF NOT EXISTS images ({_COLUMNS})")
            self._base.execute("CREATE INDEX IF NOT EXISTS ids ON images (id, number)")
            self._base.execute("CREATE INDEX IF NOT EXISTS paths ON images (path)")
            self._base.execute("CREATE TABLE IF NOT EXISTS removed (id TEXT PRIMARY KEY, reason TEXT)")
            self._base.commit()

    def remove(self, reasons: Iterable[tuple[str, str]]) -> None:
        """Remember the IDs of images that were removed from the dataset, and why: they do not come back."""
        with sqlite_errors(self._path):
            self._base.executemany("INSERT OR REPLACE INTO removed VALUES (?, ?)", reasons)
            self._base.commit()

    def missing(self, n: int) -> list[tuple[int, int]]:
        """Return the runs (first, stop) of images below `n` that are not drawn, or whose file is not whole."""
        runs, first = [], 0
        for image, is_first, reason in self._rows(n):
            if reason is not None or not is_first or self._is_whole(image):
                if first < image.number:
                    runs.append((first, image.number))
                first = image.number + 1
        return [*runs, (first, n)] if first < n else runs

    def _is_whole(self, image: Drawn) -> bool:
        try:
            return hashlib.sha256((self._dataset / image.path).read_bytes()).hexdigest() == image.sha256
        except OSError:
            return False

    def makes_file(self, image_id: str, number: int) -> bool:
        """Say whether image `number` is to have a file: it was not removed, and none before it has its pixels."""
        with sqlite_errors(self._path):
            query = (
                "SELECT EXISTS (SELECT 1 FROM images WHERE id = ? AND number < ?) "
                "OR EXISTS (SELECT 1 FROM removed WHERE id = ?)"
            )
            return not self._base.execute(query, (image_id, number, image_id)).fetchone()[0]

    def has_file(self, path: str, n: int) -> bool:
        """Say whether the file at `path` is that of an image below `n`."""
        with sqlite_errors(self._path):
            query = (
                "SELECT images.number, (SELECT MIN(number) FROM images AS other WHERE other.id = images.id) "
                "FROM images WHERE path = ? AND number < ? AND id NOT IN (SELECT id FROM removed)"
            )
            return any(number == first for number, first in self._base.execute(query, (path, n)))

    def put(self, images: Iterable[Drawn]) -> None:
        """Remember images whose files are written."""
        with sqlite_errors(self._path):
            self._base.executemany("INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?, ?, ?)", images)
            self._base.commit()

    def rows(self, n: int) -> Iterator[tuple[Drawn, Drawn, str | None]]:
        """Yield each image below `n`, the first with the same pixels (maybe itself), and why that was removed."""
        for image, is_first, reason in self._rows(n):
            yield image, image if is_first else self._first(image.id), reason

    def _rows(self, n: int) -> Iterator[tuple[Drawn, bool, str | None]]:
        query = (
            "SELECT images.*, NOT EXISTS (SELECT 1 FROM images AS other WHERE other.id = images.id AND other.number < "
            "images.number), reason FROM images LEFT JOIN removed USING (id) WHERE number < ? ORDER BY number"
        )
        with sqlite_errors(self._path):
            for *image, is_first, reason in self._base.execute(query, (n,)):
                yield Drawn(*image), bool(is_first), reason

    def _first(self, image_id: str) -> Drawn:
        query = "SELECT * FROM images WHERE id = ? ORDER BY number LIMIT 1"
        return Drawn(*self._base.execute(query, (image_id,)).fetchone())

    def close(self) -> None:
        """Close it."""
        with sqlite_errors(self._path):
            self._base.close()
