"""Select a few images for the page, spread over the dataset and reproducible."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pyarrow.compute as pc

from medcurate.catalogue import Catalogue
from medcurate.errors import Code

PAIRS = 8
"""Number of images shown before and after processing."""
SAMPLE = 40
"""Largest number of images per source for its histogram."""
VOLUMES = 12
"""The same for images from volumes, which take longer to read."""
SOURCES = 12
"""Largest number of sources with a histogram."""

HIDDEN = frozenset({Code.BURNED_IN, Code.FACE})
"""Notes of images that are never shown."""

_COLUMNS = ("image_id", "path", "source", "kind", "plane", "tumor", "contrast", "notes")
_OF_CHOSEN = (
    *_COLUMNS, "split", "height", "width", "depth", "spacing_mm", "original_path", "original_frame", "original_id",
    "steps",
)  # fmt: skip

_SPREAD = ("source", "plane", "tumor", "contrast")

Row = dict[str, Any]
_Stratum = tuple[str, ...]
_Ranked = tuple[bytes, Row]


class _Late(NamedTuple):
    """Reverses the order in a heap, so that the highest rank is removed first."""

    rank: tuple[int, ...]
    number: int
    row: Row


@dataclass(slots=True)
class Choice:
    """Selected rows of a dataset.

    Attributes
    ----------
    pairs : list of dict
        Rows to show before and after processing.
    samples : dict of str to list of dict
        Source to the rows for its histograms.
    hidden : int
        Number of images that are not shown, because they could identify a person.
    """

    pairs: list[Row] = field(default_factory=list)
    samples: dict[str, list[Row]] = field(default_factory=dict)
    n_sources: int = 0
    hidden: int = 0


def choose(catalogue: Catalogue) -> Choice:
    """Select among the kept images and volumes of a dataset, independent of their order."""
    best: dict[_Stratum, list[_Ranked]] = {}
    samples: dict[str, list[_Late]] = {}
    choice = Choice()
    for number, row in enumerate(_rows(catalogue)):
        rank = _rank(row)
        _take(samples.setdefault(row["source"] or "", []), _Late(tuple(255 - byte for byte in rank), number, row))
        if HIDDEN.intersection((row["notes"] or "").split()):
            choice.hidden += 1
            continue
        stratum = best.setdefault(tuple(row[name] or "" for name in _SPREAD), [])
        if len(stratum) < PAIRS or rank < stratum[-1][0]:
            stratum.append((rank, row))
            stratum.sort(key=lambda ranked: ranked[0])
            del stratum[PAIRS:]
    pairs = _spread(best)
    choice.n_sources = len(samples)
    ranked = {
        source: [late.row for late in sorted(samples[source], reverse=True)] for source in sorted(samples)[:SOURCES]
    }
    full = _full(catalogue, [*pairs, *(row for rows in ranked.values() for row in rows)])
    choice.pairs = [full[row["path"]] for row in pairs]
    choice.samples = {source: _bounded([full[row["path"]] for row in rows]) for source, rows in ranked.items()}
    return choice


def _rows(catalogue: Catalogue, columns: Sequence[str] = _COLUMNS) -> Iterator[Row]:
    for batch in catalogue.filter(status="kept").batches(columns):
        yield from batch.filter(pc.not_equal(batch["kind"], "mask")).to_pylist()


def _full(catalogue: Catalogue, rows: Sequence[Row]) -> dict[str, Row]:
    """Map paths to rows with all needed columns; long columns are read for selected rows only."""
    paths = {row["path"] for row in rows}
    if not paths:
        return {}
    return {row["path"]: row for row in _rows(catalogue.filter(path=paths), _OF_CHOSEN)}


def _rank(row: Row) -> bytes:
    return hashlib.blake2b(f"{row['image_id']}\0{row['path']}".encode(), digest_size=16).digest()


def _take(heap: list[_Late], late: _Late) -> None:
    """Keep the rows of lowest rank."""
    if len(heap) < SAMPLE:
        heapq.heappush(heap, late)
    elif late.rank > heap[0].rank:
        heapq.heapreplace(heap, late)


def _bounded(rows: Sequence[Row]) -> list[Row]:
    """Return the rows, with a limited number from volumes."""
    chosen, volumes = [], 0
    for row in rows:
        volumes += is_of_volume(row)
        if not is_of_volume(row) or volumes <= VOLUMES:
            chosen.append(row)
    return chosen


def is_of_volume(row: Row) -> bool:
    """Return whether a row of a dataset is a volume or was cut from one."""
    return row["kind"] == "volume" or '"step":"cut_slice"' in (row["steps"] or "")


def _spread(best: dict[_Stratum, list[_Ranked]]) -> list[Row]:
    """Return rows in turn from the stratum whose source, plane and other values were selected least so far."""
    chosen: list[tuple[_Stratum, Row]] = []
    left = {stratum: list(rows) for stratum, rows in best.items()}
    while len(chosen) < PAIRS and any(left.values()):

        def seen(stratum: _Stratum) -> tuple[int, int, bytes]:
            same = [sum(one == other for one, other in zip(stratum, taken, strict=True)) for taken, _ in chosen]
            return sum(number == len(stratum) for number in same), sum(same), left[stratum][0][0]

        stratum = min((stratum for stratum, rows in left.items() if rows), key=seen)
        chosen.append((stratum, left[stratum].pop(0)[1]))
    return [row for _, row in sorted(chosen, key=lambda taken: taken[0])]
