"""Find identical files in a folder, and verify archives by their published checksums."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from medcurate.datasets_manifest.cards.card_parts import Download
from medcurate.datasets_manifest.cards.folder_counts import files_of
from medcurate.errors import UsageError
from medcurate.progress import ProgressReport


@dataclass(frozen=True, slots=True)
class Copies:
    """Identical files of a folder.

    Attributes
    ----------
    files : int
        Files beyond the first of each content.
    groups : int
        Contents that occur more than once.
    across : tuple of (str, str, int)
        Pairs of folders with their number of common contents, largest first.
    """

    files: int
    groups: int
    across: tuple[tuple[str, str, int], ...]


def find_copies(folder: Path, report: ProgressReport) -> Copies:
    """Find files with the same bytes; only files of equal size are read.

    Parameters
    ----------
    report : ProgressReport
        Advances with each file that is read.
    """
    by_size: dict[int, list[Path]] = defaultdict(list)
    for path in files_of(folder):
        by_size[path.stat().st_size].append(path)
    alike = [path for paths in by_size.values() if len(paths) > 1 for path in paths]
    report.total = len(alike)
    by_content: dict[str, list[Path]] = defaultdict(list)
    for path in alike:
        by_content[digest_of(path, "sha256")].append(path)
        report.advance()
    groups = [paths for paths in by_content.values() if len(paths) > 1]
    across: Counter[tuple[str, str]] = Counter()
    for paths in groups:
        places = sorted({path.parent.relative_to(folder).as_posix() for path in paths})
        across.update((first, second) for number, first in enumerate(places) for second in places[number + 1 :])
    pairs = sorted(((first, second, count) for (first, second), count in across.items()), key=lambda p: (-p[2], p))
    return Copies(sum(len(paths) - 1 for paths in groups), len(groups), tuple(pairs))


def digest_of(path: Path, method: str) -> str:
    """Return the digest of a file as hex digits.

    Raises
    ------
    UsageError
        It cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, method).hexdigest()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def wrong_archives(folder: Path, downloads: Iterable[Download]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Compare the archives in a folder with their published checksums.

    Returns
    -------
    (tuple of str, tuple of str)
        Names with a right and with a wrong checksum.
    """
    right: list[str] = []
    wrong: list[str] = []
    for download in downloads:
        path = folder / download.file
        if download.file and download.checksum and path.is_file():
            method, _, expected = download.checksum.partition(":")
            (right if digest_of(path, method) == expected.lower() else wrong).append(download.file)
    return tuple(right), tuple(wrong)
