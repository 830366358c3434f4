"""``review/``: one contact sheet per plane, and the images to label next as a sheet and a table."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.planes.outputs import Entry
from medcurate.curate.planes.table import CLASSES, DECIMALS, EVIDENCE, PLANES, Decisions, Part, PlaneTable
from medcurate.curate.planes.training_rows import gather
from medcurate.curate.review import label_next
from medcurate.curate.review.contact_sheet import Tile, contact_sheet, encode
from medcurate.curate.review.thumbnails import Thumbnail
from medcurate.run_folder import atomic_write, remove_litter

MAX_TILES = 120
LABEL_NEXT = "label_next"
COLUMNS = ("path", "plane", "frame", "source", "suggested", "confidence", "number")


def least_confident(table: PlaneTable, decisions: Decisions) -> dict[str, NDArray[np.intp]]:
    """Return for each plane the rows to show, least confident first, headers last, and one per set of copies."""
    first = np.zeros(len(table.shown), bool)
    rows = np.flatnonzero(table.shown)
    first[rows[np.unique(table.identity[rows], return_index=True)[1]]] = True
    shown = {}
    for code, plane in enumerate(PLANES):
        rows = np.flatnonzero(first & (decisions.plane == code))
        shown[plane] = rows[np.lexsort((rows, table.ids[rows], -decisions.evidence[rows], decisions.confidence[rows]))][
            :MAX_TILES
        ]
    return shown


def worth_labeling(
    parts: Iterable[Part], table: PlaneTable, decisions: Decisions, n: int, seed: int
) -> NDArray[np.intp]:
    """Return at most `n` rows whose labels would help most, the most helpful first.

    Rows decided by the header or the user, and their copies, are not proposed.
    """
    decided = table.shown & ~table.undecided
    candidate = table.undecided & table.described & ~np.isin(table.identity, table.identity[decided])
    doubts = label_next.doubt(decisions.probabilities)
    rows = label_next.shortlist(doubts, candidate, table.series, table.identity, table.ids, n)
    if not len(rows):
        return rows
    wanted = np.zeros(len(candidate), bool)
    wanted[rows] = True
    features, line_row = gather(parts, wanted)
    # Ordered by hash, so that the order of the files does not matter; a volume is represented by its first slice.
    line_row, line = np.unique(line_row, return_index=True)
    order = np.argsort(table.ids[line_row], kind="stable")
    line_row, line = line_row[order], line[order]
    chosen = label_next.choose(features[line], doubts[line_row], n, seed)
    return np.asarray(line_row[chosen], np.intp)


def write_review(
    folder: Path,
    entries: Mapping[int, Entry],
    images: Mapping[int, Thumbnail],
    sheets: Mapping[str, NDArray[np.intp]],
    proposed: NDArray[np.intp],
    table: PlaneTable,
    decisions: Decisions,
) -> None:
    """Write the contact sheets, ``label_next.csv`` and its sheet, each file atomically.

    Parameters
    ----------
    entries : mapping of int to Entry
        Of all rows on the sheets.
    images : mapping of int to ndarray
        Thumbnails of the rows that can still be read.
    sheets : mapping of str to ndarray of int
        Plane to rows, from `least_confident`.
    proposed : ndarray of int
        Rows, from `worth_labeling`.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    remove_litter(folder)
    for plane, rows in sheets.items():
        tiles = [_tile(row, entries[row], images.get(row), decisions) for row in rows.tolist()]
        sheet = contact_sheet(plane, _summary(plane, len(tiles), table, decisions), tiles)
        _write(folder / f"{plane}.jpg", encode(sheet, ".jpg"))
    rows = proposed.tolist()
    tiles = [_tile(row, entries[row], images.get(row), decisions, number) for number, row in enumerate(rows, 1)]
    summary = (
        f"The numbers are those of {LABEL_NEXT}.csv: write axial, coronal, sagittal or unknown in its column 'plane', "
        f"then run the same command again. Any number of rows will do; the first help most."
    )
    sheet = contact_sheet("label next", summary if rows else "Nothing to label: headers and labels decide all.", tiles)
    _write(folder / f"{LABEL_NEXT}.png", encode(sheet, ".png"))
    _write(folder / f"{LABEL_NEXT}.csv", _table(rows, entries, decisions))


def _tile(row: int, entry: Entry, image: Thumbnail | None, decisions: Decisions, number: int | None = None) -> Tile:
    note = suggested(row, decisions) if number is not None else EVIDENCE[decisions.evidence[row]]
    path = entry.path if entry.frame is None else f"{entry.path} #{entry.frame}"
    return Tile(image, float(decisions.confidence[row]), note, path, number)


def suggested(row: int, decisions: Decisions) -> str:
    """Return the most probable plane, even below the confidence limit."""
    best = CLASSES[decisions.probabilities[row].argmax()]
    return "unknown" if best == "other" else best


def _summary(plane: str, tiles: int, table: PlaneTable, decisions: Decisions) -> str:
    here = table.shown & (decisions.plane == PLANES.index(plane))
    total = int(here.sum())
    counts = Counter(decisions.evidence[here].tolist())
    by = ", ".join(f"{EVIDENCE[code]} {counts[code]:,}" for code in sorted(counts))
    shown = "all" if tiles == total else f"{tiles:,} different ones"
    return f"{total:,} images · {shown} shown, least confident first · decided by {by}" if total else "no images"


def _table(rows: list[int], entries: Mapping[int, Entry], decisions: Decisions) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, row in enumerate(rows, 1):
        entry = entries[row]
        frame = "" if entry.frame is None else str(entry.frame)
        confidence = f"{decisions.confidence[row]:.{DECIMALS}f}"
        writer.writerow((entry.path, "", frame, entry.source, suggested(row, decisions), confidence, number))
    return stream.getvalue().encode()


def _write(path: Path, content: bytes) -> None:
    with atomic_write(path, durable=False) as stream:
        stream.write(content)
