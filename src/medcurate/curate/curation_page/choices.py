"""Which images the page shows: few, spread over the dataset, and the same whenever it is made."""

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
"""Images that are shown before and after."""
SAMPLE = 40
"""Images of a source that its histogram is drawn from, at most."""
VOLUMES = 12
"""The same where they come from volumes, which take longer to read."""
SOURCES = 12
"""Sources that have a histogram, at most."""

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
    """Orders a heap by the highest rank, so that it can be thrown out."""

    rank: tuple[int, ...]
    number: int
    row: Row


@dataclass(slots=True)
class Choice:
    """Rows of a dataset.

    Attributes
    ----------
    pairs : list of dict
        To show before and after.
    samples : dict of str to list of dict
        Source to the rows that its histograms are drawn from.
    hidden : int
        Images that may not be shown, as they could identify someone.
    """

    pairs: list[Row] = field(default_factory=list)
    samples: dict[str, list[Row]] = field(default_factory=dict)
    n_sources: int = 0
    hidden: int = 0


def choose(catalogue: Catalogue) -> Choice:
    """Go through the kept images and volumes of a dataset; what is chosen depends on the rows, not on their order."""
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
    """Return path to row with all columns that the page needs; the long ones are read for chosen rows alone."""
    paths = {row["path"] for row in rows}
    if not paths:
        return {}
    return {row["path"]: row for row in _rows(catalogue.filter(path=paths), _OF_CHOSEN)}


def _rank(row: Row) -> bytes:
    return hashlib.blake2b(f"{row['image_id']}\0{row['path']}".encode(), digest_size=16).digest()


def _take(heap: list[_Late], late: _Late) -> None:
    """Keep those of the lowest ranks."""
    if len(heap) < SAMPLE:
        heapq.heappush(heap, late)
    elif late.rank > heap[0].rank:
        heapq.heapreplace(heap, late)


def _bounded(rows: Sequence[Row]) -> list[Row]:
    """Return the rows without the later ones of volumes."""
    chosen, volumes = [], 0
    for row in rows:
        volumes += is_of_volume(row)
        if not is_of_volume(row) or volumes <= VOLUMES:
            chosen.append(row)
    return chosen


def is_of_volume(row: Row) -> bool:
    """Say whether a row of a dataset is a volume, or was cut from one."""
    return row["kind"] == "volume" or '"step":"cut_slice"' in (row["steps"] or "")


def _spread(best: dict[_Stratum, list[_Ranked]]) -> list[Row]:
    """Return rows one after the other, each time of a stratum whose source, plane and so on were seen least."""
    chosen: list[tuple[_Stratum, Row]] = []
    left = {stratum: list(rows) for stratum, rows in best.items()}
    while len(chosen) < PAIRS and any(left.values()):

        def seen(stratum: _Stratum) -> tuple[int, int, bytes]:
            same = [sum(one == other for one, other in zip(stratum, taken, strict=True)) for taken, _ in chosen]
            return sum(number == len(stratum) for number in same), sum(same), left[stratum][0][0]

        stratum = min((stratum for stratum, rows in left.items() if rows), key=seen)
        chosen.append((stratum, left[stratum].pop(0)[1]))
    return [row for _, row in sorted(chosen, key=lambda taken: taken[0])]
