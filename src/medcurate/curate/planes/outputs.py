"""Outputs of a part of a scan: rows of ``planes.csv``, rows of the catalogue, and entries of the sorted view."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

import pyarrow as pa

from medcurate.catalogue import SCHEMA
from medcurate.curate.planes.sorted_view import SortedView
from medcurate.curate.planes.table import DECIMALS, EVIDENCE, PLANES, Decisions, Part, PlaneTable
from medcurate.curate.sources.inputs import Item
from medcurate.curate.sources.originals import Originals
from medcurate.errors import Code

HEADER = "source,path,frame,plane,confidence,evidence,obliquity_deg\n"
_QUOTED = re.compile(r'[",\r\n]')


class Entry(NamedTuple):
    """One image of the input: its file and frame.

    Attributes
    ----------
    row : int
        Its index in the catalogue.
    item : Item or None
        Its file; None if it is missing.
    source, path, frame, format
        As in the catalogue.
    depth : int or None
        Slices of a volume; None for an image.
    """

    row: int
    item: Item | None
    source: str
    path: str
    frame: int | None
    format: str | None
    depth: int | None


def field(text: str) -> str:
    """Return a CSV field, quoted where it must be."""
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def plane_lines(part: Part, table: PlaneTable, decisions: Decisions) -> bytes:
    """Return the lines of ``planes.csv``, one per image, in the order of the catalogue."""
    rows = part.rows
    names = (rows.column(name).to_pylist() for name in ("source", "path", "frame", "obliquity_deg"))
    span = slice(part.first_row, part.first_row + rows.num_rows)
    columns = (table.shown, decisions.plane, decisions.confidence, decisions.evidence)
    lines = [
        f"{field(source)},{field(path)},{'' if frame is None else frame},{PLANES[plane]},{confidence:.{DECIMALS}f},"
        f"{EVIDENCE[evidence]},{'' if angle is None else f'{angle:.2f}'}\n"
        for source, path, frame, angle, shown, plane, confidence, evidence in zip(
            *names, *(column[span].tolist() for column in columns), strict=True
        )
        if shown
    ]
    return "".join(lines).encode()


def with_planes(part: Part, table: PlaneTable, decisions: Decisions, colored: Collection[int] = ()) -> pa.Table:
    """Return the rows of the catalogue with their planes, and a note on the colored ones; masks stay as they are.

    Parameters
    ----------
    colored : collection of int
        Catalogue rows with color, all of this part.
    """
    rows = part.rows
    span = slice(part.first_row, part.first_row + rows.num_rows)
    shown = pa.array(table.shown[span])
    found = {
        "plane": pa.array([PLANES[code] for code in decisions.plane[span].tolist()]),
        "plane_evidence": pa.array([EVIDENCE[code] for code in decisions.evidence[span].tolist()]),
        "plane_confidence": pa.array(decisions.confidence[span]),
    }
    for name, values in found.items():
        column = pa.compute.if_else(shown, values, rows.column(name))
        rows = rows.set_column(SCHEMA.get_field_index(name), SCHEMA.field(name), column)
    return _noted(rows, [row - part.first_row for row in colored])


def _noted(rows: pa.Table, colored: Collection[int]) -> pa.Table:
    """Add the note `Code.COLOR` to some rows."""
    if not colored:
        return rows
    notes = rows.column("notes").to_pylist()
    for row in colored:
        words = (notes[row] or "").split()
        notes[row] = " ".join([*words, *({Code.COLOR.value} - set(words))])
    index = SCHEMA.get_field_index("notes")
    return rows.set_column(index, SCHEMA.field("notes"), pa.array(notes, SCHEMA.field("notes").type))


def lay_out(
    part: Part, table: PlaneTable, decisions: Decisions, *, originals: Originals, view: SortedView
) -> Iterator[Entry]:
    """Add the originals of a part to the view, once per plane that each holds, and yield the entry of every image.

    Parameters
    ----------
    part : Part
        All rows of one file lie in the same part.
    originals : Originals
        Of the same input; parts come in order.
    """
    names = (part.rows.column(name).to_pylist() for name in ("source", "path", "frame", "format", "kind", "depth"))
    last: tuple[str, str] | None = None
    item: Item | None = None
    planes: set[int] = set()
    for row, (source, path, frame, form, kind, depth) in enumerate(zip(*names, strict=True), part.first_row):
        if not table.shown[row]:
            continue
        if last != (source, path):
            last, item, planes = (source, path), originals.find(source, path), set()
        plane = int(decisions.plane[row])
        if plane not in planes:
            planes.add(plane)
            view.add(PLANES[plane], source, path, item)
        yield Entry(row, item, source, path, frame, form, depth if kind == "volume" else None)
