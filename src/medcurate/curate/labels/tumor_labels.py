"""The tumor type of each image: what the user says, else the dataset's card, else the file, else its folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from medcurate.catalogue import Catalogue
from medcurate.curate.labels.decided_images import DecidedImages
from medcurate.curate.labels.labels_file import TUMOR_TYPES, TUMOR_WORDS, LabelBook, read_labels
from medcurate.curate.sources.tumor_folders import tumor_of_path
from medcurate.errors import Code

COLUMNS = ("source", "path", "frame", "image_id", "format", "tumor", "notes")
"""Columns of the catalogue that a batch must have for `TumorLabels.apply`."""

LabelMap = Mapping[str, str]
"""Name of a folder to a tumor type; a type that is not one of the catalogue's says that it is not known."""


class TumorLabels:
    """Gives rows of a catalogue their tumor type.

    The first of these that has one: what a person decided; the user's table; the label map of the dataset's card, by
    the folder nearest to the file; the file itself (the record in a ``.mat`` file); the name of a folder, as the scan
    read it. Where the file and its folder disagree, the row is noted ``LABEL_CONFLICT``, unless the user says which is
    right.

    Parameters
    ----------
    book : LabelBook
        The user's labels, see `open_tumor_labels`.
    maps : mapping of str to mapping
        Name of a source to the label map of its card.
    decided : DecidedImages
        What a person decided.
    """

    def __init__(
        self,
        book: LabelBook | None = None,
        maps: Mapping[str, LabelMap] | None = None,
        decided: DecidedImages | None = None,
    ) -> None:
        self.decided = DecidedImages() if decided is None else decided
        self._book = LabelBook(words=TUMOR_WORDS) if book is None else book
        self._maps = {
            source: {folder.casefold(): tumor for folder, tumor in labels.items()}
            for source, labels in (maps or {}).items()
        }

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the batch with its columns ``tumor`` and ``notes`` brought up to date.

        Applying it twice changes nothing more.

        Parameters
        ----------
        batch : RecordBatch
            With `COLUMNS`, and any others.

        Raises
        ------
        UsageError
            A line of the user's table matches different images in two sources.
        """
        rows = zip(*(batch[name].to_pylist() for name in COLUMNS), strict=True)
        tumors, notes = [], []
        for row in rows:
            tumor, note = self._judge(*row)
            tumors.append(tumor)
            notes.append(note)
        schema = batch.schema
        for name, values in (("tumor", tumors), ("notes", notes)):
            batch = batch.set_column(schema.get_field_index(name), schema.field(name), pa.array(values, pa.string()))
        return batch

    def _judge(
        self, source: str, path: str, frame: int | None, image_id: str, form: str, tumor: str | None, notes: str | None
    ) -> tuple[str | None, str | None]:
        given = self.decided.tumor(source, path, frame, image_id)
        if given is None and len(self._book):
            given = self._book.find(source, path, frame, image_id)
        if given is not None:
            return given, notes
        said, mapped = self._of_card(source, path)
        folder = mapped if said else tumor_of_path(path)
        # Of all formats only this one states a tumor; what equals its folder's name may come from either.
        header = tumor if form == "mat" and tumor != tumor_of_path(path) else None
        if header is not None and folder is not None and header != folder:
            notes = " ".join(dict.fromkeys([*(notes or "").split(), Code.LABEL_CONFLICT.value]))
        if said:
            return (header if mapped is None else mapped), notes
        return tumor, notes

    def _of_card(self, source: str, path: str) -> tuple[bool, str | None]:
        """Return whether the card says something of this file, and the tumor type (None for one not stated)."""
        labels = self._maps.get(source)
        if labels:
            for folder in reversed(path.replace("!", "/").split("/")[:-1]):
                tumor = labels.get(folder.casefold())
                if tumor is not None:
                    return True, tumor if tumor in TUMOR_TYPES else None
        return False, None


def open_tumor_labels(
    folder: Path, file: Path | None = None, maps: Mapping[str, LabelMap] | None = None
) -> TumorLabels:
    """Read the user's tumor types and decisions, and check that each row of the table is of an image that is there.

    Parameters
    ----------
    folder : Path
        Holds the catalogue.
    file : Path, optional
        CSV with the columns ``path`` and ``tumor`` and, where they are needed, ``source`` and ``frame``.
    maps : mapping of str to mapping, optional
        Name of a source to the label map of its dataset's card.

    Raises
    ------
    UsageError
        As `read_labels` of `labels_file`; or a path matches no row, which is named with near matches.
    """
    decided = DecidedImages.open(folder)
    if file is None:
        return TumorLabels(maps=maps, decided=decided)
    book = read_labels(file, words=TUMOR_WORDS)
    catalogue = Catalogue.open(folder)
    for batch in catalogue.batches(["source", "path", "frame", "image_id"]):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            book.find(*row)
    book.check_found(_paths(catalogue))
    return TumorLabels(book, maps, decided)


def _paths(catalogue: Catalogue) -> Iterator[str]:
    for batch in catalogue.batches(["path"]):
        yield from batch.column(0).to_pylist()
