"""Which images were generated already: number, ID and file of each, kept so that a stopped run continues."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from medcurate.journal.store import Journal
from medcurate.run_folder import PRIVATE

FILE = "generate.journal"


class Drawn(NamedTuple):
    """One generated image.

    Attributes
    ----------
    number : int
        Its place in the sequence of draws, from 0.
    id : str
        The ``image_id`` of its pixels.
    path : str
        Its file, relative to the dataset folder.
    sha256 : str
        Of the file.
    kind : int
        Index into `LabelPlan.kinds`.
    height, width : int
        In pixels.
    """

    number: int
    id: str
    path: str
    sha256: str
    kind: int
    height: int
    width: int


class DrawnImages:
    """The images of a dataset folder that were generated, in the order of their numbers.

    About 100 bytes per image are held in memory.

    Parameters
    ----------
    dataset : Path
        Use it only under `run_folder.lock`.
    version : str
        All that an image depends on besides its number; those of another version are forgotten.

    Raises
    ------
    OutputError
        The journal cannot be read or written.
    """

    def __init__(self, dataset: Path, version: str) -> None:
        self._dataset = dataset
        self._journal = Journal(dataset / PRIVATE / FILE, version)
        self._removed: dict[str, str] = {}
        self._first: dict[str, int] = {}
        self._index()

    def _index(self) -> None:
        """Find the first image with each ID, and the removed ones."""
        self._first.clear()
        for key, value in self._journal.items():
            if key.startswith(_REMOVED):
                self._removed[key.removeprefix(_REMOVED).decode()] = value.decode()
            else:
                self._note(_drawn(int(key), value))

    def _note(self, image: Drawn) -> None:
        self._first[image.id] = min(image.number, self._first.get(image.id, image.number))

    def remove(self, reasons: Iterable[tuple[str, str]]) -> None:
        """Remember the IDs of images that were removed from the dataset, and why: they do not come back."""
        for image_id, reason in reasons:
            if self._removed.get(image_id) != reason:
                self._journal.put(_REMOVED + image_id.encode(), reason.encode())
                self._removed[image_id] = reason

    def missing(self, n: int) -> list[tuple[int, int]]:
        """Return the runs (first, stop) of images below `n` that are not generated, or whose file is not whole."""
        runs, first = [], 0
        for image, original, reason in self.rows(n):
            if reason is not None or image is not original or self._is_whole(image):
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
        return image_id not in self._removed and self._first.get(image_id, number) >= number

    def has_file(self, path: str, n: int) -> bool:
        """Say whether the file at `path` is that of an image below `n`."""
        image_id = PurePosixPath(path).stem
        number = self._first.get(image_id, n)
        image = self._at(number) if number < n and image_id not in self._removed else None
        return image is not None and image.path == path

    def put(self, images: Iterable[Drawn]) -> None:
        """Remember images whose files are written."""
        changed = False
        for image in images:
            before = self._at(image.number)
            changed = changed or (before is not None and before.id != image.id)
            self._journal.put(b"%d" % image.number, json.dumps(image[1:]).encode())
            self._note(image)
        if changed:
            self._index()

    def rows(self, n: int) -> Iterator[tuple[Drawn, Drawn, str | None]]:
        """Yield each image below `n`, the first with the same pixels (maybe itself), and why that was removed."""
        for number in range(n):
            image = self._at(number)
            if image is not None:
                first = self._first[image.id]
                original = image if first == number else self._at(first)
                yield image, original or image, self._removed.get(image.id)

    def _at(self, number: int) -> Drawn | None:
        value = self._journal.get(b"%d" % number)
        return None if value is None else _drawn(number, value)

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()


_REMOVED = b"removed/"


def _drawn(number: int, value: bytes) -> Drawn:
    return Drawn(number, *json.loads(value))
