"""Contact sheets of copies for visual review: each cluster side by side, the kept image first."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.curate.duplicates.clusters import KEPT, KINDS, NEAR
from medcurate.curate.duplicates.reports import Found
from medcurate.curate.review.contact_sheet import COLUMNS, TILE, Tile, contact_sheet, encode
from medcurate.curate.review.thumbnails import View, thumbnails
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.readers.options import ReadOptions
from medcurate.run_folder import atomic_write, output_errors, remove_litter

FOLDER = "duplicates"
SHEETS = ("duplicates", "label_conflicts", "leaks")
MAX_TILES = 20 * COLUMNS
MAX_MEMBERS = COLUMNS
"""Largest number of images shown per cluster."""


def write_sheets(
    folder: Path,
    found: Found,
    listing: Iterable[Item | Skipped],
    options: ReadOptions,
    *,
    threads: int | None = None,
) -> None:
    """Write ``duplicates.jpg``, ``label_conflicts.jpg`` and ``leaks.jpg`` in ``duplicates/``; remove empty ones.

    Parameters
    ----------
    folder : Path
        Output folder of the scan.
    listing : iterable of Item or Skipped
        The files of the input.
    options : ReadOptions
        How the scan had read them.
    threads : int, optional
        Number of threads that decode images.
    """
    remove_litter(folder / FOLDER)
    chosen = {
        "duplicates": _least_sure(found, found.kind == NEAR) or _least_sure(found, found.kind != NEAR),
        "label_conflicts": _least_sure(found, found.conflicts),
        "leaks": _least_sure(found, found.leaks),
    }
    rows = sorted({row for shown in chosen.values() for row in shown})
    images = _images(found, rows, _items(listing, found, rows), options, threads)
    for name, shown in chosen.items():
        path = folder / FOLDER / f"{name}.jpg"
        if not shown:
            with output_errors(path):
                path.unlink(missing_ok=True)
            continue
        tiles = [_tile(found, row, images.get(row), name) for row in shown]
        with atomic_write(path, durable=False) as stream:
            stream.write(encode(contact_sheet(name.replace("_", " "), _summary(found, name, shown), tiles), ".jpg"))


def remove_sheets(folder: Path) -> None:
    """Remove the sheets, and their folder if it is empty then."""
    place = folder / FOLDER
    remove_litter(place)
    with output_errors(place):
        for name in SHEETS:
            (place / f"{name}.jpg").unlink(missing_ok=True)
        if place.is_dir() and not any(place.iterdir()):
            place.rmdir()


def _least_sure(found: Found, chosen: NDArray[np.bool_]) -> list[int]:
    """Return the rows to show of clusters with a chosen row: least certain cluster first, each complete."""
    if not chosen.any():
        return []
    starts = np.flatnonzero(found.kind == KEPT)
    stops = np.append(starts[1:], len(found.kind))
    least = np.minimum.reduceat(found.score, starts)
    numbers = np.unique(found.cluster[chosen]) - 1
    rows: list[int] = []
    for number in numbers[np.argsort(least[numbers], kind="stable")].tolist():
        members = range(int(starts[number]), int(stops[number]))
        shown = sorted(
            members, key=lambda row: (found.kind[row] != KEPT, found.kind[row] != NEAR, found.score[row], row)
        )
        if len(rows) + min(len(shown), MAX_MEMBERS) > MAX_TILES:
            break
        rows += shown[:MAX_MEMBERS]
    return rows


def _items(listing: Iterable[object], found: Found, rows: list[int]) -> dict[tuple[str, str], Item]:
    """Find the files of some rows."""
    wanted = set(zip(*_values(found, rows, "source", "path"), strict=True))
    items: dict[tuple[str, str], Item] = {}
    for entry in listing:
        if len(items) == len(wanted):
            break
        if isinstance(entry, Item) and (entry.source, entry.path) in wanted:
            items[entry.source, entry.path] = entry
    return items


def _values(found: Found, rows: list[int], *names: str) -> list[list[Any]]:
    """Return some columns of some rows."""
    places = pa.array(rows, pa.int64())
    return [found.rows.column(name).take(places).to_pylist() for name in names]


def _images(
    found: Found, rows: list[int], items: dict[tuple[str, str], Item], options: ReadOptions, threads: int | None
) -> dict[int, NDArray[np.uint8]]:
    """Read thumbnails of some rows."""
    columns = _values(found, rows, "source", "path", "frame", "kind", "depth")
    views = {
        row: View(items[source, path], frame, depth if kind == "volume" else None)
        for row, source, path, frame, kind, depth in zip(rows, *columns, strict=True)
        if (source, path) in items
    }
    small = thumbnails(list(views.values()), TILE, options, threads=threads)
    return {row: small[view] for row, view in views.items() if view in small}


def _tile(found: Found, row: int, image: NDArray[np.uint8] | None, sheet: str) -> Tile:
    path, frame = (found.rows.column(name)[row].as_py() for name in ("path", "frame"))
    how = found.changes(slice(row, row + 1))[0] or KINDS[found.kind[row]] or "kept"
    if sheet == "label_conflicts":
        how = found.rows.column("tumor")[row].as_py() or "no label"
    elif sheet == "leaks":
        how = f"{found.rows.column('split')[row].as_py() or 'no split'}, {how}"
    shown = path if frame is None else f"{path} #{frame}"
    return Tile(image, float(found.score[row]), how, shown, int(found.cluster[row]), outlined=found.kind[row] == KEPT)


def _summary(found: Found, name: str, shown: list[int]) -> str:
    of = {"duplicates": np.ones(len(found.kind), bool), "label_conflicts": found.conflicts, "leaks": found.leaks}[name]
    clusters = len(np.unique(found.cluster[shown]))
    total = found.count(of)
    counted = f"{total:,} clusters" if clusters == total else f"{total:,} clusters, {clusters:,} shown"
    return f"{counted} · the numbers are those of {name}.csv · kept image first, least certain cluster first"
