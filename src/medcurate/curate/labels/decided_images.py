"""What a person decided, looked up for the rows of a catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from medcurate.catalogue import Catalogue
from medcurate.curate.labels.decisions import FILE, DecidedLabels, read_decisions
from medcurate.curate.labels.labels_file import ImageLabels, shown_plane
from medcurate.errors import Code

_NAMES = ("source", "path", "frame", "image_id")


@dataclass(frozen=True, slots=True)
class DecidedImages:
    """Decisions about the images of one catalogue.

    Attributes
    ----------
    planes, tumors, contrasts, conflicts, excludes : DecidedLabels
        By source, path and frame.
    settled : mapping of str to str
        ``image_id`` to the tumor type that is right for the image and all its copies. An image is not there where
        several decisions about its copies disagree.
    excluded : frozenset of str
        The ``image_id`` of images that are left out.
    """

    planes: DecidedLabels = field(default_factory=DecidedLabels)
    tumors: DecidedLabels = field(default_factory=DecidedLabels)
    contrasts: DecidedLabels = field(default_factory=DecidedLabels)
    conflicts: DecidedLabels = field(default_factory=DecidedLabels)
    excludes: DecidedLabels = field(default_factory=DecidedLabels)
    settled: Mapping[str, str] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()

    @classmethod
    def open(cls, folder: Path) -> DecidedImages:
        """Read the decisions of a folder. Its catalogue is read only where one concerns copies of an image, too.

        Raises
        ------
        UsageError
            As `medcurate.curate.labels.decisions.read_decisions` does.
        """
        decided = read_decisions(folder)
        conflicts, excludes = decided.book("conflict"), decided.book("exclude")
        settled: dict[str, set[str]] = {}
        excluded = set()
        if len(conflicts) or len(excludes):
            for source, path, frame, image_id, original in _rows(Catalogue.open(folder)):
                if (tumor := conflicts.find(source, path, frame, image_id)) is not None:
                    for name in {image_id, original or image_id}:
                        settled.setdefault(name, set()).add(tumor)
                if excludes.find(source, path, frame, image_id) is not None:
                    excluded.add(image_id)
        return cls(
            decided.book("plane"),
            decided.book("tumor"),
            decided.book("contrast"),
            conflicts,
            excludes,
            {name: tumors.pop() for name, tumors in settled.items() if len(tumors) == 1},
            frozenset(excluded),
        )

    def with_settled(self, more: Mapping[str, str]) -> DecidedImages:
        """Return these decisions with the tumor types of more images, see `settled`."""
        return replace(self, settled={**self.settled, **more})

    def tumor(self, source: str, path: str, frame: int | None, image_id: str) -> str | None:
        """Return the tumor type that was decided for an image, else for its copies; None where there is none."""
        return _found(self.tumors, source, path, frame, image_id) or self.settled.get(image_id)

    def notes(self) -> list[str]:
        """Tell of decisions that match no image. Call it after `tumor` and `apply` have seen all rows."""
        books = (self.planes, self.tumors, self.contrasts, self.conflicts, self.excludes)
        missing = sorted((label for book in books for label in book.missing()), key=lambda label: label.line)
        if not missing:
            return []
        more = f", and {len(missing) - 1:,} more" if len(missing) > 1 else ""
        return [f"{FILE}, line {missing[0].line}: {missing[0].path} matches no image{more}"]

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return rows of the catalogue with decided planes and contrasts; kept rows that are excluded are dropped."""
        if not (len(self.planes) or len(self.contrasts) or self.excluded):
            return batch
        columns = {name: batch[name].to_pylist() for name in _CHANGED}
        keys = zip(*(batch[name].to_pylist() for name in (*_NAMES, "kind")), strict=True)
        for number, (*key, kind) in enumerate(keys):
            if kind != "mask" and (plane := _found(self.planes, *key)) is not None:
                columns["plane"][number] = shown_plane(plane)
                columns["plane_evidence"][number], columns["plane_confidence"][number] = "label", 1.0
            if kind != "mask" and (contrast := _found(self.contrasts, *key)) is not None:
                columns["contrast"][number] = contrast
            if key[3] in self.excluded and columns["status"][number] == "kept":
                columns["status"][number], columns["reason"][number] = "dropped", Code.EXCLUDED.value
        for name, values in columns.items():
            at = batch.schema.get_field_index(name)
            batch = batch.set_column(at, batch.schema.field(at), pa.array(values, batch.schema.field(at).type))
        return batch


_CHANGED = ("plane", "plane_evidence", "plane_confidence", "contrast", "status", "reason")


def _found(book: ImageLabels, source: str, path: str, frame: int | None, image_id: str) -> str | None:
    return book.find(source, path, frame, image_id) if len(book) else None


def _rows(catalogue: Catalogue) -> Iterator[tuple[str, str, int | None, str, str | None]]:
    for batch in catalogue.batches([*_NAMES, "duplicate_of"]):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
