"""Check a folder against the card of its dataset: counts, version, copies, checksums."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medcurate.catalogue import table as catalogue
from medcurate.datasets_manifest.cards.card import Card, load, names
from medcurate.datasets_manifest.cards.folder_counts import Comparison, Tally, compare, tally
from medcurate.datasets_manifest.downloads.file_copies import Copies, find_copies, wrong_archives
from medcurate.errors import NothingUsable
from medcurate.progress import ProgressReport

_MOST_FOLDERS = 3


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Content of a folder, compared with its card.

    Attributes
    ----------
    versions : tuple of str
        Versions whose counts, as far as they could be made, are as expected.
    resembles : tuple of str
        Other cards whose counts match the folder.
    nested : tuple of str
        Folders that repeat the content of others.
    copies : Copies or None
        None if a catalogue was used instead of the files.
    """

    card: str
    folder: Path
    files: int
    images: int
    comparisons: tuple[Comparison, ...]
    versions: tuple[str, ...]
    resembles: tuple[str, ...]
    nested: tuple[str, ...]
    copies: Copies | None
    archives_right: tuple[str, ...]
    archives_wrong: tuple[str, ...]

    @property
    def matches(self) -> bool | None:
        """Whether the folder matches the card; None if no count of the card can be made here."""
        if self.archives_wrong:
            return False
        if not self.comparisons:
            return True if self.archives_right else None
        return bool(self.versions)

    @property
    def nearest(self) -> Comparison | None:
        """The comparison with the smallest difference, if none matches."""
        if self.versions or not self.comparisons:
            return None
        return min(self.comparisons, key=lambda comparison: comparison.distance)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-compatible values."""
        return {
            "card": self.card,
            "folder": str(self.folder),
            "files": self.files,
            "images": self.images,
            "matches": self.matches,
            "versions": list(self.versions),
            "resembles": list(self.resembles),
            "counts": [
                {
                    "version": comparison.version,
                    "by": comparison.by,
                    "unit": comparison.unit,
                    "expected": comparison.expected,
                    "found": comparison.found,
                    "matches": comparison.matches,
                    "parts": {name: list(pair) for name, pair in comparison.parts.items()},
                }
                for comparison in self.comparisons
            ],
            "nested": list(self.nested),
            "copies": None if self.copies is None else self.copies.files,
            "copies_between": [] if self.copies is None else [list(pair) for pair in self.copies.across],
            "archives": {"right": list(self.archives_right), "wrong": list(self.archives_wrong)},
        }


def check(card: Card, folder: Path, *, show: bool = True) -> CheckReport:
    """Check whether `folder` holds the dataset of `card`, and which version.

    Parameters
    ----------
    folder : Path
        Folder of the unpacked dataset, or a folder that ``medcurate scan`` wrote, whose catalogue is then used.
    show : bool
        Report progress.

    Raises
    ------
    NothingUsable
        If there is no file in it.
    UsageError
        If it is not a folder or cannot be read.
    """
    found = tally(folder)
    if not found.files:
        raise NothingUsable(f"{folder} holds no files; expected {card.title}. See: medcurate datasets show {card.name}")
    comparisons = _compare_all(card, found)
    scanned = (folder / catalogue.FILE_NAME).exists()
    right, wrong = ((), ()) if scanned else wrong_archives(folder, card.downloads)
    with ProgressReport("compare files", show=show) as report:
        copies = None if scanned else find_copies(folder, report)
    return CheckReport(
        card=card.name,
        folder=folder,
        files=sum(found.files.values()),
        images=sum(found.images.values()),
        comparisons=comparisons,
        versions=_versions(comparisons),
        resembles=tuple(
            name for name in names() if name != card.name and _versions(_compare_all(load(name), found, whole=True))
        ),
        nested=_nested(card, found, comparisons),
        copies=copies,
        archives_right=right,
        archives_wrong=wrong,
    )


def _compare_all(card: Card, found: Tally, *, whole: bool = False) -> tuple[Comparison, ...]:
    """Compare with every count of files; `whole` omits counts whose parts the folder names do not show."""
    compared = (compare(card, count, found) for count in card.expected if count.files)
    return tuple(c for c in compared if not whole or all(part is not None for _, part in c.parts.values()))


def _versions(comparisons: tuple[Comparison, ...]) -> tuple[str, ...]:
    names = dict.fromkeys(comparison.version for comparison in comparisons)
    return tuple(name for name in names if all(c.matches for c in comparisons if c.version == name))


def _nested(card: Card, found: Tally, comparisons: tuple[Comparison, ...]) -> tuple[str, ...]:
    """Return folders that repeat images: a version matches only without them."""
    result: list[str] = []
    matching = _versions(comparisons)
    counted = [count for count in card.expected if count.files and count.version not in matching]
    for folder in found.folders():
        if any(folder.startswith(f"{outer}/") for outer in result):
            continue
        rest = found.without(folder)
        if _versions(tuple(compare(card, count, rest) for count in counted)):
            result.append(folder)
            if len(result) == _MOST_FOLDERS:
                break
    return tuple(result)
