"""From rows of a catalogue back to their pixels: which files hold them, and the frames of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from medcurate.catalogue import Catalogue
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.curate.sources.originals import Originals
from medcurate.curate.sources.scan_inputs import recorded_inputs
from medcurate.errors import Code, InputError
from medcurate.readers import read
from medcurate.readers.frame import Facts, Frame
from medcurate.readers.options import ReadOptions

_COLUMNS = ("source", "path")


class RowFile(NamedTuple):
    """A file and the rows of the catalogue that are wanted of it; small, and picklable for a worker.

    Attributes
    ----------
    source, path : str
        As in the catalogue.
    item : Item or None
        None if the file is not there any more.
    first_row : int
        Number in the catalogue of the file's first row, wanted or not.
    rows : tuple of int
        Numbers in the catalogue of the wanted rows, ascending.
    """

    source: str
    path: str
    item: Item | None
    first_row: int
    rows: tuple[int, ...]


def row_files(
    folder: Path,
    choose: Callable[[pa.RecordBatch], pa.Array],
    columns: tuple[str, ...],
    listing: Iterable[Item | Skipped] | None = None,
) -> Iterator[RowFile]:
    """Yield the files that hold the chosen rows of ``folder/catalogue.parquet``, in its order.

    Parameters
    ----------
    folder : Path
        Where `medcurate.curate.scan` or `sort_planes` wrote; it has a record of the inputs.
    choose : callable
        Given a batch of rows with `columns`, returns a boolean array (null counts as False).
    listing : iterable of Item or Skipped, optional
        The files of the input, if the caller has listed them; None walks the input.

    Raises
    ------
    UsageError
        If there is no catalogue, or no record of the inputs.
    """
    found = recorded_inputs(folder).walk(folder) if listing is None else listing
    batches = Catalogue.open(folder).batches([*_COLUMNS, *(name for name in columns if name not in _COLUMNS)])
    return files_of_rows(batches, choose, found)


def files_of_rows(
    batches: Iterable[pa.RecordBatch],
    choose: Callable[[pa.RecordBatch], pa.Array],
    listing: Iterable[Item | Skipped],
) -> Iterator[RowFile]:
    """Yield the files that hold the chosen rows of some batches, in order.

    Parameters
    ----------
    batches : iterable of RecordBatch
        All rows of a catalogue, with at least ``source`` and ``path``.
    choose : callable
        As in `row_files`; it is called once per batch.
    """
    originals = Originals(listing)
    key, first, wanted, number = ("", ""), 0, list[int](), 0
    for batch in batches:
        chosen = choose(batch).to_pylist()
        names = zip(batch.column("source").to_pylist(), batch.column("path").to_pylist(), strict=True)
        for found, is_chosen in zip(names, chosen, strict=True):
            if found != key:
                if wanted:
                    yield RowFile(*key, originals.find(*key), first, tuple(wanted))
                key, first, wanted = found, number, []
            if is_chosen:
                wanted.append(number)
            number += 1
    if wanted:
        yield RowFile(*key, originals.find(*key), first, tuple(wanted))


def read_rows(file: RowFile, options: ReadOptions) -> Iterator[tuple[int, Frame]]:
    """Yield the frames of the wanted rows, each with the number of its row; a volume's slices come one after the other.

    Raises
    ------
    InputError
        If the file cannot be read any more.
    """
    if file.item is None:
        raise InputError(Code.VANISHED, "The file was there when it was scanned and is gone. Scan again.")
    wanted = {row - file.first_row for row in file.rows}
    last = max(wanted)
    for number, frame in _numbered(read(file.item.blob(), options)):
        if number > last:
            return
        if number in wanted:
            yield number + file.first_row, frame


def _numbered(frames: Iterator[Frame]) -> Iterator[tuple[int, Frame]]:
    """Give each frame the number of the row that the scan made of it: one a frame, one for all slices of a stack."""
    number, stack, depth = -1, None, 0
    for frame in frames:
        if not is_stacked(frame.facts):
            number, stack = number + 1, None
        elif stack is None or not _continues(stack, depth, frame):
            number, stack, depth = number + 1, frame, 1
        else:
            depth += 1
        yield number, frame


def is_stacked(facts: Facts) -> bool:
    """Say whether a frame is a slice of a volume or of a 3-D mask, which has one row as a whole."""
    return facts.kind == "volume" or (facts.kind == "mask" and facts.depth is not None)


def _continues(first: Frame, depth: int, frame: Frame) -> bool:
    """Say whether a slice belongs to the stack that `first` began: same kind and size, and not beyond its depth."""
    if frame.facts.kind != first.facts.kind or frame.pixels.shape != first.pixels.shape:
        return False
    return first.facts.depth is None or depth < first.facts.depth
