"""Clusters of copies for the page, from the tables of dedupe."""

from __future__ import annotations

import csv
import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from medcurate.curate.curation_page.original_pixels import Wanted
from medcurate.curate.duplicates.reports import CONFLICTS, DUPLICATES

SHOWN = 12
"""Largest number of clusters shown."""
MEMBERS = 5
"""Largest number of images shown per cluster."""
PIXELS = 104
"""Width and height of their thumbnails (pixels)."""


@dataclass(frozen=True, slots=True)
class Member:
    """One image of a cluster.

    Attributes
    ----------
    caption : str
        Caption: its change compared with the kept image, or its label.
    """

    wanted: Wanted
    caption: str
    kept: bool = False


class Cluster(NamedTuple):
    """A cluster of copies.

    Attributes
    ----------
    number : int
        Number in the table.
    members : list of Member
        The first images, at most `MEMBERS`.
    """

    number: int
    members: list[Member]
    size: int


@dataclass(slots=True)
class Copies:
    """Content of a table of copies.

    Attributes
    ----------
    images : Counter of str
        Number of images by change (``''``: none) or by label.
    """

    clusters: int = 0
    images: Counter[str] = field(default_factory=Counter)
    shown: list[Cluster] = field(default_factory=list)


def read_duplicates(folder: Path) -> Copies | None:
    """Return clusters of copies, the most changed and the largest; None if dedupe was not run."""
    changed: list[tuple[tuple[float, ...], Cluster]] = []
    large: list[tuple[tuple[float, ...], Cluster]] = []
    copies = Copies()
    groups = _groups(folder / DUPLICATES)
    if groups is None:
        return None
    for number, lines in groups:
        copies.clusters += 1
        copies.images.update(line["change"] for line in lines)
        cluster = _of_duplicates(number, lines)
        least = min(float(line["score"]) for line in lines)
        if any(line["change"] for line in lines):
            _keep(changed, (-least, len(lines), -number), cluster)
        _keep(large, (len(lines), -least, -number), cluster)
    order = [cluster for _, cluster in sorted(changed, reverse=True)][: SHOWN // 2]
    for _, cluster in [*sorted(large, reverse=True), *sorted(changed, reverse=True)]:
        if len(order) < SHOWN and cluster.number not in {one.number for one in order}:
            order.append(cluster)
    copies.shown = order
    return copies


def read_conflicts(folder: Path) -> Copies | None:
    """Return clusters with conflicting labels, largest first; None if dedupe was not run."""
    large: list[tuple[tuple[float, ...], Cluster]] = []
    copies = Copies()
    groups = _groups(folder / CONFLICTS)
    if groups is None:
        return None
    for number, lines in groups:
        copies.clusters += 1
        copies.images.update(line["tumor"] for line in lines)
        members = [
            Member(_wanted(line, ""), line["tumor"] or "no label", kept=line["kind"] == "kept")
            for line in lines[:MEMBERS]
        ]
        _keep(large, (len(lines), -number), Cluster(number, members, len(lines)))
    copies.shown = [cluster for _, cluster in sorted(large, reverse=True)]
    return copies


def _groups(path: Path) -> Iterator[tuple[int, list[dict[str, str]]]] | None:
    """Yield the rows of each cluster; None if there is no such table."""
    if not path.is_file():
        return None

    def lines() -> Iterator[tuple[int, list[dict[str, str]]]]:
        with path.open(encoding="utf-8", newline="") as stream:
            for number, found in groupby(csv.DictReader(stream), key=lambda line: line["cluster"]):
                yield int(number), list(found)

    return lines()


def _keep(heap: list[tuple[tuple[float, ...], Cluster]], rank: tuple[float, ...], cluster: Cluster) -> None:
    if len(heap) < SHOWN:
        heapq.heappush(heap, (rank, cluster))
    elif rank > heap[0][0]:
        heapq.heapreplace(heap, (rank, cluster))


def _of_duplicates(number: int, lines: list[dict[str, str]]) -> Cluster:
    """Return a cluster with the kept image first, then the most changed copies."""
    kept = Member(_wanted(lines[0], "kept_"), "kept", kept=True)
    order = sorted(lines, key=lambda line: (not line["change"], float(line["score"])))
    copies = [Member(_wanted(line, ""), _caption(line)) for line in order[: MEMBERS - 1]]
    return Cluster(number, [kept, *copies], len(lines) + 1)


def _caption(line: dict[str, str]) -> str:
    if line["change"]:
        return line["change"].replace("+", ", ")
    return "same file" if line["kind"] == "bytes" else "same pixels"


def _wanted(line: dict[str, str], prefix: str) -> Wanted:
    frame = line[f"{prefix}frame"]
    return Wanted(line[f"{prefix}source"], line[f"{prefix}path"], int(frame) if frame else None, shown=PIXELS)
