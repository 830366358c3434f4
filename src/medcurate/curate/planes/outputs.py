"""``planes.csv``, the planes in the catalogue, and the sorted view."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import BinaryIO, NamedTuple

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
    """One image of the input: where it is and which image of its file."""

    row: int
    item: Item | None
    source: str
    path: str
    frame: int | None
    depth: int | None


def field(text: str) -> str:
    """Return a CSV field, quoted where it must be."""
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def write_planes(stream: BinaryIO, parts: Iterable[Part], table: PlaneTable, decisions: Decisions) -> None:
    """Write ``planes.csv``: a line for each image, in the order of the catalogue."""
    stream.write(HEADER.encode())
    for part in parts:
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
        stream.write("".join(lines).encode())


def with_planes(
    parts: Iterable[Part], table: PlaneTable, decisions: Decisions, in_color: Collection[int] = ()
) -> Iterator[pa.Table]:
    """Yield the rows of the catalogue with their planes, and a note on those in color; masks stay as they are."""
    for part in parts:
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
        yield _noted(rows, [row - part.first_row for row in in_color if span.start <= row < span.stop])


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
    parts: Iterable[Part],
    table: PlaneTable,
    decisions: Decisions,
    *,
    originals: Originals,
    view: SortedView,
    wanted: Collection[int],
    see: Callable[[Entry], None],
    advance: Callable[[int], None],
) -> dict[int, Entry]:
    """Add every original to the view, once a plane that it holds, and return the entries of the wanted rows.

    `see` is shown each entry as it passes by.
    """
    entries: dict[int, Entry] = {}
    last, item = ("", ""), None
    planes: set[int] = set()
    for part in parts:
        names = (part.rows.column(name).to_pylist() for name in ("source", "path", "frame", "kind", "depth"))
        for row, (source, path, frame, kind, depth) in enumerate(zip(*names, strict=True), part.first_row):
            if not table.shown[row]:
                continue
            if last != (source, path):
                last, item, planes = (source, path), originals.find(source, path), set()
            plane = int(decisions.plane[row])
            if plane not in planes:
                planes.add(plane)
                view.add(PLANES[plane], source, path, item)
            entry = Entry(row, item, source, path, frame, depth if kind == "volume" else None)
            see(entry)
            if row in wanted:
                entries[row] = entry
        advance(part.rows.num_rows)
    return entries
