"""Count the files of a folder, by folder and by class, and compare them with the counts of a card."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from medcurate.catalogue import Catalogue
from medcurate.catalogue import table as catalogue
from medcurate.datasets_manifest.cards.card import Card
from medcurate.datasets_manifest.cards.card_parts import Count
from medcurate.errors import UsageError

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".mat", ".nii", ".nii.gz", ".mha", ".dcm")
_MOST_FOLDERS = 200
_LITTER = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class Tally:
    """Number of files and images per folder.

    Attributes
    ----------
    images : Counter of (str, str or None)
        By folder (relative to the root, with ``/``) and tumor type, if a catalogue states it.
    files : Counter of str
        All files, by folder.
    """

    images: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)

    def without(self, folder: str) -> Tally:
        """Return the tally without one folder and all below it."""
        return Tally(
            Counter({key: count for key, count in self.images.items() if not _within(key[0], folder)}),
            Counter({name: count for name, count in self.files.items() if not _within(name, folder)}),
        )

    def folders(self) -> list[str]:
        """Return the folders of the upper three levels, outermost first; at most 200."""
        found = {"/".join(parts[:depth]) for name in self.files if (parts := name.split("/")) for depth in range(1, 4)}
        return sorted(found - {""}, key=lambda name: (name.count("/"), name))[:_MOST_FOLDERS]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One expected count of a card, with the count found.

    Attributes
    ----------
    version, by, unit : str
        As in `Count`.
    expected, found : int
        Totals.
    parts : mapping of str to (int, int or None)
        Expected and found; None if the folder names do not show the part.
    """

    version: str
    by: str
    unit: str
    expected: int
    found: int
    parts: Mapping[str, tuple[int, int | None]]

    @property
    def matches(self) -> bool:
        """Whether all counts that could be made are as expected."""
        return self.expected == self.found and all(found in (None, expected) for expected, found in self.parts.values())

    @property
    def distance(self) -> int:
        """Number of files by which it differs."""
        return abs(self.expected - self.found)


def tally(folder: Path) -> Tally:
    """Count the files of a folder, or the images of the catalogue in it.

    Hidden files and litter are not counted; links are not followed.

    Raises
    ------
    UsageError
        If it is not a folder or cannot be read.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; expected the folder into which the dataset was unpacked")
    if (folder / catalogue.FILE_NAME).exists():
        return _of_catalogue(Catalogue.open(folder))
    result = Tally()
    for path in files_of(folder):
        parent = path.parent.relative_to(folder).as_posix()
        parent = "" if parent == "." else parent
        result.files[parent] += 1
        if path.name.lower().endswith(IMAGE_SUFFIXES):
            result.images[parent, None] += 1
    return result


def files_of(folder: Path) -> Iterator[Path]:
    """Yield the regular files of a folder, sorted, without hidden ones and litter."""

    def stop(error: OSError) -> None:
        raise UsageError(f"cannot read {error.filename}: {error.strerror}")

    for place, folders, names in os.walk(folder, onerror=stop):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__MACOSX")
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and name.lower() not in _LITTER and path.is_file() and not path.is_symlink():
                yield path


def compare(card: Card, count: Count, found: Tally) -> Comparison:
    """Compare one expectation of a card with a tally.

    Parameters
    ----------
    card : Card
        Its label map assigns folders to classes.
    count : Count
        Of files.
    """
    total = sum(found.files.values()) if count.unit == "files" else sum(found.images.values())
    if count.by == "class":
        classes = _by_class(card, count, found)
        parts = {part: (expected, classes[part] if classes else None) for part, expected in count.parts.items()}
    else:
        parts = {part: (expected, _below(part, found)) for part, expected in count.parts.items()}
        if count.by == "folder":  # a dataset may hold further folders
            total = sum(number or 0 for _, number in parts.values()) if count.parts else total
    return Comparison(count.version, count.by, count.unit, count.total, total, parts)


def _by_class(card: Card, count: Count, found: Tally) -> Counter[str]:
    result: Counter[str] = Counter()
    for (folder, tumor), number in found.images.items():
        part = _class_of(folder, card, count) or _part_of_tumor(tumor, card, count)
        if part is not None:
            result[part] += number
    return result


def _class_of(folder: str, card: Card, count: Count) -> str | None:
    """Return the class named by the innermost folder."""
    names = {part.casefold(): part for part in count.parts}
    for component in reversed(folder.split("/")):
        if component.casefold() in names:
            return names[component.casefold()]
        if (tumor := card.tumor_of(component)) and (part := _part_of_tumor(tumor, card, count)):
            return part
    return None


def _part_of_tumor(tumor: str | None, card: Card, count: Count) -> str | None:
    if tumor is None:
        return None
    return next((part for part in count.parts if tumor in (part, card.tumor_of(part))), None)


def _below(part: str, found: Tally) -> int:
    wanted = f"/{part.casefold()}/"
    return sum(number for (folder, _), number in found.images.items() if wanted in f"/{folder.casefold()}/")


def _of_catalogue(rows: Catalogue) -> Tally:
    result = Tally()
    for batch in rows.filter(kind="image").batches(["path", "tumor"]):
        paths, tumors = (column.to_pylist() for column in batch.columns)
        for path, tumor in zip(paths, tumors, strict=True):
            folder = path.replace("!", "/").rpartition("/")[0]
            result.images[folder, tumor] += 1
            result.files[folder] += 1
    return result


def _within(name: str, folder: str) -> bool:
    return name == folder or name.startswith(f"{folder}/")
